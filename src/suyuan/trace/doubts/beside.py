"""What a dump's text surely holds of numbers and mailboxes, counted beside the rows: none of them is lost in silence.

The text is searched as it stands, whatever its format, and however it was cut into rows and columns.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import numpy as np
import polars as pl

from suyuan.kinds.registry import KINDS
from suyuan.terms import FieldName, KindName
from suyuan.trace.columns.glued import WHOLE
from suyuan.trace.columns.headers import is_anothers
from suyuan.trace.columns.layout import Layout
from suyuan.trace.doubts.counted import Counted, Coverage, Tally
from suyuan.trace.doubts.identifiers import COUNTED, Seen, identifiers, keys_of
from suyuan.trace.dump import ROW
from suyuan.trace.files.gathering import State
from suyuan.trace.formats.grid import Plain
from suyuan.trace.formats.rows import Block, Odd, Row

KEYS_AT_MOST: Final = 4_000_000
"""Of more identifiers some are kept, told by their hash alone, so that the same ones are in the text and in the rows."""

REST_CHARACTERS: Final = 1 << 20
"""Text beside the rows is looked at when so much of it has come together."""

THINNING: Final = 4

FOLDED_ROWS: Final = 20_000
"""Rows whose mailboxes are held against the missed ones, piece by piece."""

FOLDED: Final = "{:,} mailboxes that stand in no column are a part of one that is read, as where a line was folded at a page's width"


class Keys:
    """Keys of identifiers, each once; of very many only those whose hash says so (`thin`)."""

    __slots__ = ("_every", "_given", "_loose", "_size")

    def __init__(self) -> None:
        self._loose: list[pl.Series] = []
        self._size = 0
        self._every = 1
        self._given = 0

    def add(self, keys: pl.Series) -> None:
        """Take keys."""
        self._loose.append(self._kept(keys).unique())
        self._size += len(self._loose[-1])
        if self._size > KEYS_AT_MOST:
            self._loose, self._given = [self.all], 0
            self._size = len(self._loose[0])

    def _kept(self, keys: pl.Series) -> pl.Series:
        return keys if self._every == 1 else keys.filter((keys // (1 << 32)) % self._every == 0)

    def thin(self, every: int) -> None:
        """Keep one key in so many, always the same ones."""
        self._every = every
        self._loose, self._given = [self._kept(keys) for keys in self._loose], 0
        self._size = sum(map(len, self._loose))

    def given(self) -> bytes:
        """Give the keys that were added since this was last asked, and perhaps more."""
        fresh, self._given = self._loose[self._given :], len(self._loose)
        keys = pl.concat(fresh).unique() if fresh else pl.Series(dtype=pl.UInt64)
        return keys.to_numpy().astype("<u8").tobytes()

    @property
    def all(self) -> pl.Series:
        """All of them."""
        return pl.concat(self._loose).unique() if self._loose else pl.Series(dtype=pl.UInt64)

    def __len__(self) -> int:
        return self._size


class Beside:
    """Counts what stands in the text of a converted dump and in the rows that were made of it.

    An identifier is accounted for if it stands in a column of its kind, in a row that was counted as unreadable, in a row
    whose own column has another of its kind, or in a column that a header gives to somebody else.
    """

    __slots__ = ("_accounted", "_every", "_kinds", "_loose", "_loose_size", "_places", "_text", "blind", "coverage")

    def __init__(self, fields: Mapping[FieldName, KindName]) -> None:
        self._kinds = tuple(kind for kind in COUNTED if kind in fields.values())
        self._text = {kind: Keys() for kind in self._kinds}
        self._accounted = {kind: Keys() for kind in self._kinds}
        self._places: dict[KindName, Counter[int]] = {kind: Counter() for kind in self._kinds}
        self._every = 1
        self._loose: list[str] = []
        self._loose_size = 0
        self.blind = 0
        """Unreadable rows of whose text nothing is known."""
        self.coverage = Coverage()

    def text(self, pieces: Iterable[str]) -> None:
        """Look at the text."""
        for piece in pieces:
            self._put(identifiers(pl.Series([piece]), kinds=self._kinds), into=self._text)

    def rest(self, text: str) -> None:
        """Look at text that is in no row."""
        self._loose.append(text)
        self._loose_size += len(text)
        if self._loose_size > REST_CHARACTERS:
            self._look_at_rest()

    def _look_at_rest(self) -> None:
        loose, self._loose, self._loose_size = self._loose, [], 0
        if loose:
            self._put(identifiers(pl.Series(loose), kinds=self._kinds), into=self._text)

    def rows(
        self, rows: Sequence[Row | Block], *, table: pl.DataFrame, layout: Layout, ordinal: int, plain: Plain
    ) -> None:
        """Look at rows, and at what was read of them.

        Args:
            table: the batch that was made of them; a row that is not in it was counted as unreadable.
            ordinal: the number of the first of them.
            plain: which cells of the batch are plain values of their field's kind.
        """
        self.blind += sum(isinstance(row, Odd) and not row.text for row in rows)
        seen = Seen(rows)
        found = pl.concat(list(seen.identifiers(self._kinds)))
        self._put(found, into=self._text)
        read = (table[ROW].cast(pl.Int64) - ordinal).to_numpy()
        is_read = np.zeros(seen.rows, dtype=np.bool_)
        is_read[read] = True
        self.coverage.take(table, kinds=layout.kinds, plain=plain)
        for kind in self._kinds:
            of_kind = found.filter(pl.col("kind") == kind.value)
            has_own = np.zeros(seen.rows, dtype=np.bool_)
            for name in (name for name, its_kind in layout.kinds.items() if its_kind is kind and name in table.columns):
                keys = keys_of(table[name], kind=kind, plain=plain.get(name))
                self._accounted[kind].add(keys.drop_nulls())
                has_own[read[keys.is_not_null().to_numpy()]] = True
            place = of_kind["place"].to_numpy()
            lacking = is_read[place] & ~has_own[place]
            self._accounted[kind].add(of_kind["key"].filter(~lacking))
            if lacking.any():
                self._look([seen.row(at) for at in np.unique(place[lacking]).tolist()], kind=kind, layout=layout)

    def _look(self, rows: Sequence[Sequence[str]], *, kind: KindName, layout: Layout) -> None:
        """Look in which columns of rows the identifiers stand; those of somebody else's column are accounted for."""
        wanted = {index for index, name in layout.fields.items() if layout.kinds[name] is kind}
        for place, name in enumerate(layout.names):
            some = [row[place] for row in rows if place < len(row)]
            found = identifiers(pl.Series(some, dtype=pl.String), kinds=(kind,))
            if not found.height:
                continue
            if is_anothers(name, kind=kind):
                self._accounted[kind].add(found["key"])
            elif place not in wanted:
                self._places[kind][place] += found["key"].n_unique()

    def told(self, rows: Iterable[Row]) -> None:
        """Account for rows of a table that is left out, and told of."""
        texts = pl.Series([row.text if isinstance(row, Odd) else "\t".join(row) for row in rows], dtype=pl.String)
        self._put(identifiers(texts, kinds=self._kinds), into=self._accounted)

    @property
    def is_missing(self) -> bool:
        """Whether anything is not accounted for."""
        return any(tally.missed for tally in self.tallies().values())

    def tallies(self) -> dict[KindName, Tally]:
        """Give the count of each kind."""
        self._look_at_rest()
        found: dict[KindName, Tally] = {}
        for kind in self._kinds:
            text = self._text[kind].all
            missed = len(self._unaccounted(text, kind=kind))
            # Each row of which nothing is known may have been somebody's.
            missed = 0 if missed * self._every <= self.blind else missed
            found[kind] = Tally(looked=len(text), missed=missed, places=self._places[kind])
        return found

    def _unaccounted(self, keys: pl.Series, *, kind: KindName) -> pl.Series:
        return keys.filter(~keys.is_in(self._accounted[kind].all.implode()))

    def folded_notes(self, tables: Iterable[pl.DataFrame], *, kinds: Mapping[FieldName, KindName]) -> tuple[str, ...]:
        """Tell how many of the missed mailboxes are the beginning or the end of one that was read: a folded line's, perhaps.

        They stay counted: a short one may also be another person's own.

        Args:
            tables: the rows that were read, once more; they are not looked at where none is missed.
        """
        if not self.tallies().get(KindName.EMAIL, Tally()).missed:
            return ()
        names = [name for name, kind in kinds.items() if kind is KindName.EMAIL]
        missed = self._unaccounted(self._text[KindName.EMAIL].all, kind=KindName.EMAIL)
        found, left = Keys(), FOLDED_ROWS
        for table in tables:
            if left <= 0:
                break
            left -= table.height
            for name in (name for name in names if name in table.columns):
                read = KINDS[KindName.EMAIL].canonical_column(table[name]).drop_nulls()
                size = max(read.str.len_chars().to_list(), default=0)
                for cut in range(1, size):
                    for part in (read.str.slice(cut), read.str.head(-cut)):
                        whole = part.filter(part.str.contains(WHOLE[KindName.EMAIL]))
                        keys = whole.hash()
                        found.add(keys.filter(keys.is_in(missed.implode())))
        return (FOLDED.format(len(found.all)),) if len(found.all) else ()

    def counted(self) -> Counted:
        """Give what was counted so far; of very many identifiers some were looked for."""
        return Counted(tallies=self.tallies(), coverage=self.coverage, is_part=self._every > 1)

    def given(self) -> tuple[State, tuple[bytes, ...]]:
        """See `gathering.Counting`."""
        self._look_at_rest()
        places = {kind.value: [*self._places[kind].items()] for kind in self._kinds}
        keys = (one[kind].given() for one in (self._text, self._accounted) for kind in self._kinds)
        coverage = (self.coverage.rows, self.coverage.showing)
        return {"every": self._every, "blind": self.blind, "places": places, "coverage": coverage}, tuple(keys)

    def take(self, said: State, bodies: Sequence[bytes]) -> None:
        """See `gathering.Counting`."""
        self.blind, self.coverage = said["blind"], Coverage(*said["coverage"])
        self._places = {kind: Counter(dict(said["places"][kind.value])) for kind in self._kinds}
        self._thin(said["every"])
        into = (one[kind] for one in (self._text, self._accounted) for kind in self._kinds)
        for keys, body in zip(into, bodies, strict=True):
            keys.add(pl.Series(np.frombuffer(body, dtype="<u8"), dtype=pl.UInt64))
            keys.given()

    def _thin(self, every: int) -> None:
        if every > self._every:
            self._every = every
            for keys in (*self._text.values(), *self._accounted.values()):
                keys.thin(every)

    def _put(self, found: pl.DataFrame, *, into: Mapping[KindName, Keys]) -> None:
        for kind in self._kinds:
            into[kind].add(found.filter(pl.col("kind") == kind.value)["key"])
        while max(map(len, self._text.values()), default=0) > KEYS_AT_MOST:
            self._thin(self._every * THINNING)
