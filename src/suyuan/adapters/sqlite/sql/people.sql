-- Statements of the people store. A JSON parameter is a list of numbers.

-- name: tokens_of_kind
SELECT token, person, until IS NULL FROM token WHERE kind IN (?, ?);

-- name: former_tokens
SELECT token, person, until FROM token WHERE kind IN (?, ?) AND until IS NOT NULL;

-- name: token_spans
SELECT token, person, since, until FROM token WHERE kind IN (?, ?) AND token IN (SELECT value FROM json_each(?));

-- name: tokens_among
SELECT token, person, until IS NULL FROM token WHERE kind IN (?, ?) AND token IN (SELECT value FROM json_each(?));

-- name: known_persons
SELECT number FROM person ORDER BY number;

-- name: persons_with_tokens
SELECT DISTINCT person FROM token WHERE (kind & 64) = ? AND until IS NULL ORDER BY person;

-- name: drop_parts_but
DELETE FROM part WHERE part NOT LIKE '%/' || ?;

-- name: add_token
INSERT INTO token (kind, token, person, since) VALUES (?, ?, ?, ?)
ON CONFLICT DO UPDATE SET until = NULL WHERE until IS NOT NULL;

-- name: close_token
UPDATE token SET until = ?4 WHERE kind = ?1 AND token = ?2 AND person = ?3 AND until IS NULL;

-- name: persons_known
SELECT number FROM person WHERE number IN (SELECT value FROM json_each(?));

-- name: persons_among
SELECT number, tokens FROM person WHERE number IN (SELECT value FROM json_each(?));

-- name: save_person
INSERT INTO person (number, tokens) VALUES (?, ?)
ON CONFLICT DO UPDATE SET tokens = excluded.tokens;

-- name: records_among
SELECT person, version, body, commitments, hidden FROM record WHERE person IN (SELECT value FROM json_each(?));

-- name: current_versions
SELECT person, version FROM record WHERE person IN (SELECT value FROM json_each(?));

-- name: persons_with_record
SELECT person FROM record ORDER BY person;

