"""The key of tokens exchanged: found all the while, carried on after a kill, and what lies in old copies finds nobody."""

import json
import multiprocessing
import os
import signal
import sqlite3
from pathlib import Path

import polars as pl
import psycopg
import pytest
from tests.command_line import ROOT, require_one_clear_line
from tests.scenarios.test_postgres_store import Suyuan, done, imported, looked_up, made, suyuan

from suyuan import app
from suyuan.app import exchanging_tokens
from suyuan.flows import token_rotation
from suyuan.flows.token_rotation import TokenRotation
from suyuan.hold.vault import find_person
from suyuan.release.sources import SuppliedRows
from suyuan.terms import FieldName

__all__ = ["suyuan"]

PURPOSE = """
[key_rotation]
ground = "legal_duty"
citation = "PIPL 51"
acts = ["maintain"]
needs_case = false
fields = { customer = "clear", name = "clear", phone = "clear", email = "clear", id_number = "clear" }
"""
PEOPLE = 30


@pytest.fixture(params=["sqlite", "postgres"])
def where(request: pytest.FixtureRequest) -> tuple[str, ...]:
    if request.param == "sqlite":
        return ()
    server = request.getfixturevalue("postgres")
    return ("--postgres", server.new_database(), "--postgres-keys", server.new_database())


