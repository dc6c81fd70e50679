-- keys.db: nothing here opens without the key-encryption key.

-- One wrapped secret per person. AUTOINCREMENT: the number of an erased person is never given again.
CREATE TABLE person (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    wrapped BLOB NOT NULL
) STRICT;

-- The first person has number 0.
INSERT INTO sqlite_sequence (name, seq) VALUES ('person', -1);

-- Named secrets: the log's key, the tokens' key, the pools' seeds, the recipients' secrets.
CREATE TABLE secret (
    name TEXT PRIMARY KEY,
    wrapped BLOB NOT NULL
) STRICT, WITHOUT ROWID;
