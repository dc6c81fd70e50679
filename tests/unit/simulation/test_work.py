from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.errors import RefusedError
from suyuan.simulation import CASES_SCHEMA, Work, invent_people, invent_work


@pytest.fixture(scope="module")
def people() -> pl.DataFrame:
    return invent_people(13_000, seed=1)


@pytest.fixture(scope="module")
def work(people: pl.DataFrame) -> Work:
    return invent_work(people, seed=1)


@given(st.integers(0, 2**32), st.integers(1, 40), st.integers(1, 8), st.data())
@settings(max_examples=30, deadline=None)
def test_the_same_seed_gives_the_same_work(seed: int, n: int, accounts: int, data: st.DataObject) -> None:
    small = invent_people(n, seed=seed)
    rented = data.draw(st.integers(0, accounts))
    one, again = (
        invent_work(small, seed=seed, accounts=accounts, cases_per_account=5, rented=rented) for _ in range(2)
    )
    for name in ("staff", "cases", "thefts", "rentals"):
        assert getattr(one, name).equals(getattr(again, name))
    assert one.cases.schema == one.thefts.schema == CASES_SCHEMA
    assert len(one.rented) == rented
    assert one.rentals.height == rented * 10


def test_each_account_works_hundreds_of_cases(work: Work) -> None:
    counts = work.cases.group_by("account").len()["len"]
    assert work.staff.height == len(counts) == 70
    assert work.cases.height == 21_000
    assert 200 < counts.median() < 350
    assert counts.max() > 2 * counts.median()


def test_cases_lead_to_known_people_and_never_repeat(people: pl.DataFrame, work: Work) -> None:
    lookups = work.lookups()
    assert lookups["case"].n_unique() == lookups.height == 24_000
    assert lookups["case"].str.contains(r"^P\d{10}$").all()
    assert lookups.join(people, on="customer", how="anti").is_empty()
    assert lookups["time"].is_sorted()


def test_a_look_up_falls_while_its_case_is_open(work: Work) -> None:
    assert (
        work.lookups()
        .select((pl.col("opened") <= pl.col("time")) & (pl.col("time") < pl.col("closed")))
        .to_series()
        .all()
    )


def test_accounts_serve_their_own_hub_first(work: Work) -> None:
    own = work.cases.join(work.staff.select("account", home="hub"), on="account")
    assert 0.88 < (own["hub"] == own["home"]).mean() < 0.95


def test_thefts_are_of_people_the_account_does_not_serve(work: Work) -> None:
    pair = ["account", "customer"]
    assert work.thefts.join(work.cases, on=pair, how="semi").is_empty()
    assert work.thefts.select(pair).is_duplicated().sum() == 0
    assert set(work.thefts["account"]) == set(work.rented)
    assert (work.thefts.group_by("account").len()["len"] == 600).all()


def test_thefts_fall_on_rented_days(work: Work) -> None:
    days = work.thefts.select("account", day=pl.col("time").dt.date())
    late = work.thefts["time"].dt.hour()
    # A look-up begun just before midnight may fall on the day after.
    slipped = days.join(work.rentals, on=["account", "day"], how="anti")
    assert slipped.height < 5
    assert late.is_between(19, 23).mean() > 0.99
    assert work.rentals["day"].min() >= date(2026, 5, 1)
    assert work.rentals["day"].max() < date(2026, 6, 30)


def test_honest_work_does_not_depend_on_the_theft(people: pl.DataFrame, work: Work) -> None:
    other = invent_work(people, seed=1, stolen_per_account=50)
    assert other.cases.drop("case").equals(work.cases.drop("case"))


def test_a_world_without_enough_people_steals_fewer() -> None:
    work = invent_work(invent_people(30, seed=2), seed=2, accounts=3, rented=3, cases_per_account=20)
    assert work.thefts.height < 90


@pytest.mark.parametrize(
    "wrong",
    [
        {"accounts": 0},
        {"rented": 71},
        {"rented": -1},
        {"rented_days": 0},
        {"rented_days": 61},
        {"cases_per_account": 0},
    ],
)
def test_impossible_work_is_refused(people: pl.DataFrame, wrong: dict[str, int]) -> None:
    with pytest.raises(RefusedError):
        invent_work(people, seed=1, **wrong)


def test_work_without_people_is_refused(people: pl.DataFrame) -> None:
    with pytest.raises(RefusedError, match="people"):
        invent_work(people.clear(), seed=1)
