"""One suite for both servers: what is read, as which text, what is refused, and that nothing is ever written."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
import pytest
from tests.mariadb_server import MariaDbServer
from tests.postgres_server import PostgresServer

from suyuan.adapters.sources import open_source
from suyuan.collect.source import Source
from suyuan.errors import RefusedError, SuyuanError, UnavailableError

PLANTED = ("欧阳铁柱", "13911112222", "KZ-7700771")

POSTGRES = (
    "CREATE TABLE customers (id text PRIMARY KEY, name text, phone bigint, code char(6), made timestamp, born date,"
    " worth numeric(30, 2), note text, raw bytea)",
    "INSERT INTO customers VALUES ('KZ-7700771', E'欧阳铁柱 \"x\",\\n\\\\y', 13911112222, 'ab', '2026-01-02 08:00:00',"
    " '1990-02-03', 12345678901234567890.10, '', '\\x00'), ('KZ-2', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)",
    "CREATE VIEW shown AS SELECT id, name FROM customers",
)
MARIADB = (
    "CREATE TABLE customers (id varchar(20) PRIMARY KEY, name varchar(60), phone bigint, code char(6), made datetime,"
    " born date, worth decimal(30, 2), note text, raw blob) CHARACTER SET utf8mb4",
    "INSERT INTO customers VALUES ('KZ-7700771', '欧阳铁柱 \"x\",\\n\\\\y', 13911112222, 'ab', '2026-01-02 08:00:00',"
    " '1990-02-03', 12345678901234567890.10, '', x'00'), ('KZ-2', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)",
    "CREATE VIEW shown AS SELECT id, name FROM customers",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A server with one table of customers, and a source that reads it."""

    source: Source
    server: PostgresServer | MariaDbServer
    database: str

    def run(self, *statements: str) -> None:
        if isinstance(self.server, MariaDbServer):
            self.server.run(*statements, database=self.database)
            return
        with psycopg.connect(self.server.url(self.database), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def url(self, user: str) -> str:
        return self.server.url(self.database, user=user)


@pytest.fixture(params=["postgres", "mariadb"])
def world(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setenv("PGPASSWORD", "sesame")
    server = request.getfixturevalue(request.param)
    assert isinstance(server, PostgresServer | MariaDbServer)
    if isinstance(server, PostgresServer):
        database = server.new_database().rpartition("/")[2].partition("?")[0]
        made = POSTGRES
    else:
        database, made = server.new_database(), MARIADB
    source = Source(name="customers", database=server.url(database), query="SELECT 1 AS a")
    world = World(source=source, server=server, database=database)
    world.run(*made)
    yield world
    # Accounts belong to the server, not to the database.
    for name in ("ann", "bob", "own", "rep", "team"):
        kind = "ROLE" if name == "team" or isinstance(server, PostgresServer) else "USER"
        host = "" if kind == "ROLE" else "@localhost"
        if isinstance(server, PostgresServer):
            with psycopg.connect(server.url(database), autocommit=True) as connection:
                if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (name,)).fetchall():
                    connection.execute(f"DROP OWNED BY {name}".encode())
                    connection.execute(f"DROP ROLE {name}".encode())
        else:
            server.run(f"DROP {kind} IF EXISTS {name}{host}")


def require_clear(error: SuyuanError) -> None:
    text = f"{error} {error.hint}"
    assert "\n" not in text
    assert not [value for value in PLANTED if value in text]


def test_rows_are_what_a_person_would_write(world: World) -> None:
    with open_source(world.source) as database:
        frame = database.read("SELECT * FROM customers ORDER BY id DESC", drop=["raw"])
    assert frame.to_dicts() == [
        {
            "id": "KZ-7700771",
            "name": '欧阳铁柱 "x",\n\\y',
            "phone": "13911112222",
            "code": "ab",
            "made": "2026-01-02 08:00:00",
            "born": "1990-02-03",
            "worth": "12345678901234567890.10",
            "note": "",
        },
        {
            "id": "KZ-2", "name": None, "phone": None, "code": None, "made": None, "born": None, "worth": None, "note": None
        },
    ]  # fmt: skip


def test_a_semicolon_and_a_comment_at_the_end_do_no_harm(world: World) -> None:
    with open_source(world.source) as database:
        assert database.read("SELECT id FROM customers; \n").height == 2
        assert database.read("SELECT id FROM customers -- all of them").height == 2
        assert database.count("SELECT id FROM customers -- all of them\n;") == 2


def test_no_more_rows_than_asked_for(world: World) -> None:
    seen: list[int] = []
    with open_source(world.source) as database:
        assert database.read("SELECT id FROM customers", limit=1, counted=seen.append).height == 1
        assert database.read("SELECT id FROM customers WHERE 1 = 2").shape == (0, 1)
    assert seen == [1]


@pytest.mark.parametrize(
    ("key", "rows"),
    [("KZ-7700771", 1), ("KZ-9", 0), ("x' OR '1'='1", 0), ('" OR 1=1 -- ', 0), ("\\' OR 1=1 #", 0), ("", 0), ("王", 0)],
)
def test_a_key_is_bound_and_never_pasted(world: World, key: str, rows: int) -> None:
    with open_source(world.source) as database:
        found = database.rows_of("SELECT id, name FROM customers WHERE id = :key", key=key)
    assert found.columns == ["id", "name"]
    assert found.height == rows


@pytest.mark.parametrize("key", ["a\0b", "\ud800"])
def test_a_key_that_is_no_text_that_a_database_holds(world: World, key: str) -> None:
    with pytest.raises(RefusedError) as caught, open_source(world.source) as database:
        database.rows_of("SELECT id FROM customers WHERE id = :key", key=key)
    assert caught.value.code == "source.type"
    with pytest.raises(RefusedError) as caught, open_source(world.source) as database:
        database.read("SELECT '\ud800' AS a")
    assert caught.value.code == "source.syntax"


def test_a_key_may_stand_in_a_query_twice(world: World) -> None:
    with open_source(world.source) as database:
        found = database.rows_of("SELECT id, phone FROM customers WHERE id = :key OR name = :key", key="KZ-2")
    assert found.to_dicts() == [{"id": "KZ-2", "phone": None}]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("UPDATE customers SET note = 'x'", "source.syntax"),
        ("DELETE FROM customers", "source.syntax"),
        ("CREATE TABLE more (a int)", "source.syntax"),
        ("SELECT 1 AS a; DELETE FROM customers", "source.syntax"),
        ("SELECT * FROM nowhere", "source.names"),
        ("SELECT nope FROM customers", "source.names"),
        ("SELECT FROM FROM customers", "source.syntax"),
        ("SELECT id AS a, id AS a FROM customers", "source.column"),
        ("SELECT id, raw FROM customers", "source.column"),
    ],
)
def test_what_is_refused(world: World, query: str, code: str) -> None:
    with pytest.raises(SuyuanError) as caught, open_source(world.source) as database:
        database.read(query)
    assert caught.value.code == code
    require_clear(caught.value)
    with open_source(world.source) as database:
        assert database.count("SELECT id FROM customers WHERE note = ''") == 1


