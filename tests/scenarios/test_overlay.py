"""Overlay for real: a customers' table in PostgreSQL and in MariaDB, exported and looked up as it stands, never stored."""

import csv
import io
import json
import os
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from benchmarks.measured import FIELDS
from tests.command_line import Done, require_one_clear_line, run_program
from tests.mariadb_server import MariaDbServer
from tests.postgres_server import PostgresServer

ROWS = (
    ("KZ-7700771", "欧阳铁柱", 13911112222, "tiezhu.ouyang@example.org", "上海市浦东新区幸福里大街100号3幢502室", "gold"),
    ("KZ-7700772", "司马铜锤", 13933334444, "tongchui.sima@example.org", "北京市海淀区幸福里大街27号8层801室", None),
    ("KZ-7700773", "诸葛铁柱", 13911115555, None, None, "blue"),
)  # fmt: skip
TABLE = "CREATE TABLE clients (id varchar(20) PRIMARY KEY, full_name varchar(60), tel bigint, mail varchar(80), home varchar(200), level varchar(9))"
SOURCE = """
[clients]
database = "{url}"
query = "SELECT id, full_name, tel, mail, home FROM clients ORDER BY id"
key_query = "SELECT id, full_name, tel, mail, home, level FROM clients WHERE id = :key"
[clients.columns]
id = "customer"
tel = "phone"
mail = "email"
home = "address"
full_name = "name"

[twins]
database = "{url}"
query = "SELECT id, tel FROM clients"
key_query = "SELECT id, full_name FROM clients WHERE id LIKE :key"
"""
PURPOSES = """
[delivery]
ground = "contract"
acts = ["lookup", "supplied"]
fields = { name = "clear", phone = "masked", address = "clear" }
[fulfilment]
ground = "contract"
acts = ["export"]
needs_case = false
fields = { customer = "clear", name = "clear", phone = "clear", email = "clear", address = "clear" }
"""
CASES = "case,account,customer,opened,closed\nP-1,clerk-07,KZ-7700771,2026-01-01,\nP-2,clerk-08,KZ-7700772,2026-01-01,2026-02-01\n"
EXPORT = ("release", "export", "--to", "acme", "--purpose", "fulfilment", "--contract", "C-7")


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    folder: Path
    url: str

    def run(self, *arguments: object, **environment: str) -> Done:
        return run_program(*arguments, "--store", "shop", folder=self.folder, **environment)


