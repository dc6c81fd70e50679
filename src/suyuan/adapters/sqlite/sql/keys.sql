-- Statements of the key store.

-- name: last_number
SELECT seq FROM sqlite_sequence WHERE name = 'person';

-- name: add_person
INSERT INTO person (number, wrapped) VALUES (?, ?);

-- name: persons
SELECT number, wrapped FROM person WHERE number IN (SELECT value FROM json_each(?));

-- name: persons_held
SELECT count(*) FROM person;

-- name: numbers_held
SELECT number FROM person WHERE number IN (SELECT value FROM json_each(?));

-- name: overwrite_person
UPDATE person SET wrapped = zeroblob(length(wrapped)) WHERE number = ?;

-- name: erase_person
DELETE FROM person WHERE number = ?;

-- name: secret
SELECT wrapped FROM secret WHERE name = ?;

-- name: overwrite_secret
UPDATE secret SET wrapped = zeroblob(length(wrapped)) WHERE name = ?;

-- name: discard_secret
DELETE FROM secret WHERE name = ?;

-- name: add_secret
INSERT INTO secret (name, wrapped) VALUES (?, ?);
