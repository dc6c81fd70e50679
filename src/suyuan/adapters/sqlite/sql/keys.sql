-- Statements of the key store.

-- name: last_number
SELECT seq FROM sqlite_sequence WHERE name = 'person';

-- name: add_person
INSERT INTO person (number, wrapped) VALUES (?, ?);

-- name: persons
SELECT number, wrapped FROM person WHERE number IN (SELECT value FROM json_each(?));

-- name: secret
SELECT wrapped FROM secret WHERE name = ?;

-- name: add_secret
INSERT INTO secret (name, wrapped) VALUES (?, ?);
