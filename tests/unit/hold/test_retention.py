"""Retention with a clock that goes on: data and keys go, what is held stays, and the ledger keeps everything."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.command_line import run_here
from tests.courier import Courier, courier

from suyuan.errors import RefusedError
from suyuan.hold.retention import Retention
from suyuan.terms import CaseId, PersonNumber, PurposeName

DELIVERY, SURVEY, TAX = PurposeName("delivery"), PurposeName("survey"), PurposeName("tax")
DAYS = {DELIVERY: 30, SURVEY: 10, TAX: None}


class Later:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.at = datetime(2026, 12, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at


@contextmanager
def world(tmp_path: Path) -> Iterator[tuple[Courier, Retention, Later, list[PersonNumber]]]:
    with courier(tmp_path, people=6) as here:
        clock = Later()
        retention = Retention(here.store.people, eraser=here.store.eraser, days=DAYS, clock=clock)
        people = [here.numbers[key] for key in here.people["customer"].to_list()]
        yield here, retention, clock, people


def collect(here: Courier, purpose: PurposeName, *persons: PersonNumber, at: datetime) -> None:
    here.store.people.collected(np.array(persons, np.int64), purpose=purpose, at=at)


def test_data_and_keys_go_and_holds_and_the_ledger_stay(tmp_path: Path) -> None:
    with world(tmp_path) as (here, retention, clock, people):
        ann, bob, eve, dan, fay, kim = people
        begun, entries = clock.at, here.store.ledger.size
        collect(here, DELIVERY, ann, bob, eve, dan, fay, at=begun)
        collect(here, SURVEY, ann, at=begun)
        collect(here, TAX, eve, at=begun)
        here.store.freezer().freeze(bob, hold="court-7", reason="an order that names Bob")
        assert (retention.due().over, retention.due().stopped) == ((), {})
        clock.at = begun + timedelta(days=11)
        assert (retention.due().over, dict(retention.due().stopped)) == ((), {SURVEY: 1}), "another purpose still holds"
        collect(here, DELIVERY, dan, at=clock.at)
        clock.at = begun + timedelta(days=31)
        due = retention.due()
        assert (due.over, due.frozen) == ((ann, fay), (bob,)), "eve's taxes hold for ever; kim was never collected so"
        collect(here, DELIVERY, fay, at=clock.at)
        done = list(retention.erase(due))
        assert [erased.person for erased in done] == [ann], "who was collected anew meanwhile is passed over"
        assert here.store.people.record(ann) is None
        with pytest.raises(RefusedError) as told:
            here.store.eraser.erase(ann)
        assert told.value.code == "hold.person"
        assert here.store.broker.secrets_held([ann, bob]).tolist() == [False, True]
        assert all(here.store.people.record(person) is not None for person in (bob, eve, dan, fay, kim))
        assert here.store.ledger.size > entries
        clock.at += timedelta(days=3000)
        assert retention.due().frozen == (bob,)


def test_who_is_held_is_erased_by_nobody_until_the_hold_ends(tmp_path: Path) -> None:
    with world(tmp_path) as (here, retention, clock, people):
        ann = people[0]
        freezer = here.store.freezer()
        for hold in ("court-7", "audit"):
            freezer.freeze(ann, hold=hold, reason="")
        freezer.unfreeze(ann, hold="audit")
        collect(here, DELIVERY, ann, at=clock.at)
        clock.at += timedelta(days=99)
        with pytest.raises(RefusedError) as told:
            here.store.eraser.erase(ann)
        assert told.value.code == "hold.held"
        assert "court-7" in str(told.value)
        assert list(retention.erase(retention.due())) == []
        freezer.unfreeze(ann, hold="court-7")
        with pytest.raises(RefusedError):
            freezer.unfreeze(ann, hold="court-7")
        assert [erased.person for erased in retention.erase(retention.due())] == [ann]


def test_why_somebody_is_held_cannot_be_read_in_the_store(tmp_path: Path) -> None:
    with world(tmp_path) as (here, _, _, people):
        here.store.freezer().freeze(people[0], hold="court-7", reason="张三 is suspected")
        [(hold, reason)] = here.store.freezer().history(people[0])
        assert (hold.hold, reason) == ("court-7", "张三 is suspected")
        assert "张三".encode() not in hold.reason
        with pytest.raises(RefusedError):
            here.store.freezer().freeze(people[0], hold="x\n", reason="")
        with pytest.raises(RefusedError):
            here.store.freezer().freeze(people[0], hold="x", reason="x" * 2001)


def test_the_verbs_say_what_they_did(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    here = ("--store", "store")

    def run(*arguments: object, code: int = 0) -> str:
        done = run_here(capsys, *arguments, *here)
        assert done.code == code, (done.out, done.err)
        return done.out + done.err

    assert run_here(capsys, "init", "store", "--passphrase-file", "p").code == 0
    pl.DataFrame([{"customer": f"K-{n}", "name": "Ann Lee", "phone": f"1381111222{n}"} for n in range(3)]).write_csv(
        "p.csv"
    )
    run("collect", "import", "p.csv")
    assert "court-7: since" in run("hold", "freeze", "K-1", "--hold", "court-7", "--reason", "an order")
    assert "an order" in run("hold", "freeze", "K-1")
    assert "legal hold: court-7" in run("hold", "erase", "K-1", "--yes", code=3)
    assert json.loads(run("hold", "retain", "--dry-run", "--json"))["due"] == 0
    assert json.loads(run("hold", "unfreeze", "K-1", "--hold", "court-7", "--json")) == {
        "ended": "court-7",
        "in_force": [],
    }
    assert "0 persons erased" in run("hold", "retain")
    assert "no such hold" in run("hold", "unfreeze", "K-1", "--hold", "court-7", code=3)
    assert "no legal hold" in run("hold", "freeze", "K-2")
    with_days = Path("store/policy/purposes.toml")
    text = with_days.read_text("utf-8").replace("[delivery]", "[delivery]\nretention_days = 1", 1)
    with_days.write_text(text, "utf-8")
    from suyuan import app

    with app.open_store(Path("store")) as opened:
        long_ago = datetime(2020, 1, 1, tzinfo=UTC)
        opened.people.collected(np.array([0, 2], np.int64), purpose=DELIVERY, at=long_ago)
        assert opened.people.cases(CaseId("none")) == ()
    assert "2 persons would be erased" in run("hold", "retain", "--dry-run")
    assert json.loads(run("hold", "retain", "--yes", "--json"))["erased"] == 2
    assert json.loads(run("status", "--json"))["persons"] == 1
