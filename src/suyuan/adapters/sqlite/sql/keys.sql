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

-- name: count_stale
SELECT count(*) FROM person WHERE substr(wrapped, 1, ?) <> ?;

-- name: stale_persons
SELECT number, wrapped FROM person WHERE number > ? AND substr(wrapped, 1, ?) <> ? ORDER BY number LIMIT ?;

-- name: rewrap_person
UPDATE person SET wrapped = ? WHERE number = ? AND wrapped = ?;

-- name: stale_secrets
SELECT name, wrapped FROM secret
WHERE name > ? AND substr(wrapped, 1, ?) <> ? AND substr(name, 1, 3) <> ? ORDER BY name LIMIT ?;

-- name: rewrite_secret
INSERT INTO secret (name, wrapped) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET wrapped = excluded.wrapped;
