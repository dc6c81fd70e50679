"""Parquet: flat columns, every value as text."""

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from suyuan.errors import RefusedError
from suyuan.terms import FieldName
from suyuan.trace.dump import Body, batch
from suyuan.trace.source import Source
from suyuan.trace.spool import Batches


def open_parquet(source: Source) -> pa.Table:
    """Read a Parquet file whole, from the very bytes that are hashed.

    Raises: RefusedError: `trace.parquet`, `trace.nested`.
    """
    content = b"".join(source.chunks())
    try:
        table = pq.read_table(pa.BufferReader(content))
    except (pa.ArrowException, OSError):
        raise damaged_parquet() from None
    for index, column in enumerate(table.schema):
        if pa.types.is_nested(column.type):
            raise RefusedError(
                f"column {index} of the Parquet file holds lists or objects",
                code="trace.nested",
                hint="flatten the file to one value a column",
            )
    return table


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
