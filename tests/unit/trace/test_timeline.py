"""Releases over time: copies are gathered into days, and compared with what the dump shows."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import polars as pl

from suyuan.terms import Recipient, RecipientKind
from suyuan.trace.link import DATED
from suyuan.trace.naming.timeline import MOST_SPANS, timeline_of, track, values_compared

DAY = 86_400_000
ANN = Recipient(kind=RecipientKind.ACCOUNT, id="ann")
BEA = Recipient(kind=RecipientKind.ACCOUNT, id="bea")


def whole(*numbers: int) -> Any:
    return np.array(numbers, dtype=np.int64)


def traced(*, opened: list[list[int]]) -> Any:
    """Three copies: ann's of persons 1 and 2 in release 5, bea's of person 1 in release 9; rows 0 and 1 are of 1 and 2.

    Args:
        opened: for `phone` and `name`, the pairs that opened. Release 9 committed to phone alone.
    """
    releases = {
        5: SimpleNamespace(plan=SimpleNamespace(marked=("phone", "name"))),
        9: SimpleNamespace(plan=SimpleNamespace(marked=("phone",))),
    }
    copies = SimpleNamespace(
        suspects=(ANN, BEA), releases=releases, release=whole(5, 5, 9), suspect=whole(0, 0, 1), person=whole(1, 2, 1)
    )
    return SimpleNamespace(
        copies=copies,
        pairs=SimpleNamespace(link=whole(0, 1, 0), copy=whole(0, 1, 2)),
        readings=[
            SimpleNamespace(opened=SimpleNamespace(field=field, pair=whole(*pairs)))
            for field, pairs in zip(("phone", "name"), opened, strict=True)
        ],
        shown={
            "phone": SimpleNamespace(readable=np.array([True, True])),
            "name": SimpleNamespace(readable=np.array([True, False])),
        },
        dated=pl.DataFrame(schema=DATED),
        attribution=SimpleNamespace(
            opened_at=datetime(1970, 2, 10, 12, tzinfo=UTC), existed_at=datetime(1970, 2, 10, 12, tzinfo=UTC)
        ),
    )


def test_a_copy_is_the_same_where_every_field_that_compares_opens() -> None:
    assert values_compared(traced(opened=[[0, 1, 2], [0]])).tolist() == [1, 1, 1]
    assert values_compared(traced(opened=[[0, 2], [0]])).tolist() == [1, 0, 1]
    assert values_compared(traced(opened=[[0, 1], []])).tolist() == [0, 1, 0]


def test_a_copy_without_a_field_to_compare_is_unknown() -> None:
    blank = traced(opened=[[], []])
    for shown in blank.shown.values():
        shown.readable[:] = False
    assert values_compared(blank).tolist() == [-1, -1, -1]


def test_one_row_with_all_values_is_enough() -> None:
    twice = traced(opened=[[0, 1, 2, 3], [0]])
    twice.pairs = SimpleNamespace(link=whole(0, 1, 0, 1), copy=whole(0, 1, 2, 2))
    twice.readings[0].opened.pair = whole(0, 1, 3)
    assert values_compared(twice).tolist() == [1, 1, 1]


def test_copies_of_a_day_are_one_mark() -> None:
    value = np.array([1, 0, 1, -1], dtype=np.int8)
    found = track(ANN, at_ms=whole(DAY + 5, DAY + 9, 3 * DAY, 3 * DAY + 1), value=value, days=1)
    assert [(span.begin.day, span.same, span.other, span.unknown) for span in found.spans] == [
        (2, 1, 1, 0),
        (4, 1, 0, 1),
    ]
    assert (found.first_same, found.last_same) == (
        datetime(1970, 1, 2, 0, 0, 0, 5_000, tzinfo=UTC),
        datetime(1970, 1, 4, tzinfo=UTC),
    )


def test_only_those_asked_for_are_told_and_a_long_time_in_few_marks() -> None:
    times = {5: SimpleNamespace(at_ms=DAY), 9: SimpleNamespace(at_ms=30 * DAY)}
    log = cast(Any, SimpleNamespace(entry=lambda index: times[index]))
    told = timeline_of(traced(opened=[[0, 1, 2], [0]]), log=log, recipients=[BEA])
    assert [one.recipient for one in told.tracks] == [BEA]
    assert told.days == 1
    both = timeline_of(traced(opened=[[0, 1, 2], [0]]), log=log, recipients=[ANN, BEA])
    assert [sum(span.copies for span in one.spans) for one in both.tracks] == [2, 1]
    times[5].at_ms = -4_000 * DAY
    late = timeline_of(traced(opened=[[0, 1, 2], [0]]), log=log, recipients=[ANN, BEA])
    assert late.days == -(-4_042 // MOST_SPANS)
    stranger = Recipient(kind=RecipientKind.PARTNER, id="nobody")
    assert timeline_of(traced(opened=[[], []]), log=log, recipients=[stranger]).tracks == ()
