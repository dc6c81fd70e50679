"""The rest of a statement at the head of a torn SQL file: its whole rows, and what is left of the one that was cut."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from suyuan.trace.formats.rows import Odd, Row
from suyuan.trace.formats.sql_tuples import STANDARD_VALUE, VALUE, past_blanks, tuple_at
from suyuan.trace.formats.sql_values import Backslash

ROW_BEGINS = re.compile(r"\)\s*,\s*(?=\()")
TRIED: Final = 8
"""Places that are tried: one may stand within a text that is quoted."""

SHOWN_CHARACTERS: Final = 1_000


def torn_rows(text: str, *, follows: str, at: int, backslash: Backslash) -> Iterator[Row]:
    """Give the rows of an INSERT whose beginning is missing; none where the text is no such thing.

    They are believed to be of the table of the INSERT that follows where they have as many values, each of them, up to
    the end of their statement. What is left of the first one is a row that cannot be read.

    Args:
        text: all that stands before that INSERT.
        follows: the text in which its first row begins at `at`.
    """
    value = VALUE if backslash is Backslash.ESCAPES else STANDARD_VALUE
    width = len(tuple_at(follows, at, value=value)[0])
    if not width or not text.strip():
        return
    places = [0] if text.lstrip().startswith("(") else []
    places += [found.end() for found in islice(ROW_BEGINS.finditer(text), TRIED)]
    for place in places:
        rows = rows_from(text, place, width=width, value=value)
        if rows:
            if place:
                yield cut_row(text[:place])
            yield from rows
            return
    # Of a statement of one row nothing is left but its end, in a quoted text or behind one.
    for opened in ("(", "('"):
        cells, end = tuple_at(opened + text, 0, value=value)
        if end is not None and len(cells) <= width and (opened + text)[end:].lstrip().startswith(";"):
            yield cut_row(text[: end - len(opened)])
            return


def rows_from(text: str, place: int, *, width: int, value: re.Pattern[str]) -> list[list[str]]:
    """Give the rows from a place on up to the `;` behind the last; none where one of them is not as wide, or the text ends elsewhere."""
    rows: list[list[str]] = []
    while True:
        cells, end = tuple_at(text, place, value=value)
        if end is None or len(cells) != width:
            return []
        rows.append(cells)
        place = past_blanks(text, end)
        if text[place : place + 1] != ",":
            return rows if text[place : place + 1] == ";" else []
        place = past_blanks(text, place + 1)


def cut_row(text: str) -> Odd:
    """Give what is left of a row."""
    return Odd(reason="sql", text=text[:SHOWN_CHARACTERS])
