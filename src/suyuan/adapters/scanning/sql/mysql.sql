-- name: tables
SELECT t.table_schema AS `schema`, t.table_name AS `name`, COALESCE(t.table_rows, 0) AS `rows`, COALESCE(t.data_length, 0) AS `size`,
       (SELECT GROUP_CONCAT(k.column_name ORDER BY k.ordinal_position SEPARATOR 0x1f) FROM information_schema.key_column_usage k
        WHERE k.table_schema = t.table_schema AND k.table_name = t.table_name AND k.constraint_name = 'PRIMARY') AS `key`
FROM information_schema.tables t
WHERE t.table_type = 'BASE TABLE' AND t.table_schema NOT IN ('mysql', 'sys', 'performance_schema', 'information_schema')
ORDER BY 1, 2
-- name: columns
SELECT table_schema AS `schema`, table_name AS `name`, column_name AS `column`, data_type AS `type`
FROM information_schema.columns
WHERE table_schema NOT IN ('pg_catalog', 'information_schema', 'mysql', 'sys', 'performance_schema')
ORDER BY table_schema, table_name, ordinal_position
