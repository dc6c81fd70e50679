"""Rows of another width than the table: mended where everything then stands in its place, whatever else is guessed at."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, pairwise
from typing import Final

import polars as pl

from suyuan.collect.field import STRONG_KINDS
from suyuan.kinds.plain import HAN
from suyuan.kinds.postal_address import looks_like_address
from suyuan.kinds.registry import KINDS
from suyuan.terms import KindName
from suyuan.trace.columns.glued import PROVINCES, WHOLE_NAME
from suyuan.trace.columns.headers import SURE
from suyuan.trace.columns.layout import CODE, HELD, Layout, shapes
from suyuan.trace.files.damage import NOTHING
from suyuan.trace.formats.grid import Grid

EXTRA_AT_MOST: Final = 6
"""Separators that the cells of one row may hold."""

CELL: Final = 0.5
"""By how much one cell more that looks as most of its column do is worth more."""

FIRST_TRAIL: Final = 0x40
"""The least second byte of a Chinese character of two bytes."""

VOID: Final = ("", "-", "--", *NOTHING)
"""What stands where a row has no value."""

OF_ADDRESS: Final = re.compile(r"^\s*\d+[-#\d]*\s*$|[省市区县镇乡村屯路街巷弄号栋幢座楼层室园苑厦场道组队]|单元")
"""What a piece of a Chinese address says, be it torn off; a remark says none of it."""

OF_PROVINCE: Final = re.compile(PROVINCES)

HAN_WORDS: Final = re.compile(rf"[{HAN}]")


def mend(rows: Mapping[int, list[str]], *, layout: Layout) -> dict[int, list[str] | None]:
    """Give rows of another width as the table has them, or None where that is not sure.

    Every number, mailbox and name must then stand in its own column, as in nearly all other rows, and one at least be
    there. A row may lack empty cells at its end, or have too many; the separators that it has too many may stand in one
    cell or two, as long as every field comes out the same whichever they are, or an address tells its pieces from others.
    """
    told: dict[int, list[str] | None] = dict.fromkeys(rows)
    sure = [c for c in layout.columns if c.index < layout.width and c.share >= SURE and c.kind in STRONG_KINDS]
    if layout.glued or not sure:
        return told
    numbers: list[int] = []
    ways: list[list[str]] = []
    for number, row in rows.items():
        for way in ways_of(row, layout=layout):
            numbers.append(number)
            ways.append(way)
    if not ways:
        return told
    found: dict[int, list[list[str]]] = {}
    for number, way, is_fit in zip(numbers, ways, fits(ways, layout=layout), strict=True):
        if is_fit:
            found.setdefault(number, []).append(way)
    for number, fit in found.items():
        told[number] = the_one(fit, layout=layout)
    return told


def ways_of(row: Sequence[str], *, layout: Layout) -> Iterator[list[str]]:
    """Give the ways in which a row may have the table's width."""
    width, extra = layout.width, len(row) - layout.width
    if extra < 0:
        yield [*row, *[""] * -extra]
        yield from parted(row, layout=layout)
        return
    if not any(row[width:]) or tuple(row[width:]) in layout.tails:
        yield list(row[:width])
    if extra > EXTRA_AT_MOST:
        return
    at = address_of(layout)
    free = [index for index in range(width) if index not in layout.fields]
    for more in range(extra + 1) if at is not None else (0,):
        for index in free if more < extra else (None,):
            own = {} if at is None else {at: more}
            yield joined(row, extra=own | ({} if index is None else {index: extra - more}), layout=layout)


def parted(row: Sequence[str], *, layout: Layout) -> Iterator[list[str]]:
    """Give a row that lacks separators with those that a half of a character before them has swallowed.

    A field of a fixed number of bytes ends in the first byte of a Chinese character; with `|` behind it that is one of
    GB18030, a rare one. The half is dropped.
    """
    mark = layout.delimiter.encode()
    if len(mark) > 1 or mark[0] < FIRST_TRAIL:
        return
    places = [(n, at) for n, cell in enumerate(row) for at, c in enumerate(cell) if is_half(c, mark=mark)]
    lacking = layout.width - len(row)
    if lacking > len(places) or len(places) > EXTRA_AT_MOST:
        return
    for chosen in combinations(places, lacking):
        cells: list[str] = []
        for n, cell in enumerate(row):
            edges = [-1, *(at for number, at in chosen if number == n), len(cell)]
            cells += [cell[first + 1 : last] for first, last in pairwise(edges)]
        yield cells


def is_half(character: str, *, mark: bytes) -> bool:
    """Say whether a character's second byte in GB18030 is a separator."""
    return not character.isascii() and character.encode("gb18030", "replace")[1:] == mark


def moved_rows(rows: Grid, *, layout: Layout) -> dict[int, list[str]]:
    """Give the rows of the table's width in which a separator within a cell has moved what follows, by their places, mended.

    Such a row lacks a cell at its end, or has an empty one less there. Only where the first column of codes behind the
    address has words in it, and more cells than before are as their columns' once they stand one place on.
    """
    at = address_of(layout)
    behind = next((index for index in sorted(layout.rigid) if at is not None and index > at), None)
    if behind is None:
        return {}
    cells = rows.column(behind)
    wordy = (cells.str.contains(HAN_WORDS.pattern) & ~cells.str.contains(CODE)).arg_true().to_list()
    mended = mend({place: [*rows.row(place), ""] for place in wordy}, layout=layout)
    moved = {place: row for place, row in mended.items() if row is not None}
    before, after = (
        likeness(ways, layout=layout) for ways in ([rows.row(place) for place in moved], [*moved.values()])
    )
    return {place: moved[place] for place, one, two in zip(moved, before, after, strict=True) if two > one + CELL}


