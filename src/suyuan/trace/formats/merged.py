"""Merged cells of a workbook (xlsx): what stands in one is the value of every row that it reaches over.

The library that reads the sheets gives the first cell of a merge and leaves the others empty. Which cells are merged
stands at the end of each sheet's own XML, which is searched here as a stream.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import polars as pl

from suyuan.trace.files.containers import bounded, opened_member, opened_zip, read_piece
from suyuan.trace.formats.markup import Parser
from suyuan.trace.formats.rows import Row

BOOK: Final = "xl/workbook.xml"
RELATIONS: Final = "xl/_rels/workbook.xml.rels"
BOOK_BYTES: Final = 4 << 20
BLOCK_BYTES: Final = 1 << 20
TAG_BYTES: Final = 512
"""What of a block is looked at once more with the next: a tag may stand astride."""

MERGE: Final = re.compile(
    rb"<(?:\w{1,20}:)?mergeCell\s[^<>]{0,80}?\bref=[\"']([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})[\"']"
)
FILLED: Final = re.compile(
    rb"<(?:\w{1,20}:)?c\s[^<>]{0,200}?\br=[\"']([A-Z]{1,3})\d{1,7}[\"'][^<>]{0,200}(?<!/)>\s{0,9}<(?:\w{1,20}:)?(?:v|is|f)\b"
)
"""A cell with something in it."""


class BookParser(Parser[Row]):
    """Gathers the names of sheets with their keys, and under the same keys where they stand in the archive."""

    def __init__(self) -> None:
        super().__init__()
        self.keys: dict[str, str] = {}
        self.places: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take a sheet, or a relation."""
        given = {name.rpartition(":")[2]: value or "" for name, value in attrs}
        match tag.rpartition(":")[2]:
            case "sheet":
                self.keys[given.get("name", "")] = next((v or "" for n, v in attrs if n.endswith(":id")), "")
            case "relationship":
                self.places[given.get("id", "")] = given.get("target", "")


def filled_down(table: pl.DataFrame, *, source: Path | bytes, name: str) -> pl.DataFrame:
    """Give a sheet with every merged cell's value in all the rows that it reaches over, in its first column.

    A row that has nothing of its own stays empty, for a box below a table is no row of it; so does a cell that holds
    something. Merges across are not filled: they are titles, or groups of a header.

    Args:
        table: the rows from the sheet's first on; its columns from the first that has anything.
    """
    columns: dict[int, list[str | None]] = {}
    own: list[bool] = []
    first = -1
    room = table.height * table.width
    for left, top, bottom in merges(source, name=name):
        if not columns:
            own = table.select(pl.any_horizontal(pl.all().fill_null("") != "")).to_series().to_list()
            first = first_column(source, name=name)
        place = left - first
        if not 0 <= place < table.width or top >= table.height:
            continue
        cells = columns.setdefault(place, [] if place in columns else table.to_series(place).to_list())
        value = cells[top]
        end = min(bottom, table.height - 1)
        room -= end - top
        if room < 0:
            break
        for row in range(top + 1, end + 1) if value else ():
            if own[row] and not cells[row]:
                cells[row] = value
    names = table.columns
    return table.with_columns(pl.Series(names[at], cells, dtype=pl.String) for at, cells in columns.items())


def merges(source: Path | bytes, *, name: str) -> Iterator[tuple[int, int, int]]:
    """Give each merge of a sheet that reaches down: its first column, its first row and its last, from 0."""
    for found in searched(source, name=name, pattern=MERGE, mark=b"mergeCell"):
        left, top, _, bottom = found.groups()
        if int(bottom) > int(top) > 0:
            yield column_number(left), int(top) - 1, int(bottom) - 1


def first_column(source: Path | bytes, *, name: str) -> int:
    """Give the first column of a sheet with anything in it, from 0."""
    least: int | None = None
    for found in searched(source, name=name, pattern=FILLED, mark=b"<"):
        number = column_number(found[1])
        least = number if least is None else min(least, number)
        if least == 0:
            break
    return least or 0


def column_number(letters: bytes) -> int:
    """Give the number of a column from its letters, from 0."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number - 1


def searched(source: Path | bytes, *, name: str, pattern: re.Pattern[bytes], mark: bytes) -> Iterator[re.Match[bytes]]:
    """Give what a pattern finds in the XML of a sheet; nothing where that is not to be found.

    Args:
        mark: stands in whatever the pattern finds, and is faster looked for.
    """
    file = source.open("rb") if isinstance(source, Path) else io.BytesIO(source)
    with file, opened_zip(file) as archive:
        place = sheet_place(archive, name=name)
        if place is None:
            return
        info = archive.getinfo(place)
        rest = b""
        with opened_member(archive, info=info) as opened:
            for block in bounded(opened, packed=lambda: info.compress_size, block_bytes=BLOCK_BYTES):
                whole = rest + block
                end = 0
                for found in pattern.finditer(whole) if mark in whole else ():
                    end = found.end()
                    yield found
                # What was found is not found again.
                rest = whole[max(end, len(whole) - TAG_BYTES) :]


def sheet_place(archive: zipfile.ZipFile, *, name: str) -> str | None:
    """Give where the XML of a sheet stands in a workbook."""
    names = frozenset(archive.namelist())
    parser = BookParser()
    for member in (BOOK, RELATIONS):
        if member not in names:
            return None
        with opened_member(archive, info=archive.getinfo(member)) as opened:
            parser.feed(read_piece(opened, size=BOOK_BYTES).decode("utf-8", "replace"))
    target = parser.places.get(parser.keys.get(name, ""), "")
    place = target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
    return place if place in names else None
