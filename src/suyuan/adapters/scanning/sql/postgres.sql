-- name: tables
-- Size is in pages, as last analysed: asking for it anew would wait for whoever holds a lock on the table.
SELECT n.nspname AS schema, c.relname AS name, greatest(c.reltuples, 0)::bigint AS rows, CASE WHEN c.relkind IN ('r', 'm') THEN c.relpages ELSE 0 END AS size,
       (SELECT string_agg(a.attname, E'\x1f' ORDER BY a.attnum) FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid
        AND a.attnum = ANY (i.indkey) WHERE i.indrelid = c.oid AND i.indisprimary) AS key
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'm', 'f') AND NOT c.relispartition AND n.nspname NOT IN ('pg_catalog', 'information_schema')
      AND n.nspname NOT LIKE 'pg\_%' AND has_table_privilege(c.oid, 'SELECT')
ORDER BY 1, 2
-- name: hidden
SELECT n.nspname AS schema, c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'm', 'f') AND NOT c.relispartition AND n.nspname NOT IN ('pg_catalog', 'information_schema')
      AND n.nspname NOT LIKE 'pg\_%' AND NOT has_table_privilege(c.oid, 'SELECT') ORDER BY 1, 2
-- name: columns
SELECT table_schema AS "schema", table_name AS "name", column_name AS "column", data_type AS "type"
FROM information_schema.columns
WHERE table_schema NOT IN ('pg_catalog', 'information_schema', 'mysql', 'sys', 'performance_schema')
ORDER BY table_schema, table_name, ordinal_position
