"""Who is a child: until which month a person is under 14 and under 18, told from canonical values while they are at hand.

What is kept is a month and no birthday: a person counts as under age until the first of the month that begins on or after
her birthday. Of whom it is not known, nothing is kept; an adult's age is not kept either.
"""

from datetime import date
from typing import Final, NamedTuple

import polars as pl

from suyuan.collect.field import FieldPolicy
from suyuan.terms import KindName

CHILD_YEARS: Final = 14
MINOR_YEARS: Final = 18
BIRTH_ITEM: Final = "birth_date"


class Ages(NamedTuple):
    """The first days of the months from which on a person is no child, and no minor; None where she is none already."""

    child_until: date | None
    minor_until: date | None


ADULT: Final = Ages(None, None)


def ages_of(birth: date, *, today: date) -> Ages:
    """Give until when somebody born on a day is a child and a minor, as seen on a day."""
    child, minor = (_month_after(birth, years=years) for years in (CHILD_YEARS, MINOR_YEARS))
    return Ages(child if today < child else None, minor if today < minor else None)


def births(values: pl.DataFrame, *, fields: tuple[FieldPolicy, ...]) -> pl.Series:
    """Give the day of birth of each row of canonical values, null where nothing tells it; a resident ID goes first.

    A field of kind `date` tells it where its item is `birth_date`, or, without an item, its name.
    """
    told = [_of_field(values[field.name], field=field) for field in fields]
    found = [column for column in told if column is not None]
    if not found:
        return pl.Series("birth", [None] * values.height, dtype=pl.Date)
    return pl.select(pl.coalesce(*found)).to_series().alias("birth")


def _of_field(column: pl.Series, *, field: FieldPolicy) -> pl.Series | None:
    if field.kind is KindName.RESIDENT_ID:
        return column.str.slice(6, 8).str.to_date("%Y%m%d", strict=False)
    if field.kind is KindName.DATE and (field.item or field.name) == BIRTH_ITEM:
        return column.str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)
    return None


def _month_after(birth: date, *, years: int) -> date:
    """Give the first of a month on or after a birthday."""
    year, month = birth.year + years, birth.month
    if birth.day == 1:
        return date(year, month, 1)
    return date(year + month // 12, month % 12 + 1, 1)
