"""The fast road of plain separated text: cut, read, look up and count votes in one pass over the file's bytes.

Nothing of the text is kept. Whoever wants the cells afterwards gets them by a second pass (`PlainRows`).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from suyuan.errors import RefusedError
from suyuan.terms import FieldName, KindName
from suyuan.trace.dump import Body, DumpColumn, batch, fields_of, kinds_of
from suyuan.trace.files.aside import Aside
from suyuan.trace.files.cells import views
from suyuan.trace.files.delimited import Utf8Lines
from suyuan.trace.files.dialect import Dialect, DumpFormat
from suyuan.trace.files.encoding import LineCensus
from suyuan.trace.files.gaps import Gaps
from suyuan.trace.files.records import CELL_CHARACTERS
from suyuan.trace.files.source import LINE_BYTES, Source
from suyuan.trace.files.spool import Batches
from suyuan.trace.link import strong_fields
from suyuan.trace.matching.blocks import Window, can_cut, is_of_codec, text_window
from suyuan.trace.matching.reading import PADDING, Cells, can_read, read_cells, read_plainly
from suyuan.trace.matching.standing import Standings
from suyuan.trace.ports import Numbers, PeopleIndex, TokenMaker

Bytes = npt.NDArray[np.uint8]

LEAST_BYTES: Final = 16 << 20
"""A smaller file is read by the general road before the kernels are there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The columns to find: `place_of[column]` is a column's place in the result, or -1."""

    fields: tuple[FieldName, ...]
    place_of: Numbers

    @classmethod
    def of(cls, columns: Mapping[int, FieldName], *, fields: tuple[FieldName, ...], width: int) -> "Wanted":
        """Give the wanted columns in the order of `fields`."""
        place_of = np.full(width, -1, dtype=np.int64)
        for column, name in columns.items():
            if name in fields:
                place_of[column] = fields.index(name)
        return cls(fields=fields, place_of=place_of)


@dataclass(frozen=True, slots=True, kw_only=True)
class CutBlock:
    """A block's records: `ordinals` of the readable ones in the file, and where their wanted cells stand.

    `odd` are the records of another number of cells: ordinal in the file, first byte and end. `consumed` bytes are cut.
    """

    data: Bytes
    consumed: int
    ordinals: Numbers
    starts: npt.NDArray[np.int64]
    ends: npt.NDArray[np.int64]
    odd: npt.NDArray[np.int64]


class Cutter:
    """Cuts blocks one after the other, counting records; a header is no record."""

    __slots__ = (
        "_dialect", "_ends", "_flags", "_marks", "_odd", "_ordinals", "_starts", "_wanted", "next_ordinal", "rows",
    )  # fmt: skip

    def __init__(self, dialect: Dialect, *, wanted: Wanted) -> None:
        self._dialect = dialect
        self._wanted = wanted
        self._ordinals = np.empty(0, dtype=np.int64)
        self._odd = np.empty((0, 3), dtype=np.int64)
        self._flags, self._marks = np.empty(0, dtype=np.uint8), np.empty(0, dtype=np.int32)
        self._starts = self._ends = np.empty((len(wanted.fields), 0), dtype=np.int64)
        self.next_ordinal = -1 if dialect.header else 0
        self.rows = 0

    def cut(self, window: Window) -> CutBlock | None:
        """Cut what is in the window; None where the text is odd. What is given is overwritten by the next call."""
        from suyuan.trace.matching.cutting import ODD, WORD_BITS, cut_records, find_ends

        dialect, data, size = self._dialect, window.data, window.size
        room = size // dialect.width + 2
        if room > len(self._ordinals):
            self._ordinals = np.empty(room, dtype=np.int64)
            # A record is a byte at least; room that is not written to costs no memory.
            self._odd = np.empty((size + 2, 3), dtype=np.int64)
            self._starts = np.empty((len(self._wanted.fields), room), dtype=np.int64)
            self._ends = np.empty_like(self._starts)
        if len(data) > len(self._marks):
            self._flags = np.empty(len(data) + WORD_BITS, dtype=np.uint8)
            self._marks = np.empty(len(data), dtype=np.int32)
        find_ends(data, size, ord(dialect.delimiter), self._flags, self._marks)
        records, written, strange, consumed = cut_records(
            data, size, ord(dialect.delimiter), ord(dialect.quote) if dialect.quote else -1, dialect.width,
            self._wanted.place_of, CELL_CHARACTERS, window.is_last, self._starts, self._ends, self._ordinals,
            self._odd, self._marks,
        )  # fmt: skip
        if consumed == ODD or (not window.is_last and size - consumed > LINE_BYTES):
            return None
        odd = self._odd[:strange].copy()
        odd[:, 0] += self.next_ordinal
        skip = int(self.next_ordinal < 0 and written > 0 and self._ordinals[0] == 0)
        ordinals = self._ordinals[skip:written] + self.next_ordinal
        self.next_ordinal += records
        self.rows += len(ordinals)
        return CutBlock(
            data=data,
            consumed=consumed,
            ordinals=ordinals,
            starts=self._starts[:, skip:written],
            ends=self._ends[:, skip:written],
            odd=odd[odd[:, 0] >= 0],
        )


