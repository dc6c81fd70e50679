"""A whole store in PostgreSQL: ledger and people in one database, keys in another; dumped, restored, and least privileged."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import psycopg
import pytest
from tests.command_line import Done, require_one_clear_line, run_here
from tests.postgres_server import PostgresServer, binaries, running_server

from suyuan import app
from suyuan.hold.ports import CaseLink
from suyuan.simulation import invent_people
from suyuan.terms import AccountId, CaseId, PersonNumber

CLERK = "clerk-07"
PLANTED = 300

Suyuan = Callable[..., Done]


@pytest.fixture
def suyuan(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Suyuan:
    """Run a verb in a folder of its own, whose home it is as well."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("PGPASSWORD", "PGPASSFILE", "PGSERVICE", "PGSERVICEFILE"):
        monkeypatch.delenv(name, raising=False)
    return lambda *arguments: run_here(capsys, *arguments)


def done(suyuan: Suyuan, *arguments: object) -> Any:
    found = suyuan(*arguments, "--store", "store", "--json")
    assert found.code == 0, (arguments, found.err)
    return json.loads(found.out)


def made(suyuan: Suyuan, *where: object) -> None:
    found = suyuan("init", "store", "--passphrase-file", "passphrase", *where)
    assert found.code == 0, found.err


def imported(suyuan: Suyuan, count: int) -> pl.DataFrame:
    people = invent_people(count, seed=11).drop("updated")
    people.write_csv("customers.csv")
    assert done(suyuan, "collect", "import", "customers.csv")["added"] == count
    with app.open_store(Path("store")) as opened:
        opened.vault.add_cases(tuple(_case(f"P-{row}", person=row) for row in range(3)))
    return people


def _case(name: str, *, person: int) -> CaseLink:
    opened = datetime(2026, 1, 1, tzinfo=UTC)
    return CaseLink(
        case=CaseId(name), account=AccountId(CLERK), person=PersonNumber(person), opened=opened, closed=None
    )


def looked_up(suyuan: Suyuan, customer: str, *, case: str = "P-0") -> Done:
    return suyuan(
        "release", "lookup", customer, "--account", CLERK, "--purpose", "delivery", "--case", case,
        "--store", "store", "--json",
    )  # fmt: skip


@pytest.fixture
def alone() -> Iterator[PostgresServer]:
    """A server with nothing of other tests in its files."""
    with running_server() as server:
        yield server


@pytest.mark.parametrize("count", [PLANTED, pytest.param(3_400, marks=pytest.mark.slow, id="ten thousand values")])
def test_everything_lies_in_postgresql_and_nothing_readable_does(
    suyuan: Suyuan, alone: PostgresServer, count: int
) -> None:
    data, keys = alone.new_database(), alone.new_database()
    made(suyuan, "--postgres", data, "--postgres-keys", keys)
    assert not list(Path("store").glob("*.db"))
    people = imported(suyuan, count)
    customer = people["customer"][0]
    assert looked_up(suyuan, customer).err == ""
    assert json.loads(looked_up(suyuan, customer).out)["fields"]["phone"]
    Path("dump").write_bytes(dump_of(data) + dump_of(keys))
    assert planted(people, [Path("dump")]) == 0
    with psycopg.connect(data, autocommit=True) as connection:
        connection.execute("CHECKPOINT")
    assert planted(people, data_files(alone)) == 0
    Path("seen").write_bytes(b"\0" + str(people["phone"][0]).encode() + b" " + customer.encode().hex().encode())
    assert planted(people, [Path("dump"), Path("seen")]) == 2
    assert "up to date" in suyuan("init", "store").out
    assert done(suyuan, "status")["persons"] == count


def test_yesterdays_dump_gives_nobody_back_who_was_erased(suyuan: Suyuan, postgres: PostgresServer) -> None:
    data, keys = postgres.new_database(), postgres.new_database()
    made(suyuan, "--postgres", data, "--postgres-keys", keys)
    people = imported(suyuan, 6)
    customer, other = people["customer"][0], people["customer"][1]
    yesterday = dump_of(data, "--schema=suyuan_data")
    done(suyuan, "hold", "erase", customer, "--yes")
    with psycopg.connect(data, autocommit=True) as connection:
        connection.execute("DROP SCHEMA suyuan_data CASCADE")
    restored = subprocess.run([binaries() / "psql", "-q", "-v", "ON_ERROR_STOP=1", data], input=yesterday, check=False)
    assert restored.returncode == 0
    gone = looked_up(suyuan, customer)
    assert (gone.code, "fields" in gone.out) == (3, False)
    assert json.loads(looked_up(suyuan, other, case="P-1").out)["fields"]["phone"]


