-- Sealed records, keyed tokens and cases, as data.db of version 2 has them. No readable value of a person lies here.
-- Times are milliseconds UTC; kinds are the codes of token_entries.py, which never change; a flag is 0 or 1.

CREATE TABLE meta (
    name  text PRIMARY KEY,
    value text NOT NULL
);

-- A token leads to a person from `since` until `until` (NULL: still). The 64 bits are stored as a signed integer.
CREATE TABLE token (
    kind   smallint NOT NULL,
    token  bigint NOT NULL,
    person bigint NOT NULL,
    since  bigint NOT NULL,
    until  bigint,
    PRIMARY KEY (kind, token, person)
);

CREATE INDEX token_person ON token (person);

-- Every person this store knows.
CREATE TABLE person (
    number bigint PRIMARY KEY
);

-- The current version of each sealed record; the body of an earlier version is not kept.
CREATE TABLE record (
    person      bigint PRIMARY KEY,
    version     bigint NOT NULL,
    body        bytea NOT NULL,
    commitments bytea NOT NULL,
    hidden      smallint NOT NULL DEFAULT 0
);

-- Bodies are sealed, so they do not compress.
ALTER TABLE record ALTER COLUMN body SET STORAGE EXTERNAL;

CREATE INDEX record_bare ON record (person) WHERE hidden = 0;

-- When each version was current, and which fields it changed.
CREATE TABLE version (
    person  bigint NOT NULL,
    version bigint NOT NULL,
    since   bigint NOT NULL,
    until   bigint,
    changed bytea NOT NULL,
    PRIMARY KEY (person, version)
);

-- A case ties an account to a person from `opened` until `closed` (NULL: still open).
CREATE TABLE case_link (
    case_id text COLLATE "C" NOT NULL,
    account text COLLATE "C" NOT NULL,
    person  bigint NOT NULL,
    opened  bigint NOT NULL,
    closed  bigint,
    PRIMARY KEY (case_id, account, person)
);

-- Marks that a dump has shown: they count 1 ever after. `dump` is the ledger index of the first that did.
CREATE TABLE observed (
    release bigint NOT NULL,
    row     bigint NOT NULL,
    field   text COLLATE "C" NOT NULL,
    dump    bigint NOT NULL,
    PRIMARY KEY (release, row, field)
);

CREATE INDEX observed_by_dump ON observed (dump);

-- By what identifier each person is enrolled in the log's registry, sealed under her own key; see data.db's version 2.
CREATE TABLE registry (
    person            bigint PRIMARY KEY,
    sealed_identifier bytea NOT NULL,
    enrolled          bigint,
    shared            smallint NOT NULL DEFAULT 0
);

CREATE INDEX registry_enrolled ON registry (enrolled);

-- Erasures that are not finished.
CREATE TABLE erasing (
    person bigint PRIMARY KEY,
    label  bytea NOT NULL,
    epoch  bigint,
    size   bigint NOT NULL
);

INSERT INTO meta (name, value) VALUES ('store', 'suyuan people'), ('version', '2');