class PlainRows(Batches):
    """The rows of a plain separated file, cut anew from its bytes each time they are gone through."""

    __slots__ = ("_dialect", "_sha256", "_source", "_wanted")

    def __init__(self, source: Source, *, dialect: Dialect, wanted: Wanted, rows: int) -> None:
        super().__init__()
        self._source = source
        self._sha256 = source.sha256
        self._dialect = dialect
        self._wanted = wanted
        self.rows = rows

    def __iter__(self) -> Iterator[pl.DataFrame]:
        cutter = Cutter(self._dialect, wanted=self._wanted)
        window = Window(iter(Utf8Lines(self._source, dialect=self._dialect)))
        given = consumed = 0
        part: CutBlock | None = None
        while not window.is_last:
            window.advance(consumed)
            part = cutter.cut(window)
            if part is None:
                break
            consumed = part.consumed
            if len(part.ordinals):
                given += 1
                yield self._table(part)
        if part is not None and not given:
            yield self._table(part)
        if self._source.sha256 != self._sha256 or cutter.rows != self.rows:
            raise RefusedError(
                "the dump changed while it was traced", code="trace.changed", hint="trace a copy that nobody writes to"
            )

    def _table(self, part: CutBlock) -> pl.DataFrame:
        text = b"".join((part.data[: part.consumed].data, b"\n" * PADDING))
        quote = ord(self._dialect.quote) if self._dialect.quote else -1
        cells: dict[FieldName, pl.Series] = {}
        for place, name in enumerate(self._wanted.fields):
            start, end = part.starts[place], part.ends[place]
            column = views(text, start=start, end=end)
            quoted = (start > 0) & (part.data[start - 1] == quote) if quote >= 0 else None
            if quoted is not None and quoted.any():
                mark = self._dialect.quote
                frame = pl.DataFrame({"cell": column, "quoted": quoted})
                single = pl.col("cell").str.replace_all(mark * 2, mark, literal=True)
                column = frame.select(pl.when("quoted").then(single).otherwise("cell").alias("cell")).to_series()
            cells[name] = column
        return batch(rows=part.ordinals, cells=cells)


