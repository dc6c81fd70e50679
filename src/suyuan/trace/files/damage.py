"""What programs do to cells on their way: spreadsheets, terminals, copying by hand. Undone where nothing is guessed."""

import html
import re
from typing import Final

import polars as pl

from suyuan.kinds.plain import HAN
from suyuan.trace.files.coded import of_units

COLOURS: Final = r"\x1b\[[0-9;]*[A-Za-z]"

BLANKS: Final = " \t\r\n\u00a0\u3000"

JUNK: Final = f"[\x00\ufeff\u200b-\u200f\u2028-\u202e\u2060]|{COLOURS}"
"""What nobody sees: NUL, byte order marks in the middle, zero-width and direction marks, a terminal's colours."""

UNITS: Final = r"\\u[0-9a-fA-F]{4}"
"""A character as the programs of JSON and Java write it."""

ENTITY: Final = r"&(?:#\d{2,7}|#[xX][0-9A-Fa-f]{2,6}|nbsp|amp|lt|gt|quot|apos);"
"""How web pages spell characters."""

TAGGED: Final = r"</[A-Za-z][A-Za-z0-9]{0,9}>|<br ?/?>"
TAG: Final = r"</?[A-Za-z][A-Za-z0-9]{0,9}(?:\s[^<>]{0,300})?/?>"
"""What a web page has around its words."""

PICTURE: Final = r"[\p{So}\p{Sk}\x{fe0f}]"
MARK: Final = r"[[\p{So}\p{Sk}\x{fe0f}\x{200d}]--[\x{fffd}]]"
PICTURES: Final = rf"^(?:{MARK}\s*)+|(?:\s*{MARK})+$"
"""Pictures, bullets and the marks of a quoted mail at a cell's edge; not what stands for a character that was lost."""

PADDED_NUMBER: Final = r"^\+0*([1-9]\d{6,})\.$"
"""A number as DB2 writes it, with its sign, its zeros and its point."""

SCIENTIFIC: Final = r"^[+-]?\d(?:\.\d+)?[eE]\+?\d{1,2}$"

THOUSANDS: Final = r"^[1-9]\d{0,2}(?:,\d{3}){3,}(?:\.0+)?$"
"""A number of ten digits or more with commas in it: a telephone number or an ID that was taken for an amount."""

WRAPPED: Final = r"^[“「『【《<](.*)[”」』】》>]$"
"""A cell within quotes or brackets of its own."""

EXCEL_TEXT: Final = r'^="(.*)"$'

NUMBERED: Final = rf"^\d{{1,6}}\s*[、.)）]\s*([{HAN}])"
"""The number of a list before a name."""

BULLET: Final = r"^(?:(?:[>\u2022\u25aa\u25ab\u25a0\u25cf\u25c6\u2605\u2606\u2756\u203b]\ufe0f?)\s*)+([^\s>])"
"""A mark of forwarding, or of a list, before a value."""

POINT_ZERO: Final = r"^(\d{5,})\.0+$"


NOTHING: Final = (
    *("NULL", "null", "\\N", "None", "nan", "NaN", "(null)", "(Null)", "(NULL)", "<null>", "[NULL]", "#N/A"),
    *("(空)", "（空）", "(跳过)", "（跳过）"),
)
"""What programs write where there is no value. A bare `Null` is none: it is a surname."""

LOST_WORDS: Final = r"^[\x20-\x7e]*\?\?[\x20-\x7e]*$"
"""What may be words of which a program has made question marks, one a character."""

LOST_SHARE: Final = 0.5
"""The share of a column's cells that must be such for the column to be damaged by it."""

BACKSLASHED: Final = r"\\([_&#%$])"
"""Marks that LaTeX and its like take for their own unless a backslash stands before."""

LOSSY: Final = (
    "\x00",
    UNITS,
    ENTITY,
    TAGGED,
    BACKSLASHED,
    PADDED_NUMBER,
    COLOURS,
    SCIENTIFIC,
    THOUSANDS,
    r"^[1-9]\d{14,17}\.0+$",
)
"""Damage that kinds do not read through."""


