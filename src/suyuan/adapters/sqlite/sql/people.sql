-- Statements of the people store. A JSON parameter is a list of numbers.

-- name: tokens_of_kind
SELECT token, person, until IS NULL FROM token WHERE kind = ?;

-- name: tokens_among
SELECT token, person, until IS NULL FROM token WHERE kind = ? AND token IN (SELECT value FROM json_each(?));

-- name: add_token
INSERT INTO token (kind, token, person, since) VALUES (?, ?, ?, ?)
ON CONFLICT DO UPDATE SET until = NULL WHERE until IS NOT NULL;

-- name: close_token
UPDATE token SET until = ?4 WHERE kind = ?1 AND token = ?2 AND person = ?3 AND until IS NULL;

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
UPDATE record SET commitments = ?3, hidden = 1 WHERE person = ?1 AND version = ?2 AND hidden = 0;

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
UPDATE version SET until = ?3 WHERE person = ?1 AND version = ?2;

-- name: add_version
INSERT INTO version (person, version, since, changed) VALUES (?, ?, ?, ?);

-- name: versions
SELECT version, since, until, changed FROM version WHERE person = ? ORDER BY version;

-- name: save_case
INSERT INTO case_link (case_id, account, person, opened, closed) VALUES (?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET opened = excluded.opened, closed = excluded.closed;

-- name: case
SELECT account, person, opened, closed FROM case_link WHERE case_id = ? ORDER BY account, person;

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
UPDATE registry SET enrolled = ?2, shared = ?3 WHERE person = ?1;

-- name: reopen_shared
UPDATE registry SET enrolled = NULL, shared = 0 WHERE shared = 1;
