"""Tables in HTML and in spreadsheets of XML: `tr` and `td`, `Row` and `Cell`; and the lines that are seen of a page.

Nothing is fetched and no entity but the named characters of HTML is known, so a document can neither open a file nor
grow in memory.
"""

from collections.abc import Iterator
from typing import Final, Generic, TypeVar

from suyuan.trace.files.records import CELL_CHARACTERS
from suyuan.trace.formats.rows import Odd, Record, Row, Text
from suyuan.trace.formats.tags import Tags

ROW_TAGS: Final = frozenset({"tr", "row"})
CELL_TAGS: Final = frozenset({"td", "th", "cell"})
CELLS_AT_MOST: Final = 1_000
FREE_CELLS: Final = 100_000
"""Merged and repeated cells that a text may have whatever its length."""

DIGITS_AT_MOST: Final = 6
BREAKING: Final = frozenset(
    "p div li ul ol tr br h1 h2 h3 h4 h5 h6 section article header footer dd dt dl table body".split()
)
UNSEEN: Final = frozenset({"script", "style", "head"})

Found = TypeVar("Found", Row, Record, tuple[str, dict[str, str]] | Odd)


class Parser(Tags, Generic[Found]):
    """Gathers rows; whoever takes them empties the list."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[Found] = []
        self._filled = 0

    def _affords(self, cells: int) -> bool:
        """Say whether so many cells are made that the text does not write out: of very many never more than it has characters."""
        is_little = self._filled + cells <= self.fed + FREE_CELLS
        self._filled += cells if is_little else 0
        return is_little

    def unknown_decl(self, data: str) -> None:
        """Take the text of a CDATA section."""
        if data.startswith("CDATA["):
            self.handle_data(data.removeprefix("CDATA["))


class TableParser(Parser[Row]):
    """Gathers rows of cells."""

    def __init__(self) -> None:
        super().__init__()
        self._cells: list[str] | None = None
        self._text: list[str] | None = None
        self._size = 0
        self._spans: dict[int, tuple[str, int]] = {}
        self._down = self._across = 1
        self._is_over = False
        """Whether the row under way is more than this text affords."""
        self._is_remark = False
        """Within what somebody noted at a cell, which is no part of its value."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a row or a cell."""
        tag = tag.rpartition(":")[2]
        if tag in ROW_TAGS:
            self._finish_row()
            self._cells, self._is_over = [], False
        elif tag in CELL_TAGS and self._cells is not None:
            self._finish_cell()
            # A spreadsheet leaves empty cells out and says with an index where the next one stands.
            index = next((value for name, value in attrs if name.endswith(":index")), None)
            place = int(index) if index is not None and index.isdecimal() and len(index) < DIGITS_AT_MOST else 0
            if len(self._cells) < place <= CELLS_AT_MOST:
                while len(self._cells) < place - 1 and self._may_fill(1):
                    self._fill(to=len(self._cells))
                    if len(self._cells) < place - 1:
                        self._cells.append("")
            given = {name.rpartition(":")[2]: value for name, value in attrs}
            # A spreadsheet counts the cells that one takes beside its own, a page all of them.
            self._down = max(spanned(given.get("rowspan")), spanned(given.get("mergedown"), beside=1))
            self._across = max(spanned(given.get("colspan")), spanned(given.get("mergeacross"), beside=1))
            self._fill(to=len(self._cells))
            self._text, self._size = [], 0
        elif tag == "table":
            self._spans.clear()
        elif tag == "br" and self._text is not None:
            self._text.append(" ")
        elif tag == "comment":
            self._is_remark = True

    def handle_endtag(self, tag: str) -> None:
        """End a row or a cell."""
        tag = tag.rpartition(":")[2]
        self._is_remark = self._is_remark and tag not in ("comment", *CELL_TAGS, *ROW_TAGS, "table")
        if tag in CELL_TAGS:
            self._finish_cell()
        elif tag in ROW_TAGS or tag == "table":
            self._finish_row()

    def handle_data(self, data: str) -> None:
        """Take a cell's text."""
        if self._text is not None and not self._is_remark and self._size < CELL_CHARACTERS:
            self._text.append(data)
            self._size += len(data)

    def _may_fill(self, cells: int) -> bool:
        self._is_over = self._is_over or not self._affords(cells)
        return not self._is_over

    def _fill(self, *, to: int) -> None:
        """Put what reaches down from rows above where the next cell would stand, and farther as long as it goes on."""
        cells = self._cells
        while cells is not None and len(cells) in self._spans and len(cells) >= to and self._may_fill(1):
            text, left = self._spans.pop(len(cells))
            if left > 1:
                self._spans[len(cells)] = (text, left - 1)
            cells.append(text)

    def _finish_cell(self) -> None:
        if self._text is not None and self._cells is not None and len(self._cells) < CELLS_AT_MOST:
            text = " ".join("".join(self._text).split())
            if self._down > 1:
                self._spans[len(self._cells)] = (text, self._down - 1)
            self._cells.append(text)
            across = min(self._across - 1, CELLS_AT_MOST - len(self._cells))
            self._cells += [""] * across if self._may_fill(across) else []
        self._text = None

    def _finish_row(self) -> None:
        self._finish_cell()
        if self._cells:
            self._fill(to=len(self._cells))
            self.rows.append(Odd(reason="long", text="") if self._is_over else self._cells)
        self._cells = None


