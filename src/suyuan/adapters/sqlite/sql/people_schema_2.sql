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

-- The commitments of a record are hidden under a pad of its person's own (1), or are still as version 1 wrote them (0).
ALTER TABLE record ADD COLUMN hidden INTEGER NOT NULL DEFAULT 0;

CREATE INDEX record_bare ON record (person) WHERE hidden = 0;

-- Erasures that are not finished: the label that the ledger's entry carries, the epoch it is of where it is no registry
-- label, and how many entries the ledger had.
CREATE TABLE erasing (
    person INTEGER PRIMARY KEY,
    label BLOB NOT NULL,
    epoch INTEGER,
    size INTEGER NOT NULL
) STRICT;
