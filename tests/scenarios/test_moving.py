"""A store moved into PostgreSQL and back: nothing lost, gone on with after a kill, and what is left behind goes when told."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import psycopg
import pytest
from tests.command_line import require_one_clear_line
from tests.postgres_server import PostgresServer
from tests.scenarios.test_postgres_store import Suyuan, done, imported, looked_up, suyuan

from suyuan import app
from suyuan.adapters.moving import Endpoint, Row, Table
from suyuan.adapters.postgres.moving import PostgresEndpoint
from suyuan.adapters.sqlite.moving import SqliteEndpoint
from suyuan.app import moving
from suyuan.config import read_settings
from suyuan.config.edit import with_value
from suyuan.errors import UnavailableError
from suyuan.terms import AccountId, PersonNumber, PurposeName

__all__ = ["suyuan"]


def furnished(suyuan: Suyuan) -> pl.DataFrame:
    """Make a store of files with something in most tables."""
    assert suyuan("init", "store", "--passphrase-file", "passphrase").code == 0
    people = imported(suyuan, 40)
    people.with_columns(phone=pl.lit("+8616399990000")).head(1).write_csv("corrected.csv")
    done(suyuan, "collect", "import", "corrected.csv")
    done(suyuan, "hold", "erase", people["customer"][39], "--yes")
    done(suyuan, "hold", "freeze", people["customer"][1], "--hold", "court-7", "--reason", "an order")
    with app.open_store(Path("store")) as opened:
        opened.people.restrict(PersonNumber(3), purpose=PurposeName("survey"), at=opened.clock.now())
    return people


def state(suyuan: Suyuan, people: pl.DataFrame) -> dict[str, Any]:
    """Give what a user sees of the store."""
    with app.open_reading(Path("store")) as reading:
        facts = reading.people.facts(range(40))
        versions = [reading.people.versions(PersonNumber(person)) for person in range(40)]
        counts = dict(reading.people.counts())
    return {
        "shown": [json.loads(looked_up(suyuan, people["customer"][n], case=f"P-{n}").out or "{}").get("fields", {}).get("name") for n in (0, 2)],
        "facts": facts, "versions": versions, "counts": counts,
        "held": done(suyuan, "hold", "freeze", people["customer"][1])["holds"],
    }  # fmt: skip


def test_there_and_back_again_nothing_is_lost(suyuan: Suyuan, postgres: PostgresServer) -> None:
    people = furnished(suyuan)
    before = state(suyuan, people)
    data, keys = postgres.new_database(), postgres.new_database()
    moved = done(suyuan, "hold", "migrate", "--to", data, "--keys", keys)
    assert (set(moved["moved"]), len(moved["left"])) == ({"ledger", "data", "keys"}, 3)
    assert moved["moved"]["data"]["record"] == 39
    assert {path.name for path in Path("store").glob("*.db")} == {"ledger.db", "data.db", "keys.db"}
    assert state(suyuan, people) == before
    assert suyuan("ledger", "verify", "--store", "store").code == 0
    assert len(done(suyuan, "hold", "migrate", "--forget-old", "--yes")["destroyed"]) == 3
    assert not list(Path("store").glob("*.db"))
    # A new hold takes the next number, a new person too, and an erased one's is never given again.
    done(suyuan, "hold", "freeze", people["customer"][2], "--hold", "audit")
    more = people.head(1).with_columns(
        customer=pl.lit("C-NEW"), phone=pl.lit("+8616399991111"), email=pl.lit("n@example.org")
    )
    more.write_csv("more.csv")
    assert done(suyuan, "collect", "import", "more.csv")["added"] == 1
    with app.open_reading(Path("store")) as reading:
        assert reading.people.all_persons().tolist() == [*range(39), 40]
    there = state(suyuan, people)
    done(suyuan, "hold", "migrate", "--to", "sqlite", "--keys", "sqlite")
    assert state(suyuan, people) == there
    assert suyuan("ledger", "verify", "--store", "store").code == 0
    again = suyuan("hold", "migrate", "--to", "sqlite", "--store", "store")
    require_one_clear_line(again, code=3)
    done(suyuan, "hold", "erase", people["customer"][5], "--yes")
    corrected = people.slice(6, 1).with_columns(phone=pl.lit("+8616399992222"))
    corrected.write_csv("corrected.csv")
    assert done(suyuan, "collect", "import", "corrected.csv")["corrected"] == 1
    done(suyuan, "hold", "migrate", "--forget-old", "--yes")
    with psycopg.connect(data) as connection:
        assert connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname LIKE 'suyuan%'").fetchone() == (0,)
    assert looked_up(suyuan, people["customer"][0]).code == 0


@pytest.mark.parametrize("stop", [1, 3, 9, 14])
def test_a_move_goes_on_where_it_was_broken_off(
    suyuan: Suyuan, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch, stop: int
) -> None:
    people = furnished(suyuan)
    data = postgres.new_database()
    calls = 0
    real = PostgresEndpoint.add

    def failing(self: Endpoint, table: Table, rows: list[Row]) -> None:
        nonlocal calls
        calls += 1
        if calls == stop:
            raise UnavailableError("the cable is out", code="store.unreachable")
        real(self, table, rows)  # type: ignore[arg-type]

    monkeypatch.setattr(PostgresEndpoint, "add", failing)
    monkeypatch.setattr("suyuan.adapters.moving.ROWS_AT_A_TIME", 20)
    broken = suyuan("hold", "migrate", "--to", data, "--store", "store")
    assert broken.code == 5, broken.err
    assert looked_up(suyuan, people["customer"][0]).code == 0, "the store works on as it was"
    monkeypatch.setattr(PostgresEndpoint, "add", real)
    assert done(suyuan, "hold", "migrate", "--to", data)["moved"]["data"]["record"] == 39
    assert looked_up(suyuan, people["customer"][2], case="P-2").code == 0


@pytest.mark.parametrize(("there", "stop"), [(True, 1), (True, 2), (True, 3), (False, 1), (False, 2)])
def test_a_move_goes_on_where_parts_were_whole_already(
    suyuan: Suyuan, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch, *, there: bool, stop: int
) -> None:
    """Between the first part made whole and the settings switched, a kill leaves parts that everybody could open."""
    people = furnished(suyuan)
    to = ("--to", postgres.new_database(), "--keys", postgres.new_database())
    if not there:
        done(suyuan, "hold", "migrate", *to)
        done(suyuan, "hold", "migrate", "--forget-old", "--yes")
        to = ("--to", "sqlite", "--keys", "sqlite")
    endpoint: type[Endpoint] = PostgresEndpoint if there else SqliteEndpoint
    real = endpoint.finish
    calls = 0

    def failing(self: Endpoint, *, last_number: int | None) -> None:
        nonlocal calls
        real(self, last_number=last_number)
        calls += 1
        if calls == stop:
            raise UnavailableError("the cable is out", code="store.unreachable")

    monkeypatch.setattr(endpoint, "finish", failing)
    assert suyuan("hold", "migrate", *to, "--store", "store").code == 5
    monkeypatch.setattr(endpoint, "finish", real)
    # The store works on as it was, and is another when the move goes on.
    assert looked_up(suyuan, people["customer"][0]).code == 0
    done(suyuan, "hold", "erase", people["customer"][5], "--yes")
    before = state(suyuan, people)
    assert done(suyuan, "hold", "migrate", *to)["moved"]["data"]["record"] == 38
    assert state(suyuan, people) == before
    assert not Path("store/moving.json").exists()
    assert suyuan("ledger", "verify", "--store", "store").code == 0


def test_a_place_that_is_taken_or_half_filled_is_refused(
    suyuan: Suyuan, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    furnished(suyuan)
    data = postgres.new_database()
    assert suyuan("init", "second", "--passphrase-file", "second-pass", "--postgres", data).code == 0
    taken = suyuan("hold", "migrate", "--to", data, "--store", "store")
    require_one_clear_line(taken, code=3)
    same = suyuan("hold", "migrate", "--to", data, "--schema", "other", "--keys", data, "--store", "store")
    require_one_clear_line(same, code=3)
    assert "very database" in same.err
    with psycopg.connect(data, autocommit=True) as connection:
        connection.execute("INSERT INTO suyuan_data.meta VALUES ('moving', 'x')")
    half = suyuan("status", "--store", "second")
    require_one_clear_line(half, code=5)
    assert "broken off" in half.err


def test_what_differs_is_not_switched_to(
    suyuan: Suyuan, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    furnished(suyuan)
    real = SqliteEndpoint.rows
    seen = 0

    def altered(self: SqliteEndpoint, table: Table, *, after: Row | None) -> Any:
        nonlocal seen
        for row in real(self, table, after=after):
            seen += table.name == "record"
            yield row if seen != 45 else (*row[:2], b"another body", *row[3:])

    monkeypatch.setattr(SqliteEndpoint, "rows", altered)
    refused = suyuan("hold", "migrate", "--to", postgres.new_database(), "--store", "store")
    require_one_clear_line(refused, code=4)
    assert "record" in refused.err
    assert moving.place_of(read_settings(Path("store")), part="data") == moving.Place(part="data")
    monkeypatch.undo()


def test_settings_are_changed_line_by_line() -> None:
    text = 'version = 1\n[ledger]\n# a remark\n# database = "x"\n\n[data]\nschema = "s" # kept\n'
    there = with_value(
        with_value(text, table="ledger", key="database", value="postgresql:///a"),
        table="keys",
        key="database",
        value="k",
    )
    assert there == (
        'version = 1\n[ledger]\n# a remark\ndatabase = "postgresql:///a"\n\n[data]\nschema = "s" # kept\n\n[keys]\ndatabase = "k"\n'
    )
    assert '# database = "postgresql:///a"' in with_value(there, table="ledger", key="database", value="")
    assert with_value(text, table="none", key="database", value="") == text
    assert with_value(text, table="data", key="database", value="d").endswith(
        '[data]\ndatabase = "d"\nschema = "s" # kept\n'
    )


def test_a_store_stepped_back_is_read_by_the_one_before_and_keeps_everything(
    suyuan: Suyuan, postgres: PostgresServer
) -> None:
    for where in ((), ("--postgres", postgres.new_database())):
        name = "files" if not where else "database"
        assert suyuan("init", name, "--passphrase-file", f"{name}-pass", *where).code == 0
        with app.open_store(Path(name)) as opened:
            opened.people.restrict(PersonNumber(3), purpose=PurposeName("survey"), at=opened.clock.now())
        back = suyuan("hold", "migrate", "--step-back", "--store", name, "--json")
        assert json.loads(back.out) == {"version": 2}
        require_one_clear_line(suyuan("status", "--store", name), code=5)
        with app.open_store(Path(name)) as opened:
            assert opened.people.facts([3]) == {}, "she was erased meanwhile: no record of hers is there"
            opened.people.set_ages([])
            assert opened.people.account(AccountId("x")) is None
