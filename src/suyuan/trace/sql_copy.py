"""The rows of COPY in a SQL dump, and the text under the hands of whoever reads one."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from suyuan.trace.coded import LETTERS
from suyuan.trace.records import read_records
from suyuan.trace.rows import Odd, Row, Text, rows_of_records

STATEMENT_CHARACTERS: Final = 1 << 20
"""How much text one row may take, or one statement that is not read."""

COPY_ESCAPE = re.compile(r"\\(?:([0-7]{1,3})|x([0-9A-Fa-f]{1,2})|(.))")
CSV_COPY = re.compile(r"\bCSV\b", re.IGNORECASE)
COPY_MARK = re.compile(r"\bDELIMITER\s+(?:AS\s+)?E?'(\\?.)'", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlRow:
    """One row of a table, with the columns that its statement names, if it does."""

    table: str = field(repr=False)
    columns: tuple[str, ...] | None = field(repr=False)
    row: Row = field(repr=False)


class Window:
    """The text under the reader's hands: it grows at its end and is cut at its beginning.

    `head` is the beginning of the statement whose rows are read, and `is_after` says that one was just given: what
    follows it is then read as it would be behind any other. None where nobody could go on from the text alone.
    """

    __slots__ = ("_pieces", "_source", "at", "head", "is_after", "is_over", "text")

    def __init__(self, source: Text) -> None:
        self._source = source
        self._pieces = source.pieces()
        self.head: str | None = ""
        self.is_after = False
        self.text = ""
        self.at = 0
        self.is_over = False

    def more(self) -> bool:
        """Take another piece, and say whether there was one."""
        self._stand()
        for piece in self._pieces:
            # One character before stays, so that the middle of a line is not taken for its beginning.
            before = max(self.at - 1, 0)
            self.text, self.at = self.text[before:] + piece, self.at - before
            return True
        self.is_over = True
        return False

    def _stand(self) -> None:
        if self.head is None:
            return
        # Outside a statement only a line's beginning counts.
        before = "" if self.head or not self.at or self.text[self.at - 1] == "\n" else ";"
        given = "(0)" if self.is_after else ""
        self._source.stand(before + self.head + given + self.text[self.at :], rows=int(self.is_after))


def past(window: Window, *, mark: str, start: int) -> bool:
    """Go past the next occurrence of a mark; False where it does not come, and the window stays."""
    window.at = start
    head, window.head = window.head, None
    while (place := window.text.find(mark, window.at)) < 0:
        window.at = max(window.at, len(window.text) - len(mark))
        if not window.more():
            return False
    window.at, window.head = place + len(mark), head
    return True


def copy_mark(options: str, *, usual: str) -> str:
    """Give what parts the cells of a COPY."""
    found = COPY_MARK.search(options)
    return usual if found is None else LETTERS.get(found[1][-1], found[1][-1]) if found[1][0] == "\\" else found[1]


def copied_cells(window: Window, *, table: str, columns: tuple[str, ...] | None, options: str) -> Iterator[SqlRow]:
    """Give the rows of one COPY in CSV format, up to the line `\\.`."""
    records = read_records(lines_until_end(window), delimiter=copy_mark(options, usual=","), quote='"')
    if re.search(r"\bHEADER\b", options, re.IGNORECASE):
        next(records, None)
    for row in rows_of_records(records):
        yield SqlRow(table=table, columns=columns, row=row)


def lines_until_end(window: Window) -> Iterator[str]:
    """Give the lines of a COPY with their ends, up to the one that says that it is over."""
    while True:
        end = window.text.find("\n", window.at)
        while end < 0 and len(window.text) - window.at < STATEMENT_CHARACTERS and window.more():
            end = window.text.find("\n", window.at)
        stop = end + 1 if end >= 0 else len(window.text)
        line, window.at = window.text[window.at : stop], stop
        if not line or line.rstrip("\r\n") == "\\.":
            return
        yield line


def copied(window: Window, *, table: str, columns: tuple[str, ...] | None, mark: str) -> Iterator[SqlRow]:
    """Give the rows of one COPY in text format, up to the line `\\.`."""
    while True:
        end = window.text.find("\n", window.at)
        while end < 0 and len(window.text) - window.at < STATEMENT_CHARACTERS and window.more():
            end = window.text.find("\n", window.at)
        is_long = end < 0 and not window.is_over
        line = window.text[window.at : end if end >= 0 else len(window.text)].rstrip("\r\n")
        window.at = end + 1 if end >= 0 else len(window.text)
        if is_long:
            yield SqlRow(table=table, columns=columns, row=Odd(reason="long", text=line[:1_000]))
            past(window, mark="\n", start=window.at)
            continue
        if line == "\\." or (end < 0 and not line):
            return
        if line:
            yield SqlRow(table=table, columns=columns, row=[uncopied(cell) for cell in line.split(mark)])


def uncopied(cell: str) -> str:
    """Give the text of a cell of COPY."""
    if cell == "\\N":
        return ""
    if "\\" not in cell:
        return cell
    return COPY_ESCAPE.sub(
        lambda m: chr(int(m[1], 8)) if m[1] else chr(int(m[2], 16)) if m[2] else LETTERS.get(m[3], m[3]), cell
    )
