-- name: begin
START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY
-- name: limit
SET SESSION sql_select_limit = %s
-- name: no_limit
SET SESSION sql_select_limit = DEFAULT
-- name: put_query
SET @suyuan_query = CONVERT(X'{hex}' USING utf8mb4)
-- name: put_key
SET @suyuan_key = CONVERT(X'{hex}' USING utf8mb4)
-- name: prepare
PREPARE suyuan_row FROM @suyuan_query
-- name: execute
EXECUTE suyuan_row USING {keys}
-- name: sees_grants
SELECT COUNT(*) FROM mysql.user
-- name: own
SELECT CURRENT_USER()
-- name: views
SELECT TABLE_SCHEMA, TABLE_NAME FROM information_schema.VIEWS
WHERE VIEW_DEFINITION LIKE CONCAT('%%`', %s, '`.`', %s, '`%%') ESCAPE '|'
-- name: closed_views
SELECT COUNT(*) FROM information_schema.VIEWS WHERE TABLE_SCHEMA = %s AND VIEW_DEFINITION = ''
-- name: shows_views
SELECT GRANTEE FROM information_schema.USER_PRIVILEGES WHERE PRIVILEGE_TYPE = 'SHOW VIEW' AND GRANTEE = %s
UNION SELECT GRANTEE FROM information_schema.SCHEMA_PRIVILEGES
WHERE PRIVILEGE_TYPE = 'SHOW VIEW' AND GRANTEE = %s AND %s LIKE TABLE_SCHEMA
-- name: readers
SELECT GRANTEE FROM information_schema.USER_PRIVILEGES WHERE PRIVILEGE_TYPE = 'SELECT'
UNION SELECT GRANTEE FROM information_schema.SCHEMA_PRIVILEGES WHERE PRIVILEGE_TYPE = 'SELECT' AND %s LIKE TABLE_SCHEMA
UNION SELECT GRANTEE FROM information_schema.TABLE_PRIVILEGES
WHERE PRIVILEGE_TYPE = 'SELECT' AND TABLE_SCHEMA = %s AND TABLE_NAME = %s
UNION SELECT GRANTEE FROM information_schema.COLUMN_PRIVILEGES
WHERE PRIVILEGE_TYPE = 'SELECT' AND TABLE_SCHEMA = %s AND TABLE_NAME = %s
-- name: holding
SELECT GRANTEE FROM information_schema.USER_PRIVILEGES WHERE PRIVILEGE_TYPE IN (%s)
-- name: members_mariadb
SELECT CONCAT('''', User, '''@''', Host, ''''), CONCAT('''', Role, '''@''''') FROM mysql.roles_mapping
-- name: members_mysql
SELECT CONCAT('''', TO_USER, '''@''', TO_HOST, ''''), CONCAT('''', FROM_USER, '''@''', FROM_HOST, '''') FROM mysql.role_edges
-- name: roles_mariadb
SELECT CONCAT('''', User, '''@''''') FROM mysql.user WHERE is_role = 'Y'
-- name: reads
SELECT COUNT_READ FROM performance_schema.table_io_waits_summary_by_table
WHERE @@performance_schema AND OBJECT_SCHEMA = %s AND OBJECT_NAME = %s
-- name: uptime
SHOW GLOBAL STATUS LIKE 'Uptime'
-- name: since
SELECT DATE_FORMAT(UTC_TIMESTAMP() - INTERVAL %s SECOND, '%%Y-%%m-%%dT%%H:%%i:%%sZ')
-- name: timeout_mysql
SET SESSION max_execution_time = %s
-- name: timeout_mariadb
SET SESSION max_statement_time = %s
