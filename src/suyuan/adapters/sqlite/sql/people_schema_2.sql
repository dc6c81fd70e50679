-- By what identifier each person is enrolled in the log's registry: one for good, sealed under her own key.
-- `enrolled` is the ledger entry that did it, NULL while it is to be done; an entry before the registry in force was of
-- an earlier one, and it is to be done again. `shared` is 1 where another person is enrolled under this identifier.
CREATE TABLE registry (
    person INTEGER PRIMARY KEY,
    sealed_identifier BLOB NOT NULL,
    enrolled INTEGER,
    shared INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX registry_enrolled ON registry (enrolled);
