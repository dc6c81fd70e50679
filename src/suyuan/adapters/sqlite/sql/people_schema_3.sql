-- Where a case lies in the platform's own work; grants and lists choose by these.
ALTER TABLE case_link ADD COLUMN queue TEXT NOT NULL DEFAULT '';

ALTER TABLE case_link ADD COLUMN region TEXT NOT NULL DEFAULT '';

CREATE INDEX case_link_person ON case_link (person);

CREATE INDEX case_link_account ON case_link (account, case_id);

-- Tokens of declared parts of fields (`last4`, `surname`): each leads to a bucket of persons.
CREATE TABLE part (
    field TEXT NOT NULL,
    part TEXT NOT NULL,
    token INTEGER NOT NULL,
    person INTEGER NOT NULL,
    PRIMARY KEY (field, part, token, person)
) STRICT, WITHOUT ROWID;

CREATE INDEX part_person ON part (person);

-- Until when persons are under 14 and under 18, as months (12 * year + month - 1): there is no room for a day.
CREATE TABLE age (
    person INTEGER PRIMARY KEY,
    child_until INTEGER,
    minor_until INTEGER
) STRICT;

-- Legal holds from `since` until `until` (NULL: in force). The reason is sealed.
CREATE TABLE hold (
    number INTEGER PRIMARY KEY,
    person INTEGER NOT NULL,
    hold TEXT NOT NULL,
    since INTEGER NOT NULL,
    until INTEGER,
    reason BLOB NOT NULL
) STRICT;

CREATE INDEX hold_person ON hold (person);

CREATE UNIQUE INDEX hold_in_force ON hold (person, hold) WHERE until IS NULL;

-- Purposes that persons have had stopped; `*` stands for all.
CREATE TABLE restriction (
    person INTEGER NOT NULL,
    purpose TEXT NOT NULL,
    since INTEGER NOT NULL,
    PRIMARY KEY (person, purpose)
) STRICT, WITHOUT ROWID;

-- When a person's data were last collected for a purpose.
CREATE TABLE collected (
    person INTEGER NOT NULL,
    purpose TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (purpose, person)
) STRICT, WITHOUT ROWID;

CREATE INDEX collected_person ON collected (person);

-- Every word of consent, in each person's own order. Nothing here leads to the ledger: which entry records a word, and
-- when it was said, are sealed in the receipt under the person's key, and the rows are in no order of their coming.
CREATE TABLE consent (
    person INTEGER NOT NULL,
    place INTEGER NOT NULL,
    id BLOB NOT NULL,
    purpose TEXT NOT NULL,
    scope TEXT NOT NULL,
    recipient TEXT NOT NULL,
    state TEXT NOT NULL,
    terms BLOB NOT NULL,
    guardian INTEGER NOT NULL,
    receipt BLOB NOT NULL,
    PRIMARY KEY (person, place)
) STRICT, WITHOUT ROWID;

CREATE INDEX consent_matter ON consent (person, purpose, scope, recipient, place);

-- The ledger entry up to which its consents are kept here.
CREATE TABLE consents_followed (
    number INTEGER PRIMARY KEY CHECK (number = 1),
    entry INTEGER NOT NULL
) STRICT;

-- Second persons' words on exact requests.
CREATE TABLE approval (
    id TEXT PRIMARY KEY,
    request BLOB NOT NULL,
    asked_by TEXT NOT NULL,
    purpose TEXT NOT NULL,
    reason TEXT NOT NULL,
    asked_at INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    approved_by TEXT,
    approved_at INTEGER,
    declined INTEGER NOT NULL,
    used_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX approval_pending ON approval (asked_at, id) WHERE approved_at IS NULL;

-- Who may ask; roles and attributes are JSON. The password is an Argon2id string, or empty.
CREATE TABLE account (
    id TEXT PRIMARY KEY,
    roles BLOB NOT NULL,
    attributes BLOB NOT NULL,
    password TEXT NOT NULL,
    disabled INTEGER NOT NULL,
    created INTEGER NOT NULL,
    changed INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE api_key (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    digest BLOB NOT NULL,
    expires INTEGER,
    revoked INTEGER NOT NULL,
    created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX api_key_account ON api_key (account, created);

-- Requests that were answered already, by the digest of their idempotency key.
CREATE TABLE remembered (
    account TEXT NOT NULL,
    key BLOB NOT NULL,
    request BLOB NOT NULL,
    entry INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (account, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX remembered_at ON remembered (at);

-- Whose identifier is another's: looked for at every erasure.
CREATE INDEX registry_shared ON registry (person) WHERE shared = 1;
