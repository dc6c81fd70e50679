"""What was counted beside a reading: the identifiers that it missed, the rows that show any, and when that refuses it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import polars as pl

from suyuan.collect.field import STRONG_KINDS
from suyuan.errors import RefusedError
from suyuan.kinds.registry import KINDS
from suyuan.terms import FieldName, KindName
from suyuan.trace.doubts.identifiers import values_of
from suyuan.trace.dump import Missed
from suyuan.trace.formats.grid import NOTHING_PLAIN, Plain

COMMON: Final = 0.5
"""A kind counts as common in a text if it is there half as often as the commonest."""

MISSED_AT_MOST: Final = 0.5
"""As of unreadable rows: what lacks more than half of a dump's people is no reading of it."""


@dataclass(slots=True, kw_only=True)
class Tally:
    """Of one kind: how many of the text's identifiers were looked for, how many of them are missed, and in which columns these stand."""

    looked: int = 0
    missed: int = 0
    places: Counter[int] = field(default_factory=Counter)


@dataclass(slots=True)
class Coverage:
    """How many rows were read, and how many of them show anything by which a person is found."""

    rows: int = 0
    showing: int = 0

    def take(self, table: pl.DataFrame, *, kinds: Mapping[FieldName, KindName], plain: Plain = NOTHING_PLAIN) -> None:
        """Look at rows.

        Args:
            plain: which cells are plain values of their field's kind.
        """
        strong = [name for name, kind in kinds.items() if kind in STRONG_KINDS and name in table.columns]
        shows = pl.Series([False], dtype=pl.Boolean).new_from_index(0, table.height)
        for name in sorted(strong, key=lambda name: name not in plain):
            if shows.all():
                break
            cells = table[name]
            # What is not blank shows a customer's number; so does what is not said to be nothing.
            shows |= (
                values_of(cells, kind=kinds[name], plain=plain.get(name)).is_not_null()
                if kinds[name] in KINDS
                else cells != ""
            )
        self.rows += table.height
        self.showing += int(shows.sum())


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What was counted beside a reading: of each kind all of the text's identifiers or (`is_part`) some, and the rows."""

    tallies: Mapping[KindName, Tally]
    coverage: Coverage
    is_part: bool

    @property
    def missed(self) -> tuple[Missed, ...]:
        """What is to be told."""
        return tuple(
            Missed(
                kind=kind,
                missed=tally.missed,
                looked=tally.looked,
                is_part=self.is_part,
                places=tuple(sorted(place for place, _ in tally.places.most_common(3))),
            )
            for kind, tally in self.tallies.items()
            if tally.missed
        )

    def require_found(self) -> None:
        """Refuse a reading in whose columns most of the identifiers of the text do not stand, and most rows show none.

        Where only one kind is missed, or the rows show identifiers that are not looked for here, such as numbers of other
        countries, that is told: people are found by the others.

        Raises: RefusedError: `trace.missed`.
        """
        most = max((tally.looked for tally in self.tallies.values()), default=0)
        common = [tally for tally in self.tallies.values() if tally.looked >= max(1, COMMON * most)]
        rows = self.coverage
        is_blank = rows.showing < MISSED_AT_MOST * rows.rows or not rows.rows
        if self.missed and is_blank and all(tally.missed > MISSED_AT_MOST * tally.looked for tally in common):
            raise RefusedError(
                f"most of the identifiers in the dump's text stand in no column that was read: {self.missed[0].text}",
                code="trace.missed",
                hint="name the columns (--column) or the delimiter (--delimiter); what you name is read, and this only told",
            )
