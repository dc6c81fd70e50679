"""Spreadsheets of OpenDocument (ods): every table as rows of text, parsed as a stream.

A cell that is repeated is given so often only as far as a row reaches; an empty row that is repeated is none. All that is
repeated, if it is much, makes no more cells than the text has characters; a row that would is counted as unreadable.
"""

import io
import math
import zipfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Final

from suyuan.trace.files.containers import bounded, opened_member, opened_zip, read_piece
from suyuan.trace.files.records import CELL_CHARACTERS
from suyuan.trace.formats.markup import CELLS_AT_MOST, Parser, parsed_pieces
from suyuan.trace.formats.pasted import unpasted
from suyuan.trace.formats.rows import Odd, Part, Row
from suyuan.trace.formats.sheet_forms import as_table
from suyuan.trace.formats.workbook import WHOLE_BELOW, rounded

CONTENT: Final = "content.xml"
MARK: Final = b"application/vnd.oasis.opendocument.spreadsheet"
BLOCK_BYTES: Final = 1 << 20
SPANNED_AT_MOST: Final = 1 << 20
REPEATED_AT_MOST: Final = 1_000
"""Rows alike that are given: nobody repeats a person more often."""


def is_document(archive: zipfile.ZipFile) -> bool:
    """Say whether a zip archive is a spreadsheet of OpenDocument."""
    names = archive.namelist()
    if CONTENT not in names or "mimetype" not in names:
        return False
    with opened_member(archive, info=archive.getinfo("mimetype")) as file:
        return read_piece(file, size=len(MARK) + 1).startswith(MARK)


class DocumentParser(Parser[Row]):
    """Gathers the rows of one table, or the names of all."""

    def __init__(self, *, table: int | None) -> None:
        super().__init__()
        self.names: list[str] = []
        self._table = table
        self._cells: list[str] = []
        self._blanks = 0
        self._is_over = False
        self._text: list[str] | None = None
        self._size = 0
        self._value: str | None = None
        self._times = 1
        self._rows = 1
        self._down = 1
        self._spans: dict[int, tuple[str, int]] = {}
        """The cells that reach down: their text, and into how many rows from this one on."""
        self._begun: dict[int, tuple[str, int]] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a table, a row or a cell."""
        given = {name.rpartition(":")[2]: value or "" for name, value in attrs}
        match tag.rpartition(":")[2]:
            case "table":
                self.names.append(given.get("name", ""))
                self._spans.clear()
            case "table-row":
                self._cells, self._blanks, self._is_over = [], 0, False
                self._rows = count(given.get("number-rows-repeated"), most=REPEATED_AT_MOST)
            case "table-cell" | "covered-table-cell":
                self._text, self._size = [], 0
                self._times = count(given.get("number-columns-repeated"), most=CELLS_AT_MOST)
                self._down = count(given.get("number-rows-spanned"), most=SPANNED_AT_MOST)
                # A number's own digits: what is shown of it may be rounded.
                self._value = own_digits(given.get("value", "")) if given.get("value-type") == "float" else None
            case "s" if self._text is not None:
                self._text.append(" ")
            case "p" if self._text:
                self._text.append("\n")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element without content."""
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        """End a row or a cell."""
        name = tag.rpartition(":")[2]
        if name in ("table-cell", "covered-table-cell") and self._text is not None:
            cell = self._value if self._value is not None else "".join(self._text)
            self._take(cell, times=min(self._times, CELLS_AT_MOST - len(self._cells) - self._blanks))
            self._text = None
        elif name == "table-row":
            self._finish_row()

    def _take(self, cell: str, *, times: int) -> None:
        """Put a cell behind the others, so often as it is repeated; empty ones where another follows."""
        if not cell:
            self._blanks += times
        elif times > 0 and self._affords(self._blanks + times - 1):
            self._cells += [""] * self._blanks
            self._blanks = 0
            if self._down > 1:
                self._begun[len(self._cells)] = (cell, self._down)
            self._cells += [cell] * times
        elif times > 0:
            self._is_over = True

    def _finish_row(self) -> None:
        """Give the row, with what reaches into it from those above; one with nothing of its own stays empty."""
        for at, (text, _) in self._spans.items() if self._cells else ():
            self._cells += [""] * (at + 1 - len(self._cells))
            self._cells[at] = self._cells[at] or text
        self._spans = {
            at: (text, left - self._rows)
            for at, (text, left) in (self._spans | self._begun).items()
            if left > self._rows
        }
        self._begun = {}
        if (self._cells or self._is_over) and self._table == len(self.names) - 1:
            is_little = not self._is_over and self._affords((self._rows - 1) * len(self._cells))
            self.rows += [self._cells] * (self._rows if is_little else 1)
            if self._is_over:
                self.rows[-1] = Odd(reason="long", text="")

    def handle_data(self, data: str) -> None:
        """Take a cell's text."""
        if self._text is not None and self._size < CELL_CHARACTERS:
            self._text.append(data)
            self._size += len(data)


def own_digits(value: str) -> str:
    """Give the value of a number; one of more digits than a number keeps has an exponent, as in any spreadsheet."""
    try:
        amount = float(value)
    except ValueError:
        return value
    return rounded(amount) if WHOLE_BELOW <= abs(amount) < math.inf else value


def count(digits: str | None, *, most: int) -> int:
    """Give how often something is repeated."""
    return min(int(digits), most) if digits is not None and digits.isdecimal() and len(digits) < 9 else 1


def document_sheets(source: Path | bytes) -> list[Part]:
    """Give every table that has rows.

    Raises: RefusedError: `trace.archive`, `trace.bomb`.
    """
    parser = DocumentParser(table=None)
    for _ in parsed_pieces(parser, pieces=content(source)):
        pass
    return [
        Part(name=name, names=None, rows=partial(table_rows, source, table=place), is_keyed=True)
        for place, name in enumerate(parser.names)
    ]


def table_rows(source: Path | bytes, *, table: int) -> Iterator[Row]:
    """Give the rows of one table, all as wide as the widest, or those of the text that was pasted into it, or of forms."""
    return as_table(unpasted(wide_rows(source, table=table)))


def wide_rows(source: Path | bytes, *, table: int) -> Iterator[Row]:
    """Give the rows of one table, all as wide as the widest."""
    rows = partial(parsed_pieces, pieces=content(source))
    width = max((len(row) for row in rows(DocumentParser(table=table)) if isinstance(row, list)), default=0)
    for row in parsed_pieces(DocumentParser(table=table), pieces=content(source)):
        yield row + [""] * (width - len(row)) if isinstance(row, list) else row


def content(source: Path | bytes) -> Iterator[str]:
    """Give the text of a document in pieces."""
    file = source.open("rb") if isinstance(source, Path) else io.BytesIO(source)
    with file, opened_zip(file) as archive:
        info = archive.getinfo(CONTENT)
        rest: list[bytes] = []
        with opened_member(archive, info=info) as opened:
            for block in bounded(opened, packed=lambda: info.compress_size, block_bytes=BLOCK_BYTES):
                end = block.rfind(b">") + 1
                if end:
                    yield b"".join((*rest, block[:end])).decode("utf-8", "replace")
                    rest = []
                rest.append(block[end:])
        yield b"".join(rest).decode("utf-8", "replace")