def cleaned(cells: pl.Series) -> pl.Series:
    """Give cells without what a program added: unseen characters, a leading apostrophe, `="..."`, `.0` after digits.

    A number in scientific notation whose digits are all there is written out; others stay, see `lost_numbers`.
    """
    if cells.str.contains(UNITS).any():
        cells = pl.Series([of_units(cell) for cell in cells], dtype=pl.String)
    text = without_pictures(without_entities(cells).str.replace_all(JUNK, "")).str.strip_chars(BLANKS)
    if text.str.contains("<", literal=True).any() and text.str.contains(TAGGED).any():
        text = text.str.replace_all(TAG, "").str.strip_chars(BLANKS)
    grouped = text.str.contains(THOUSANDS)
    if grouped.any():
        text = pl.select(pl.when(grouped).then(text.str.replace_all(",", "")).otherwise(text)).to_series()
    text = (
        text.str.replace(EXCEL_TEXT, "$1")
        .str.replace(r"^['‘’]([^']*)$", "$1")
        .str.replace(WRAPPED, "$1")
        .str.replace(r"^[【《]([^】》]*)$", "$1")
        .str.replace(POINT_ZERO, "$1")
        .str.replace(BULLET, "$1")
        .str.replace(PADDED_NUMBER, "$1")
        .str.replace(NUMBERED, "$1")
    )
    if text.str.contains("\\", literal=True).any():
        text = text.str.replace_all(BACKSLASHED, "$1")
    nothing = text.is_in(NOTHING)
    if text.str.contains("??", literal=True).any():
        nothing |= is_lost_words(text)
    text = pl.select(pl.when(nothing).then(pl.lit("")).otherwise(text)).to_series()
    scientific = text.str.contains(SCIENTIFIC)
    if scientific.any():
        written = [written_out(cell) if is_number else cell for cell, is_number in zip(text, scientific, strict=True)]
        return pl.Series(written, dtype=pl.String)
    return text


def without_pictures(cells: pl.Series) -> pl.Series:
    """Give cells without pictures and bullets at their edges."""
    return cells.str.replace_all(PICTURES, "") if cells.str.contains(PICTURE).any() else cells


def without_entities(cells: pl.Series) -> pl.Series:
    """Give cells with characters that a web page spelled as entities; an ampersand may itself be spelled so."""
    # One plain character lets nearly every column off.
    if not cells.str.contains("&", literal=True).any() or not (spelled := cells.str.contains(ENTITY)).any():
        return cells
    return pl.Series(
        [html.unescape(html.unescape(cell)) if is_one else cell for cell, is_one in zip(cells, spelled, strict=True)],
        dtype=pl.String,
    )


def is_damaged(cells: pl.Series) -> bool:
    """Say whether a column shows what a program did to it, so that it is not to be read as it stands."""
    marks = (
        WRAPPED,
        NUMBERED,
        BULLET,
        PICTURES,
        r"^['‘’][^']+$",
        EXCEL_TEXT,
        r"[\ufeff\u200b-\u200f\u202a-\u202e\u2060]",
        *LOSSY,
    )
    return is_without_words(cells) or any(bool(cells.str.contains(mark).any()) for mark in marks)


def is_without_words(cells: pl.Series) -> bool:
    """Say whether most cells of a column are question marks instead of words."""
    if not cells.str.contains("??", literal=True).any():
        return False
    filled = cells.filter(cells != "")
    return int(is_lost_words(filled).sum()) > LOST_SHARE * len(filled)


def is_lossy(cells: pl.Series) -> bool:
    """Say whether a column shows damage that kinds do not read through: apostrophes, `="..."`, unseen characters they do."""
    return is_without_words(cells) or any(bool(cells.str.contains(mark).any()) for mark in LOSSY)


def written_out(cell: str) -> str:
    """Give a number in scientific notation with all its digits, if it has them all; else as it is."""
    mantissa, _, exponent = cell.lower().partition("e")
    whole, _, fraction = mantissa.lstrip("+").partition(".")
    if len(fraction) == int(exponent):
        return whole + fraction
    return cell


def is_lost_words(cells: pl.Series) -> pl.Series:
    """Say which cells are words that a program without Chinese has made question marks of, numbers beside them or not.

    Never where letters are as many as they are.
    """
    marks, letters = (cells.str.count_matches(pattern) for pattern in (r"\?", "[A-Za-z]"))
    return cells.str.contains(LOST_WORDS) & (marks > letters)


def lost_numbers(cells: pl.Series) -> pl.Series:
    """Say which cells are numbers of which a spreadsheet has thrown digits away."""
    return cells.str.contains(SCIENTIFIC)


FORMULA: Final = re.compile(r"^[\s\ufeff]*[=+\-@\t\r]")


def neutral(cell: str) -> str:
    """Give a cell as it may be written into a CSV that a spreadsheet will open: never a formula."""
    return f"'{cell}" if FORMULA.match(cell) else cell