def address_of(layout: Layout) -> int | None:
    """Give the column of addresses, if there is just one."""
    places = [c.index for c in layout.columns if c.kind is KindName.POSTAL_ADDRESS and c.index < layout.width]
    return places[0] if len(places) == 1 else None


def joined(row: Sequence[str], *, extra: Mapping[int, int], layout: Layout) -> list[str]:
    """Give a row with the separators that some cells hold in them."""
    cells: list[str] = []
    place = 0
    for index in range(layout.width):
        end = place + 1 + extra.get(index, 0)
        cells.append(layout.delimiter.join(row[place:end]))
        place = end
    return cells


def fits(ways: Sequence[Sequence[str]], *, layout: Layout) -> pl.Series:
    """Say in which rows everything that has a shape stands in its own column."""
    fit = pl.Series([True] * len(ways))
    is_told = pl.Series([False] * len(ways))
    at = address_of(layout)
    for column in (c for c in layout.columns if c.index < layout.width):
        cells = pl.Series([way[column.index].strip() for way in ways], dtype=pl.String)
        if column.index == at:
            whole = cells.str.replace_all(layout.delimiter, "", literal=True)
            fit &= ~cells.str.contains(HELD.pattern) & (looks_like_address(whole) | cells.is_in(VOID))
        elif column.share < SURE or column.kind is None:
            fit &= ~cells.str.contains(HELD.pattern) if column.index not in layout.fields else True
        elif column.kind is KindName.PERSON_NAME:
            fit &= cells.str.contains(WHOLE_NAME) | cells.is_in(VOID)
        elif column.kind in STRONG_KINDS:
            is_value = KINDS[column.kind].canonical_column(cells).is_not_null()
            is_told |= is_value
            fit &= is_value | cells.is_in(VOID)
        elif column.index in layout.rigid:
            fit &= cells.str.contains(CODE) | cells.is_in(VOID)
    return fit & is_told


def the_one(ways: Sequence[list[str]], *, layout: Layout) -> list[str] | None:
    """Give the way that all agree on in every field, or whose address tells its pieces from what follows; else None."""
    fields = [index for index in layout.fields if index < layout.width]
    ways = usual(ways, layout=layout)
    if all(way[index] == ways[0][index] for way in ways for index in fields):
        return ways[0]
    at = address_of(layout)
    if at is None or not all(way[i] == ways[0][i] for way in ways for i in fields if i != at):
        return None
    beside = loose_neighbours(at, layout=layout)
    longest = max(ways, key=lambda way: len(way[at]))
    if beside is not None and not any(not cell for cell in longest[at].split(layout.delimiter)):
        # Between the address and what has a shape stand codes alone: the separators are the address's.
        return longest if all(re.search(CODE, longest[index].strip()) for index in beside) else None
    pieces = longest[at].split(layout.delimiter)
    first = next((n for n, piece in enumerate(pieces) if OF_ADDRESS.search(piece) or OF_PROVINCE.search(piece)), 0)
    own = next((n for n, piece in enumerate(pieces) if n > first and not OF_ADDRESS.search(piece)), len(pieces))
    if not all(HAN_WORDS.search(piece) or piece.strip().isdigit() or not piece for piece in pieces):
        return None
    wanted = layout.delimiter.join(pieces[first:own])
    return next((way for way in ways if way[at] == wanted), None)


def usual(ways: Sequence[list[str]], *, layout: Layout) -> Sequence[list[str]]:
    """Give the ways in which most cells of codes look as others of their columns do."""
    told = likeness(ways, layout=layout)
    return [way for way, one in zip(ways, told, strict=True) if one > max(told) - CELL]


def likeness(ways: Sequence[Sequence[str]], *, layout: Layout) -> list[float]:
    """Give, summed over the cells of each row, what share of the codes in its column looks as a cell does."""
    sums = [0.0] * len(ways)
    for index, told in layout.rigid.items():
        if told and index < layout.width:
            found = shapes(pl.Series([way[index].strip() for way in ways], dtype=pl.String))
            sums = [total + told.get(shape, 0.0) for total, shape in zip(sums, found, strict=True)]
    return sums


def loose_neighbours(at: int, *, layout: Layout) -> list[int] | None:
    """Give the columns of codes that lie between the address and the nearest column whose content tells it.

    None where one of them has words in it, so that nobody can say whose the separator is.
    """
    told = {
        c.index
        for c in layout.columns
        if c.share >= SURE and (c.kind in STRONG_KINDS or c.kind is KindName.PERSON_NAME)
    }
    found: list[int] = []
    for places in (range(at + 1, layout.width), range(at - 1, -1, -1)):
        for index in places:
            if index in told:
                break
            if index not in layout.rigid:
                return None
            found.append(index)
    return found
