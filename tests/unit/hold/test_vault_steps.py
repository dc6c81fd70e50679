"""An import in steps: one is written while the next is sealed, and nothing is told that was not stored."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.courier import COLUMNS, Courier, courier

from suyuan.adapters.sqlite.people_store import SqlitePeopleStore
from suyuan.collect.admit import admit
from suyuan.errors import UnavailableError
from suyuan.hold import vault
from suyuan.hold.vault import Imported
from suyuan.simulation import invent_people


def steps(here: Courier, frame: pl.DataFrame) -> Iterator[Imported]:
    admitted, rejected = admit(frame, fields=here.store.policy.fields)
    assert not rejected
    return here.store.vault.store(admitted)


@pytest.fixture(autouse=True)
def short_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a step have four rows."""
    monkeypatch.setattr(vault, "ROWS_PER_STEP", 4)


def test_each_step_tells_what_it_did_and_is_stored_by_then(tmp_path: Path) -> None:
    with courier(tmp_path, people=5, seed=5) as here:
        before = here.store.people.counts()["records"]
        told = 0
        for done in steps(here, invent_people(15, seed=5).select(COLUMNS).tail(10)):
            told += done.added
            assert here.store.people.counts()["records"] >= before + told
        assert told == 10
        assert here.store.people.counts()["records"] == before + 10


def test_what_was_told_before_a_write_failed_is_stored_and_the_rest_comes_with_the_next_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with courier(tmp_path, people=5, seed=5) as here:
        more, before = invent_people(17, seed=5).select(COLUMNS).tail(12), here.store.people.counts()["records"]
        real, calls = SqlitePeopleStore.save_records, []

        def failing(self: SqlitePeopleStore, *given: Any, **named: Any) -> None:
            calls.append(1)
            if len(calls) == 2:
                raise UnavailableError("the disk is full")
            real(self, *given, **named)

        with monkeypatch.context() as patched:
            patched.setattr(SqlitePeopleStore, "save_records", failing)
            run = steps(here, more)
            assert next(run).added == 4
            with pytest.raises(UnavailableError, match="the disk is full"):
                list(run)
        # Nothing goes on behind a write that failed.
        assert here.store.people.counts()["records"] == before + 4
        done = list(steps(here, more))
        assert (sum(one.added for one in done), sum(one.unchanged for one in done)) == (8, 4)


def test_corrections_in_several_steps_each_make_a_version(tmp_path: Path) -> None:
    with courier(tmp_path, people=5, seed=5) as here:
        first = here.people.with_columns(email=pl.format("{}.new@example.com", pl.col("customer").str.to_lowercase()))
        assert [done.corrected for done in steps(here, first.head(4))] == [4]
        whole = pl.concat([first.head(4).with_columns(phone=pl.lit("+8616399990000")), here.people.tail(1)])
        assert [(done.corrected, done.unchanged) for done in steps(here, whole)] == [(4, 0), (0, 1)]
        versions = [here.store.people.versions(here.numbers[name])[-1].version for name in whole["customer"].head(4)]
        assert versions == [3, 3, 3, 3]
