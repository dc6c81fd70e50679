"""What a dump's text surely holds of numbers and mailboxes, counted beside the rows: none of them is lost in silence.

The text is searched as it stands, whatever its format, and however it was cut into rows and columns.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from suyuan.collect.field import STRONG_KINDS
from suyuan.errors import RefusedError
from suyuan.kinds.registry import KINDS
from suyuan.terms import FieldName, KindName
from suyuan.trace.columns.glued import EMAIL, HEADED, MOBILE, RESIDENT, WHOLE
from suyuan.trace.columns.headers import hint_of, is_other_number
from suyuan.trace.columns.layout import Layout
from suyuan.trace.dump import ROW, Missed
from suyuan.trace.files.gathering import State
from suyuan.trace.formats.grid import NOTHING_PLAIN, PLAIN_FLAGS, Plain, known_flag, row_of, where_uncertain
from suyuan.trace.formats.rows import Block, Odd, Row

EDGE: Final = r"(?-u:\b)"
"""Where a number ends: at no digit, ASCII letter or underscore. A Chinese character before it is none of these."""

DRESSED: Final = r"(?:(?:00)?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}"
ESCAPED: Final = r"\\(?:x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|[nrt])"
"""How a program's text writes a quote or a line's end: its letters belong to no mailbox behind it."""

QUOTE_IN_LOG: Final = r"\x22"
"""How a web server's log writes a quote: the number behind it would begin at no edge."""

IDENTIFIER: Final = rf"{ESCAPED}|[*＊]?{EMAIL}|{EDGE}{RESIDENT}{EDGE}|{EDGE}{DRESSED}{EDGE}|\+0{{2,12}}{MOBILE}{EDGE}"
"""In this order: a mailbox may hold a telephone number, an ID what looks like one. What follows an asterisk is masked, and
what begins with a telephone number may be two values. Databases write numbers as `+000013800000000.`."""

COUNTED: Final = (KindName.PHONE, KindName.RESIDENT_ID, KindName.EMAIL)

KEYS_AT_MOST: Final = 4_000_000
"""Of more identifiers some are kept, told by their hash alone, so that the same ones are in the text and in the rows."""

REST_CHARACTERS: Final = 1 << 20
"""Text beside the rows is looked at when so much of it has come together."""

THINNING: Final = 4

COMMON: Final = 0.5
"""A kind counts as common in a text if it is there half as often as the commonest."""

MISSED_AT_MOST: Final = 0.5
"""As of unreadable rows: what lacks more than half of a dump's people is no reading of it."""

FOLDED_ROWS: Final = 20_000
"""Rows whose mailboxes are held against the missed ones, piece by piece."""

FOLDED: Final = "{:,} mailboxes that stand in no column are a part of one that is read, as where a line was folded at a page's width"

PLACES_LOOKED_AT: Final = 2_000
"""Rows in which the columns are looked for where what was missed stands."""

PHONE_DIGITS: Final = 11
ID_CHARACTERS: Final = 18


def identifiers(texts: pl.Series, *, kinds: Collection[KindName]) -> pl.DataFrame:
    """Give what surely is a mobile number, an ID with its right check digit or a mailbox in texts, each as often as it is there.

    Returns: `place` of the text, `kind`, and `key`, a hash of the value in its plainest spelling.
    """
    if texts.str.contains(QUOTE_IN_LOG, literal=True).any():
        texts = texts.str.replace_all(r"\\x[0-9A-Fa-f]{2}", " ")
    found = pl.DataFrame({"value": texts.str.extract_all(IDENTIFIER)}).with_row_index("place")
    value = pl.col("value")
    bare = value.str.replace_all("[ -]", "")
    found = found.explode("value").drop_nulls().filter(~value.str.contains(rf"^[*＊\\\\]|{HEADED}"))
    found = found.with_columns(
        pl.when(value.str.contains("@", literal=True))
        .then(pl.lit(KindName.EMAIL.value))
        .when((bare.str.len_chars() == ID_CHARACTERS) & ~bare.str.starts_with("+"))
        .then(pl.lit(KindName.RESIDENT_ID.value))
        .otherwise(pl.lit(KindName.PHONE.value))
        .alias("kind")
    ).filter(pl.col("kind").is_in([kind.value for kind in kinds]))
    of_id = pl.col("kind") == KindName.RESIDENT_ID.value
    if KindName.RESIDENT_ID in kinds:
        ids = found.filter(of_id)["value"].unique()
        right = ids.filter(KINDS[KindName.RESIDENT_ID].canonical_column(ids).is_not_null())
        found = found.filter(~of_id | value.is_in(right.implode()))
    plainest = (
        pl.when(pl.col("kind") == KindName.EMAIL.value)
        .then(value.str.to_lowercase())
        .when(of_id)
        .then(value.str.to_uppercase())
        .otherwise(bare.str.tail(PHONE_DIGITS))
    )
    return found.select("place", "kind", plainest.hash().alias("key"))


