"""When a file can have been copied: by the spans of its values, and by the copies that bear them."""

import warnings
from datetime import UTC, datetime

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from suyuan.trace.link import DATED
from suyuan.trace.naming.dating import CHANGES, SHOWN, best_interval, dates_of_copies, dating

TIMES = st.none() | st.integers(0, 8)


def rows_of(*spans: tuple[int | None, int | None]) -> pl.DataFrame:
    return pl.DataFrame(list(spans), schema={"since": pl.Int64, "until": pl.Int64}, orient="row")


def test_the_interval_is_where_most_values_were_current() -> None:
    assert best_interval(rows_of((3, None), (None, 7))) == (3, 7, 2)
    assert best_interval(rows_of((3, None), (5, None))) == (5, None, 2)
    assert best_interval(rows_of((None, 3), (None, 7))) == (None, 3, 2)
    # One of three is from another time.
    assert best_interval(rows_of((3, None), (4, 9), (None, 2))) == (4, 9, 2)
    # A value is no more from the very moment on at which it was replaced.
    assert best_interval(rows_of((None, 5), (5, None))) == (None, 5, 1)
    assert best_interval(rows_of((5, 5))) == (None, None, 0)


@given(st.lists(st.tuples(TIMES, TIMES).filter(lambda span: span != (None, None)), min_size=1, max_size=8))
def test_no_other_time_fits_more_rows(spans: list[tuple[int | None, int | None]]) -> None:
    def fitting(at: float) -> int:
        return sum((a is None or a <= at) and (b is None or at < b) for a, b in spans)

    since, until, found = best_interval(rows_of(*spans))
    tried = [quarter / 2 for quarter in range(-2, 20)]
    assert found == max(map(fitting, tried))
    inside = [at for at in tried if (since is None or at >= since) and (until is None or at < until)]
    assert inside
    assert all(fitting(at) == found for at in inside)


def test_a_copy_dates_its_value_between_two_changes() -> None:
    changes = pl.DataFrame([(1, "address", 10), (1, "address", 20), (2, "address", 15)], schema=CHANGES, orient="row")
    shown = pl.DataFrame(
        [
            (0, 1, "address", 5), (1, 1, "address", 12), (1, 1, "address", 19), (2, 1, "address", 25),
            # A release at the very moment of the change had the new value.
            (3, 1, "address", 10),
            # What came back was hers from its first time on to its last.
            (4, 1, "address", 12), (4, 1, "address", 25),
            # Another field, and somebody whose record never changed.
            (5, 1, "name", 12), (6, 3, "address", 12),
        ],
        schema=SHOWN, orient="row",
    )  # fmt: skip
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        found = dates_of_copies(shown, changes=changes.sort("at")).sort("row")
    # Polars warns from within, where no filter makes an error of it, and whoever traces would read it.
    assert warned == []
    assert found.schema == DATED
    assert found.select("row", "since", "until").rows() == [
        (0, None, 10), (1, 10, 20), (2, 20, None), (3, 10, 20), (4, 10, None),
    ]  # fmt: skip


def test_fields_speak_for_themselves_and_rows_for_all_their_fields() -> None:
    assert dating(pl.DataFrame(schema=DATED)) is None
    table = [(0, "phone", 100, None), (0, "address", None, 300), (1, "address", 200, 400), (2, "address", None, 50)]
    found = dating(pl.DataFrame(table, schema=DATED, orient="row"))
    assert found is not None

    def at(ms: int) -> datetime:
        return datetime.fromtimestamp(ms / 1000, UTC)

    assert (found.rows, found.since, found.until, found.contradicting) == (3, at(200), at(300), 1)
    assert [(one.field, one.rows, one.since, one.until) for one in found.fields] == [
        ("address", 3, at(200), at(50)), ("phone", 1, at(100), None),
    ]  # fmt: skip