def test_writing_within_a_query_is_refused(world: World) -> None:
    postgres = isinstance(world.server, PostgresServer)
    world.run("CREATE SEQUENCE numbers")
    queries = ["SELECT nextval('numbers') AS n" if postgres else "SELECT nextval(numbers) AS n"]
    if postgres:
        queries.append("WITH gone AS (DELETE FROM customers RETURNING id) SELECT id FROM gone")
        queries.append("UPDATE customers SET note = 'x' RETURNING id")
    else:
        queries.append("SELECT id INTO OUTFILE '/tmp/suyuan-never' FROM customers")
        queries.append("SELECT id /*!50000 INTO OUTFILE '/tmp/suyuan-never' */ FROM customers")
    for query in queries:
        with pytest.raises(RefusedError) as caught, open_source(world.source) as database:
            database.read(query)
        assert caught.value.code == "source.writes", query
    assert not Path("/tmp/suyuan-never").exists()


def test_a_query_cannot_leave_its_own_brackets(postgres: PostgresServer, tmp_path: Path) -> None:
    """What would make COPY write a file is no query by itself, and is read by itself first."""
    source = Source(name="customers", database=postgres.new_database(), query="")
    target = postgres.socket_folder / "left"
    with pytest.raises(RefusedError) as caught, open_source(source) as database:
        database.read(f"SELECT 1 AS a) TO '{target}' --")
    assert caught.value.code == "source.syntax"
    assert not target.exists()


