"""The rows of COPY in a SQL dump, and the text under the hands of whoever reads one."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from suyuan.trace.files.cells import INLINE_BYTES
from suyuan.trace.files.coded import LETTERS
from suyuan.trace.files.records import read_records
from suyuan.trace.formats.rows import Block, Odd, Row, Text, rows_of_records, unheard

STATEMENT_CHARACTERS: Final = 1 << 20
"""How much text one row may take, or one statement that is not read."""

STRETCH_BYTES: Final = 1 << 18
"""How much of a piece becomes text at a time."""

PADDING: Final = (1 << 12) + INLINE_BYTES + 4
"""Zeros behind a piece: as long as a statement's head that a kernel looks for."""

OPENINGS: Final = ("INSERT INTO ", "COPY ", "CREATE ")
"""How a program begins the statement behind a COPY."""

OPENING = re.compile("|".join((*OPENINGS, "--")))
OPENING_CHARACTERS: Final = 12

COPY_ESCAPE = re.compile(r"\\(?:([0-7]{1,3})|x([0-9A-Fa-f]{1,2})|(.))")
CSV_COPY = re.compile(r"\bCSV\b", re.IGNORECASE)
COPY_MARK = re.compile(r"\bDELIMITER\s+(?:AS\s+)?E?'(\\?.)'", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlRow:
    """One row of a table, or several, with the columns that its statement names, if it does."""

    table: str = field(repr=False)
    columns: tuple[str, ...] | None = field(repr=False)
    row: Row | Block = field(repr=False)


class Window:
    """The text under the reader's hands: it grows at its end and is cut at its beginning.

    `head` is the beginning of the statement whose rows are read, and `is_after` says that one was just given: what
    follows it is then read as it would be behind any other. None where nobody could go on from the text alone.

    Only a stretch of the piece at hand is decoded at a time: what kernels read of it is never a text (`raw`, `skip`).
    """

    __slots__ = (
        "_at", "_byte", "_decoded", "_pieces", "_rest", "_since", "_size", "_source", "at", "head", "is_after", "is_over",
        "padded", "text",
    )  # fmt: skip

    def __init__(self, source: Text, *, rest: Callable[[str], None] = unheard) -> None:
        """Take the text, and what takes all of it that is gone past but for what is left out of that (`skip`)."""
        self._source = source
        self._pieces = source.spelled()
        self._rest = rest
        self._since = 0
        # The bytes of the text from `at` on are those from `_byte` to `_decoded`.
        self.padded = bytes(PADDING)
        self._size = self._decoded = self._byte = 0
        self._at = 0
        self.head: str | None = ""
        self.is_after = False
        self.text = ""
        self.at = 0
        self.is_over = False

    def more(self) -> bool:
        """Take more text, and say whether there was any."""
        self._pass_on(self.at)
        # What was read one by one since is no longer held, neither as text nor as bytes.
        self.raw()
        if self._decoded == self._size and not self._take():
            self._pass_on(len(self.text))
            self.is_over = True
            return False
        end = min(self._size, self._decoded + STRETCH_BYTES)
        while end < self._size and self.padded[end] & 0xC0 == 0x80:
            end += 1
        piece = self.padded[self._decoded : end].decode()
        self._decoded = end
        # One character before stays, so that the middle of a line is not taken for its beginning.
        before = max(self.at - 1, 0)
        self.text, self.at, self._since = self.text[before:] + piece, self.at - before, self._since - before
        self._at = self.at
        return True

    def raw(self) -> tuple[int, int]:
        """Give where in `padded` the text from here on begins, and where what is at hand of it ends."""
        self._byte += len(self.text[self._at : self.at].encode())
        self._at = self.at
        return self._byte, self._size

    def skip(self, end: int, *, is_rest: bool) -> None:
        """Go to a place in `padded`, behind an ASCII character; `is_rest`: what is gone past is no row that was given."""
        start, _ = self.raw()
        self._pass_on(self.at)
        if is_rest and self._rest is not unheard:
            self._rest(self.padded[start:end].decode())
        if end <= self._decoded:
            self.at += len(self.padded[start:end].decode())
        else:
            self.text, self.at = chr(self.padded[end - 1]), 1
            self._decoded = end
        self._since = self._at = self.at
        self._byte = end

    def _take(self) -> bool:
        """Take the next piece behind what is left of the one at hand."""
        start, _ = self.raw()
        self._stand()
        for piece in self._pieces:
            left = self.padded[start : self._size]
            self._size = len(left) + len(piece)
            self.padded = b"".join((left, piece, bytes(PADDING)))
            self._decoded, self._byte = len(left), 0
            return True
        return False

    def _pass_on(self, end: int) -> None:
        if end > self._since:
            self._rest(self.text[self._since : end])
            self._since = end

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


def copied_line(window: Window) -> str | Odd | None:
    """Give the next line of a COPY in text format, without its end; None where it is over."""
    end = window.text.find("\n", window.at)
    while end < 0 and len(window.text) - window.at < STATEMENT_CHARACTERS and window.more():
        end = window.text.find("\n", window.at)
    is_long = end < 0 and not window.is_over
    line = window.text[window.at : end if end >= 0 else len(window.text)].rstrip("\r\n")
    window.at = end + 1 if end >= 0 else len(window.text)
    if is_long:
        return Odd(reason="long", text=line[:1_000])
    return None if line == "\\." or (end < 0 and not line) else line


def uncopied(cell: str) -> str:
    """Give the text of a cell of COPY."""
    if cell == "\\N":
        return ""
    if "\\" not in cell:
        return cell
    return COPY_ESCAPE.sub(
        lambda m: chr(int(m[1], 8)) if m[1] else chr(int(m[2], 16)) if m[2] else LETTERS.get(m[3], m[3]), cell
    )
