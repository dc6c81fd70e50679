"""When the copies of the linked persons were released, and whether they bore the very values that the dump has."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from suyuan.ledger.log import Log
from suyuan.ledger.times import milliseconds, moment
from suyuan.terms import Recipient
from suyuan.trace.dump import ROW
from suyuan.trace.naming.copies import Copies, Whole
from suyuan.trace.naming.dating import Changes, Dating, dating_of

if TYPE_CHECKING:
    from suyuan.trace.naming.tracer import Traced

_DAY_MS = 86_400_000

MOST_SPANS = 90
"""Marks on one track: a longer time is told in spans of several days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The copies released to one recipient in a span of days that begins with `begin` (UTC).

    Args:
        same: copies whose readable values are those of the dump. other: copies with another value in some field, earlier or
            later. unknown: copies of which no field could be compared.
    """

    begin: datetime
    same: int
    other: int
    unknown: int

    @property
    def copies(self) -> int:
        """All of them."""
        return self.same + self.other + self.unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """One recipient's releases over time; `first_same` and `last_same`: when copies with the dump's values were released."""

    recipient: Recipient
    spans: tuple[Span, ...]
    first_same: datetime | None
    last_same: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """Tracks of the recipients that were asked for, in spans of `days`, up to when the dump was opened.

    `former` rows show identifiers that had been replaced by then, the first at `first_ended` and the last at `last_ended`:
    each was copied before its value was replaced, by whoever copied it from here. `dating` says when all of it can have
    been copied, values of every field considered; None where it was not asked, or where no value was ever replaced.
    """

    opened_at: datetime
    days: int
    tracks: tuple[Track, ...]
    former: int = 0
    first_ended: datetime | None = None
    last_ended: datetime | None = None
    dating: Dating | None = None


def timeline_of(
    traced: "Traced", *, log: Log, recipients: Sequence[Recipient], people: Changes | None = None
) -> Timeline:
    """Give when each of these recipients was released copies of the linked persons.

    Args:
        recipients: those that a report shows; whoever has no copy of a linked person is left out.
        people: knows when records changed; without it nothing is dated.
    """
    copies = traced.copies
    places = {recipient: place for place, recipient in enumerate(copies.suspects)}
    chosen = [(recipient, places[recipient]) for recipient in recipients if recipient in places]
    mine = np.isin(copies.suspect, [place for _, place in chosen])
    releases = np.unique(copies.release[mine])
    at_ms = np.array([log.entry(int(index)).at_ms for index in releases], dtype=np.int64)
    when = np.zeros(len(copies.release), dtype=np.int64)
    when[mine] = at_ms[np.searchsorted(releases, copies.release[mine])]
    opened_ms = milliseconds(traced.attribution.existed_at)
    first = int(at_ms.min()) if len(at_ms) else opened_ms
    days = max(1, -(-(opened_ms - first + _DAY_MS) // (_DAY_MS * MOST_SPANS)))
    value = values_compared(traced)
    tracks = [
        track(recipient, at_ms=when[copies.suspect == place], value=value[copies.suspect == place], days=days)
        for recipient, place in chosen
    ]
    ended = traced.dated.drop_nulls("until").group_by(ROW).agg(pl.col("until").min())["until"].to_numpy()
    return Timeline(
        opened_at=traced.attribution.opened_at,
        days=days,
        tracks=tuple(one for one in tracks if one.spans),
        former=len(ended),
        first_ended=moment(int(ended.min())) if len(ended) else None,
        last_ended=moment(int(ended.max())) if len(ended) else None,
        dating=None if people is None else dating_of(traced, log=log, people=people),
    )


def track(recipient: Recipient, *, at_ms: Whole, value: npt.NDArray[np.int8], days: int) -> Track:
    """Gather one recipient's copies into spans of days.

    Args:
        at_ms: when each copy was released. value: of each copy 1 same, 0 other, -1 not compared.
    """
    width = days * _DAY_MS
    begins, place = np.unique(at_ms // width, return_inverse=True)
    counts = [np.bincount(place[value == kind], minlength=len(begins)) for kind in (1, 0, -1)]
    same = at_ms[value == 1]
    return Track(
        recipient=recipient,
        spans=tuple(
            Span(begin=moment(int(begin) * width), same=int(a), other=int(b), unknown=int(c))
            for begin, a, b, c in zip(begins, *counts, strict=True)
        ),
        first_same=moment(int(same.min())) if len(same) else None,
        last_same=moment(int(same.max())) if len(same) else None,
    )


def values_compared(traced: "Traced") -> npt.NDArray[np.int8]:
    """Give for each copy whether it bore the values that its person's rows show: 1, 0, or -1 where no field compares.

    A field compares where the release committed to it and the row has a value of its kind: its table of forms then opens
    for this very value alone. One row whose fields all open is enough, since a dump may hold several versions of a person.
    """
    copies, pairs = traced.copies, traced.pairs
    comparable = np.zeros(len(pairs.copy), dtype=np.int64)
    opened = np.zeros(len(pairs.copy), dtype=np.int64)
    for reading in traced.readings:
        field = reading.opened.field
        bears = bearing(copies, field=field)
        comparable += bears[pairs.copy] & traced.shown[field].readable[pairs.link]
        opened[reading.opened.pair] += 1
    value = np.full(len(copies.release), -1, dtype=np.int8)
    value[pairs.copy[comparable > 0]] = 0
    value[pairs.copy[(comparable > 0) & (opened >= comparable)]] = 1
    return value


def bearing(copies: Copies, *, field: str) -> npt.NDArray[np.bool_]:
    """Give of each copy whether its release committed to this field."""
    releases = [index for index, facts in copies.releases.items() if field in facts.plan.marked]
    return np.isin(copies.release, releases)
