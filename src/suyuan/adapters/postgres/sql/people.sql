-- Statements of the people store. Lists come as arrays; rows of one kind come as one array for each column. A name that
-- begins with `new/` is of rows that are known to be new, which COPY takes in.

-- name: former_tokens
SELECT token, person, until FROM token WHERE kind = ANY(%b::smallint[]) AND until IS NOT NULL;

-- name: token_spans
SELECT token, person, since, until FROM token WHERE kind = ANY(%b::smallint[]) AND token = ANY(%b::bigint[]);

-- name: tokens_of_kind
COPY (SELECT token, person, until IS NULL FROM token WHERE kind IN ({codes})) TO STDOUT (FORMAT binary);

-- name: token_changes
-- Rows that were ever put in, changed or taken out; null where the server does not count them.
SELECT CASE WHEN current_setting('track_counts')::boolean THEN
    pg_stat_get_tuples_inserted(oid) + pg_stat_get_tuples_updated(oid) + pg_stat_get_tuples_deleted(oid)
END FROM pg_class WHERE oid = 'token'::regclass;

-- name: count_now
SELECT pg_stat_force_next_flush();

-- name: tokens_among
SELECT token, person, until IS NULL FROM token WHERE kind = ANY(%b::smallint[]) AND token = ANY(%b::bigint[]);

-- name: known_persons
SELECT number FROM person ORDER BY number;

-- name: persons_with_tokens
SELECT DISTINCT person FROM token WHERE (kind & 64) = %b AND until IS NULL ORDER BY person;

-- name: drop_tokens_but
DELETE FROM token WHERE (kind & 64) <> %b AND person = ANY(%b::bigint[]);

-- name: drop_parts_but
DELETE FROM part WHERE part NOT LIKE %b;

-- name: persons_known
SELECT number FROM person WHERE number = ANY(%b::bigint[]);

-- name: add_tokens
INSERT INTO token (kind, token, person, since)
SELECT kind, token, person, %b FROM unnest(%b::bigint[], %b::bigint[], %b::bigint[]) AS given (kind, token, person)
ON CONFLICT (kind, token, person) DO UPDATE SET until = NULL WHERE token.until IS NOT NULL;

-- name: new/add_person
COPY person (number) FROM STDIN (FORMAT binary);

-- name: new/add_tokens
COPY token (kind, token, person, since) FROM STDIN (FORMAT binary);

-- name: new/save_record
COPY record (person, version, body, commitments, hidden) FROM STDIN (FORMAT binary);

-- name: new/add_version
COPY version (person, version, since, changed) FROM STDIN (FORMAT binary);

-- name: new/add_identifier
COPY registry (person, sealed_identifier) FROM STDIN (FORMAT binary);

-- name: new/add_part
COPY part (field, part, token, person) FROM STDIN (FORMAT binary);

-- name: close_others
UPDATE token SET until = %b WHERE person = ANY(%b::bigint[]) AND until IS NULL AND NOT EXISTS (
    SELECT FROM unnest(%b::bigint[], %b::bigint[], %b::bigint[]) AS given (kind, token, person)
    WHERE given.person = token.person AND given.kind = token.kind AND given.token = token.token
);

-- name: erase_tokens
DELETE FROM token WHERE person = %b;

-- name: records_among
SELECT person, version, body, commitments, hidden FROM record WHERE person = ANY(%b::bigint[]);

-- name: current_versions
SELECT person, version FROM record WHERE person = ANY(%b::bigint[]);

-- name: persons_with_record
SELECT person FROM record ORDER BY person;

-- name: save_record
INSERT INTO record (person, version, body, commitments, hidden)
SELECT * FROM unnest(%b::bigint[], %b::bigint[], %b::bytea[], %b::bytea[], %b::bigint[])
ON CONFLICT (person) DO UPDATE SET
    version = excluded.version, body = excluded.body, commitments = excluded.commitments, hidden = excluded.hidden;

-- name: bare_records
SELECT person, version, body, commitments, hidden FROM record
WHERE hidden = 0 AND person > %b ORDER BY person LIMIT %b;