def test_a_value_that_does_not_fit_is_told_without_it(world: World) -> None:
    if isinstance(world.server, MariaDbServer):
        pytest.skip("MariaDB compares a text with a number without a word")
    with pytest.raises(RefusedError) as caught, open_source(world.source) as database:
        database.rows_of("SELECT id FROM customers WHERE phone = :key", key="KZ-7700771")
    assert caught.value.code == "source.type"
    require_clear(caught.value)


def test_bytes_that_are_no_text_are_told(postgres: PostgresServer) -> None:
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE raw_bytes TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'")
    with psycopg.connect(postgres.url("raw_bytes") + "&client_encoding=sql_ascii", autocommit=True) as connection:
        connection.execute(b"CREATE TABLE customers AS SELECT E'\\xff\\xfe'::text AS name")
    source = Source(name="customers", database=postgres.url("raw_bytes"), query="")
    with pytest.raises(RefusedError) as caught, open_source(source) as database:
        database.read("SELECT name FROM customers")
    assert caught.value.code == "source.encoding"


def test_who_else_can_read(world: World) -> None:
    postgres = isinstance(world.server, PostgresServer)
    at = "" if postgres else "@localhost"
    login = " LOGIN PASSWORD 'sesame'" if postgres else ""
    make = "CREATE ROLE" if postgres else "CREATE USER"
    world.run(
        f"{make} own{at}{login}",
        f"{make} ann{at}{login}",
        f"{make} bob{at}{login}",
        "CREATE ROLE team",
        f"GRANT SELECT ON customers TO own{at}",
        f"GRANT SELECT ON shown TO ann{at}",
        "GRANT SELECT (name) ON customers TO team",
        f"GRANT team TO bob{at}",
    )
    if not postgres:
        world.run(f"GRANT SELECT ON mysql.* TO own{at}", f"GRANT SELECT, SHOW VIEW ON {world.database}.* TO own{at}")
    source = replace(world.source, database=world.url("own"))
    with open_source(source) as database:
        roads = database.roads("SELECT id, name, upper(name) AS loud FROM customers")
    names = {role.split("@")[0].strip("'") for role in roads.roles}
    # A superuser needs no grant.
    assert {"ann", "bob", "suyuan"} <= names
    assert "own" not in names
    assert not {"team", "nobody"} & names
    assert "suyuan" in {role.split("@")[0].strip("'") for role in roads.superusers}
    assert not roads.own_superuser
    assert [table.name.rpartition(".")[2] for table in roads.tables] == ["customers", "shown"]
    assert roads.columns["id"].endswith(".customers.id")
    assert roads.columns["loud"] == ""
    assert not roads.unseen


def test_grants_that_cannot_be_seen_are_said(mariadb: MariaDbServer) -> None:
    name = mariadb.new_database()
    mariadb.run(
        "CREATE TABLE t (id int)", "CREATE USER low@localhost", "GRANT SELECT ON t TO low@localhost", database=name
    )
    source = Source(name="t", database=mariadb.url(name, user="low"), query="")
    with open_source(source) as database:
        roads = database.roads("SELECT id FROM t")
    mariadb.run("DROP USER low@localhost")
    assert roads.roles == ()
    assert "may not see the grants" in roads.unseen


def test_views_that_cannot_be_seen_are_said(mariadb: MariaDbServer) -> None:
    name = mariadb.new_database()
    mariadb.run(
        "CREATE TABLE t (id int)",
        "CREATE VIEW v AS SELECT id FROM t",
        "CREATE USER low@localhost",
        "GRANT SELECT ON t TO low@localhost",
        "GRANT SELECT ON mysql.* TO low@localhost",
        database=name,
    )
    source = Source(name="t", database=mariadb.url(name, user="low"), query="")
    with open_source(source) as database:
        roads = database.roads("SELECT id FROM t")
    mariadb.run("DROP USER low@localhost")
    assert "may not see every view" in roads.unseen


