"""Parquet: every value as text; columns of lists and objects are taken apart as those of JSON are."""

from collections.abc import Iterator
from typing import Final

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from suyuan.errors import RefusedError
from suyuan.terms import FieldName
from suyuan.trace.columns.synonyms import grouped
from suyuan.trace.dump import Body, batch
from suyuan.trace.files.source import Source
from suyuan.trace.files.spool import Batches
from suyuan.trace.formats.json_rows import flat
from suyuan.trace.formats.rows import Part, Record, Row, laid_out, no_rows

SLICE_ROWS: Final = 20_000

SPELLED: Final = r"(?s)^\s*(?:\{.*\}|\[\s*\{.*\])\s*$"
"""An object, or a list of objects, that is written as text in a column."""

SPELLED_SHARE: Final = 0.8
SPELLED_ROWS: Final = 1_000


def open_parquet(source: Source) -> pa.Table:
    """Read a Parquet file whole, from the very bytes that are hashed.

    Raises: RefusedError: `trace.parquet`.
    """
    return table_of(b"".join(source.chunks()))


def table_of(content: bytes) -> pa.Table:
    """Read the bytes of a Parquet file.

    Raises: RefusedError: `trace.parquet`.
    """
    try:
        return pq.read_table(pa.BufferReader(content))
    except (pa.ArrowException, OSError):
        raise damaged_parquet() from None


def parquet_part(table: pa.Table) -> Part:
    """Give a Parquet file as a part whose rows are read one by one; what columns hold within one another has columns of its own."""
    nested = nested_columns(table)
    if not nested:
        return Part(name="parquet", names=tuple(table.column_names), rows=lambda: cells_of(table), is_keyed=True)
    part = Part(name="parquet", names=None, rows=no_rows, records=lambda: records_of(table, nested=nested))
    return laid_out(part, groups=grouped(records_of(table, nested=nested)))


def nested_columns(table: pa.Table) -> frozenset[int]:
    """Give the columns that hold lists or objects, as such or nearly always spelled as text in JSON."""
    head = table.slice(0, SPELLED_ROWS)
    found = set()
    for index, column in enumerate(table.schema):
        if pa.types.is_nested(column.type):
            found.add(index)
            continue
        cells = shown_column(head, index=index)
        filled = cells.filter(cells != "")
        if len(filled) and int(filled.str.contains(SPELLED).sum()) >= SPELLED_SHARE * len(filled):
            found.add(index)
    return frozenset(found)


def cells_of(table: pa.Table) -> Iterator[Row]:
    """Give the rows of flat columns."""
    for start in range(0, table.num_rows, SLICE_ROWS):
        piece = table.slice(start, SLICE_ROWS)
        columns = [shown_column(piece, index=index).to_list() for index in range(piece.num_columns)]
        yield from (list(cells) for cells in zip(*columns, strict=True))


def records_of(table: pa.Table, *, nested: frozenset[int]) -> Iterator[Record]:
    """Give the rows as records: `name`, and of objects and lists `cert.no`, `phones.0`."""
    names = table.column_names
    for start in range(0, table.num_rows, SLICE_ROWS):
        piece = table.slice(start, SLICE_ROWS)
        columns = [
            piece.column(index).to_pylist() if index in nested else shown_column(piece, index=index).to_list()
            for index in range(piece.num_columns)
        ]
        is_map = [pa.types.is_map(column.type) for column in table.schema]
        for cells in zip(*columns, strict=True):
            record: dict[str, str] = {}
            for index, cell in enumerate(cells):
                if index not in nested:
                    record[names[index]] = cell
                else:
                    flat(dict(cell or ()) if is_map[index] else cell, prefix=names[index], into=record)
            yield record


def damaged_parquet() -> RefusedError:
    """Give the refusal of a Parquet file that cannot be read."""
    return RefusedError("the Parquet file is cut off or damaged", code="trace.parquet", hint="fetch the file again")


def text_column(table: pa.Table, *, index: int) -> pl.Series:
    """Give one column as text; an absent value is an empty text.

    Raises: RefusedError: `trace.parquet`, naming the column.
    """
    column = table.column(index)
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if str(column.type) in ("halffloat", "float", "double"):
        # Arrow writes telephone numbers with an exponent; fifteen digits are all there.
        numbers = pl.Series(column.combine_chunks()).cast(pl.Float64)
        is_whole = (numbers.abs() < 10.0**15) & (numbers == numbers.floor())
        whole = numbers.set(~is_whole.fill_null(False), None).cast(pl.Int64).cast(pl.String)
        return pl.select(pl.coalesce(whole, numbers.cast(pl.String))).to_series().fill_null("")
    try:
        text = column.cast(pa.string())
    except pa.ArrowException:
        raise RefusedError(
            f"column {index} of the Parquet file cannot be read as text",
            code="trace.parquet",
            hint="write that column as strings",
        ) from None
    return pl.Series(text.combine_chunks(), dtype=pl.String).fill_null("")


def shown_column(table: pa.Table, *, index: int) -> pl.Series:
    """Give one column as text for a look at it: one that is no text, such as digests, shows nothing of anybody."""
    try:
        return text_column(table, index=index)
    except RefusedError:
        return pl.Series([""] * table.num_rows, dtype=pl.String)


def parquet_body(table: pa.Table, *, fields: dict[int, FieldName]) -> Body:
    """Give the wanted columns of a Parquet table."""
    cells = {name: text_column(table, index=index) for index, name in fields.items()}
    return Body(batches=Batches((batch(rows=range(table.num_rows), cells=cells),)), unreadable=0)
