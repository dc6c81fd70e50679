"""Rows on their way from an odd format to a table: cells, or why there are none."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt
import polars as pl

from suyuan.crypto.canonical import Json
from suyuan.trace.columns.synonyms import first_filled, grouped
from suyuan.trace.files.delimited import without_mark
from suyuan.trace.files.encoding import decode_block, utf8_block, utf16_blocks
from suyuan.trace.files.places import START, Place
from suyuan.trace.files.records import Broken
from suyuan.trace.files.source import Source, whole_lines


@dataclass(frozen=True, slots=True, kw_only=True)
class Odd:
    """A row that could not be read: one word why, and its text for the file of such rows."""

    reason: str
    text: str = field(repr=False)


SAMPLE_RECORDS: Final = 2_000
"""Records from whose keys the columns of a format without a header are told at first."""

Row = list[str] | Odd


class Column:
    """A column of a block, whose texts are made when they are asked for.

    `flags` say of each cell what is certain of it (`matching.glancing`).
    """

    __slots__ = ("_make", "_texts", "flags")

    def __init__(self, flags: npt.NDArray[np.uint8], make: Callable[[], pl.Series]) -> None:
        self.flags = flags
        self._make = make
        self._texts: pl.Series | None = None

    @property
    def texts(self) -> pl.Series:
        """The texts of its cells."""
        if self._texts is None:
            self._texts = self._make()
        return self._texts

    def __getitem__(self, some: slice) -> "Column":
        return Column(self.flags[some], lambda: self.texts[some])


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Rows of one width as columns of text. `size_bytes` is how much text they were cut from."""

    columns: tuple[Column, ...] = field(repr=False)
    size_bytes: int

    def __len__(self) -> int:
        return len(self.columns[0].flags)

    def rows(self) -> Iterator[list[str]]:
        """Give the rows as lists."""
        return map(list, zip(*(column.texts.to_list() for column in self.columns), strict=True))

    def __getitem__(self, some: slice) -> "Block":
        return replace(self, columns=tuple(column[some] for column in self.columns))


Record = Mapping[str, str] | Odd

Piece = TypeVar("Piece", str, bytes)

Pieces = Callable[[Callable[[str], None]], Iterator[Row | Block]]
"""Begins to give rows, alone and in blocks; what it is given takes all other text that is gone past."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One table within a file: a sheet, a table of a SQL dump, a member of an archive, or the file itself.

    `names` are the columns' names where the format gives them; None where a header is to be looked for. `rows` begins
    anew with every call. `delimiter` goes between the pieces of a cell that held it.
    """

    name: str = field(repr=False)
    names: tuple[str, ...] | None = field(repr=False)
    rows: Callable[[], Iterator[Row]] = field(repr=False)
    delimiter: str = ","
    records: Callable[[], Iterator[Record]] | None = field(default=None, repr=False)
    """The records themselves, where they bring their own keys."""
    pieces: "Pieces | None" = field(default=None, repr=False)
    """The rows themselves, where many of them come as columns."""
    source: Source | None = field(default=None, repr=False)
    """The file whose text it is in, or the member of an archive; none for sheets."""
    first: tuple[Row, ...] | None = field(default=None, repr=False)
    """Rows from its beginning, enough to tell what it is, where they are at hand and `rows` would have to look for them."""
    is_keyed: bool = False
    """Whether every cell is bound to its column: one that is empty moves no other."""

    @property
    def beginning(self) -> "Part":
        """The part with no more rows than tell what it is."""
        first = self.first
        return self if first is None else replace(self, rows=lambda: iter(first))

    @property
    def is_sheet(self) -> bool:
        """Whether it is a spreadsheet's, where anything may stand beside the table."""
        return self.source is None and self.names is None


def rows_of_records(records: Iterable[list[str] | Broken]) -> Iterator[Row]:
    """Give the records of separated text as rows."""
    for record in records:
        yield Odd(reason="long" if record.is_long else "quote", text="") if isinstance(record, Broken) else record


