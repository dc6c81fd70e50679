-- data.db: sealed records, keyed tokens and cases. No readable value of a person lies here.
-- Times are milliseconds UTC. Kinds are the codes of token_entries.py, which never change.

-- A token leads to a person from `since` until `until` (NULL: still). The 64 bits are stored as a signed integer.
CREATE TABLE token (
    kind INTEGER NOT NULL,
    token INTEGER NOT NULL,
    person INTEGER NOT NULL,
    since INTEGER NOT NULL,
    until INTEGER,
    PRIMARY KEY (kind, token, person)
) STRICT, WITHOUT ROWID;

-- Every person this store knows, with all tokens that ever were hers, packed (kind, +128 once closed; token, little
-- endian): the way back from person to token, for a fraction of what an index costs a bulk load.
CREATE TABLE person (
    number INTEGER PRIMARY KEY,
    tokens BLOB NOT NULL
) STRICT;

-- The current version of each sealed record; the body of an earlier version is not kept.
CREATE TABLE record (
    person INTEGER PRIMARY KEY,
    version INTEGER NOT NULL,
    body BLOB NOT NULL,
    commitments BLOB NOT NULL
) STRICT;

-- When each version was current, and which fields it changed.
CREATE TABLE version (
    person INTEGER NOT NULL,
    version INTEGER NOT NULL,
    since INTEGER NOT NULL,
    until INTEGER,
    changed BLOB NOT NULL,
    PRIMARY KEY (person, version)
) STRICT, WITHOUT ROWID;

-- A case ties an account to a person from `opened` until `closed` (NULL: still open).
CREATE TABLE case_link (
    case_id TEXT NOT NULL,
    account TEXT NOT NULL,
    person INTEGER NOT NULL,
    opened INTEGER NOT NULL,
    closed INTEGER,
    PRIMARY KEY (case_id, account, person)
) STRICT, WITHOUT ROWID;

-- Marks that a dump has shown: they count 1 ever after. `dump` is the ledger index of the first that did.
CREATE TABLE observed (
    release INTEGER NOT NULL,
    row INTEGER NOT NULL,
    field TEXT NOT NULL,
    dump INTEGER NOT NULL,
    PRIMARY KEY (release, row, field)
) STRICT, WITHOUT ROWID;

CREATE INDEX observed_by_dump ON observed (dump);
