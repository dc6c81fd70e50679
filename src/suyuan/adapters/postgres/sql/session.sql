-- What every session begins with, whatever the schema holds.

-- name: create_schema
CREATE SCHEMA {schema};

-- name: drop_schema
DROP SCHEMA {schema};

-- name: session
SELECT set_config('search_path', quote_ident(%(schema)s) || ', pg_temp', false),
       set_config('default_transaction_read_only', %(read_only)s, false),
       set_config('default_transaction_isolation', 'read committed', false),
       set_config('synchronous_commit', CASE current_setting('synchronous_commit')
                                        WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END, false),
       set_config('statement_timeout', '0', false),
       set_config('lock_timeout', '0', false),
       set_config('idle_in_transaction_session_timeout', '0', false),
       set_config('idle_session_timeout', '0', false),
       set_config('tcp_keepalives_idle', '30', false),
       set_config('tcp_keepalives_interval', '10', false),
       set_config('tcp_keepalives_count', '3', false);

-- name: server
SELECT current_setting('server_version_num')::integer, current_setting('fsync'), current_setting('data_sync_retry'),
       pg_is_in_recovery();

-- name: lock
SELECT pg_try_advisory_lock(1398361159, hashtext(%s)), pg_backend_pid();

-- name: is_there
SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = %(schema)s),
       EXISTS (SELECT FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace WHERE nspname = %(schema)s),
       EXISTS (SELECT FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
                           JOIN pg_attribute ON attrelid = pg_class.oid AND attname IN ('name', 'value')
               WHERE nspname = %(schema)s AND relname = 'meta' AND relkind = 'r' HAVING count(*) = 2);

-- name: meta
SELECT name, value FROM meta;

-- name: logged
SELECT relpersistence = 'p' FROM pg_class WHERE oid = %s::regclass;


-- name: identity
SELECT system_identifier, (SELECT oid::bigint FROM pg_database WHERE datname = current_database()) FROM pg_control_system();

-- name: take_prepared
DELETE FROM meta WHERE name = 'prepared';
