"""Separated text, CSV and its kin: the bulk path first, the csv module where a block declines."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice

import polars as pl

from suyuan.errors import RefusedError
from suyuan.terms import FieldName
from suyuan.trace.dump import Body, batch
from suyuan.trace.files.aside import Aside
from suyuan.trace.files.cells import DECLINED, Cut, Declined, Shape, cut
from suyuan.trace.files.csv_rows import read_rows, refusal
from suyuan.trace.files.dialect import Dialect
from suyuan.trace.files.encoding import utf8_block, utf16_blocks
from suyuan.trace.files.gathering import Gathering, State
from suyuan.trace.files.records import Broken
from suyuan.trace.files.source import LINE_BYTES, Source, whole_lines

SLOW_BATCH_ROWS = 100_000


class Utf8Lines:
    """The blocks of a source as UTF-8, whole lines each, and how many lines no codec decoded so far."""

    __slots__ = ("_before", "_dialect", "_skip", "_source", "damaged")

    def __init__(self, source: Source, *, dialect: Dialect, skip: int = 0, damaged: int = 0) -> None:
        """Take a source; its first `skip` blocks, of which so many lines are damaged, are passed over."""
        self._source = source
        self._dialect = dialect
        self._skip = skip
        self.damaged = self._before = damaged

    def __iter__(self) -> Iterator[bytes]:
        self.damaged = self._before
        chunks = without_mark(self._source.chunks(), bom=self._dialect.bom)
        codecs = self._dialect.codecs
        if codecs[0].startswith("utf-16"):
            yield from islice(whole_lines(utf16_blocks(chunks, codec=codecs[0])), self._skip, None)
            return
        for block in islice(whole_lines(chunks), self._skip, None):
            text, damaged = utf8_block(block, codecs=codecs)
            self.damaged += damaged
            yield text


def without_mark(chunks: Iterator[bytes], *, bom: int) -> Iterator[bytes]:
    """Give the chunks without the byte order mark."""
    for first in chunks:
        yield first[bom:]
        break
    yield from chunks


def read_delimited(
    source: Source,
    *,
    dialect: Dialect,
    fields: dict[int, FieldName],
    aside: Aside | None = None,
    gathering: Callable[[str], Gathering] | None = None,
) -> Body:
    """Read the wanted columns of separated text.

    Args:
        fields: the field of each wanted column index.
        aside: takes the rows that cannot be read.
        gathering: gives, for a road's name, what takes its rows and may have the first of them already.
    Raises: RefusedError: `trace.encoding`.
    """
    aside = aside or Aside()
    body: Body | Declined = DECLINED
    if len(dialect.delimiter.encode()) == 1:
        bulk = gathering("bulk") if gathering is not None else Gathering(aside)
        standing = Standing.of(bulk.begin())
        lines = Utf8Lines(source, dialect=dialect, skip=standing.block, damaged=standing.damaged)
        body = read_bulk(lines, dialect=dialect, fields=fields, gathering=bulk, standing=standing)
    if isinstance(body, Declined):
        aside.restart()
        slow = gathering("slow") if gathering is not None else Gathering(aside)
        body = read_slowly(Utf8Lines(source, dialect=dialect), dialect=dialect, fields=fields, gathering=slow)
    return body


@dataclass(slots=True)
class Standing:
    """Where a reading stands: at which block, what it holds of those before, and what it met there."""

    block: int = 0
    rest: bytes = b""
    ordinal: int | None = None
    damaged: int = 0

    @classmethod
    def of(cls, said: State | None) -> "Standing":
        """Give what `document` gave; the beginning of nothing."""
        return cls() if said is None else cls(**{**said, "rest": said["rest"].encode()})

    def document(self) -> State:
        """Give it as plain values."""
        return {**{name: getattr(self, name) for name in self.__slots__}, "rest": self.rest.decode()}


def read_bulk(
    lines: Utf8Lines,
    *,
    dialect: Dialect,
    fields: dict[int, FieldName],
    aside: Aside | None = None,
    gathering: Gathering | None = None,
    standing: Standing | None = None,
) -> Body | Declined:
    """Read by whole-array passes, or decline the file.

    Args:
        standing: what the gathering had already, which is not in the lines.
    """
    gathering, standing = gathering or Gathering(aside), standing or Standing()
    shape = Shape(
        delimiter=ord(dialect.delimiter),
        quote=ord(dialect.quote) if dialect.quote else None,
        width=dialect.width,
        wanted=tuple(fields),
    )
    first = -1 if dialect.header else 0
    ordinal = first if standing.ordinal is None else standing.ordinal
    for block, final in chain(((block, False) for block in lines), ((b"", True),)):
        whole = standing.rest + block if standing.rest else block
        part = cut(whole, shape=shape, final=final)
        if isinstance(part, Declined):
            return DECLINED
        standing.rest = whole[part.consumed :]
        if len(standing.rest) > LINE_BYTES:
            return DECLINED
        table = batch_of(part, ordinal=ordinal, names=tuple(fields.values()))
        put_odd(part, block=whole, ordinal=ordinal, aside=gathering.aside)
        ordinal += part.records
        standing.block, standing.ordinal, standing.damaged = standing.block + 1, ordinal, lines.damaged
        gathering.add(table, read=max(ordinal, 0), state=standing.document)
    rows = max(ordinal, 0)
    gathering.end(read=rows, state=standing.document)
    return Body(batches=gathering.batches, unreadable=rows - gathering.batches.rows, damaged_lines=lines.damaged)


def batch_of(part: Cut, *, ordinal: int, names: tuple[FieldName, ...]) -> pl.DataFrame:
    """Give the batch of a cut block whose first record has `ordinal`; -1 is the header, which is left out."""
    skip = int(ordinal < 0 and len(part.ordinals) > 0 and part.ordinals[0] == 0)
    cells = {name: column[skip:] for name, column in zip(names, part.columns, strict=True)}
    return batch(rows=part.ordinals[skip:] + ordinal, cells=cells)


def read_slowly(
    lines: Utf8Lines,
    *,
    dialect: Dialect,
    fields: dict[int, FieldName],
    aside: Aside | None = None,
    gathering: Gathering | None = None,
) -> Body:
    """Read by the csv module, row by row; what it refuses is unreadable.

    Rows that the gathering has already are cut once more, for a quote before them may reach into them.
    """
    gathering = gathering or Gathering(aside)
    begun = gathering.begin() or {"rows": 0}
    ordinals: list[int] = []
    columns: list[list[str]] = [[] for _ in fields]
    wanted = list(zip(fields, columns, strict=True))
    ordinal = -1 if dialect.header else 0
    unreadable = 0
    trouble: RefusedError | None = None
    for row in read_rows(iter(lines), dialect=dialect):
        is_taken = ordinal < begun["rows"]
        if not is_taken and ordinal >= 0 and (isinstance(row, Broken) or len(row) != dialect.width):
            put_row(row, ordinal=ordinal, quote=dialect.quote, aside=gathering.aside)
        if isinstance(row, Broken):
            unreadable += ordinal >= 0
            trouble = trouble or refusal(row, row=ordinal + 1, dialect=dialect)
        elif len(row) != dialect.width:
            unreadable += ordinal >= 0
        elif ordinal >= 0 and not is_taken:
            ordinals.append(ordinal)
            for index, column in wanted:
                column.append(row[index])
        ordinal += 1
        if len(ordinals) == SLOW_BATCH_ROWS:
            table = flushed(ordinals, columns=columns, fields=fields)
            gathering.add(table, read=ordinal, state=partial(rows_read, ordinal))
    gathering.add(
        flushed(ordinals, columns=columns, fields=fields), read=max(ordinal, 0), state=partial(rows_read, ordinal)
    )
    gathering.end(read=max(ordinal, 0), state=partial(rows_read, ordinal))
    return Body(batches=gathering.batches, unreadable=unreadable, damaged_lines=lines.damaged, trouble=trouble)


def rows_read(rows: int) -> State:
    """Say how many rows were read."""
    return {"rows": rows}


def put_row(row: list[str] | Broken, *, ordinal: int, quote: str, aside: Aside) -> None:
    """Keep one row aside that cannot be read."""
    if isinstance(row, Broken):
        aside.put(ordinal, reason="long" if row.is_long or not quote else "quote", text="")
    else:
        aside.put(ordinal, reason="width", text="\t".join(row))


def put_odd(part: Cut, *, block: bytes, ordinal: int, aside: Aside | None) -> None:
    """Keep the records of a cut block aside that have another number of cells."""
    if aside is None:
        return
    for record, start, end in part.odd.tolist():
        if ordinal + record >= 0:
            aside.put(ordinal + record, reason="width", text=block[start:end].decode("utf-8", "replace"))


def flushed(ordinals: list[int], *, columns: list[list[str]], fields: dict[int, FieldName]) -> pl.DataFrame:
    """Give the gathered rows as a batch and empty the lists."""
    cells = {name: pl.Series(column, dtype=pl.String) for name, column in zip(fields.values(), columns, strict=True)}
    table = batch(rows=ordinals, cells=cells)
    ordinals.clear()
    for column in columns:
        column.clear()
    return table