class ByteRoad:
    """Links the rows of a plain separated file while it is read for the first time.

    `standings_of` gives, for the rows that `read` gave, what `link` would find of them.
    """

    def __init__(
        self,
        *,
        people: PeopleIndex,
        tokenizers: Mapping[KindName, TokenMaker],
        least_bytes: int = LEAST_BYTES,
        rest: Callable[[], None] | None = None,
    ) -> None:
        """Take the index, and what lets go of its memory: called once a file is read, before its links are made a table."""
        self._least_bytes = least_bytes
        self._people = people
        self._rest = rest
        self._tokenizers = tokenizers
        self._read: tuple[Batches, Standings] | None = None

    def standings_of(self, rows: Batches) -> Standings | None:
        """Give how the rows of a dump stand, if this road read them; once, for what is given is used up."""
        if self._read is None or self._read[0] is not rows:
            return None
        standings, self._read = self._read[1], None
        return standings

    def counts(self, source: Source) -> bool:
        """Say whether a file is large enough for this road, and its lines may be counted on the way."""
        return source.path.stat().st_size >= self._least_bytes

    def read(
        self,
        source: Source,
        *,
        dialect: Dialect,
        columns: tuple[DumpColumn, ...],
        aside: Aside | None = None,
        census: LineCensus | None = None,
        gaps: Gaps | None = None,
    ) -> Body | None:
        """Read and link a file, or decline it: it is then read by the general road.

        The claim: rows, counts and links are those of the general road and `link`, on every file that is not declined.

        Args:
            census: counts the lines while they are read, where the codec was told from the head alone; the file is
                declined if all of them together say another. So is one of which a stretch of rows lacks what the others show.
            gaps: what the rows before these lack and show, where a file is read in parts; these are added.

        Test: tests/properties/test_byte_road.py.
        """
        self._read = None
        if not self.counts(source):
            return None
        kinds = kinds_of(columns)
        strong = strong_fields(kinds, tokenizers=self._tokenizers)
        if dialect.format is not DumpFormat.DELIMITED or not can_cut(dialect):
            return None
        if not any(can_read(kinds[name], tokenizer=self._tokenizers[kinds[name]]) for name in strong):
            return None
        named = fields_of(columns)
        cutter = Cutter(dialect, wanted=Wanted.of(named, fields=strong, width=dialect.width))
        standings, gaps = Standings(fields=strong, by_kernel=True), gaps or Gaps()
        window = text_window(source, dialect=dialect)
        consumed = 0
        while not window.is_last:
            if not window.advance(consumed) or not is_of_codec(window, dialect=dialect, census=census):
                return None
            part = cutter.cut(window)
            if part is None:
                return None
            consumed = part.consumed
            put_aside(part, codec=dialect.codecs[0], aside=aside or Aside())
            if len(part.ordinals):
                shown = self._look_up(part, dialect=dialect, strong=strong, kinds=kinds, standings=standings)
                gaps.take(shown, rows=len(part.ordinals))
        if gaps.is_moved or (census is not None and census.codecs() != dialect.codecs):
            return None
        every = Wanted.of(named, fields=tuple(named.values()), width=dialect.width)
        rows = max(cutter.next_ordinal, 0)
        body = PlainRows(source, dialect=dialect, wanted=every, rows=cutter.rows)
        self._read = (body, standings)
        return Body(batches=body, unreadable=rows - cutter.rows)

    def _look_up(
        self,
        part: CutBlock,
        *,
        dialect: Dialect,
        strong: tuple[FieldName, ...],
        kinds: Mapping[FieldName, KindName],
        standings: Standings,
    ) -> dict[FieldName, Numbers]:
        shown: dict[FieldName, Numbers] = {}
        votes = np.full((len(strong), len(part.ordinals)), -1, dtype=np.int64)
        has_token = np.zeros(len(part.ordinals), dtype=np.bool_)
        for place, name in enumerate(strong):
            kind, tokenizer = kinds[name], self._tokenizers[kinds[name]]
            cells = self._cells(part, place=place, dialect=dialect)
            if can_read(kind, tokenizer=tokenizer):
                read = read_cells(cells, kind=kind, tokenizer=tokenizer)
            else:
                read = read_plainly(cells.text(np.arange(len(cells))), kind=kind, tokenizer=tokenizer)
            has_token[read.rows] = True
            shown[name] = read.rows
            if len(read.rows):
                votes[place, read.rows] = self._people.numbers(kind, tokens=read.tokens)
        standings.add(part.ordinals, votes=votes, has_token=has_token)
        return shown

    def _cells(self, part: CutBlock, *, place: int, dialect: Dialect) -> Cells:
        starts, ends = part.starts[place], part.ends[place]

        def text(rows: Numbers) -> pl.Series:
            from suyuan.trace.matching.cutting import gather_cells

            some = starts[rows], ends[rows]
            out = np.empty(int((some[1] - some[0]).sum()) + len(rows) + 1, dtype=np.uint8)
            written = gather_cells(part.data, *some, ord(dialect.quote) if dialect.quote else -1, out)
            lines = out[:written].tobytes().decode(dialect.codecs[0]).split("\n")[:-1]
            return pl.Series(lines, dtype=pl.String)

        return Cells(data=part.data, starts=starts, ends=ends, codec=dialect.codecs[0], text=text)


def put_aside(part: CutBlock, *, codec: str, aside: Aside) -> None:
    """Keep a block's records aside that have another number of cells."""
    for record, start, end in part.odd.tolist():
        text = part.data[start:end].tobytes().decode(codec, "replace")
        aside.put(record, reason="width", text=text.rstrip("\r\n"))
