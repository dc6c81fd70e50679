"""Moments: the seconds inside the declared minute carry a mark and are no part of the value."""

import polars as pl

from suyuan.kinds import KINDS
from suyuan.kinds.kind import Canonical
from suyuan.terms import KindName

MOMENT = KINDS[KindName.MOMENT]


def test_a_minute_has_a_form_for_every_second_and_joint() -> None:
    table = MOMENT.forms(Canonical("2026-03-09T08:05+08:00"))
    assert table.radices == (2, 6, 10)
    assert table.texts[0] == "2026-03-09T08:05:00+08:00"
    assert table.texts[-1] == "2026-03-09 08:05:59+08:00"
    assert {MOMENT.canonical(text) for text in table.texts} == {"2026-03-09T08:05+08:00"}


def test_what_the_platform_stored_in_seconds_is_canonical_by_the_minute() -> None:
    column = pl.Series(["2026-03-09 08:05:37", "2026-03-09 08:05:02.5", "2026-03-09"])
    assert MOMENT.canonical_column(column).to_list() == ["2026-03-09T08:05", "2026-03-09T08:05", None]


def test_a_column_that_nobody_declared_stays_one_of_dates() -> None:
    text = "paid 2026-03-09 08:05:37, due 2026-04-09"
    [moment] = MOMENT.recognise(text)
    first, second = KINDS[KindName.DATE].recognise(text)
    assert (moment.start, moment.end) == (first.start, first.end)
    assert moment.confidence < min(first.confidence, second.confidence)


def test_a_mask_shows_the_year_alone() -> None:
    assert MOMENT.mask(Canonical("2026-03-09T08:05Z")) == "2026-**-** **:**"