@pytest.fixture
def people(suyuan: Suyuan, where: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> pl.DataFrame:
    monkeypatch.setattr(token_rotation, "PERSONS_PER_STEP", 7)
    made(suyuan, *where)
    fields = Path("store/policy/fields.toml")
    text = fields.read_text()
    assert "[phone]\n" in text
    fields.write_text(text.replace("[phone]\n", '[phone]\nsearch = ["last4"]\nsearch_minimum = 2\n', 1))
    with Path("store/policy/purposes.toml").open("a") as purposes:
        purposes.write(PURPOSE)
    return imported(suyuan, PEOPLE)


def found(people: pl.DataFrame) -> list[int | None]:
    """Give whom each customer number and each phone leads to."""
    with app.open_store(Path("store")) as store:
        fields = store.policy.fields
        return [
            find_person(value, field=fields[FieldName(name)], people=store.people, broker=store.broker)
            for name in ("customer", "phone")
            for value in people[name]
        ]


def tokens_lying() -> set[int]:
    """Give every token of the store as it lies there."""
    from suyuan.config import read_settings

    database = read_settings(Path("store")).data.database
    asked = "SELECT token FROM {0}token UNION SELECT token FROM {0}part"
    if database:
        with psycopg.connect(database) as connection:
            return {token for (token,) in connection.execute(asked.format("suyuan_data.").encode())}
    with sqlite3.connect("store/data.db") as connection:
        return {token for (token,) in connection.execute(asked.format(""))}


def test_everybody_is_found_by_new_tokens_and_old_ones_are_gone(suyuan: Suyuan, people: pl.DataFrame) -> None:
    before, old = found(people), tokens_lying()
    assert before == [*range(PEOPLE), *range(PEOPLE)]
    report = done(suyuan, "hold", "rotate", "--tokens")
    assert report == {"generation": 1, "persons": PEOPLE, "resumed": False}
    assert found(people) == before
    new = tokens_lying()
    assert (len(new), new & old) == (len(old), set())
    with app.open_store(Path("store")) as store:
        assert store.broker.held("token-key") is None
        assert store.broker.held("part-key") is None
        # Every person sees it in her account, and nobody was shown anything.
        batches = [entry for _, entry in store.ledger.entries() if entry.body.op == "batch"]
        assert len(batches) == -(-PEOPLE // 7)
    assert json.loads(looked_up(suyuan, people["customer"][0]).out)["fields"]["phone"]
    # A second time, onto the codes of the first generation; imports afterwards know whom they mean.
    assert done(suyuan, "hold", "rotate", "--tokens")["generation"] == 2
    assert found(people) == before
    assert not tokens_lying() & (old | new)
    people.write_csv("again.csv")
    assert done(suyuan, "collect", "import", "again.csv")["unchanged"] == PEOPLE
    assert suyuan("ledger", "verify", "--store", "store").code == 0


def test_who_comes_in_between_and_who_looks_up(suyuan: Suyuan, people: pl.DataFrame) -> None:
    done(suyuan, "hold", "freeze", people["customer"][4], "--hold", "court-7", "--reason", "an order")
    for step in range(2):
        with app.open_store(Path("store")) as store, store.door() as door:
            rotation = TokenRotation(
                door, broker=store.broker, people=store.people, vault=store.vault, clock=store.clock
            )
            if not step:
                assert not rotation.begin(drop_overlay=False)
            rotation.step()
        assert found(people) == [*range(PEOPLE), *range(PEOPLE)]
    # Two are corrected and one goes, while half have new tokens: one of them had, and one had not.
    moved = pl.int_range(pl.len()).is_in([1, PEOPLE - 2])
    people = people.with_columns(
        phone=pl.when(moved)
        .then(pl.lit("+861639999") + pl.int_range(1000, 1000 + pl.len()).cast(pl.String))
        .otherwise("phone")
    )
    people.write_csv("now.csv")
    assert done(suyuan, "collect", "import", "now.csv")["corrected"] == 2
    done(suyuan, "hold", "erase", people["customer"][PEOPLE - 1], "--yes")
    people = people.head(PEOPLE - 1)
    assert found(people) == [*range(PEOPLE - 1), *range(PEOPLE - 1)]
    assert done(suyuan, "hold", "rotate", "--tokens")["resumed"]
    assert found(people) == [*range(PEOPLE - 1), *range(PEOPLE - 1)]


def rotate_and_die(after: int) -> None:
    """Rotate in a process of its own, which is killed at its `after`-th durable write."""
    token_rotation.PERSONS_PER_STEP = 7
    from suyuan.hold.token_keys import TokenKeys

    calls = 0

    def dying(plain):  # type: ignore[no-untyped-def]
        def run(*arguments, **named):  # type: ignore[no-untyped-def]
            nonlocal calls
            calls += 1
            if calls == after:
                os.kill(os.getpid(), signal.SIGKILL)
            return plain(*arguments, **named)

        return run

    from suyuan.adapters.postgres.people_store import PostgresPeopleStore
    from suyuan.adapters.sqlite.people_store import SqlitePeopleStore

    for store in (SqlitePeopleStore, PostgresPeopleStore):
        for name in ("add_tokens", "add_parts", "drop_tokens_but"):
            setattr(store, name, dying(getattr(store, name)))
    for name in ("begin_tokens", "switch_tokens", "destroy_earlier_tokens", "_keep"):
        setattr(TokenKeys, name, dying(getattr(TokenKeys, name)))
    exchanging_tokens.rotate_tokens(Path("store"))


def test_a_killed_exchange_is_carried_on_from_anywhere(
    suyuan: Suyuan, people: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Each is forked from a process that has read the modules and done nothing else.
    context, killed = multiprocessing.get_context("forkserver"), 0
    monkeypatch.setenv("PYTHONPATH", f"{ROOT / 'src'}{os.pathsep}{ROOT}")
    context.set_forkserver_preload([__name__, "suyuan.app.exchanging_tokens", "suyuan.app.backends"])
    for after in (1, 2, 3, 5, 4, 6, 1, 2, 1, 2, 3):
        process = context.Process(target=rotate_and_die, args=(after,))
        process.start()
        process.join()
        killed += process.exitcode == -signal.SIGKILL
        assert process.exitcode in (0, -signal.SIGKILL)
        assert found(people) == [*range(PEOPLE), *range(PEOPLE)]
    assert killed > 5
    done(suyuan, "hold", "rotate", "--tokens")
    assert found(people) == [*range(PEOPLE), *range(PEOPLE)]
    with app.open_store(Path("store")) as store:
        state = store.broker.token_state
        assert state.active == state.newest
        assert not store.broker.holds_earlier_tokens()
        assert len(store.people.persons_with_tokens(state.active + 1)) == 0


def test_without_the_purpose_nothing_begins(suyuan: Suyuan, people: pl.DataFrame) -> None:
    path = Path("store/policy/purposes.toml")
    path.write_text(path.read_text().replace(PURPOSE, ""))
    refused = suyuan("hold", "rotate", "--tokens", "--store", "store")
    require_one_clear_line(refused, code=3)
    assert "key_rotation" in refused.err
    with app.open_store(Path("store")) as store:
        assert store.broker.token_state.newest == 0


def test_a_trace_links_after_the_exchange(suyuan: Suyuan, people: pl.DataFrame) -> None:
    shown = json.loads(looked_up(suyuan, people["customer"][0]).out)["fields"]
    done(suyuan, "hold", "rotate", "--tokens")
    pl.DataFrame([{name: shown[name] for name in ("name", "phone")}]).write_csv("dump.csv")
    with app.open_store(Path("store")) as store, store.door() as door:
        traced = store.leak_response(door, matcher=None).trace(Path("dump.csv"))
    assert [int(person) for person in traced.linked] == [0]
    # The one who was shown her is a suspect, and the exchange itself is none.
    assert {finding.recipient.id for finding in traced.attribution.findings} == {"clerk-07"}


def test_who_is_known_by_tokens_alone_keeps_one(suyuan: Suyuan, people: pl.DataFrame) -> None:
    others = pl.DataFrame({"customer": ["X-1", "X-2"], "phone": ["+8616399990001", "+8616399990002"]})

    def seen() -> list[int]:
        with app.open_store(Path("store")) as store:
            rows = SuppliedRows(others, fields=store.policy.fields, broker=store.broker)
            rows.enrol(store.vault, people=store.people, clock=store.clock)
            return list(rows.persons)

    numbers = seen()
    assert sorted(numbers) == [PEOPLE, PEOPLE + 1]
    refused = suyuan("hold", "rotate", "--tokens", "--store", "store")
    require_one_clear_line(refused, code=3)
    assert "2 persons are known by their tokens alone" in refused.err
    done(suyuan, "hold", "rotate", "--tokens", "--drop-overlay")
    assert found(others) == [*numbers, None, None]
    assert seen() == numbers
    assert found(others) == [*numbers, *numbers]


def test_parts_are_found_by_new_tokens(suyuan: Suyuan, people: pl.DataFrame) -> None:
    same = people.head(3).with_columns(
        customer=pl.Series(["S-1", "S-2", "S-3"]), email=pl.Series([f"s{row}@example.org" for row in range(3)]),
        phone=pl.Series([f"+86163999{row}7777" for row in range(3)]),
    )  # fmt: skip
    if "id_number" in same.columns:
        same = same.drop("id_number")
    same.write_csv("same.csv")
    assert done(suyuan, "collect", "import", "same.csv")["added"] == 3

    def by_part() -> list[int]:
        with app.open_store(Path("store")) as store:
            field = store.policy.fields[FieldName("phone")]
            return list(store.vault.find_part("7777", field=field, part="last4", count=9))

    before = by_part()
    assert before == [PEOPLE, PEOPLE + 1, PEOPLE + 2]
    for _ in range(2):
        done(suyuan, "hold", "rotate", "--tokens")
        assert by_part() == before