-- name: hide_record
UPDATE record SET commitments = given.commitments, hidden = 1
FROM unnest(%b::bytea[], %b::bigint[], %b::bigint[]) AS given (commitments, person, version)
WHERE record.person = given.person AND record.version = given.version AND record.hidden = 0;

-- name: begin_erase
INSERT INTO erasing (person, label, epoch, size) VALUES (%b, %b, %b, %b) ON CONFLICT DO NOTHING;

-- name: erasing
SELECT person, label, epoch, size FROM erasing ORDER BY person;

-- name: erase_person
DELETE FROM person WHERE number = %b;

-- name: erase_record
DELETE FROM record WHERE person = %b;

-- name: erase_versions
DELETE FROM version WHERE person = %b;

-- name: erase_cases
DELETE FROM case_link WHERE person = %b;

-- name: erase_registration
DELETE FROM registry WHERE person = %b;

-- name: end_erase
DELETE FROM erasing WHERE person = %b;

-- name: close_version
UPDATE version SET until = given.until
FROM unnest(%b::bigint[], %b::bigint[], %b::bigint[]) AS given (until, person, version)
WHERE version.person = given.person AND version.version = given.version;

-- name: add_version
INSERT INTO version (person, version, since, changed)
SELECT * FROM unnest(%b::bigint[], %b::bigint[], %b::bigint[], %b::bytea[]);

-- name: versions
SELECT version, since, until, changed FROM version WHERE person = %b ORDER BY version;

-- name: changes_among
SELECT person, since, changed FROM version WHERE person = ANY(%b::bigint[])
AND EXISTS (SELECT 1 FROM version AS earlier WHERE earlier.person = version.person AND earlier.version < version.version);

-- name: save_case
INSERT INTO case_link (case_id, account, person, opened, closed, queue, region)
SELECT * FROM unnest(%b::text[], %b::text[], %b::bigint[], %b::bigint[], %b::bigint[], %b::text[], %b::text[])
ON CONFLICT (case_id, account, person) DO UPDATE SET
    opened = excluded.opened, closed = excluded.closed, queue = excluded.queue, region = excluded.region;

-- name: cases_among
SELECT case_id, account, person, opened, closed, queue, region FROM case_link
WHERE case_id = ANY(%b::text[]) ORDER BY case_id, account, person;

-- name: case_places
SELECT DISTINCT person, queue, region FROM case_link ORDER BY person, queue, region;

-- name: cases_where
SELECT * FROM (
    SELECT case_id, account, person, opened, closed, queue, region FROM case_link
    WHERE case_id > %b AND opened <= %b AND (closed IS NULL OR closed > %b) AND {condition}
    ORDER BY case_id FETCH FIRST (%b) ROWS WITH TIES
) AS page ORDER BY case_id, account, person;

-- name: observe
INSERT INTO observed (release, row, field, dump)
SELECT * FROM unnest(%b::bigint[], %b::bigint[], %b::text[], %b::bigint[]) ON CONFLICT DO NOTHING;

-- name: observed_among
SELECT release, row, field FROM observed WHERE release = ANY(%b::bigint[]);

-- name: observed_by
SELECT release, row, field FROM observed WHERE dump = %b;

-- name: counts
SELECT
    (SELECT count(*) FROM person),
    (SELECT count(*) FROM record),
    (SELECT count(*) FROM token),
    (SELECT count(DISTINCT case_id) FROM case_link);

-- name: add_identifier
INSERT INTO registry (person, sealed_identifier) SELECT * FROM unnest(%b::bigint[], %b::bytea[])
ON CONFLICT DO NOTHING;

-- name: registry_among
SELECT person FROM registry WHERE person = ANY(%b::bigint[]);

-- name: registrations_among
SELECT person, sealed_identifier, enrolled, shared FROM registry WHERE person = ANY(%b::bigint[]);

-- name: to_enrol
SELECT person FROM registry WHERE enrolled IS NULL OR enrolled < %b ORDER BY person;

-- name: mark_enrolled
UPDATE registry SET enrolled = given.enrolled, shared = given.shared
FROM unnest(%b::bigint[], %b::bigint[], %b::bigint[]) AS given (enrolled, shared, person)
WHERE registry.person = given.person;