def test_keys_in_the_database_that_they_open_are_refused(suyuan: Suyuan, postgres: PostgresServer) -> None:
    data = postgres.new_database()
    refused = suyuan("init", "store", "--passphrase-file", "p", "--postgres", data, "--postgres-keys", data)
    require_one_clear_line(refused, code=3)
    assert "very database" in refused.err
    assert not Path("store").exists()
    with psycopg.connect(data) as connection:
        assert connection.execute("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'suyuan%'").fetchone() == (0,)


@pytest.mark.parametrize("option", ["--postgres", "--postgres-keys"])
def test_a_password_in_an_address_is_refused_and_not_repeated(suyuan: Suyuan, option: str) -> None:
    refused = suyuan("init", "store", "--passphrase-file", "p", option, "postgresql://me:horse@localhost/shop")
    require_one_clear_line(refused, code=3)
    assert "horse" not in refused.out + refused.err
    assert ".pgpass" in refused.err


def test_a_role_that_may_not_change_entries_is_enough(
    suyuan: Suyuan, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the administrator runs is what `--sql-only` prints; suyuan then works under the least role, and takes it once."""
    data, keys = postgres.new_database(), postgres.new_database()
    with psycopg.connect(data, autocommit=True) as connection:
        connection.execute(suyuan("init", "--sql-only").out.encode())
        connection.execute("ALTER ROLE suyuan_app LOGIN PASSWORD 'least'")
    with psycopg.connect(keys, autocommit=True) as connection:
        connection.execute(suyuan("init", "--sql-only", "--postgres-keys", keys).out.encode())
    monkeypatch.setenv("PGPASSWORD", "least")
    least, least_keys = (url.replace("suyuan@", "suyuan_app@") for url in (data, keys))
    made(suyuan, "--postgres", least, "--postgres-keys", least_keys)
    people = imported(suyuan, 5)
    assert json.loads(looked_up(suyuan, people["customer"][0]).out)["fields"]["phone"]
    done(suyuan, "hold", "erase", people["customer"][1], "--yes")
    assert suyuan("ledger", "verify", "--store", "store").code == 0
    with psycopg.connect(least, autocommit=True) as connection:
        for statement in ("UPDATE suyuan.entries SET at_ms = 0", "DELETE FROM suyuan.entries", "TRUNCATE suyuan.entries",
                          "DROP TABLE suyuan_data.record", "CREATE TABLE suyuan.more (n int)"):  # fmt: skip
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement.encode())
    again = suyuan("init", "second", "--passphrase-file", "second-passphrase", "--postgres", least)
    require_one_clear_line(again, code=3)


def dump_of(url: str, *options: str) -> bytes:
    found = subprocess.run([binaries() / "pg_dump", *options, url], capture_output=True, check=True)
    return found.stdout


def data_files(server: PostgresServer) -> list[Path]:
    return [path for path in (server.socket_folder / "data").rglob("*") if path.is_file()]


def planted(people: pl.DataFrame, files: Sequence[Path]) -> int:
    """Count the values of people that files hold, as they are written or as PostgreSQL prints bytes."""
    values = [str(value).encode() for name in people.columns for value in people[name].to_list() if value]
    wanted = [value for value in values if len(value) >= 6]
    assert len(wanted) >= people.height * 3
    Path("wanted").write_bytes(b"\n".join([*wanted, *(value.hex().encode() for value in wanted)]))
    # One pass for all of them, whatever the size: fixed strings, binary files as text, each match on a line of its own.
    found = subprocess.run(
        ["grep", "-aohF", "-f", "wanted", "--", *map(str, files)],
        capture_output=True, check=False, env=os.environ | {"LC_ALL": "C"},
    )  # fmt: skip
    assert (found.returncode in (0, 1), found.stderr) == (True, b"")
    return len(set(found.stdout.split(b"\n")) - {b""})
