"""Reading a dump file: its dialect, its columns and its rows, or one clear line why not."""

from collections.abc import Callable, Mapping
from pathlib import Path

import polars as pl

from suyuan.errors import RefusedError
from suyuan.terms import FieldName, KindName
from suyuan.trace.columns import SampledColumn, assign_columns, is_header
from suyuan.trace.delimited import read_delimited
from suyuan.trace.dialect import Dialect, DumpFormat, Given, sample_rows, sniff
from suyuan.trace.dump import Body, Dump, DumpColumn
from suyuan.trace.encoding import LineCensus, byte_order_mark, is_utf8, utf8_block
from suyuan.trace.jsonl import read_jsonl, sample_jsonl
from suyuan.trace.parquet import open_parquet, parquet_body, text_column
from suyuan.trace.source import HEAD_BYTES, Source, whole_lines

SAMPLE_ROWS = 1_000
"""Rows from which a column's kind is told."""


def ingest(
    path: Path,
    *,
    fields: Mapping[FieldName, KindName],
    columns: Mapping[int | str, tuple[FieldName, KindName]] | None = None,
    given: Given | None = None,
    progress: Callable[[int], None] | None = None,
) -> Dump:
    """Read a dump file.

    Args:
        path: a CSV, TSV or otherwise separated text, JSON Lines, or Parquet file.
        fields: the store's fields and their kinds; several of one kind are told apart by header, else by order.
        columns: the caller's own word on columns, by 0-based index or header name.
        given: what the caller knows of the dialect.
        progress: called with the bytes read so far, after every block.
    Raises: RefusedError: `trace.*`, each of `docs/reference/dump-formats.md`; rows and columns named, never a value.
    Test: tests/unit/trace/test_ingest.py, tests/unit/trace/test_bad_dumps.py, tests/properties/test_dump_cells.py.
    """
    source = Source(path, progress=progress)
    choices = dict(columns or {})
    wish = given or Given()
    head = source.head()
    if head.startswith(b"PAR1"):
        return ingest_parquet(source, fields=fields, columns=choices)
    codecs, bom = wish.codecs, 0
    declared, bom = byte_order_mark(head)
    is_guess = False
    if codecs is None and declared is not None:
        codecs = (declared,)
    elif codecs is None and is_utf8(whole(head)):
        # Only the head was seen. If a later line is not UTF-8, the whole file is surveyed and read once more.
        codecs, is_guess = ("utf-8",), True
    elif codecs is None:
        codecs = survey(source)
    dump = ingest_text(source, head=head, codecs=codecs, bom=bom, fields=fields, columns=choices, given=wish)
    if is_guess and dump.damaged_lines and (better := survey(source)) != codecs:
        return ingest_text(source, head=head, codecs=better, bom=bom, fields=fields, columns=choices, given=wish)
    return dump


def whole(head: bytes) -> bytes:
    """Give the whole lines of a file's head."""
    end = head.rfind(b"\n") + 1
    return head[:end] if end and len(head) == HEAD_BYTES else head


def survey(source: Source) -> tuple[str, ...]:
    """Give the codecs of a file that is not all UTF-8, after a look at every line."""
    census = LineCensus()
    for block in whole_lines(source.chunks()):
        census.count(block)
    return census.codecs()


def ingest_text(
    source: Source,
    *,
    head: bytes,
    codecs: tuple[str, ...],
    bom: int,
    fields: Mapping[FieldName, KindName],
    columns: Mapping[int | str, tuple[FieldName, KindName]],
    given: Given,
) -> Dump:
    """Read a text dump under settled codecs."""
    text = head_text(head, codecs=codecs, bom=bom)
    dialect = sniff(text, codecs=codecs, bom=bom, given=given, is_header=lambda rows: is_header(rows, fields=fields))
    if dialect.format is DumpFormat.JSONL:
        names, rows = sample_jsonl(text)
    else:
        rows = sample_rows(text, delimiter=dialect.delimiter, quote=dialect.quote)
        names = header_names(rows, dialect=dialect)
        rows = rows[dialect.header :]
    require_rows(source, rows=[row for row in rows if row], dialect=dialect)
    described = assign_columns(sampled(names, rows=rows), fields=fields, given=columns)
    wanted = {column.index: column.field for column in described if column.field is not None}
    if dialect.format is DumpFormat.JSONL:
        body = read_jsonl(source, dialect=dialect, fields={names[index]: field for index, field in wanted.items()})
    else:
        body = read_delimited(source, dialect=dialect, fields=wanted)
    body.require_table()
    return finished(source, dialect=dialect, columns=described, body=body)


