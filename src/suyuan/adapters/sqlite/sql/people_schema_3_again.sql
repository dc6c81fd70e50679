-- A store of version 3 that was stepped back to 2 and is stepped up again: everything is where it was, and what belongs
-- to persons whom the earlier version has erased meanwhile goes.
DELETE FROM part WHERE person NOT IN (SELECT number FROM person);
DELETE FROM age WHERE person NOT IN (SELECT number FROM person);
DELETE FROM hold WHERE person NOT IN (SELECT number FROM person);
DELETE FROM restriction WHERE person NOT IN (SELECT number FROM person);
DELETE FROM collected WHERE person NOT IN (SELECT number FROM person);
DELETE FROM consent WHERE person NOT IN (SELECT number FROM person);
DROP TABLE stepped_back;