def test_reads_are_counted(postgres: PostgresServer) -> None:
    url = postgres.new_database()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE t AS SELECT 1 AS id")
        for _ in range(3):
            connection.execute("SELECT id FROM t")
        connection.execute("SELECT pg_stat_force_next_flush()")
    with open_source(Source(name="t", database=url, query="")) as database:
        assert database.roads("SELECT id FROM t").reads == 3


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("postgresql://clerk:sesame@db.example.org/shop", "source.database"),
        ("postgresql://clerk@/shop?host=/nowhere/at/all", "source.unreachable"),
        ("postgresql://clerk@/shop?hots=x", "source.database"),
        ("mysql://clerk:sesame@db.example.org/shop", "source.database"),
        ("mysql://clerk@db.example.org/shop?password=sesame", "source.database"),
        ("mysql://clerk@db.example.org", "source.database"),
        ("mysql://clerk@db.example.org/shop?charset=x", "source.database"),
        ("mysql://clerk@localhost/shop?unix_socket=/nowhere/at/all", "source.unreachable"),
        ("sqlite:///shop.db", "source.database"),
    ],
)
def test_addresses(url: str, code: str) -> None:
    with pytest.raises(SuyuanError) as caught, open_source(Source(name="customers", database=url, query="")):
        pass
    assert caught.value.code == code
    assert "sesame" not in f"{caught.value} {caught.value.hint}"


def test_nobody_is_let_in_without_a_right(world: World) -> None:
    with pytest.raises(UnavailableError) as caught, open_source(replace(world.source, database=world.url("ghost"))):
        pass
    assert caught.value.code == "source.login"
    missing = world.source.database.replace(world.database, "no_such_shop")
    with pytest.raises(UnavailableError) as caught, open_source(replace(world.source, database=missing)):
        pass
    assert caught.value.code == "source.missing"


def test_a_role_without_the_right_to_a_column(world: World) -> None:
    postgres = isinstance(world.server, PostgresServer)
    at = "" if postgres else "@localhost"
    world.run(
        "CREATE ROLE own LOGIN PASSWORD 'sesame'" if postgres else f"CREATE USER own{at}",
        f"GRANT SELECT (id) ON customers TO own{at}",
    )
    source = replace(world.source, database=world.url("own"))
    with open_source(source) as database:
        assert database.read("SELECT id FROM customers").height == 2
    with pytest.raises(RefusedError) as caught, open_source(source) as database:
        database.read("SELECT phone FROM customers")
    assert caught.value.code == "source.rights"


def test_passwords_of_mysql(mariadb: MariaDbServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = mariadb.new_database()
    mariadb.run(
        "CREATE TABLE t (id int)",
        "CREATE OR REPLACE USER locked@localhost IDENTIFIED BY 'sesame'",
        "GRANT SELECT ON t TO locked@localhost",
        database=name,
    )
    source = Source(name="t", database=mariadb.url(name, user="locked"), query="")
    with pytest.raises(UnavailableError) as refused, open_source(source):
        pass
    assert refused.value.code == "source.login"
    by_variable = replace(source, password_variable="SHOP_PASSWORD")
    with pytest.raises(RefusedError, match="the environment has no SHOP_PASSWORD"), open_source(by_variable):
        pass
    monkeypatch.setenv("SHOP_PASSWORD", "sesame")
    with open_source(by_variable) as database:
        assert database.count("SELECT id FROM t") == 0
    file = tmp_path / "my.cnf"
    file.write_text("[client]\npassword=sesame\n")
    file.chmod(0o644)
    by_file = replace(source, defaults_file=str(file))
    with pytest.raises(RefusedError, match="others may read its `defaults_file`"), open_source(by_file):
        pass
    file.chmod(0o600)
    with open_source(by_file) as database:
        assert database.count("SELECT id FROM t") == 0
