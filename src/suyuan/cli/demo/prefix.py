"""How many rows it took: the shortest beginning of a dump's file that would have named each copy.

The trace is over and its opening fixed; here its readings alone are scored again, on fewer rows. Rows were linked and
slots erased as functions of the dump and the forms, so a shorter file would have read the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from suyuan import app
from suyuan.mark.pool import Pool
from suyuan.mark.score import Grid, Observations, combine_bits, planted_bits, rows_bits, usual_strategies
from suyuan.terms import Recipient
from suyuan.trace.naming.copies import Whole
from suyuan.trace.naming.observing import observe
from suyuan.trace.naming.reading import Reader
from suyuan.trace.naming.tracer import Traced

_EVERY = 48
_GROWTH = 1.04
"""Each row is tried up to the 48th of a recipient; from there on steps grow by 4 in 100."""


def rows_to_name(traced: Traced, *, store: app.Store) -> dict[Recipient, int]:
    """Give, for each named recipient, how many rows from the file's first on name it.

    Raises nothing of its own; a recipient that only the whole file names has the whole file's rows.
    """
    seen = _observations(traced, store=store)
    grid = usual_strategies(seen.channels)
    pools = store.policy.pools()
    found = {}
    for finding in traced.attribution.named:
        place = traced.copies.suspects.index(finding.recipient)
        scored = _Scored.of(traced, seen=seen, place=place, grid=grid, pools=pools)
        found[finding.recipient] = next(
            (rows for rows in scored.trials() if scored.bits(rows) >= float(finding.line)), traced.attribution.dump.rows
        )
    return found


def _observations(traced: Traced, *, store: app.Store) -> Observations:
    """Give what the trace read. The copy of the store was new to it, so no mark was spent before."""
    reader = Reader(store.ledger, broker=store.broker, copies=traced.copies, pairs=traced.pairs, persons=traced.linked)
    opened = [reading.opened for reading in traced.readings]
    return observe(
        traced.pairs,
        copies=traced.copies,
        persons=traced.linked,
        readings=traced.readings,
        omissions=reader.read_omission(),
        reads=reader.reads(opened, used=frozenset()),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scored:
    """One suspect's readings, by row of the file.

    `seen` holds this suspect alone. `row`: per pair, its row in the file. `hits`: pool and row of each planted
    identifier that stands there. `members`: by pool, the rows of all its identifiers in the file.
    """

    seen: Observations
    row: Whole
    hits: tuple[tuple[str, int], ...]
    misses: int
    members: Mapping[str, Whole]
    pools: Mapping[str, Pool]
    grid: Grid

    @classmethod
    def of(cls, traced: Traced, *, seen: Observations, place: int, grid: Grid, pools: Mapping[str, Pool]) -> "_Scored":
        """Take one suspect's part of what was read."""
        rows = np.zeros(len(traced.linked), dtype=np.int64)
        for linked in traced.persons[place]:
            rows[traced.links_of(linked.person)] = [row for row, _ in linked.cells]
        mine = seen.suspect == place
        hits = tuple((hit.planted.pool, hit.row) for suspect, hit in traced.hits.hits if suspect == place)
        return cls(
            seen=_only(seen, pairs=mine),
            row=rows[traced.pairs.link[mine]],
            hits=hits,
            misses=int((traced.hits.suspect == place).sum()) - len(hits),
            members={pool: np.array([item.row for item in items]) for pool, items in traced.found.items()},
            pools=pools,
            grid=grid,
        )

    def trials(self) -> list[int]:
        """Give the lengths worth trying: up to and with each row that says something of this suspect."""
        rows = np.unique(np.concatenate([self.row, np.array([row for _, row in self.hits], dtype=np.int64)]))
        places, place = [], 0.0
        while place < len(rows):
            places.append(int(place))
            place = max(place + 1, place * _GROWTH) if place >= _EVERY else place + 1
        return [int(rows[i]) + 1 for i in places]

    def bits(self, rows: int) -> float:
        """Give the evidence of the first `rows` rows."""
        seen = _only(self.seen, pairs=self.row < rows)
        marks = rows_bits(seen, grid=self.grid) if len(seen.suspect) else np.zeros(1)
        values = [
            self.pools[pool].size / (2 * int((self.members[pool] < rows).sum())) if row < rows else 0.0
            for pool, row in self.hits
        ]
        planted = planted_bits(
            hits=np.array(values + [0.0] * self.misses),
            suspect=np.zeros(len(values) + self.misses, np.int64),
            suspects=1,
        )
        return float(combine_bits(rows=marks, planted=planted)[0])


def _only(seen: Observations, *, pairs: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Observations:
    """Give the observations of some pairs, as if they were all of one suspect."""
    number = np.cumsum(pairs) - 1
    slots = pairs[seen.pair]
    return Observations(
        suspects=1,
        channels=seen.channels,
        suspect=np.zeros(int(pairs.sum()), dtype=np.int64),
        person=seen.person[pairs],
        pair=number[seen.pair[slots]],
        channel=seen.channel[slots],
        chance=seen.chance[slots],
        match=seen.match[slots],
        side=seen.side[slots],
    )


def channels_that_name(traced: Traced) -> dict[str, list[Recipient]]:
    """Give, for each channel, the recipients that it names alone."""
    found: dict[str, list[Recipient]] = {}
    for finding in traced.attribution.findings:
        for channel in finding.channels:
            named = found.setdefault(channel.name, [])
            if float(channel.bits) >= float(finding.line):
                named.append(finding.recipient)
    return found
