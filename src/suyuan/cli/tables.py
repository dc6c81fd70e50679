"""Tables of people that a verb takes in: a file, or standard input."""

import sys
from collections.abc import Mapping, Sequence
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


def set_aside(frame: "pl.DataFrame", *, wrong: Mapping[int, Sequence[str]], target: Path) -> None:
    """Write the rows that are not taken in, as they were given, each with what is wrong with it.

    Args:
        wrong: by row, from 1.
    """
    import polars as pl

    from suyuan.adapters.files import open_sink
    from suyuan.collect.admit import ROW

    rows = sorted(wrong)
    table = frame[[row - 1 for row in rows]].with_columns(
        pl.Series(f"suyuan_{ROW}", rows), pl.Series("suyuan_problem", ["; ".join(wrong[row]) for row in rows])
    )
    sink = open_sink(target)
    try:
        sink.write(table)
        sink.finish()
    except BaseException:
        sink.abandon()
        raise
