"""Records that line ends tear or quotes glue: escaped line ends, quotes never closed, and the rows that such a quote swallows."""

import io
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from suyuan.trace.files.delimited import Utf8Lines
from suyuan.trace.files.dialect import SAMPLE_LINES, Dialect
from suyuan.trace.files.records import RECORD_CHARACTERS, Broken, read_records
from suyuan.trace.formats.rows import Odd, Row
from suyuan.trace.formats.sql_copy import uncopied

LINES_AT_MOST: Final = 50
"""Lines that one record with escaped line ends may have."""

LINE_ENDS: Final = re.compile("[\r\n\x0c\x85\u2028\u2029]+")
"""What ends lines to some program or other."""

WHOLE_LINES: Final = 2
"""Whole rows within one record from which a quote that was never closed has swallowed them."""


def mended_records(lines: Iterator[str], *, dialect: Dialect) -> Iterator[Row]:
    """Give the records of separated text, and of those that a stray quote spoils what stands in each of their lines.

    A quote that is opened and never closed makes one record of many, or a line that no reader of quotes takes. Where
    the lines, their quotes taken for letters, have each just as many cells as the table, they are its rows.
    """
    held = Kept(lines)
    for record in read_records(held, delimiter=dialect.delimiter, quote=dialect.quote):
        if isinstance(record, Broken):
            line = held.line(record.line)
            cells = [] if record.is_long else unquoted(line, dialect=dialect)
            is_row = len(cells) == dialect.width and not any(dialect.quote in cell for cell in cells)
            yield cells if is_row else Odd(reason="long" if record.is_long else "quote", text=line)
        elif is_broken_up(record) and (rows := swallowed(record, dialect=dialect)):
            yield from rows
        else:
            yield record


class Kept(Iterator[str]):
    """Lines on their way to the csv module; the last ones can be looked at again by their number, from 1."""

    __slots__ = ("_kept", "_lines", "_seen", "_size")

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._kept: dict[int, str] = {}
        self._seen = 0
        self._size = 0

    def __next__(self) -> str:
        line = next(self._lines)
        self._seen += 1
        self._kept[self._seen] = line
        self._size += len(line)
        while self._size > 2 * RECORD_CHARACTERS and len(self._kept) > 1:
            self._size -= len(self._kept.pop(next(iter(self._kept))))
        return line

    def line(self, number: int) -> str:
        """Give a line without its end; an empty text where it lies too far back."""
        return self._kept.get(number, "").rstrip("\r\n")


def unquoted(line: str, *, dialect: Dialect) -> list[str]:
    """Give the cells of a line whose quotes are letters; those at a cell's edge are left off.

    A quote that is left within a cell, and is no doubled one, says that the line is cut otherwise.
    """
    return [cell.strip().strip(dialect.quote) for cell in line.split(dialect.delimiter)]


def is_broken_up(record: Sequence[str]) -> bool:
    """Say whether something within a record ends lines."""
    return LINE_ENDS.search("".join(record)) is not None


def swallowed(record: list[str], *, dialect: Dialect) -> list[Row]:
    """Give the rows that a quote never closed made one record of; nothing where its line ends are its own.

    Line ends within an address leave pieces that are no whole rows. A piece that is none among whole ones is odd.
    """
    pieces = [piece for piece in LINE_ENDS.split(dialect.delimiter.join(record)) if piece.strip()]
    rows = [unquoted(piece, dialect=dialect) for piece in pieces]
    fit = sum(len(row) == dialect.width for row in rows)
    if dialect.width < WHOLE_LINES or fit < WHOLE_LINES or fit * 2 < len(rows):
        return []
    return [
        row if len(row) == dialect.width else Odd(reason="quote", text=piece)
        for row, piece in zip(rows, pieces, strict=True)
    ]


def is_torn(head: str, rows: Sequence[Sequence[str]], *, dialect: Dialect) -> bool:
    """Say whether quotes spoil rows of a head that can be read line by line.

    Args:
        rows: its records as the csv module gives them, those that it refuses without cells.
    """
    if all(rows) and not any(map(is_broken_up, rows)):
        return False
    mended = islice(mended_records(io.StringIO(head, newline=""), dialect=dialect), SAMPLE_LINES)
    fit = sum(len(row) == dialect.width for row in mended if not isinstance(row, Odd))
    return fit > sum(len(row) == dialect.width for row in rows)


def escaped_rows(lines: Utf8Lines, *, dialect: Dialect) -> Iterator[Row]:
    """Give the rows of text in which a backslash escapes separators, quotes and line ends."""
    mark = re.escape(dialect.delimiter)
    cell = re.compile(rf'(?:"((?:[^"\\]|\\.|"")*)"|((?:[^{mark}\\]|\\.)*))({mark}|$)', re.DOTALL)
    held: list[str] = []
    for block in lines:
        for line in block.decode().removesuffix("\n").split("\n"):
            held.append(line.removesuffix("\r"))
            if goes_on(held[-1]) and len(held) < LINES_AT_MOST:
                continue
            yield from joined(held, cell=cell, dialect=dialect)
            held = []
    yield from joined(held, cell=cell, dialect=dialect)


def goes_on(line: str) -> bool:
    """Say whether a line's end is escaped: an odd number of backslashes stands before it."""
    return (len(line) - len(line.rstrip("\\"))) % 2 == 1


def joined(held: list[str], *, cell: re.Pattern[str], dialect: Dialect) -> Iterator[Row]:
    """Give the record of lines whose ends are escaped, or one of each where they make none of the table's width."""
    if not any(held):
        return
    row = cells_of("\n".join(held), cell=cell)
    if len(held) > 1 and len(row or ()) != dialect.width:
        yield from (cells_of(line, cell=cell) or Odd(reason="quote", text=line) for line in held if line)
    else:
        yield row or Odd(reason="quote", text="\n".join(held))


def cells_of(line: str, *, cell: re.Pattern[str]) -> list[str] | None:
    """Give the cells of one record, escapes undone; None where its quotes or escapes break off."""
    cells: list[str] = []
    place = 0
    while (found := cell.match(line, place)) is not None:
        raw = (found[1] if found[1] is not None else found[2]).replace("\\\n", "\n")
        cells.append(uncopied(raw.replace('""', '"') if found[1] is not None else raw))
        place = found.end()
        if not found[3]:
            break
    return cells if place == len(line) else None