def spanned(digits: str | None, *, beside: int = 0) -> int:
    """Give how many rows or columns a cell takes.

    Args:
        beside: cells that are not counted in the digits.
    """
    is_told = digits is not None and digits.isdecimal() and len(digits) < 6
    return min(int(digits or 0) + beside, CELLS_AT_MOST) if is_told else 1


def table_rows(text: Text) -> Iterator[Row]:
    """Give the rows of every table of an HTML page or of a spreadsheet in XML."""
    return parsed(TableParser(), text=text)


class LineParser(Tags):
    """Gathers the lines that a reader of a page sees."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self._line: list[str] = []
        self._size = 0
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a line, or what nobody sees."""
        self._unseen += tag in UNSEEN
        if tag in BREAKING:
            self.finish()

    def handle_endtag(self, tag: str) -> None:
        """End a line, or what nobody sees."""
        self._unseen -= tag in UNSEEN and self._unseen > 0
        if tag in BREAKING:
            self.finish()

    def handle_data(self, data: str) -> None:
        """Take what is seen."""
        if not self._unseen and self._size < CELL_CHARACTERS:
            self._line.append(data)
            self._size += len(data)

    def finish(self) -> None:
        """End a line."""
        line = " ".join("".join(self._line).split())
        if line:
            self.lines.append(line)
        self._line, self._size = [], 0


class Page(Text):
    """The text that is seen of a page of HTML."""

    __slots__ = ()

    def __init__(self, text: Text) -> None:
        super().__init__(text._source, codecs=text._codecs, bom=text._bom)

    def lines(self, *, alone: bool = False) -> Iterator[str]:
        """Give every line that is seen."""
        parser = LineParser()
        for piece in self.pieces():
            parser.feed(piece)
            yield from parser.lines
            parser.lines.clear()
            for _ in overlong(parser):
                pass
        parser.close()
        parser.finish()
        yield from parser.lines


def wiki_rows(text: Text) -> Iterator[Row]:
    """Give the rows of a table of MediaWiki: `|-` begins one, its cells stand on lines of their own or between `||`."""
    cells: list[str] = []
    for line in text.lines():
        bare = line.strip()
        if bare.startswith(("{|", "|-", "|}", "|+")):
            if cells:
                yield cells
            cells = []
        elif bare[:1] in ("|", "!") and len(cells) < CELLS_AT_MOST:
            mark = bare[0] * 2
            cells += [wiki_cell(cell) for cell in bare[1:].split(mark)]
    if cells:
        yield cells


def wiki_cell(cell: str) -> str:
    """Give a cell without the properties before it."""
    before, bar, text = cell.partition("|")
    return (text if bar and "=" in before else cell).strip()


def parsed(parser: Parser[Found], *, text: Text) -> Iterator[Found]:
    """Give what a parser gathers of a text, piece by piece."""
    return parsed_pieces(parser, pieces=text.pieces())


def parsed_pieces(parser: Parser[Found], *, pieces: Iterator[str]) -> Iterator[Found]:
    """Give what a parser gathers of pieces of a text."""
    for piece in pieces:
        parser.feed(piece)
        yield from parser.rows
        parser.rows.clear()
        yield from overlong(parser)
    parser.close()
    yield from parser.rows


def overlong(parser: Tags) -> Iterator[Odd]:
    """Pass over a tag that does not end: it would otherwise be kept in memory and searched again with every block."""
    if len(parser.rawdata) > 4 << 20:
        parser.rawdata = ""
        yield Odd(reason="long", text="")