def keys_of(cells: pl.Series, *, kind: KindName, plain: npt.NDArray[np.bool_] | None = None) -> pl.Series:
    """Give the key of the value in each cell of a kind's column, or null.

    Args:
        plain: which cells are plain values.
    """
    value = values_of(cells, kind=kind, plain=plain)
    if kind is KindName.PHONE:
        value = value.str.tail(PHONE_DIGITS)
    return value.hash().alias("key").to_frame().select(pl.when(value.is_not_null()).then("key")).to_series()


def values_of(cells: pl.Series, *, kind: KindName, plain: npt.NDArray[np.bool_] | None) -> pl.Series:
    """Give canonical values, of plain mobile numbers without their country."""
    if plain is None:
        return KINDS[kind].canonical_column(cells)
    return where_uncertain(cells, is_certain=plain, change=KINDS[kind].canonical_column)


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


class Seen:
    """Some rows, looked at for identifiers."""

    __slots__ = ("_firsts", "_pieces")

    def __init__(self, rows: Sequence[Row | Block]) -> None:
        """Take rows, alone and in blocks; what could not be read is a row of one cell."""
        self._pieces: list[list[list[str]] | Block] = [[]]
        self._firsts = [0]
        for row in rows:
            last = self._pieces[-1]
            if isinstance(row, Block) or isinstance(last, Block):
                self._firsts.append(self._firsts[-1] + len(last))
                self._pieces.append(last := row if isinstance(row, Block) else [])
            if not isinstance(row, Block) and not isinstance(last, Block):
                last.append([row.text] if isinstance(row, Odd) else row)

    @property
    def rows(self) -> int:
        """How many there are."""
        return self._firsts[-1] + len(self._pieces[-1])

    def row(self, place: int) -> list[str]:
        """Give a row."""
        number = bisect_right(self._firsts, place) - 1
        # Of two that begin at one place the first has no row.
        return row_of(self._pieces[number], place - self._firsts[number])

    def identifiers(self, kinds: Collection[KindName]) -> Iterator[pl.DataFrame]:
        """Give what `identifiers` finds in the rows."""
        for first, piece in zip(self._firsts, self._pieces, strict=True):
            for found in identifiers_of(piece, kinds=kinds):
                yield found.with_columns(pl.col("place").cast(pl.Int64) + first)


def identifiers_of(piece: list[list[str]] | Block, *, kinds: Collection[KindName]) -> Iterator[pl.DataFrame]:
    """Give what `identifiers` finds in rows; of a block's cells only those are searched of which it is not certain."""
    if not isinstance(piece, Block):
        yield identifiers(pl.Series(["\t".join(row) for row in piece], dtype=pl.String), kinds=kinds)
        return
    for column in piece.columns:
        plain = np.zeros(len(piece), dtype=np.bool_)
        for kind, flag in PLAIN_FLAGS.items():
            is_plain = (column.flags & known_flag(flag)) > 0
            plain |= is_plain
            if kind in kinds and is_plain.any():
                places = np.flatnonzero(is_plain)
                yield keyed(places, keys=column.texts.gather(places).hash(), kind=kind)
        places = np.flatnonzero(~plain & ((column.flags & known_flag("TELLING")) > 0))
        if len(places):
            found = identifiers(column.texts.gather(places), kinds=kinds)
            yield keyed(places[found["place"].to_numpy()], keys=found["key"], kind=found["kind"])


def keyed(places: npt.NDArray[np.int64], *, keys: pl.Series, kind: KindName | pl.Series) -> pl.DataFrame:
    """Give identifiers as `identifiers` gives them."""
    kinds = pl.lit(kind.value).alias("kind") if isinstance(kind, KindName) else kind
    return pl.DataFrame({"place": places, "key": keys}).select("place", kinds, "key")


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
            missed = len(text) - int(text.is_in(self._accounted[kind].all.implode()).sum())
            # Each row of which nothing is known may have been somebody's.
            missed = 0 if missed * self._every <= self.blind else missed
            found[kind] = Tally(looked=len(text), missed=missed, places=self._places[kind])
        return found

    def folded_notes(self, tables: Iterable[pl.DataFrame], *, kinds: Mapping[FieldName, KindName]) -> tuple[str, ...]:
        """Tell how many of the missed mailboxes are the beginning or the end of one that was read: a folded line's, perhaps.

        They stay counted: a short one may also be another person's own.

        Args:
            tables: the rows that were read, once more; they are not looked at where none is missed.
        """
        if not self.tallies().get(KindName.EMAIL, Tally()).missed:
            return ()
        names = [name for name, kind in kinds.items() if kind is KindName.EMAIL]
        text = self._text[KindName.EMAIL].all
        missed = text.filter(~text.is_in(self._accounted[KindName.EMAIL].all.implode()))
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


def is_anothers(name: str, *, kind: KindName) -> bool:
    """Say whether a header says of a column that its numbers and mailboxes are no value of this person's."""
    return is_other_number(name) or hint_of(name).get(kind, 0.0) < 0
