import gzip
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.errors import RefusedError, UnavailableError
from suyuan.simulation import assign_people, first_touches
from suyuan.simulation.event_log import TOUCHES_SCHEMA

HEADER = "case_id,amount_requested,account,activity,transition,timestamp\n"


def write(path: Path, *, lines: list[str]) -> Path:
    path.write_bytes(gzip.compress((HEADER + "".join(f"{line}\n" for line in lines)).encode()))
    return path


def test_first_touches_in_time_order_without_the_system(tmp_path: Path) -> None:
    log = write(
        tmp_path / "log.csv.gz",
        lines=[
            "7,100,112,A,COMPLETE,2011-10-01T00:38:44.546+02:00",
            "7,100,20,A,COMPLETE,2011-10-01T10:00:00.000+02:00",
            "7,100,20,B,COMPLETE,2011-10-01T09:00:00.000+02:00",
            "7,100,,B,COMPLETE,2011-10-01T08:00:00.000+02:00",
            "8,100,20,A,COMPLETE,2011-11-01T09:00:00.000+01:00",
            "7,100,21,A,COMPLETE,2011-10-01T08:30:00.000+01:00",
        ],
    )
    touches = first_touches(log)
    assert touches.schema == TOUCHES_SCHEMA
    assert touches.select("account", "case_id").rows() == [("20", "7"), ("21", "7"), ("20", "8")]
    assert touches["time"].dt.strftime("%H:%M").to_list() == ["07:00", "07:30", "08:00"]
    assert first_touches(log, without_system=None).height == 4


def test_a_log_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match=r"none\.csv"):
        first_touches(tmp_path / "none.csv")
    with pytest.raises(RefusedError, match="timestamp is not"):
        first_touches(write(tmp_path / "log.csv.gz", lines=["7,100,20,A,COMPLETE,yesterday"]))
    (tmp_path / "short.csv").write_text("case_id,account\n1,2\n")
    with pytest.raises(RefusedError, match="no column amount_requested, activity"):
        first_touches(tmp_path / "short.csv")


@given(st.lists(st.integers(0, 50), max_size=40), st.integers(1, 60), st.integers(0, 2**32), st.randoms())
@settings(max_examples=80, deadline=None)
def test_cases_get_their_people_evenly_whatever_their_order(
    cases: list[int], people: int, seed: int, order: object
) -> None:
    column = pl.Series("case_id", [str(case) for case in cases], dtype=pl.String)
    customers = pl.Series("customer", [f"C{i}" for i in range(people)])
    given_people = assign_people(column, customers=customers, seed=seed)
    order.shuffle(cases)  # type: ignore[attr-defined]
    shuffled = pl.Series("case_id", [str(case) for case in cases], dtype=pl.String)
    assert given_people.equals(assign_people(shuffled, customers=customers, seed=seed))
    assert given_people["case_id"].to_list() == sorted(set(column))
    counts = given_people["customer"].value_counts()["count"].to_list()
    fill = counts + [0] * (people - len(counts))
    assert max(fill) - min(fill) <= 1


def test_cases_without_customers_are_refused() -> None:
    with pytest.raises(RefusedError, match="no customers"):
        assign_people(pl.Series(["1"]), customers=pl.Series([], dtype=pl.String), seed=1)


def test_the_real_log_has_its_known_size(shared_data: Path) -> None:
    log = shared_data / "bpic2012_autumn.csv.gz"
    if not log.exists():
        pytest.skip(f"the event log {log.name} is not in ../shared/data")
    everyone = first_touches(log, without_system=None)
    assert everyone.height == 23_983
    assert everyone["account"].n_unique() == 58
    assert everyone["case_id"].n_unique() == 6_426
    people = first_touches(log)
    assert people.height == 17_557
    assert people["account"].n_unique() == 57
    assert people["time"].is_sorted()
    assert people.equals(everyone.filter(pl.col("account") != "112"))
