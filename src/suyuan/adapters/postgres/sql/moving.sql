-- What a move asks of a schema beside its rows.

-- name: moving
INSERT INTO meta (name, value) VALUES ('moving', 'not whole yet') ON CONFLICT DO NOTHING;

-- name: moved
DELETE FROM meta WHERE name IN ('moving', 'prepared');

-- name: has_numbering
SELECT to_regclass('numbering') IS NOT NULL;

-- name: last_number
SELECT last FROM numbering;

-- name: set_last_number
UPDATE numbering SET last = %s;

-- name: has_holds
SELECT to_regclass('hold') IS NOT NULL;

-- name: set_next_hold
SELECT setval(pg_get_serial_sequence('hold', 'number'), coalesce(max(number), 0) + 1, false) FROM hold;

-- name: moved_by
SELECT value FROM meta WHERE name = 'moved_by';

-- name: set_moved_by
INSERT INTO meta (name, value) VALUES ('moved_by', %s) ON CONFLICT (name) DO UPDATE SET value = excluded.value;
