-- What an administrator runs once, so that suyuan itself needs no right to make anything.

-- name: roles
DO $$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['suyuan_owner', 'suyuan_app', 'suyuan_reader'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
        END IF;
    END LOOP;
END
$$;

-- name: begin
BEGIN;
CREATE SCHEMA {schema} AUTHORIZATION suyuan_owner;
SET LOCAL ROLE suyuan_owner;
SET LOCAL search_path = {schema}, pg_temp;

-- name: ledger
-- Entries and their sides are added and never changed; what is derived from them may be made anew.
GRANT SELECT, INSERT ON entries, sides TO suyuan_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON named, latest, pools, registered TO suyuan_app;
GRANT SELECT ON entries, named, latest, pools, registered, meta TO suyuan_reader;

-- name: people
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO suyuan_app;
-- Numbers and dates alone: who may read this counts, and finds nobody.
GRANT SELECT ON version, case_link, collected, hold, meta TO suyuan_reader;

-- name: keys
GRANT SELECT, INSERT, UPDATE, DELETE ON person, secret, numbering TO suyuan_app;

-- name: end
GRANT SELECT, DELETE ON meta TO suyuan_app;
GRANT USAGE ON SCHEMA {schema} TO suyuan_app, suyuan_reader;
INSERT INTO meta (name, value) VALUES ('prepared', 'yes');
COMMIT;
