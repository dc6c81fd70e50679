-- Statements of the key store.

-- name: last_number
SELECT last FROM numbering;

-- name: hold_numbering
SELECT last FROM numbering FOR UPDATE;

-- name: advance
UPDATE numbering SET last = %b;

-- name: add_persons
INSERT INTO person (number, wrapped) SELECT * FROM unnest(%b::bigint[], %b::bytea[]);

-- name: persons
SELECT number, wrapped FROM person WHERE number = ANY(%b::bigint[]);

-- name: numbers_held
SELECT number FROM person WHERE number = ANY(%b::bigint[]);

-- name: persons_held
SELECT count(*) FROM person;

-- name: overwrite_person
UPDATE person SET wrapped = decode(repeat('00', length(wrapped)), 'hex') WHERE number = %b;

-- name: erase_person
DELETE FROM person WHERE number = %b;

-- name: tidy_persons
VACUUM (INDEX_CLEANUP OFF) person;

-- name: secret
SELECT wrapped FROM secret WHERE name = %b;

-- name: overwrite_secret
UPDATE secret SET wrapped = decode(repeat('00', length(wrapped)), 'hex') WHERE name = %b;

-- name: discard_secret
DELETE FROM secret WHERE name = %b;

-- name: tidy_secrets
VACUUM FULL secret;

-- name: add_secret
INSERT INTO secret (name, wrapped) VALUES (%b, %b) ON CONFLICT DO NOTHING;

-- name: count_stale
SELECT count(*) FROM person WHERE substring(wrapped FROM 1 FOR %b::integer) <> %b;

-- name: stale_persons
SELECT number, wrapped FROM person
WHERE number > %b AND substring(wrapped FROM 1 FOR %b::integer) <> %b ORDER BY number LIMIT %b;

-- name: rewrap_persons
UPDATE person SET wrapped = given.new FROM unnest(%b::bytea[], %b::bigint[], %b::bytea[]) AS given (new, number, old)
WHERE person.number = given.number AND person.wrapped = given.old;

-- name: stale_secrets
SELECT name, wrapped FROM secret
WHERE name > %b AND substring(wrapped FROM 1 FOR %b::integer) <> %b AND NOT starts_with(name, %b) ORDER BY name LIMIT %b;

-- name: rewrite_secret
INSERT INTO secret (name, wrapped) VALUES (%b, %b) ON CONFLICT (name) DO UPDATE SET wrapped = excluded.wrapped;