-- name: reopen_shared
UPDATE registry SET enrolled = NULL, shared = 0 WHERE shared = 1;

-- name: drop_parts
DELETE FROM part WHERE person = ANY(%b::bigint[]);

-- name: drop_part
DELETE FROM part WHERE field = %b AND part = %b AND person = ANY(%b::bigint[]);

-- name: parts_among
SELECT person, token FROM part WHERE field = %b AND part = %b AND person = ANY(%b::bigint[]);

-- name: add_part
INSERT INTO part (field, part, token, person)
SELECT * FROM unnest(%b::text[], %b::text[], %b::bigint[], %b::bigint[]) ON CONFLICT DO NOTHING;

-- name: find_part
SELECT person FROM part WHERE field = %b AND part = %b AND token = %b ORDER BY person LIMIT %b;

-- name: part_owners
SELECT token, person FROM part WHERE field = %b AND part = %b AND token = ANY(%b::bigint[]);

-- name: few_part_owners
WITH met AS (
    SELECT token, person, count(*) OVER (PARTITION BY token) AS persons FROM part
    WHERE field = %b AND part = %b AND token = ANY(%b::bigint[])
)
SELECT token, person FROM met WHERE persons <= %b;

-- name: count_part
SELECT count(*) FROM part WHERE field = %b AND part = %b AND token = %b;

-- name: facts_among
SELECT person, child_until, minor_until, NULL::text AS hold, NULL::text AS purpose FROM age WHERE person = ANY(%b::bigint[])
UNION ALL SELECT person, NULL, NULL, hold, NULL FROM hold WHERE until IS NULL AND person = ANY(%b::bigint[])
UNION ALL SELECT person, NULL, NULL, NULL, purpose FROM restriction WHERE person = ANY(%b::bigint[]);

-- name: set_age
INSERT INTO age (person, child_until, minor_until)
SELECT * FROM unnest(%b::bigint[], %b::bigint[], %b::bigint[])
ON CONFLICT (person) DO UPDATE SET child_until = excluded.child_until, minor_until = excluded.minor_until;

-- name: hold_in_force
SELECT 1 FROM hold WHERE person = %b AND hold = %b AND until IS NULL;

-- name: add_hold
INSERT INTO hold (person, hold, since, reason) VALUES (%b, %b, %b, %b);

-- name: end_hold
UPDATE hold SET until = %b WHERE person = %b AND hold = %b AND until IS NULL;

-- name: held
SELECT person, hold FROM hold WHERE until IS NULL ORDER BY person, hold;

-- name: holds
SELECT hold, since, until, reason FROM hold WHERE person = %b ORDER BY since, number;

-- name: restrict
INSERT INTO restriction (person, purpose, since) VALUES (%b, %b, %b) ON CONFLICT DO NOTHING;

-- name: unrestrict
DELETE FROM restriction WHERE person = %b AND purpose = %b;

-- name: collected
INSERT INTO collected (person, purpose, at) SELECT * FROM unnest(%b::bigint[], %b::text[], %b::bigint[])
ON CONFLICT (purpose, person) DO UPDATE SET at = excluded.at WHERE collected.at < excluded.at;

-- name: collected_before
SELECT person FROM collected WHERE purpose = %b AND at < %b AND person = ANY(%b::bigint[]);

-- name: due
SELECT person FROM collected WHERE purpose = %b AND person > %b AND at < %b ORDER BY person LIMIT %b;

-- name: count_uncollected
SELECT count(*) FROM record LEFT JOIN (SELECT DISTINCT person FROM collected) AS known ON known.person = record.person
WHERE known.person IS NULL;

-- name: purposes_of
SELECT purpose, at FROM collected WHERE person = %b ORDER BY purpose;

-- name: add_consent
INSERT INTO consent (person, place, id, purpose, scope, recipient, state, terms, guardian, receipt)
SELECT * FROM unnest(
    %b::bigint[], %b::bigint[], %b::bytea[], %b::text[], %b::text[], %b::text[], %b::text[], %b::bytea[], %b::bigint[],
    %b::bytea[]
);

