"""When a dump was copied, as far as its values tell: a value that was replaced is older than its replacement.

Two things say when a value was its person's. A strong identifier has its own span in the store (`former`). Of any other
field the store keeps when it changed, and no value; but a copy that was released bears the very value that the dump has
if its table of forms opens for it, so the value is that of the time between two changes in which the copy was released.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np
import polars as pl

from suyuan.ledger.log import Log
from suyuan.ledger.times import moment
from suyuan.terms import FieldName
from suyuan.trace.link import DATED
from suyuan.trace.ports import Numbers

if TYPE_CHECKING:
    from suyuan.trace.naming.tracer import Traced

CHANGES: Final = pl.Schema({"person": pl.Int64(), "field": pl.String(), "at": pl.Int64()})
"""When a person's field got another value, in milliseconds."""

SHOWN: Final = pl.Schema({"row": pl.UInt64(), "person": pl.Int64(), "field": pl.String(), "at": pl.Int64()})
"""The field of a row had the value of a copy that was released at a time."""


class Changes(Protocol):
    """Knows when fields of persons changed; the people store is one."""

    def changes(self, persons: Numbers) -> Sequence[tuple[int, int, tuple[FieldName, ...]]]:
        """Give person, time (milliseconds) and fields of every change of some persons' records, in the order of time."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldDates:
    """What one field says: how many rows it dates, the latest beginning and the earliest end of their values."""

    field: FieldName
    rows: int
    since: datetime | None
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dating:
    """When the copy can have been made, if it was made at one time.

    Args:
        rows: how many rows have a value with a beginning or an end.
        since, until: the interval that contradicts fewest of them; None where it has no such side.
        contradicting: how many rows cannot have been copied within it: they are from another time, or put together.
        fields: what each field says by itself.
    """

    rows: int
    since: datetime | None
    until: datetime | None
    contradicting: int
    fields: tuple[FieldDates, ...]


def dating_of(traced: "Traced", *, log: Log, people: Changes) -> Dating | None:
    """Give when the dump's linked rows can have been copied; None where no value of theirs was ever replaced.

    Test: tests/unit/trace/test_dating.py, tests/unit/flows/test_former.py.
    """
    changes = changes_of(people, persons=np.unique(traced.linked))
    shown = shown_in_copies(traced, log=log, changes=changes)
    return dating(pl.concat([traced.dated, dates_of_copies(shown, changes=changes)]))


def changes_of(people: Changes, *, persons: Numbers) -> pl.DataFrame:
    """Give `CHANGES` of some persons."""
    rows = [(person, field, at) for person, at, fields in people.changes(persons) for field in fields]
    return pl.DataFrame(rows, schema=CHANGES, orient="row").unique().sort("at")


def shown_in_copies(traced: "Traced", *, log: Log, changes: pl.DataFrame) -> pl.DataFrame:
    """Give `SHOWN` for the fields that changed, by the copies that bear the rows' values.

    Copies whose values the caller supplied say nothing: they need not be the store's.
    """
    copies, pairs = traced.copies, traced.pairs
    own = [index for index, facts in copies.releases.items() if not facts.plan.overlay]
    at_ms = {index: log.entry(index).at_ms for index in own}
    is_own = np.isin(copies.release, own)
    moved = changes.group_by("field").agg(pl.col("person"))
    persons = dict(moved.iter_rows())
    tables = [pl.DataFrame(schema=SHOWN)]
    for reading in traced.readings:
        pair = reading.opened.pair
        link, copy = pairs.link[pair], pairs.copy[pair]
        chosen = is_own[copy] & np.isin(traced.linked[link], persons.get(str(reading.opened.field), []))
        link, copy = link[chosen], copy[chosen]
        release, place = np.unique(copies.release[copy], return_inverse=True)
        times = np.array([at_ms[int(index)] for index in release], dtype=np.int64)
        columns = {"row": traced.rows[link], "person": traced.linked[link], "field": str(reading.opened.field)}
        tables.append(pl.DataFrame({**columns, "at": times[place]}, schema=SHOWN))
    return pl.concat(tables)


def dates_of_copies(shown: pl.DataFrame, *, changes: pl.DataFrame) -> pl.DataFrame:
    """Give `link.DATED`: between which changes of its field a row's value was released.

    Args:
        shown: `SHOWN`. changes: `CHANGES`, ascending by time.
    """
    by, times = ["person", "field"], shown.sort("at")
    before = times.join_asof(
        changes.with_columns(since="at"), on="at", by=by, strategy="backward", check_sortedness=False
    )
    after = changes.with_columns(until="at")
    both = before.join_asof(
        after, on="at", by=by, strategy="forward", allow_exact_matches=False, check_sortedness=False
    )
    # A value that came back was hers from its first time on until its last.
    widest = both.group_by("row", "field").agg(
        pl.when(pl.col("since").is_not_null().all()).then(pl.col("since").min()).alias("since"),
        pl.when(pl.col("until").is_not_null().all()).then(pl.col("until").max()).alias("until"),
    )
    return (
        widest.filter(pl.col("since").is_not_null() | pl.col("until").is_not_null()).select(DATED.names()).cast(DATED)
    )


def dating(dated: pl.DataFrame) -> Dating | None:
    """Give the interval that contradicts fewest rows.

    Args:
        dated: `link.DATED`, one line for each row and field with a date.
    """
    if not dated.height:
        return None
    rows = dated.group_by("row").agg(pl.col("since").max(), pl.col("until").min())
    since, until, fitting = best_interval(rows)
    fields = dated.group_by("field").agg(pl.col("row").n_unique(), pl.col("since").max(), pl.col("until").min())
    return Dating(
        rows=rows.height,
        since=_moment(since),
        until=_moment(until),
        contradicting=rows.height - fitting,
        fields=tuple(
            FieldDates(field=FieldName(field), rows=count, since=_moment(first), until=_moment(last))
            for field, count, first, last in fields.sort("field").iter_rows()
        ),
    )


def best_interval(rows: pl.DataFrame) -> tuple[int | None, int | None, int]:
    """Give the interval of time that lies within most rows' intervals, the earliest of several, and within how many.

    Args:
        rows: `since` (None: always), `until` (None: still); a row whose beginning is not before its end fits no time.
    """
    fit = rows.filter(pl.col("since").is_null() | pl.col("until").is_null() | (pl.col("since") < pl.col("until")))
    always = int(fit["since"].null_count())
    begins, ends = fit["since"].drop_nulls(), fit["until"].drop_nulls()
    # At one moment ends count before beginnings: a value is no more from the moment on at which it was replaced.
    steps = pl.concat([
        pl.DataFrame({"at": ends, "step": -np.ones(len(ends), dtype=np.int64)}),
        pl.DataFrame({"at": begins, "step": np.ones(len(begins), dtype=np.int64)}),
    ]).group_by("at").agg(pl.col("step").sum()).sort("at")  # fmt: skip
    times = [None, *steps["at"].to_list(), None]
    counts = [always, *(always + steps["step"].cum_sum()).to_list()]
    best = counts.index(max(counts))
    return times[best], times[best + 1], int(counts[best])


def _moment(at_ms: int | None) -> datetime | None:
    return None if at_ms is None else moment(at_ms)
