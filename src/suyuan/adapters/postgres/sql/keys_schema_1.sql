-- Wrapped secrets: nothing here opens without the key-encryption key.

CREATE TABLE meta (
    name  text PRIMARY KEY,
    value text NOT NULL
);

-- One wrapped secret per person.
CREATE TABLE person (
    number  bigint PRIMARY KEY,
    wrapped bytea NOT NULL
);

-- The number given last: that of an erased person is never given again. Whoever adds a secret, and whoever changes the
-- generation in force, holds this row, so that one waits for the other.
CREATE TABLE numbering (
    "row" smallint PRIMARY KEY CHECK ("row" = 1),
    last bigint NOT NULL
);

INSERT INTO numbering ("row", last) VALUES (1, -1);

-- Named secrets: the log's key, the tokens' key, the pools' seeds, the recipients' secrets.
CREATE TABLE secret (
    name    text COLLATE "C" PRIMARY KEY,
    wrapped bytea NOT NULL
);

INSERT INTO meta (name, value) VALUES ('store', 'suyuan keys'), ('version', '1');
