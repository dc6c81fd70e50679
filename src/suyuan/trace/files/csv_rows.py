"""The slow path: Python's csv module itself, for odd quoting, odd line ends and separators of several characters."""

import io
from collections.abc import Iterator

from suyuan.errors import RefusedError
from suyuan.trace.files.dialect import Dialect
from suyuan.trace.files.records import CELL_CHARACTERS, Broken, read_records


def text_lines(blocks: Iterator[bytes]) -> Iterator[str]:
    """Give the lines of UTF-8 blocks with their ends, as a file opened with `newline=""` does."""
    for block in blocks:
        yield from io.StringIO(block.decode(), newline="")


def read_rows(blocks: Iterator[bytes], *, dialect: Dialect) -> Iterator[list[str] | Broken]:
    """Give every record, the header among them, blank lines left out.

    Args:
        blocks: valid UTF-8, each ending at a line feed.
    """
    return read_records(text_lines(blocks), delimiter=dialect.delimiter, quote=dialect.quote)


def refusal(broken: Broken, *, row: int, dialect: Dialect) -> RefusedError:
    """Give the refusal of a file whose records mostly cannot be read, by the first of them; rows count from 1."""
    where = f"row {row} (line {broken.line})"
    if dialect.quote and not broken.is_long:
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
