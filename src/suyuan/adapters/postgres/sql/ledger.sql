-- The ledger's store. `entries` and `sides` are the truth; `named`, `latest`, `pools` and `registered` are derived from
-- the leaves in the same transaction. There is no index on a random column of `entries`: it would halve the append rate.
-- `seq` comes from no sequence: a rolled back transaction would leave a gap.

-- name: drop_ledger
DROP TABLE meta, entries, sides, named, latest, pools, registered;
DROP FUNCTION only_grows();

-- name: schema
CREATE TABLE meta (
    name  text PRIMARY KEY,
    value text NOT NULL
);
CREATE TABLE entries (
    seq   bigint PRIMARY KEY CHECK (seq >= 0),
    at_ms bigint NOT NULL,
    leaf  bytea NOT NULL
);
CREATE TABLE sides (
    seq   bigint NOT NULL,
    name  text NOT NULL,
    chunk integer NOT NULL,
    body  bytea NOT NULL,
    PRIMARY KEY (seq, name, chunk)
);
-- Sides are sealed, so they do not compress.
ALTER TABLE sides ALTER COLUMN body SET STORAGE EXTERNAL;
CREATE TABLE named (
    op  text NOT NULL,
    key bytea NOT NULL,
    seq bigint NOT NULL,
    PRIMARY KEY (op, key)
);
CREATE TABLE latest (
    op  text PRIMARY KEY,
    seq bigint NOT NULL
);
CREATE TABLE pools (
    seq   bigint PRIMARY KEY,
    rows  bigint NOT NULL,
    lanes bigint NOT NULL,
    next  bigint NOT NULL CHECK (next BETWEEN 0 AND rows)
);
CREATE TABLE registered (
    label bytea PRIMARY KEY,
    seq   bigint NOT NULL,
    live  boolean NOT NULL
);
CREATE FUNCTION only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger only grows';
END
$$;
CREATE TRIGGER entries_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON entries
FOR EACH STATEMENT EXECUTE FUNCTION only_grows();
ALTER TABLE entries ENABLE ALWAYS TRIGGER entries_stay;
INSERT INTO meta (name, value) VALUES ('store', 'suyuan ledger'), ('version', '1');

-- name: place
SELECT coalesce(max(seq) + 1, 0), pg_backend_pid() FROM entries;

-- name: size
SELECT coalesce(max(seq) + 1, 0) FROM entries;

-- name: last_at_ms
SELECT at_ms FROM entries ORDER BY seq DESC LIMIT 1;

-- name: append_few
WITH place AS (SELECT coalesce(max(seq) + 1, 0) AS size, pg_backend_pid()::bigint AS process FROM entries),
fits AS (SELECT 1 FROM place WHERE size = %b AND process = %b),
added AS (
    INSERT INTO entries (seq, at_ms, leaf)
    SELECT e.seq, e.at_ms, e.leaf FROM fits, unnest(%b::bigint[], %b::bigint[], %b::bytea[]) AS e (seq, at_ms, leaf)
),
kept AS (
    INSERT INTO sides (seq, name, chunk, body)
    SELECT s.seq, s.name, s.chunk::integer, s.body
    FROM fits, unnest(%b::bigint[], %b::text[], %b::bigint[], %b::bytea[]) AS s (seq, name, chunk, body)
),
moved AS (
    UPDATE pools SET next = d.following
    FROM fits, unnest(%b::bigint[], %b::bigint[], %b::bigint[]) AS d (seq, begun, following)
    WHERE pools.seq = d.seq AND pools.next = d.begun AND d.following <= pools.rows
    RETURNING pools.seq
)
SELECT size, process, ARRAY(SELECT seq FROM moved) FROM place;

-- name: append_entries
COPY entries (seq, at_ms, leaf) FROM STDIN (FORMAT binary);

-- name: append_sides
COPY sides (seq, name, chunk, body) FROM STDIN (FORMAT binary);

-- name: append_name
INSERT INTO named (op, key, seq) VALUES (%b, %b, %b) ON CONFLICT DO NOTHING;

-- name: append_latest
INSERT INTO latest (op, seq) VALUES (%b, %b) ON CONFLICT (op) DO UPDATE SET seq = excluded.seq;

-- name: append_pool
INSERT INTO pools (seq, rows, lanes, next) VALUES (%b, %b, %b, %b);

-- name: pools_of
SELECT seq, rows, lanes, next FROM pools WHERE seq = ANY(%b::bigint[]);

-- name: draw
UPDATE pools SET next = %b WHERE seq = %b AND next = %b AND rows >= %b;

-- name: enrol
INSERT INTO registered (label, seq, live) SELECT label, %b, true FROM unnest(%b::bytea[]) AS label
ON CONFLICT (label) DO UPDATE SET seq = excluded.seq, live = true WHERE NOT registered.live;

-- name: erase
UPDATE registered SET live = false WHERE label = %b AND live;

-- name: was_enrolled
SELECT 1 FROM registered WHERE label = %b;

-- name: registered
SELECT label, seq FROM registered WHERE label = ANY(%b::bytea[]) AND live;

-- name: leaves
SELECT seq, leaf FROM entries WHERE seq >= %b AND seq < %b ORDER BY seq;

-- name: side
SELECT body FROM sides WHERE seq = %b AND name = %b AND chunk >= %b AND chunk <= %b ORDER BY chunk;

-- name: drop_sides
DELETE FROM sides WHERE seq = ANY(%b::bigint[]);

-- name: forget
VACUUM FULL sides;

-- name: side_names
SELECT DISTINCT name COLLATE "C" FROM sides WHERE seq = %b ORDER BY 1;

-- name: find
SELECT seq FROM named WHERE op = %b AND key = %b;

-- name: latest
SELECT seq FROM latest WHERE op = %b;

-- name: named
SELECT seq FROM named WHERE op = %b ORDER BY seq;

-- name: pools
SELECT seq, rows, lanes, next FROM pools ORDER BY seq;

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

-- name: put_named
INSERT INTO named (op, key, seq) SELECT * FROM unnest(%b::text[], %b::bytea[], %b::bigint[]);

-- name: put_latest
INSERT INTO latest (op, seq) SELECT * FROM unnest(%b::text[], %b::bigint[]);

-- name: put_pools
INSERT INTO pools (seq, rows, lanes, next) SELECT * FROM unnest(%b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[]);

-- name: put_registered
INSERT INTO registered (label, seq, live) SELECT * FROM unnest(%b::bytea[], %b::bigint[], %b::boolean[]);
