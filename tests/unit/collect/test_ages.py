"""Who is a child is kept to the month, never to the day, and to the careful side."""

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from suyuan.collect.ages import ADULT, Ages, ages_of, births
from suyuan.collect.field import FieldPolicy
from suyuan.terms import FieldName, ItemName, KindName

DAYS = st.dates(min_value=date(1930, 1, 1), max_value=date(2026, 11, 1))


def has_turned(birth: date, years: int, *, today: date) -> bool:
    return (today.year - birth.year, today.month, today.day) >= (years, birth.month, birth.day)


@given(birth=DAYS, today=st.dates(min_value=date(2026, 11, 1), max_value=date(2060, 1, 1)))
def test_nobody_counts_as_older_than_she_is_and_a_month_is_all_that_is_kept(birth: date, today: date) -> None:
    for kept, years in zip(ages_of(birth, today=today), (14, 18), strict=True):
        if kept is None:
            assert has_turned(birth, years, today=today)
        else:
            assert kept.day == 1
            assert today < kept
            assert has_turned(birth, years, today=kept)
            assert not has_turned(birth, years, today=kept - timedelta(days=32))


def test_known_days() -> None:
    today = date(2026, 11, 22)
    assert ages_of(date(2012, 12, 31), today=today) == Ages(date(2027, 1, 1), date(2031, 1, 1))
    assert ages_of(date(2012, 12, 1), today=today) == Ages(date(2026, 12, 1), date(2030, 12, 1))
    assert ages_of(date(2012, 10, 31), today=today) == Ages(None, date(2030, 11, 1))
    assert ages_of(date(2012, 2, 29), today=today).minor_until == date(2030, 3, 1)
    assert ages_of(date(1990, 1, 1), today=today) == ADULT


@pytest.mark.parametrize("item", ["birth_date", ""])
def test_birth_is_told_by_a_resident_id_first_then_by_a_date_of_birth(item: str) -> None:
    fields = (
        FieldPolicy(name=FieldName("id_number"), kind=KindName.RESIDENT_ID, strong=True),
        FieldPolicy(name=FieldName("birth_date"), kind=KindName.DATE, strong=False, item=ItemName(item)),
        FieldPolicy(name=FieldName("since"), kind=KindName.DATE, strong=False, item=ItemName("travel_dates")),
    )
    table = pl.DataFrame(
        {
            "id_number": ["990101201501021239", None, None, None],
            "birth_date": ["1999-01-01", "2014-05-06", "2014-05-06T10:00:00", None],
            "since": ["2020-01-01"] * 4,
        }
    )
    expected = [date(2015, 1, 2), date(2014, 5, 6), date(2014, 5, 6), None]
    assert births(table, fields=fields).to_list() == expected
    assert births(table, fields=fields[2:]).to_list() == [None] * 4