-- name: follow_consents
INSERT INTO consents_followed (number, entry) VALUES (1, %b)
ON CONFLICT (number) DO UPDATE SET entry = greatest(consents_followed.entry, excluded.entry);

-- name: consents
SELECT person, place, id, purpose, scope, recipient, state, terms, guardian, receipt FROM consent
WHERE person = %b ORDER BY place;

-- name: last_words
SELECT DISTINCT ON (person) person, place, id, purpose, scope, recipient, state, terms, guardian, receipt FROM consent
WHERE purpose = %b AND scope = %b AND recipient = %b AND person = ANY(%b::bigint[]) ORDER BY person, place DESC;

-- name: last_consent
SELECT person, place, id, purpose, scope, recipient, state, terms, guardian, receipt FROM consent
WHERE person = %b AND purpose = %b AND scope = %b AND recipient = %b ORDER BY place DESC LIMIT 1;

-- name: last_places
SELECT person, max(place) FROM consent WHERE person = ANY(%b::bigint[]) GROUP BY person;

-- name: consents_followed
SELECT coalesce(max(entry), -1) FROM consents_followed;

-- name: add_approval
INSERT INTO approval (
    id, request, asked_by, purpose, reason, asked_at, expires, approved_by, approved_at, declined, used_at
) VALUES (%b, %b, %b, %b, %b, %b, %b, %b, %b, %b, %b) ON CONFLICT DO NOTHING;

-- name: approval
SELECT id, request, asked_by, purpose, reason, asked_at, expires, approved_by, approved_at, declined, used_at
FROM approval WHERE id = %b;

-- name: approve
UPDATE approval SET approved_by = %b, approved_at = %b, declined = %b WHERE id = %b AND approved_at IS NULL;

-- name: use_approval
-- What it was for is not needed any more, and would lead from its entry to a person who is erased later.
UPDATE approval SET used_at = %b, request = decode(repeat('00', 32), 'hex')
WHERE id = %b AND used_at IS NULL AND approved_at IS NOT NULL AND declined = 0 AND expires > %b;

-- name: pending_approvals
SELECT id, request, asked_by, purpose, reason, asked_at, expires, approved_by, approved_at, declined, used_at
FROM approval WHERE approved_at IS NULL AND expires > %b ORDER BY asked_at, id LIMIT %b;

-- name: save_account
INSERT INTO account (id, roles, attributes, password, disabled, created, changed)
VALUES (%b, %b, %b, %b, %b, %b, %b)
ON CONFLICT (id) DO UPDATE SET
    roles = excluded.roles, attributes = excluded.attributes, password = excluded.password,
    disabled = excluded.disabled, created = excluded.created, changed = excluded.changed;

-- name: account
SELECT id, roles, attributes, password, disabled, created, changed FROM account WHERE id = %b;

-- name: accounts
SELECT id, roles, attributes, password, disabled, created, changed FROM account WHERE id > %b ORDER BY id LIMIT %b;

-- name: add_api_key
INSERT INTO api_key (id, account, digest, expires, revoked, created) VALUES (%b, %b, %b, %b, %b, %b) ON CONFLICT DO NOTHING;

-- name: api_key
SELECT id, account, digest, expires, revoked, created FROM api_key WHERE id = %b;

-- name: revoke_api_key
UPDATE api_key SET revoked = 1 WHERE id = %b;

-- name: api_keys
SELECT id, account, digest, expires, revoked, created FROM api_key WHERE account = %b ORDER BY created, id;

-- name: remember_key
INSERT INTO remembered (account, key, request, entry, at) VALUES (%b, %b, %b, %b, %b) ON CONFLICT DO NOTHING;

-- name: remembered
SELECT request, entry FROM remembered WHERE account = %b AND key = %b;

-- name: forget_keys
DELETE FROM remembered WHERE at < %b;

-- name: erase_parts
DELETE FROM part WHERE person = %b;

-- name: erase_age
DELETE FROM age WHERE person = %b;

-- name: erase_holds
DELETE FROM hold WHERE person = %b;

-- name: erase_restrictions
DELETE FROM restriction WHERE person = %b;

-- name: erase_collected
DELETE FROM collected WHERE person = %b;

-- name: erase_consents
DELETE FROM consent WHERE person = %b;