class Text:
    """The text of a source under settled codecs."""

    __slots__ = ("_bom", "_codecs", "_given", "_source")

    def __init__(self, source: Source, *, codecs: tuple[str, ...], bom: int) -> None:
        self._source = source
        self._codecs = codecs
        self._bom = bom
        self._given = 0

    @property
    def codecs(self) -> tuple[str, ...]:
        """The codecs under which the bytes are read."""
        return self._codecs

    @property
    def is_entered(self) -> bool:
        """Whether the next reader begins anywhere but at the beginning."""
        return self._source.entry.pieces > 0

    def stand(self, before: str = "", *, rows: int = 0) -> None:
        """Say that the reader under way holds just this of what it was given: another goes on from here as it does.

        Args:
            before: what to read before the pieces that follow.
            rows: how many rows the other then gives that this one has given already.
        """
        self._source.stood = Place(pieces=self._given, before=before, rows=rows)

    def lines(self, *, alone: bool = False) -> Iterator[str]:
        """Give every line without its end. A line over a MiB is one that no format can read.

        Args:
            alone: to the reader each line is a record of its own, or nothing.
        """
        for block in self.blocks():
            yield from (line.removesuffix("\r") for line in block.removesuffix("\n").split("\n"))
            if alone:
                self.stand()

    def blocks(self) -> Iterator[str]:
        """Give the text in blocks of whole lines; lines over a MiB are left out."""
        chunks = self._chunks()
        if self._codecs[0].startswith("utf-16"):
            return self._entered(
                whole_lines(utf16_blocks(chunks, codec=self._codecs[0])), read=bytes.decode, before=str
            )
        return self._entered(whole_lines(chunks), read=self._decoded, before=str)

    def pieces(self) -> Iterator[str]:
        """Give the text in pieces of any cut, for formats whose lines have no end: SQL, JSON, markup."""
        if self._codecs[0].startswith("utf-16"):
            return self._entered(utf16_blocks(self._chunks(), codec=self._codecs[0]), read=bytes.decode, before=str)
        return self._entered(self._cut(), read=self._decoded, before=str)

    def spelled(self) -> Iterator[bytes]:
        """Give the text in pieces of any cut, in UTF-8."""
        if self._codecs[0].startswith("utf-16"):
            return self._entered(utf16_blocks(self._chunks(), codec=self._codecs[0]), read=bytes, before=str.encode)
        return self._entered(self._seen(self._cut()), read=bytes, before=str.encode)

    def _seen(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """Give pieces in UTF-8, and note when all of them were that already."""
        is_utf8 = True
        for piece in pieces:
            spelled, _ = utf8_block(piece, codecs=self._codecs)
            is_utf8 &= spelled is piece
            yield spelled
        self._source.is_utf8 = self._source.is_utf8 or is_utf8

    def _entered(
        self, pieces: Iterator[bytes], *, read: Callable[[bytes], Piece], before: Callable[[str], Piece]
    ) -> Iterator[Piece]:
        """Give the pieces, from where the source is entered; those before are only passed over."""
        entry = self._source.entry
        # At once: a reader may say where it stands before it asks for the first piece.
        self._given = entry.pieces

        def following() -> Iterator[Piece]:
            if entry.before:
                yield before(entry.before)
            for piece in islice(pieces, entry.pieces, None):
                self._given += 1
                yield read(piece)

        return following()

    def _cut(self) -> Iterator[bytes]:
        rest = b""
        for chunk in self._chunks():
            # A line feed or another ASCII mark that no character of several bytes contains: decoding may stop there.
            end = max(chunk.rfind(b"\n"), chunk.rfind(b","), chunk.rfind(b")"), chunk.rfind(b">")) + 1
            yield rest + chunk[:end]
            rest = chunk[end:]
            if len(rest) > 1 << 20:
                yield rest
                rest = b""
        yield rest

    def _chunks(self) -> Iterator[bytes]:
        return without_mark(self._source.chunks(), bom=self._bom)

    def _decoded(self, block: bytes) -> str:
        return decode_block(block, codecs=self._codecs)[0]


class Followed:
    """The rows of a table from a place on, and the place of the next one.

    Where its reader never says where it stands (`rows.Text.stand`), that is the beginning and so many rows.
    """

    __slots__ = ("_held", "_last", "_rows", "_since", "_source")

    def __init__(
        self, rows: Callable[[], Iterator[Row | Block]], *, source: Source | None, place: Place = START
    ) -> None:
        """Take what begins to read, and the source whose text it reads."""
        self._source = source
        self._last, self._since = replace(place, rows=0), 0
        if source is not None:
            source.entry = source.stood = self._last
        self._rows = rows()
        self._held: Block | None = None
        self._skip(place.rows)

    def __iter__(self) -> Iterator[Row | Block]:
        return self

    def _skip(self, rows: int) -> None:
        """Go past rows; the rest of a block in which they end is given next."""
        for piece in self if rows else ():
            rows -= len(piece) if isinstance(piece, Block) else 1
            if rows < 0 and isinstance(piece, Block):
                self._held = piece[rows:]
                self._since += rows
            if rows <= 0:
                return

    def __next__(self) -> Row | Block:
        if (held := self._held) is not None:
            self._held = None
            self._since += len(held)
            return held
        row = next(self._rows)
        if self._source is not None and self._source.stood is not self._last:
            self._last = self._source.stood
            self._since = self._last.rows
        self._since += len(row) if isinstance(row, Block) else 1
        return row

    @property
    def place(self) -> Place:
        """Where the next row begins."""
        return replace(self._last, rows=self._since)

    def close(self) -> None:
        """Let whoever reads the source next begin at its beginning."""
        if self._source is not None:
            self._source.entry = START


def part_of_pieces(name: str, names: tuple[str, ...], pieces: Pieces) -> Part:
    """Give the table of rows of which many come as columns."""
    return Part(name=name, names=names, pieces=pieces, rows=lambda: one_by_one(pieces(unheard)))


def unheard(_: str) -> None:
    """Take text, and do nothing with it."""


def empty_column(rows: int) -> Column:
    """Give a column without anything in it."""
    nothing = pl.Series([""], dtype=pl.String)
    return Column(np.zeros(rows, dtype=np.uint8), lambda: nothing.new_from_index(0, rows))


def one_by_one(pieces: Iterable[Row | Block]) -> Iterator[Row]:
    """Give rows, those in blocks among them."""
    for piece in pieces:
        if isinstance(piece, Block):
            # Whoever looks at the first rows of a file alone does not pay for the others.
            for first in range(0, len(piece), SAMPLE_RECORDS):
                yield from piece[first : first + SAMPLE_RECORDS].rows()
        else:
            yield piece


def part_of_records(name: str, records: Callable[[], Iterator[Record]]) -> Part | None:
    """Give the table of records that bring their own keys, in the order the keys are first met; None if there is none.

    The keys are those of the first records: `with_every_key` looks at all.
    """
    groups = grouped(islice(records(), SAMPLE_RECORDS))
    return laid_out(Part(name=name, names=None, rows=no_rows, records=records), groups=groups) if groups else None


def laid_out(part: Part, *, groups: tuple[tuple[str, ...], ...]) -> Part:
    """Give a table of records with a column for each group of keys that say the same."""
    records = part.records or no_rows
    names = tuple(group[0] for group in groups)
    return replace(part, names=names, rows=lambda: cells_of(records(), groups=groups), is_keyed=True)


def no_rows() -> Iterator[Odd]:
    """Give nothing."""
    return iter(())


def with_every_key(part: Part, *, source: Source, of: Mapping[str, Json]) -> Part:
    """Give a table of records with a column for every key that any of them has, be it the last.

    Args:
        of: what the records are read by beside the file.
    """
    if part.records is None:
        return part
    records = part.records
    found = source.found("keys", of={**of, "part": part.name}, make=lambda: [list(g) for g in grouped(records())])
    groups = found if isinstance(found, list) else []
    return laid_out(part, groups=tuple(tuple(map(str, group)) for group in groups if isinstance(group, list)))


def cells_of(records: Iterable[Record], *, groups: tuple[tuple[str, ...], ...]) -> Iterator[Row]:
    """Give every record's cells under these groups of keys; what is absent is empty."""
    if all(len(group) == 1 for group in groups):
        keys = [group[0] for group in groups]
        for record in records:
            yield record if isinstance(record, Odd) else [record.get(key, "") for key in keys]
        return
    for record in records:
        yield record if isinstance(record, Odd) else list(first_filled(record, groups=groups))