@pytest.fixture(params=["postgres", "mariadb"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> World:
    server = request.getfixturevalue(request.param)
    insert = "INSERT INTO clients VALUES (%s, %s, %s, %s, %s, %s)"
    if isinstance(server, PostgresServer):
        url = server.new_database()
        with psycopg.connect(url, autocommit=True) as connection, connection.cursor() as cursor:
            cursor.execute(TABLE.encode())
            cursor.executemany(insert, ROWS)
    else:
        assert isinstance(server, MariaDbServer)
        import pymysql

        name = server.new_database()
        server.run(TABLE + " CHARACTER SET utf8mb4", database=name)
        with pymysql.connect(
            unix_socket=str(server.socket), user="suyuan", database=name, charset="utf8mb4", autocommit=True
        ) as line, line.cursor() as cursor:  # fmt: skip
            cursor.executemany(insert, ROWS)
        url = server.url(name)
    done = run_program("init", "shop", "--origin", "log.example.org/shop", folder=tmp_path)
    assert done.code == 0, done.err
    policy = tmp_path / "shop/policy"
    (policy / "fields.toml").write_text(FIELDS)
    (policy / "purposes.toml").write_text(PURPOSES)
    (policy / "contracts.toml").write_text("")
    (policy / "pools.toml").write_text("")
    for name in ("roles.toml", "grants.toml", "notices.toml"):
        (policy / name).unlink(missing_ok=True)
    (policy / "sources.toml").write_text(SOURCE.format(url=url))
    return World(folder=tmp_path, url=url)


def held(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def test_an_export_is_the_query_marked_and_nothing_of_it_stays(world: World) -> None:
    done = world.run(*EXPORT, "--from", "clients", "-o", "out.csv")
    assert done.code == 0, done.err
    assert done.out.startswith("3 rows written: 3 persons + 0 decoys")
    rows = list(csv.DictReader(io.StringIO((world.folder / "out.csv").read_text(encoding="utf-8"))))
    # The columns keep the names that the query gives them.
    assert list(rows[0]) == ["id", "full_name", "tel", "mail", "home"]
    assert [row["id"] for row in rows] == ["KZ-7700771", "KZ-7700772", "KZ-7700773"]
    digits = ["".join(c for c in row["tel"] if c.isdigit()).removeprefix("0086").removeprefix("86") for row in rows]
    assert digits == ["13911112222", "13933334444", "13911115555"]
    assert rows[2]["mail"] == rows[2]["home"] == ""
    kept = held(world.folder / "shop")
    for row in ROWS:
        for value in row[:5]:
            assert value is None or str(value).encode() not in kept, "a value lies in the store"
    counts = json.loads(world.run("status", "--json").out)
    assert (counts["persons"], counts["records"], counts["persons_released"]) == (3, 0, 3)


def test_an_export_can_be_traced(world: World) -> None:
    for partner in ("acme", "bolt"):
        done = world.run(
            "release", "export", "--to", partner, "--purpose", "fulfilment", "--contract", "C-7",
            "--from", "clients", "-o", f"{partner}.csv",
        )  # fmt: skip
        assert done.code == 0, done.err
    customers = "customer,name,phone,email,address\n" + "".join(
        ",".join("" if value is None else str(value) for value in row[:5]) + "\n" for row in ROWS
    )
    (world.folder / "customers.csv").write_text(customers)
    traced = world.run("trace", "dump", "acme.csv", "--customers", "customers.csv", "--json")
    assert traced.code == 0, traced.err
    assert json.loads(traced.out)


def test_a_query_by_hand_and_a_limit(world: World) -> None:
    query = "SELECT id AS customer, full_name AS name, level FROM clients ORDER BY id"
    done = world.run(*EXPORT, "--database", world.url, "--query", query, "--limit", "2", "-o", "-")
    assert done.code == 0, done.err
    rows = list(csv.DictReader(io.StringIO(done.out)))
    assert [row["customer"] for row in rows] == ["KZ-7700771", "KZ-7700772"]
    assert "passed through as they are, unmarked: level" in done.err


def test_a_look_up_needs_its_case_and_shows_what_the_purpose_may_have(world: World) -> None:
    (world.folder / "cases.csv").write_text(CASES)
    (world.folder / "keys.csv").write_text("customer\nKZ-7700771\nKZ-7700772\n")
    assert world.run("collect", "import", "keys.csv").code == 0
    assert world.run("collect", "cases", "cases.csv").code == 0
    ask = ("release", "lookup", "--from", "clients", "KZ-7700771", "--purpose", "delivery")
    done = world.run(*ask, "--account", "clerk-07", "--case", "P-1", "--json")
    assert done.code == 0, done.err
    shown = json.loads(done.out)["fields"]
    assert set(shown) == {"name", "phone", "address"}
    assert shown["name"] == "欧阳铁柱"
    assert "13911112222" not in "".join(c for c in shown["phone"] if c.isdigit())
    for account, case, code in (("clerk-08", "P-1", 3), ("clerk-07", "P-2", 3), ("clerk-07", "P-9", 3)):
        require_one_clear_line(world.run(*ask, "--account", account, "--case", case), code=code)
    without = world.run(*ask, "--account", "clerk-07")
    require_one_clear_line(without, code=3)
    assert "purpose delivery needs a case" in without.err
    refusals = json.loads(world.run("status", "--json").out)["refusals"]
    assert refusals == 4, "every no is ledgered"


NOT_MEANT = (
    (("--from", "nobody"), "there is no source nobody in policy/sources.toml"),
    (("--from", "clients", "--drop", "nope"), "--drop nope: there is no such column"),
    (("--from", "clients", "customers.csv"), "choose one"),
    (("--query", "SELECT 1"), "given together"),
    (("--limit", "3"), "--limit is for rows of a database"),
)
NOT_READ = (
    ("DELETE FROM clients", "not one SELECT"),
    ("SELECT id, nope FROM clients", "names a table, column or function that is not there"),
    (
        "SELECT id AS customer, tel AS contact FROM clients",
        "column contact looks like phone and is no registered field",
    ),
    ("SELECT full_name AS name FROM clients", "no column tells one person from another"),
    ("SELECT id AS customer FROM clients WHERE 1 = 2", "the query gives no rows"),
)


def test_what_cannot_be_meant_or_read_is_refused(world: World) -> None:
    (world.folder / "customers.csv").write_text("customer\nC-1\n")
    for arguments, said in NOT_MEANT:
        done = world.run(*EXPORT, *arguments, "-o", "x.csv")
        assert done.code in (2, 3)
        assert said in done.err
    for query, said in NOT_READ:
        done = world.run(*EXPORT, "--database", world.url, "--query", query, "-o", "x.csv")
        require_one_clear_line(done, code=3)
        assert said in done.err
    assert not (world.folder / "x.csv").exists()


def test_keys_that_name_nobody_or_several(world: World) -> None:
    ask = ("--account", "clerk-07", "--purpose", "delivery", "--case", "P-1")
    nobody = world.run("release", "lookup", "--from", "clients", "KZ-0", *ask)
    require_one_clear_line(nobody, code=3)
    assert "gives no row for this key" in nobody.err
    several = world.run("release", "lookup", "--from", "twins", "KZ-%", *ask)
    require_one_clear_line(several, code=3)
    assert "gives 3 rows" in several.err


def test_addresses_that_do_not_do(world: World) -> None:
    scheme = world.url.partition("://")[0]
    url = f"{scheme}://clerk:open-sesame@db.example.org/shop"
    done = world.run(*EXPORT, "--database", url, "--query", "SELECT 1 AS a", "-o", "x.csv")
    require_one_clear_line(done, code=3)
    assert "given with a password" in done.err
    assert "open-sesame" not in done.out + done.err

    gone = world.url.replace("%2F", "%2Fnowhere%2F", 1)
    done = world.run(*EXPORT, "--database", gone, "--query", "SELECT 1 AS a", "-o", "x.csv", PATH=os.environ["PATH"])
    require_one_clear_line(done, code=5)
    assert "does not answer" in done.err


def test_other_roads_are_printed_as_numbers(world: World) -> None:
    assert world.run(*EXPORT, "--from", "clients", "-o", "out.csv").code == 0
    plain = world.run("status")
    assert plain.code == 0, plain.err
    assert "suyuan status --sources" in plain.err
    facts = json.loads(world.run("status", "--json").out)
    assert (facts["mode"], facts["sources"]) == ("overlay", ["clients", "twins"])
    assert "source_roads" not in facts
    told = world.run("status", "--sources", PGPASSWORD="x")
    assert told.code == 0, told.err
    assert "source clients (overlay): " in told.out
    assert "5 columns of people lie readable in" in told.out
    assert "suyuan's own account is a superuser there" in told.out
    roads = json.loads(world.run("status", "--sources", "--json").out)["source_roads"]
    clients = next(each for each in roads if each["source"] == "clients")
    assert clients["own_reads"] == 1
    assert clients["other_roles"] == len(clients["roles"])
    assert set(clients["clear_columns"]) == {"id", "full_name", "tel", "mail", "home"}
    if clients["reads"] is not None:
        assert clients["reads_beside_suyuan"] == max(0, clients["reads"] - 1)
    sources = world.folder / "shop/policy/sources.toml"
    sources.write_text(sources.read_text().replace("%2F", "%2Fnowhere%2F"))
    down = world.run("status", "--sources")
    assert down.code == 0, "a source that is down does not hide the rest"
    assert "source clients (overlay): not known: " in down.out


def test_people_are_taken_in_from_a_source_and_graded(world: World) -> None:
    done = world.run("collect", "import", "--from", "clients")
    assert done.code == 0, done.err
    assert done.out.startswith("3 people added")
    assert world.run("collect", "import", "--from", "clients").out.startswith(
        "0 people added, 0 corrected, 3 unchanged"
    )
    both = world.run("collect", "import", "customers.csv", "--from", "clients")
    assert both.code == 2
    assert json.loads(world.run("status", "--json").out)["mode"] == "sealed and overlay"
    graded = json.loads(world.run("hold", "grade", "--sources", "--json").out)["data_sets"]
    assert [each["name"] for each in graded] == ["store", "source clients", "source twins"]
    assert [each["persons"] for each in graded] == [3, 3, 3]
    # No column of the last one is a registered field.
    assert [each["level"] for each in graded] == [2, 2, 1]
    assert not any(each["important_candidate"] for each in graded)
    zh = world.run("hold", "grade", "--as-if", "10000000", "--lang", "zh")
    assert "可能属于重要数据" in zh.out
    rules = world.folder / "rules.json"
    rules.write_text("{")
    require_one_clear_line(world.run("hold", "grade", "--rules", "rules.json"), code=3)
