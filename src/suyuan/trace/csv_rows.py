"""The slow path: Python's csv module itself, for odd quoting, odd line ends and separators of several characters."""

import csv
import io
from collections.abc import Iterator

from suyuan.errors import RefusedError
from suyuan.trace.dialect import CELL_CHARACTERS, Dialect


def text_lines(blocks: Iterator[bytes]) -> Iterator[str]:
    """Give the lines of UTF-8 blocks with their ends, as a file opened with `newline=""` does."""
    for block in blocks:
        yield from io.StringIO(block.decode(), newline="")


def read_rows(blocks: Iterator[bytes], *, dialect: Dialect) -> Iterator[list[str]]:
    """Give every record, the header among them, blank lines left out.

    Args:
        blocks: valid UTF-8, each ending at a line feed.
    Raises: RefusedError: `trace.quoting` or `trace.long-line`, naming the row.
    """
    lines = text_lines(blocks)
    if len(dialect.delimiter) > 1:
        for line in lines:
            if bare := line.rstrip("\r\n"):
                yield bare.split(dialect.delimiter)
        return
    reader = csv.reader(
        lines,
        delimiter=dialect.delimiter,
        quotechar=dialect.quote or None,
        quoting=csv.QUOTE_MINIMAL if dialect.quote else csv.QUOTE_NONE,
        strict=True,
    )
    records = 0
    line_before = 0
    try:
        for row in reader:
            line_before = reader.line_num
            if row:
                records += 1
                yield row
    except csv.Error:
        # The csv module's own message is dropped: nothing it may quote from the row can reach a log.
        row_number = records + (0 if dialect.header else 1)
        raise broken(row_number, line=line_before + 1, dialect=dialect) from None


def broken(row: int, *, line: int, dialect: Dialect) -> RefusedError:
    """Give the refusal of a record that cannot be read; rows count data rows from 1."""
    where = f"row {row} (line {line})"
    if dialect.quote:
        return RefusedError(
            f"{where}: the quoting is broken; a quote is never closed or text follows a closing one",
            code="trace.quoting",
            hint="repair that row, or say that the file knows no quoting",
        )
    return RefusedError(
        f"{where}: a cell is longer than {CELL_CHARACTERS} characters",
        code="trace.long-line",
        hint="the file is not one record a line; export it as CSV",
    )