-- name: save_record
INSERT INTO record (person, version, body, commitments, hidden) VALUES (?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET
    version = excluded.version, body = excluded.body, commitments = excluded.commitments, hidden = excluded.hidden;

-- name: bare_records
SELECT person, version, body, commitments, hidden FROM record
WHERE hidden = 0 AND person > ? ORDER BY person LIMIT ?;

-- name: hide_record
UPDATE record SET commitments = ?, hidden = 1 WHERE person = ? AND version = ? AND hidden = 0;

-- name: begin_erase
INSERT INTO erasing (person, label, epoch, size) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING;

-- name: erasing
SELECT person, label, epoch, size FROM erasing ORDER BY person;

-- name: erase_token
DELETE FROM token WHERE kind = ? AND token = ? AND person = ?;

-- name: erase_person
DELETE FROM person WHERE number = ?;

-- name: erase_record
DELETE FROM record WHERE person = ?;

-- name: erase_versions
DELETE FROM version WHERE person = ?;

-- name: erase_cases
DELETE FROM case_link WHERE person = ?;

-- name: erase_registration
DELETE FROM registry WHERE person = ?;

-- name: end_erase
DELETE FROM erasing WHERE person = ?;

-- name: close_version
UPDATE version SET until = ? WHERE person = ? AND version = ?;

-- name: add_version
INSERT INTO version (person, version, since, changed) VALUES (?, ?, ?, ?);

-- name: versions
SELECT version, since, until, changed FROM version WHERE person = ? ORDER BY version;

-- name: changes_among
SELECT person, since, changed FROM version WHERE person IN (SELECT value FROM json_each(?))
AND EXISTS (SELECT 1 FROM version AS earlier WHERE earlier.person = version.person AND earlier.version < version.version);

-- name: save_case
INSERT INTO case_link (case_id, account, person, opened, closed, queue, region) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET
    opened = excluded.opened, closed = excluded.closed, queue = excluded.queue, region = excluded.region;

-- name: cases_among
SELECT case_id, account, person, opened, closed, queue, region FROM case_link
WHERE case_id IN (SELECT value FROM json_each(?)) ORDER BY case_id, account, person;

-- name: case_places
SELECT DISTINCT person, queue, region FROM case_link ORDER BY person, queue, region;

-- name: cases_where
SELECT case_id, account, person, opened, closed, queue, region FROM case_link
WHERE case_id > ? AND opened <= ? AND (closed IS NULL OR closed > ?) AND {condition}
ORDER BY case_id, account, person LIMIT ?;

-- name: rest_of_case
SELECT case_id, account, person, opened, closed, queue, region FROM case_link
WHERE case_id = ? AND (account, person) > (?, ?) AND opened <= ? AND (closed IS NULL OR closed > ?) AND {condition}
ORDER BY case_id, account, person;

-- name: observe
INSERT INTO observed (release, row, field, dump) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING;

-- name: observed_among
SELECT release, row, field FROM observed WHERE release IN (SELECT value FROM json_each(?));

-- name: observed_by
SELECT release, row, field FROM observed WHERE dump = ?;

-- name: counts
SELECT
    (SELECT count(*) FROM person),
    (SELECT count(*) FROM record),
    (SELECT count(*) FROM token),
    (SELECT count(DISTINCT case_id) FROM case_link);

-- name: add_identifier
INSERT INTO registry (person, sealed_identifier) VALUES (?, ?) ON CONFLICT DO NOTHING;

-- name: registry_among
SELECT person FROM registry WHERE person IN (SELECT value FROM json_each(?));

-- name: registrations_among
SELECT person, sealed_identifier, enrolled, shared FROM registry WHERE person IN (SELECT value FROM json_each(?));

-- name: to_enrol
SELECT person FROM registry WHERE enrolled IS NULL OR enrolled < ? ORDER BY person;

-- name: mark_enrolled
UPDATE registry SET enrolled = ?, shared = ? WHERE person = ?;

-- name: reopen_shared
UPDATE registry SET enrolled = NULL, shared = 0 WHERE shared = 1;

-- name: drop_parts
DELETE FROM part WHERE person IN (SELECT value FROM json_each(?));

-- name: drop_part
DELETE FROM part WHERE field = ? AND part = ? AND person IN (SELECT value FROM json_each(?));

-- name: parts_among
SELECT person, token FROM part WHERE field = ? AND part = ? AND person IN (SELECT value FROM json_each(?));

-- name: add_part
INSERT INTO part (field, part, token, person) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING;

-- name: find_part
SELECT person FROM part WHERE field = ? AND part = ? AND token = ? ORDER BY person LIMIT ?;

-- name: part_owners
SELECT token, person FROM part WHERE field = ? AND part = ? AND token IN (SELECT value FROM json_each(?));

-- name: few_part_owners
WITH met AS (
    SELECT token, person, count(*) OVER (PARTITION BY token) AS persons FROM part
    WHERE field = ? AND part = ? AND token IN (SELECT value FROM json_each(?))
)
SELECT token, person FROM met WHERE persons <= ?;

-- name: count_part
SELECT count(*) FROM part WHERE field = ? AND part = ? AND token = ?;

-- name: facts_among
SELECT person, child_until, minor_until, NULL AS hold, NULL AS purpose FROM age WHERE person IN (SELECT value FROM json_each(?))
UNION ALL SELECT person, NULL, NULL, hold, NULL FROM hold WHERE until IS NULL AND person IN (SELECT value FROM json_each(?))
UNION ALL SELECT person, NULL, NULL, NULL, purpose FROM restriction WHERE person IN (SELECT value FROM json_each(?));

-- name: set_age
INSERT INTO age (person, child_until, minor_until) VALUES (?, ?, ?)
ON CONFLICT DO UPDATE SET child_until = excluded.child_until, minor_until = excluded.minor_until;

-- name: hold_in_force
SELECT 1 FROM hold WHERE person = ? AND hold = ? AND until IS NULL;

-- name: add_hold
INSERT INTO hold (person, hold, since, reason) VALUES (?, ?, ?, ?);

-- name: end_hold
UPDATE hold SET until = ? WHERE person = ? AND hold = ? AND until IS NULL;

-- name: held
SELECT person, hold FROM hold WHERE until IS NULL ORDER BY person, hold;

-- name: holds
SELECT hold, since, until, reason FROM hold WHERE person = ? ORDER BY since, number;

-- name: restrict
INSERT INTO restriction (person, purpose, since) VALUES (?, ?, ?) ON CONFLICT DO NOTHING;

-- name: unrestrict
DELETE FROM restriction WHERE person = ? AND purpose = ?;

-- name: collected
INSERT INTO collected (person, purpose, at) VALUES (?, ?, ?)
ON CONFLICT DO UPDATE SET at = excluded.at WHERE at < excluded.at;

-- name: collected_before
SELECT person FROM collected WHERE purpose = ? AND at < ? AND person IN (SELECT value FROM json_each(?));

-- name: due
SELECT person FROM collected WHERE purpose = ? AND person > ? AND at < ? ORDER BY person LIMIT ?;

-- name: count_uncollected
SELECT count(*) FROM record LEFT JOIN (SELECT DISTINCT person FROM collected) AS known ON known.person = record.person
WHERE known.person IS NULL;

-- name: purposes_of
SELECT purpose, at FROM collected WHERE person = ? ORDER BY purpose;

-- name: add_consent
INSERT INTO consent (person, place, id, purpose, scope, recipient, state, terms, guardian, receipt)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: follow_consents
INSERT INTO consents_followed (number, entry) VALUES (1, ?)
ON CONFLICT (number) DO UPDATE SET entry = max(entry, excluded.entry);

-- name: consents
SELECT person, place, id, purpose, scope, recipient, state, terms, guardian, receipt FROM consent
WHERE person = ? ORDER BY place;

-- name: last_words
SELECT person, max(place), id, purpose, scope, recipient, state, terms, guardian, receipt FROM consent
WHERE purpose = ? AND scope = ? AND recipient = ? AND person IN (SELECT value FROM json_each(?)) GROUP BY person;

-- name: last_consent
SELECT person, place, id, purpose, scope, recipient, state, terms, guardian, receipt FROM consent
WHERE person = ? AND purpose = ? AND scope = ? AND recipient = ? ORDER BY place DESC LIMIT 1;

-- name: last_places
SELECT person, max(place) FROM consent WHERE person IN (SELECT value FROM json_each(?)) GROUP BY person;

-- name: consents_followed
SELECT coalesce(max(entry), -1) FROM consents_followed;

-- name: add_approval
INSERT INTO approval (
    id, request, asked_by, purpose, reason, asked_at, expires, approved_by, approved_at, declined, used_at
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING;

-- name: approval
SELECT id, request, asked_by, purpose, reason, asked_at, expires, approved_by, approved_at, declined, used_at
FROM approval WHERE id = ?;

-- name: approve
UPDATE approval SET approved_by = ?, approved_at = ?, declined = ? WHERE id = ? AND approved_at IS NULL;

-- name: use_approval
-- What it was for is not needed any more, and would lead from its entry to a person who is erased later.
UPDATE approval SET used_at = ?, request = zeroblob(32)
WHERE id = ? AND used_at IS NULL AND approved_at IS NOT NULL AND declined = 0 AND expires > ?;

-- name: pending_approvals
SELECT id, request, asked_by, purpose, reason, asked_at, expires, approved_by, approved_at, declined, used_at
FROM approval WHERE approved_at IS NULL AND expires > ? ORDER BY asked_at, id LIMIT ?;

-- name: save_account
INSERT INTO account (id, roles, attributes, password, disabled, created, changed) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET
    roles = excluded.roles, attributes = excluded.attributes, password = excluded.password,
    disabled = excluded.disabled, created = excluded.created, changed = excluded.changed;

-- name: account
SELECT id, roles, attributes, password, disabled, created, changed FROM account WHERE id = ?;

-- name: accounts
SELECT id, roles, attributes, password, disabled, created, changed FROM account WHERE id > ? ORDER BY id LIMIT ?;

-- name: add_api_key
INSERT INTO api_key (id, account, digest, expires, revoked, created) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING;

-- name: api_key
SELECT id, account, digest, expires, revoked, created FROM api_key WHERE id = ?;

-- name: revoke_api_key
UPDATE api_key SET revoked = 1 WHERE id = ?;

-- name: api_keys
SELECT id, account, digest, expires, revoked, created FROM api_key WHERE account = ? ORDER BY created, id;

-- name: remember_key
INSERT INTO remembered (account, key, request, entry, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING;

-- name: remembered
SELECT request, entry FROM remembered WHERE account = ? AND key = ?;

-- name: forget_keys
DELETE FROM remembered WHERE at < ?;

-- name: erase_parts
DELETE FROM part WHERE person = ?;

-- name: erase_age
DELETE FROM age WHERE person = ?;

-- name: erase_holds
DELETE FROM hold WHERE person = ?;

-- name: erase_restrictions
DELETE FROM restriction WHERE person = ?;

-- name: erase_collected
DELETE FROM collected WHERE person = ?;

-- name: erase_consents
DELETE FROM consent WHERE person = ?;
