"""The sample of separated text and flat JSON Lines, from which columns are told."""

from itertools import chain

import polars as pl

from suyuan.errors import RefusedError
from suyuan.trace.columns.columns import SampledColumn
from suyuan.trace.columns.layout import header_only
from suyuan.trace.files.aside import Aside
from suyuan.trace.files.delimited import read_delimited
from suyuan.trace.files.dialect import Dialect, DumpFormat, sample_rows
from suyuan.trace.files.source import Source
from suyuan.trace.formats.jsonl import read_jsonl, sample_jsonl
from suyuan.trace.intake.prepare import SAMPLE_ROWS, Written


def sampled_rows(how: Written, *, dialect: Dialect) -> tuple[tuple[str, ...], list[list[str]]]:
    """Give the names of the columns, empty where there is no header, and the rows of the sample."""
    if dialect.format is DumpFormat.JSONL:
        return sample_jsonl(how.text)
    rows = sample_rows(how.text, delimiter=dialect.delimiter, quote=dialect.quote)
    names = [name.strip() for name in rows[0]] if dialect.header and rows else []
    # Of a piece from farther on the first row may begin within a quoted cell.
    farther = (sample_rows(piece, delimiter=dialect.delimiter, quote=dialect.quote)[1:] for piece in how.farther)
    return tuple((names + [""] * dialect.width)[: dialect.width]), [
        *rows[dialect.header :],
        *chain.from_iterable(farther),
    ]


def sampled(names: tuple[str, ...], *, rows: list[list[str]]) -> tuple[SampledColumn, ...]:
    """Give the columns of the sample; rows of another width are left out."""
    fit = [row for row in rows[:: max(1, len(rows) // SAMPLE_ROWS)][:SAMPLE_ROWS] if len(row) == len(names)]
    return tuple(
        SampledColumn(index=index, name=name, cells=pl.Series([row[index] for row in fit], dtype=pl.String))
        for index, name in enumerate(names)
    )


def require_rows(rows: list[list[str]], *, source: Source, dialect: Dialect, aside: Aside) -> None:
    """Refuse a file whose head has no row that can be read; reading on says what is wrong with it.

    Raises: RefusedError: `trace.header-only`, `trace.quoting`, `trace.long-line`, `trace.nested`.
    """
    if any(rows):
        return
    is_lines = dialect.format is DumpFormat.JSONL
    body = (read_jsonl if is_lines else read_delimited)(source, dialect=dialect, fields={}, aside=aside)
    body.require_table()
    if body.unreadable or body.batches.rows:
        raise RefusedError(
            "the first rows of the dump cannot be read", code="trace.format", hint="name its delimiter and quote"
        )
    raise header_only()
