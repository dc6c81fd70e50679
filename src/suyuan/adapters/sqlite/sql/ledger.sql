-- The ledger's store. `entries` and `sides` are the truth; `named`, `latest`, `pools` and `registered` are derived from the leaves
-- in the same transaction. There is no index on a random column: it would halve the append rate.

-- name: schema
CREATE TABLE entries (
    seq   INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    leaf  BLOB NOT NULL
) STRICT;
CREATE TABLE sides (
    seq   INTEGER NOT NULL REFERENCES entries (seq),
    name  TEXT NOT NULL,
    chunk INTEGER NOT NULL,
    body  BLOB NOT NULL,
    PRIMARY KEY (seq, name, chunk)
) STRICT;
CREATE TABLE named (
    op  TEXT NOT NULL,
    key BLOB NOT NULL,
    seq INTEGER NOT NULL REFERENCES entries (seq),
    PRIMARY KEY (op, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE latest (
    op  TEXT PRIMARY KEY,
    seq INTEGER NOT NULL REFERENCES entries (seq)
) STRICT, WITHOUT ROWID;
CREATE TABLE pools (
    seq   INTEGER PRIMARY KEY REFERENCES entries (seq),
    rows  INTEGER NOT NULL,
    lanes INTEGER NOT NULL,
    next  INTEGER NOT NULL CHECK (next BETWEEN 0 AND rows)
) STRICT;
CREATE TRIGGER entries_stay BEFORE UPDATE ON entries
BEGIN
    SELECT RAISE(ABORT, 'the ledger only grows');
END;
CREATE TRIGGER entries_remain BEFORE DELETE ON entries
BEGIN
    SELECT RAISE(ABORT, 'the ledger only grows');
END;

-- name: schema_2
CREATE TABLE registered (
    label BLOB PRIMARY KEY,
    seq   INTEGER NOT NULL REFERENCES entries (seq),
    live  INTEGER NOT NULL CHECK (live IN (0, 1))
) STRICT, WITHOUT ROWID;

-- name: size
SELECT coalesce(max(seq) + 1, 0) FROM entries;

-- name: last_at_ms
SELECT at_ms FROM entries ORDER BY seq DESC LIMIT 1;

-- name: append_entry
INSERT INTO entries (seq, at_ms, leaf) VALUES (?, ?, ?);

-- name: append_side
INSERT INTO sides (seq, name, chunk, body) VALUES (?, ?, ?, ?);

-- name: append_name
INSERT INTO named (op, key, seq) VALUES (?, ?, ?) ON CONFLICT DO NOTHING;

-- name: append_latest
INSERT INTO latest (op, seq) VALUES (?, ?) ON CONFLICT (op) DO UPDATE SET seq = excluded.seq;

-- name: append_pool
INSERT INTO pools (seq, rows, lanes, next) VALUES (?, ?, ?, ?);

-- name: draw
UPDATE pools SET next = :end WHERE seq = :pool AND next = :first AND :end <= rows;

-- name: enrol
INSERT INTO registered (label, seq, live) VALUES (?, ?, 1)
ON CONFLICT (label) DO UPDATE SET seq = excluded.seq, live = 1 WHERE live = 0;

-- name: erase
UPDATE registered SET live = 0 WHERE label = ? AND live = 1;

-- name: was_enrolled
SELECT 1 FROM registered WHERE label = ?;

-- name: registered
SELECT seq FROM registered WHERE label = ? AND live = 1;

-- name: leaves
SELECT seq, leaf FROM entries WHERE seq >= ? AND seq < ? ORDER BY seq;

-- name: side
SELECT body FROM sides WHERE seq = ? AND name = ? AND chunk >= ? AND chunk <= ? ORDER BY chunk;

-- name: side_names
SELECT DISTINCT name FROM sides WHERE seq = ? ORDER BY name;

-- name: find
SELECT seq FROM named WHERE op = ? AND key = ?;

-- name: latest
SELECT seq FROM latest WHERE op = ?;

-- name: pools
SELECT seq, rows, lanes, next FROM pools ORDER BY seq;

-- name: named
SELECT seq FROM named WHERE op = ? ORDER BY seq;

-- name: all_named
SELECT op, key, seq FROM named;

-- name: all_latest
SELECT op, seq FROM latest;

-- name: all_registered
SELECT label, seq, live FROM registered;

-- name: clear_named
DELETE FROM named;

-- name: clear_latest
DELETE FROM latest;

-- name: clear_pools
DELETE FROM pools;

-- name: clear_registered
DELETE FROM registered;

-- name: put_registered
INSERT INTO registered (label, seq, live) VALUES (?, ?, ?);

-- name: drop_sides
DELETE FROM sides WHERE seq = ?;

-- name: forget
PRAGMA wal_checkpoint(TRUNCATE);
