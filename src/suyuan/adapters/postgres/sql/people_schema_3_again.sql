-- A store of version 3 that was stepped back to 2 and is stepped up again: everything is where it was, and what belongs
-- to persons whom the earlier version has erased meanwhile goes.
DELETE FROM part WHERE NOT EXISTS (SELECT FROM person WHERE number = part.person);
DELETE FROM age WHERE NOT EXISTS (SELECT FROM person WHERE number = age.person);
DELETE FROM hold WHERE NOT EXISTS (SELECT FROM person WHERE number = hold.person);
DELETE FROM restriction WHERE NOT EXISTS (SELECT FROM person WHERE number = restriction.person);
DELETE FROM collected WHERE NOT EXISTS (SELECT FROM person WHERE number = collected.person);
DELETE FROM consent WHERE NOT EXISTS (SELECT FROM person WHERE number = consent.person);
DELETE FROM meta WHERE name = 'stepped back';
UPDATE meta SET value = '3' WHERE name = 'version';
