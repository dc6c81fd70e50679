"""What a verb prints: results on standard output, talk on standard error, tables in plain columns.

Everything a verb prints passes here, and foreign text is made safe to read: no id, column or file name can steer the
terminal, hide itself or turn the line.
"""

import json
import sys
import unicodedata
from collections.abc import Iterable, Sequence

from suyuan.legible import printable, printable_json, printable_lines


def say(text: str) -> None:
    """Say something to the person at the terminal."""
    print(printable_lines(text), file=sys.stderr)


def result(text: str) -> None:
    """Print a line of the result."""
    print(printable_lines(text))


def print_json(value: object) -> None:
    """Print the result for a program: UTF-8, one value."""
    print(printable_json(json.dumps(value, ensure_ascii=False, indent=2)))


def print_columns(rows: Iterable[Sequence[str]], *, header: Sequence[str] = ()) -> None:
    """Print rows in aligned columns: no wrapping and no frame, so that what is printed can be piped."""
    table = [tuple(header)] if header else []
    table += [tuple(printable(cell) for cell in row) for row in rows]
    widths = [max(map(width, column)) for column in zip(*table, strict=True)]
    for row in table:
        print("  ".join(cell + " " * (w - width(cell)) for cell, w in zip(row, widths, strict=True)).rstrip())


def width(text: str) -> int:
    """Give how many columns a terminal needs for a text: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else not unicodedata.combining(c) for c in text)


def count(number: int, *, noun: str, plural: str = "") -> str:
    """Give `1 row`, `2 rows`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
