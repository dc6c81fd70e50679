"""Tables of people that a verb takes in: a file, or standard input."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

STDIN = Path("-")


def read_input(file: Path) -> "pl.DataFrame":
    """Read a table from a file, or from standard input for `-`."""
    from suyuan.adapters.files import parse_table, read_table

    if file == STDIN:
        return parse_table(sys.stdin.buffer.read(), name="standard input")
    return read_table(file)


def read_lines(file: Path) -> list[str]:
    """Read a list, one item a line; blank lines are left out."""
    from suyuan.adapters.files import decode_text, read_bytes

    raw = sys.stdin.buffer.read() if file == STDIN else read_bytes(file)
    text = decode_text(raw, name="standard input" if file == STDIN else file.name).decode("utf-8")
    return [line.strip() for line in text.splitlines() if line.strip()]
