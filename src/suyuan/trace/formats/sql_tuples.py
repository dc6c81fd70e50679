"""Rows of SQL in brackets: their values told by patterns where they are plain literals, and by the reader of values else."""

import re
from typing import Final

from suyuan.trace.files.coded import unescaped
from suyuan.trace.formats.sql_copy import STATEMENT_CHARACTERS, Window
from suyuan.trace.formats.sql_values import Backslash, bare_value, row_at, unquoted_text

GAP: Final = r"(?:\s++|/\*(?:[^*]|\*(?!/)){0,1000}\*/|--[^\n]{0,1000}\n)*+"
"""Blanks and comments."""

VALUE = re.compile(
    r"""\s*(?:
    (?P<string>(?:_\w+\s*|N|E|B|X|x|b|n|e)?'(?:[^'\\]++|''|\\.)*+')
    |(?P<plain>'(?:[^']++|'')*+')
    |(?P<double>"(?:[^"\\]++|""|\\.)*+")
    |(?P<call>(?:CAST|TO_DATE|TO_TIMESTAMP|STR_TO_DATE)\s*\(\s*N?'(?P<inner>[^'\\]*+)'\s*(?:,|AS\b)(?:[^()']++|'[^'\\]*+'|\([^()']*+\))*+\))
    |(?P<bare>-?[\w.+]++(?:(?:\s+|-)[\w.+]++)*+)
    )\s*(?:::\s*[\w."]+(?:\s+\w+){0,3}(?:\([\d,\s]*\))?(?:\[\])?\s*)*(?P<end>[,)])""",
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
STANDARD_VALUE = re.compile(
    VALUE.pattern.replace(
        r"(?P<string>(?:_\w+\s*|N|E|B|X|x|b|n|e)?'(?:[^'\\]++|''|\\.)*+')", r"(?P<string>E'(?:[^'\\]++|''|\\.)*+')"
    ).replace(r"(?P<plain>'", r"(?P<plain>(?:_\w+\s*|N|B|X)?'"),
    VALUE.flags,
)
TUPLES = re.compile(r"\s*\((?:[^'\"()\\]++|'(?:[^'\\]++|''|\\.)*+')*+\)\s*,", re.DOTALL)
STANDARD_TUPLES = re.compile(r"\s*\((?:[^'\"()\\]++|'(?:[^'\\]++|'')*+')*+\)\s*,")
"""A row of plain values and the comma after it."""

BETWEEN = re.compile(GAP)
COMMENT_CHARACTERS: Final = 1_010


def tuple_at(text: str, at: int, *, value: re.Pattern[str]) -> tuple[list[str], int | None]:
    """Give the cells of `(...)` and where it ends; None where the text breaks off or is no such thing."""
    place = at
    while place < len(text) and text[place].isspace():
        place += 1
    if place < len(text) and text[place] == "(":
        place += 1
        cells: list[str] = []
        while (found := value.match(text, place)) is not None:
            cells.append(cell_of(found, is_standard=value is STANDARD_VALUE))
            place = found.end()
            if found["end"] == ")":
                return cells, place
    # Values that are no literals: the reader that knows them is slower, and asked for these rows alone.
    return row_at(text, at, end=at + STATEMENT_CHARACTERS, backslash=backslash_in(value))


def backslash_in(value: re.Pattern[str]) -> Backslash:
    """Give what a backslash means to a pattern of values."""
    return Backslash.STANDS if value is STANDARD_VALUE else Backslash.ESCAPES


def cell_of(found: re.Match[str], *, is_standard: bool) -> str:
    """Give the text of one value."""
    text = found["string"]
    if text is not None and text[0] == "'" and "\\" not in text and "'" not in (inner := text[1:-1]):
        return inner
    bare = found["bare"]
    if bare is not None:
        return bare if bare[0] in "123456789" else bare_value(bare)
    if found["call"] is not None:
        return found["inner"]
    raw = found["string"] or found["plain"] or found["double"]
    quote = raw[-1]
    start = raw.index(quote)
    if quote == '"':
        return unescaped(raw[1:-1].replace('""', '"'))
    backslash = Backslash.STANDS if is_standard or found["plain"] is not None else Backslash.ESCAPES
    return unquoted_text(raw[start:], prefix=raw[:start], backslash=backslash)


def past_blanks(text: str, place: int) -> int:
    """Give where blanks and comments end."""
    found = BETWEEN.match(text, place)
    return place if found is None else found.end()


def to_next_row(window: Window) -> bool:
    """Go past blanks, comments and the comma behind a row; False where no further row follows, and the window stays."""
    while True:
        end = past_blanks(window.text, window.at)
        mark = window.text[end : end + 1]
        # A comment may break off with the text at hand.
        if mark in ("", "/", "-") and len(window.text) - end <= COMMENT_CHARACTERS and window.more():
            continue
        if mark in (",", "("):
            window.at = end + (mark == ",")
        return mark in (",", "(")