def head_text(head: bytes, *, codecs: tuple[str, ...], bom: int) -> str:
    """Give the head as text."""
    if codecs[0].startswith("utf-16"):
        text = head[bom:].decode(codecs[0], "ignore")
        end = text.rfind("\n") + 1
        return text[:end] if end and len(head) == HEAD_BYTES else text
    return utf8_block(whole(head)[bom:], codecs=codecs)[0].decode()


def header_names(rows: list[list[str]], *, dialect: Dialect) -> tuple[str, ...]:
    """Give the name of every column; empty where the file has no header."""
    names = [name.strip() for name in rows[0]] if dialect.header and rows else []
    return tuple((names + [""] * dialect.width)[: dialect.width])


def require_rows(source: Source, *, rows: list[list[str]], dialect: Dialect) -> None:
    """Refuse a file whose head has no row that can be read; reading on says what is wrong with it.

    Raises: RefusedError: `trace.header-only`, `trace.quoting`, `trace.long-line`, `trace.nested`.
    """
    if rows:
        return
    if dialect.format is not DumpFormat.PARQUET:
        is_lines = dialect.format is DumpFormat.JSONL
        body = (read_jsonl if is_lines else read_delimited)(source, dialect=dialect, fields={})
        body.require_table()
        if body.unreadable or body.batches.rows:
            raise RefusedError(
                "the first rows of the dump cannot be read", code="trace.format", hint="name its delimiter and quote"
            )
    raise RefusedError(
        "the dump has a header but no row", code="trace.header-only", hint="check that the export finished"
    )


def sampled(names: tuple[str, ...], *, rows: list[list[str]]) -> tuple[SampledColumn, ...]:
    """Give the columns of the sample; rows of another width are left out."""
    fit = [row for row in rows[:SAMPLE_ROWS] if len(row) == len(names)]
    return tuple(
        SampledColumn(index=index, name=name, cells=pl.Series([row[index] for row in fit], dtype=pl.String))
        for index, name in enumerate(names)
    )


def ingest_parquet(
    source: Source,
    *,
    fields: Mapping[FieldName, KindName],
    columns: Mapping[int | str, tuple[FieldName, KindName]],
) -> Dump:
    """Read a Parquet dump."""
    table = open_parquet(source)
    dialect = Dialect(format=DumpFormat.PARQUET, codecs=(), width=table.num_columns)
    if not table.num_rows:
        require_rows(source, rows=[], dialect=dialect)
    head = table.slice(0, SAMPLE_ROWS)
    sample = tuple(
        SampledColumn(index=index, name=name, cells=text_column(head, index=index))
        for index, name in enumerate(table.column_names)
    )
    described = assign_columns(sample, fields=fields, given=columns)
    wanted = {column.index: column.field for column in described if column.field is not None}
    return finished(source, dialect=dialect, columns=described, body=parquet_body(table, fields=wanted))


def finished(source: Source, *, dialect: Dialect, columns: tuple[DumpColumn, ...], body: Body) -> Dump:
    """Give the dump, with the digest of the bytes its rows came from."""
    return Dump(
        sha256=source.sha256,
        size_bytes=source.size_bytes,
        dialect=dialect,
        columns=columns,
        batches=body.batches,
        unreadable=body.unreadable,
        damaged_lines=body.damaged_lines,
    )
