-- name: begin
BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY
-- name: session
SELECT set_config('DateStyle', 'ISO, YMD', true), set_config('IntervalStyle', 'iso_8601', true),
       set_config('extra_float_digits', '1', true)
-- name: apart
SAVEPOINT reading
-- name: back
ROLLBACK TO SAVEPOINT reading
-- name: done
RELEASE SAVEPOINT reading
-- name: timeout
SELECT set_config('statement_timeout', $1::text, true)
-- name: types
SELECT t.oid::bigint, t.typcategory::text IN ('A', 'C') OR b.typname IN ('bytea', 'json', 'jsonb', 'xml'), b.typname::text
FROM pg_type t JOIN pg_type b ON b.oid = COALESCE(NULLIF(t.typbasetype, 0), t.oid)
WHERE t.oid::bigint = ANY ($1::bigint[])
-- name: origins
SELECT a.attrelid::bigint, a.attnum::int, format('%I.%I.%I', s.nspname, c.relname, a.attname)
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace s ON s.oid = c.relnamespace
WHERE a.attrelid::bigint = ANY ($1::bigint[]) AND a.attnum > 0
-- name: tables
WITH RECURSIVE named AS (
  SELECT c.oid
  FROM unnest($1::text[], $2::text[]) AS n (schema, name)
  JOIN pg_namespace s ON s.nspname = n.schema
  JOIN pg_class c ON c.relnamespace = s.oid AND c.relname = n.name
), whole AS (
  SELECT oid FROM named
  UNION SELECT i.inhparent FROM pg_inherits i JOIN whole ON whole.oid = i.inhrelid
), shown AS (
  SELECT oid FROM whole
  UNION SELECT r.ev_class
  FROM shown
  JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = shown.oid AND d.classid = 'pg_rewrite'::regclass
  JOIN pg_rewrite r ON r.oid = d.objid
)
SELECT c.oid::bigint, format('%I.%I', s.nspname, c.relname), t.seq_scan + COALESCE(t.idx_scan, 0)
FROM shown
JOIN pg_class c USING (oid)
JOIN pg_namespace s ON s.oid = c.relnamespace
LEFT JOIN pg_stat_all_tables t ON t.relid = c.oid
ORDER BY 2
-- name: readers
WITH able AS (
  SELECT c.oid AS relation, r.oid AS role
  FROM pg_class c CROSS JOIN pg_roles r
  WHERE c.oid::bigint = ANY ($1::bigint[])
    AND has_schema_privilege(r.oid, c.relnamespace, 'USAGE') AND has_any_column_privilege(r.oid, c.oid, 'SELECT')
)
SELECT DISTINCT able.relation::bigint, l.rolname::text
FROM able JOIN pg_roles l ON l.rolcanlogin AND pg_has_role(l.oid, able.role, 'MEMBER')
WHERE l.rolname <> current_user
ORDER BY 2
-- name: unbound
SELECT rolname::text, rolsuper, rolname = current_user
FROM pg_roles WHERE rolcanlogin AND (rolsuper OR rolreplication)
ORDER BY 1
-- name: since
SELECT COALESCE(to_char(stats_reset AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), '')
FROM pg_stat_database WHERE datname = current_database()
