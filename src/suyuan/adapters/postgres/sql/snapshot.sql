-- What a backup asks of a schema, and a restore of the database that it goes into.

-- name: begin
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;

-- name: enter
SELECT set_config('search_path', quote_ident(%s) || ', pg_temp', false);

-- name: tables
SELECT relname, array_agg(attname ORDER BY attnum) FROM pg_class
JOIN pg_namespace ON pg_namespace.oid = relnamespace JOIN pg_attribute ON attrelid = pg_class.oid
WHERE nspname = %s AND relkind = 'r' AND attnum > 0 AND NOT attisdropped GROUP BY relname ORDER BY relname;

-- name: bytes
SELECT coalesce(sum(pg_table_size(pg_class.oid)), 0)::bigint FROM pg_class
JOIN pg_namespace ON pg_namespace.oid = relnamespace WHERE nspname = %s AND relkind = 'r';

-- name: stepped_back
SELECT value FROM meta WHERE name = 'stepped back';

-- name: is_aside
SELECT obj_description(oid, 'pg_namespace') = 'suyuan: a restore that is not finished' FROM pg_namespace WHERE nspname = %s;

-- name: mark_aside
COMMENT ON SCHEMA {schema} IS 'suyuan: a restore that is not finished';

-- name: unmark_aside
COMMENT ON SCHEMA {schema} IS NULL;

-- name: drop_aside
DROP SCHEMA {schema} CASCADE;

-- name: prepared
SELECT count(*) FROM meta WHERE name = 'prepared';

-- name: functions
SELECT proname FROM pg_proc JOIN pg_namespace ON pg_namespace.oid = pronamespace WHERE nspname = %s;
