"""Separated text, CSV and its kin: the bulk path first, the csv module where a block declines."""

from collections.abc import Iterator
from itertools import chain

import polars as pl

from suyuan.errors import RefusedError
from suyuan.terms import FieldName
from suyuan.trace.aside import Aside
from suyuan.trace.cells import DECLINED, Cut, Declined, Shape, cut
from suyuan.trace.csv_rows import read_rows, refusal
from suyuan.trace.dialect import Dialect
from suyuan.trace.dump import Body, batch
from suyuan.trace.encoding import utf8_block, utf16_blocks
from suyuan.trace.records import Broken
from suyuan.trace.source import LINE_BYTES, Source, whole_lines
from suyuan.trace.spool import Batches

SLOW_BATCH_ROWS = 100_000


class Utf8Lines:
    """The blocks of a source as UTF-8, whole lines each, and how many lines no codec decoded so far."""

    __slots__ = ("_dialect", "_source", "damaged")

    def __init__(self, source: Source, *, dialect: Dialect) -> None:
        self._source = source
        self._dialect = dialect
        self.damaged = 0

    def __iter__(self) -> Iterator[bytes]:
        self.damaged = 0
        chunks = without_mark(self._source.chunks(), bom=self._dialect.bom)
        codecs = self._dialect.codecs
        if codecs[0].startswith("utf-16"):
            yield from whole_lines(utf16_blocks(chunks, codec=codecs[0]))
            return
        for block in whole_lines(chunks):
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
    source: Source, *, dialect: Dialect, fields: dict[int, FieldName], aside: Aside | None = None
) -> Body:
    """Read the wanted columns of separated text.

    Args:
        fields: the field of each wanted column index.
        aside: takes the rows that cannot be read.
    Raises: RefusedError: `trace.encoding`.
    """
    aside = aside or Aside()
    lines = Utf8Lines(source, dialect=dialect)
    body: Body | Declined = DECLINED
    if len(dialect.delimiter.encode()) == 1:
        body = read_bulk(lines, dialect=dialect, fields=fields, aside=aside)
    if isinstance(body, Declined):
        aside.restart()
        body = read_slowly(lines, dialect=dialect, fields=fields, aside=aside)
    return body


def read_bulk(
    lines: Utf8Lines, *, dialect: Dialect, fields: dict[int, FieldName], aside: Aside | None = None
) -> Body | Declined:
    """Read by whole-array passes, or decline the file."""
    shape = Shape(
        delimiter=ord(dialect.delimiter),
        quote=ord(dialect.quote) if dialect.quote else None,
        width=dialect.width,
        wanted=tuple(fields),
    )
    batches = Batches()
    ordinal = -1 if dialect.header else 0
    rest = b""
    for block, final in chain(((block, False) for block in lines), ((b"", True),)):
        whole = rest + block if rest else block
        part = cut(whole, shape=shape, final=final)
        if isinstance(part, Declined):
            return DECLINED
        rest = whole[part.consumed :]
        if len(rest) > LINE_BYTES:
            return DECLINED
        batches.add(batch_of(part, ordinal=ordinal, names=tuple(fields.values())))
        put_odd(part, block=whole, ordinal=ordinal, aside=aside)
        ordinal += part.records
    rows = max(ordinal, 0)
    return Body(batches=batches, unreadable=rows - batches.rows, damaged_lines=lines.damaged)


def batch_of(part: Cut, *, ordinal: int, names: tuple[FieldName, ...]) -> pl.DataFrame:
    """Give the batch of a cut block whose first record has `ordinal`; -1 is the header, which is left out."""
    skip = int(ordinal < 0 and len(part.ordinals) > 0 and part.ordinals[0] == 0)
    cells = {name: column[skip:] for name, column in zip(names, part.columns, strict=True)}
    return batch(rows=part.ordinals[skip:] + ordinal, cells=cells)


def read_slowly(
    lines: Utf8Lines, *, dialect: Dialect, fields: dict[int, FieldName], aside: Aside | None = None
) -> Body:
    """Read by the csv module, row by row; what it refuses is unreadable."""
    batches = Batches()
    ordinals: list[int] = []
    columns: list[list[str]] = [[] for _ in fields]
    wanted = list(zip(fields, columns, strict=True))
    ordinal = -1 if dialect.header else 0
    unreadable = 0
    trouble: RefusedError | None = None
    for row in read_rows(iter(lines), dialect=dialect):
        if aside is not None and ordinal >= 0 and (isinstance(row, Broken) or len(row) != dialect.width):
            put_row(row, ordinal=ordinal, quote=dialect.quote, aside=aside)
        if isinstance(row, Broken):
            unreadable += ordinal >= 0
            trouble = trouble or refusal(row, row=ordinal + 1, dialect=dialect)
        elif len(row) != dialect.width:
            unreadable += ordinal >= 0
        elif ordinal >= 0:
            ordinals.append(ordinal)
            for index, column in wanted:
                column.append(row[index])
        ordinal += 1
        if len(ordinals) == SLOW_BATCH_ROWS:
            batches.add(flushed(ordinals, columns=columns, fields=fields))
    batches.add(flushed(ordinals, columns=columns, fields=fields))
    return Body(batches=batches, unreadable=unreadable, damaged_lines=lines.damaged, trouble=trouble)


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
