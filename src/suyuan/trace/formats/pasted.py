"""Separated text that was pasted into a sheet: whole lines stand in the first cell, and a few spill over into the next."""

import re
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import Final

from suyuan.errors import RefusedError
from suyuan.trace.files.dialect import ANCHOR, SAMPLE_LINES, Dialect, DumpFormat, Given, sample_rows, sniff
from suyuan.trace.formats.rows import Odd, Row

LINES_LEAST: Final = 3
FIT_SHARE: Final = 0.9
"""The share of rows that must come to one number of cells."""

IDENTIFIED: Final = re.compile(ANCHOR)


def unpasted(rows: Iterator[Row]) -> Iterator[Row]:
    """Give the rows of a sheet; where they are lines of separated text, each as the cells of its line.

    Test: tests/unit/trace/test_sheets.py.
    """
    head = list(islice(rows, SAMPLE_LINES))
    dialect = dialect_within([[] if isinstance(row, Odd) else row for row in head])
    whole = chain(head, rows)
    if dialect is None:
        yield from whole
        return
    for row in whole:
        yield row if isinstance(row, Odd) else cut_again(row, dialect=dialect)


def dialect_within(head: Sequence[Sequence[str]]) -> Dialect | None:
    """Give the dialect of the lines in the first cells of a sheet, or None where it is a sheet like any other.

    It is none unless most rows have nothing but their first cell, most of these show a number or mailbox, and nearly all
    rows come to the same number of cells once what spilt over is put back behind its separator.
    """
    lines = [" ".join(row[0].split("\n")) for row in head if row and row[0] and not any(row[1:])]
    if len(lines) < LINES_LEAST or len(lines) * 2 <= len(head):
        return None
    if sum(IDENTIFIED.search(line) is not None for line in lines) * 2 <= len(lines):
        return None
    try:
        found = sniff("\n".join(lines), codecs=("utf-8",), bom=0, given=Given(), is_header=lambda _: False)
    except RefusedError:
        return None
    if found.format is not DumpFormat.DELIMITED or found.width < 2:
        return None
    fit = sum(len(cut_again(row, dialect=found)) == found.width for row in head)
    return found if fit >= FIT_SHARE * len(head) else None


def cut_again(row: Sequence[str], *, dialect: Dialect) -> list[str]:
    """Give the cells of a line that stands in the first cell of a row and perhaps in those behind."""
    filled = list(row)
    while filled and not filled[-1]:
        filled.pop()
    cells = cut(dialect.delimiter.join(filled), dialect=dialect)
    if len(cells) != dialect.width and len(filled) > 1:
        # What spilt over may itself hold the separator.
        whole = cut(filled[0], dialect=dialect) + filled[1:]
        return whole if len(whole) == dialect.width else cells
    return cells


def cut(line: str, *, dialect: Dialect) -> list[str]:
    """Give the cells of one line; a line whose quotes do not close is one cell."""
    rows = sample_rows(line, delimiter=dialect.delimiter, quote=dialect.quote)
    return rows[0] if len(rows) == 1 and rows[0] else [line]
