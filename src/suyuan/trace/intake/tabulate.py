"""From rows of an odd format to a table: its header found, its columns recognised, its cells cleaned, its rows counted."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Final

import numpy as np
import polars as pl

from suyuan.collect.field import STRONG_KINDS
from suyuan.terms import FieldName, KindName
from suyuan.trace.columns.abroad import with_country
from suyuan.trace.columns.crowded import crowded
from suyuan.trace.columns.glued import PIECES, taken_apart
from suyuan.trace.columns.halves import rejoined
from suyuan.trace.columns.header_rows import is_repeated
from suyuan.trace.columns.layout import Layout
from suyuan.trace.columns.marks import without_marks
from suyuan.trace.columns.mending import mend, moved_rows
from suyuan.trace.columns.name_parts import joined_names
from suyuan.trace.columns.nobody import without_nobody
from suyuan.trace.columns.reordered import reordered_rows
from suyuan.trace.columns.shifted import shifted_rows
from suyuan.trace.columns.turning import Order, in_one_order
from suyuan.trace.doubts.beside import Beside
from suyuan.trace.doubts.straying import astray_cells
from suyuan.trace.dump import ROW, Body, batch
from suyuan.trace.files.cut import CUT
from suyuan.trace.files.damage import cleaned, lost_numbers
from suyuan.trace.files.gathering import Gathering, State
from suyuan.trace.files.places import START, Place
from suyuan.trace.files.spool import Batches
from suyuan.trace.formats.grid import Grid, Pieces, Plain, chunks_of_pieces, plain_cells, rows_in, where_uncertain
from suyuan.trace.formats.rows import Block, Followed, Odd, Part, Row, unheard

CHUNK_ROWS: Final = 20_000

HOLE: Final = re.compile(r"\0{2,}[^\0\t]")
"""Zero bytes and then text: those that fill a cell up stand at its end."""


@dataclass(slots=True)
class Standing:
    """Where the reading of parts stands: in which, at which row of it, and how many rows there were before, readable or not, or lines left out."""

    part: int = 0
    place: Place = START
    order: list[int] | None = None
    width: int = 0
    ordinal: int = 0
    unreadable: int = 0
    left_out: int = 0
    rounded: dict[str, int] = field(default_factory=dict)
    """Numbers of each field that a spreadsheet has robbed of digits."""

    @classmethod
    def of(cls, said: State) -> "Standing":
        """Give what `document` gave."""
        return cls(**{**said, "place": Place(**said["place"])})

    def document(self) -> State:
        """Give it as plain values."""
        said = {name: getattr(self, name) for name in self.__slots__}
        return {**said, "place": self.place.document(), "rounded": dict(self.rounded)}


def read_part(
    part: Part,
    *,
    layout: Layout,
    standing: Standing,
    gathering: Gathering,
    names: Sequence[FieldName],
    beside: Beside | None = None,
) -> None:
    """Read the rows of a part, from where the reading stands to its end.

    Args:
        names: the fields, in the order of the batches.
        beside: is shown each row, and what was read of it.
    """
    # Before the source is entered anywhere else.
    titles = list(islice(part.rows(), layout.skip))
    rest = unheard if beside is None or standing.part else beside.rest
    begin = part.rows if part.pieces is None else partial(part.pieces, rest)
    rows = Followed(begin, source=part.source, place=standing.place)
    is_begun = standing.place != START
    order = Order(standing.order, standing.width) if is_begun else Order(None, layout.width)
    try:
        others: Iterator[Row | Block] = islice(rows, 0 if is_begun else layout.skip, None)
        pieces = Pieces(others, layout=layout, order=order)
        if part.pieces is not None:
            others = iter(pieces)
        somebody = of_somebody(others, titles=titles, layout=layout, standing=standing, is_sheet=part.is_sheet)
        for chunk in chunked(somebody, layout=layout, order=order, pieces=None if part.pieces is None else pieces):
            found = batch_of_rows(chunk, layout=layout, ordinal=standing.ordinal)
            table = without_lost(found.table, kinds=found.doubted, counts=standing.rounded)
            for number, reason, text in found.odd:
                gathering.aside.put(number, reason=reason, text=text)
            if beside is not None:
                beside.rows(chunk, table=table, layout=layout, ordinal=standing.ordinal, plain=found.plain)
            standing.unreadable += len(found.odd)
            standing.ordinal += rows_in(chunk)
            standing.place, standing.order, standing.width = rows.place, order.places, order.width
            lacking = [pl.lit("").alias(name) for name in names if name not in table.columns]
            whole = table.with_columns(lacking).select(ROW, *names)
            gathering.add(whole, read=standing.ordinal, state=standing.document)
    finally:
        rows.close()


def of_somebody(
    rows: Iterator[Row | Block], *, titles: Sequence[Row], layout: Layout, standing: Standing, is_sheet: bool
) -> Iterator[Row | Block]:
    """Give the rows without lines of nobody, which are counted; a header that comes again is among them (`turning`)."""
    above = [row for row in titles if not is_repeated(row, header=layout.header)]
    for row in without_nobody(rows, titles=above, width=layout.width, is_sheet=is_sheet):
        if row is None:
            standing.left_out += 1
        else:
            yield row


def chunked(
    rows: Iterator[Row | Block], *, layout: Layout, order: Order, pieces: Pieces | None
) -> Iterator[list[Row | Block]]:
    """Give the data rows in chunks, each in the order of the first header.

    Args:
        order: as `turning.in_one_order` takes it.
        pieces: what the rows come from, if some come in blocks.
    """
    data = in_one_order(rows, layout=layout, order=order)
    if pieces is not None:
        # The last of these may be empty: there is always one.
        yield from chunks_of_pieces(data, pieces=pieces, chunk_rows=CHUNK_ROWS)
        return
    # What comes in blocks has its cells in quotes: no line's end within one tears a row.
    alone = (row for row in data if not isinstance(row, Block))
    first = list(islice(alone, CHUNK_ROWS))
    # The schema, where there is no row.
    yield [*rejoined(first, layout=layout)]
    while chunk := list(islice(alone, CHUNK_ROWS)):
        yield [*rejoined(chunk, layout=layout)]


def first_rows(
    part: Part, *, layout: Layout, batches: Batches, most: int
) -> tuple[list[list[str]], dict[FieldName, pl.Series]]:
    """Give the first rows of a part that were read as they stand, whole, and what was read of them."""
    table = next(iter(batches)).head(most)
    begun = part.rows()
    titles = list(islice(begun, layout.skip))
    somebody = of_somebody(begun, titles=titles, layout=layout, standing=Standing(), is_sheet=part.is_sheet)
    ordered = in_one_order(somebody, layout=layout, order=Order(None, layout.width))
    begin = [row for row in islice(ordered, most) if not isinstance(row, Block)]
    first = rejoined(begin, layout=layout) if part.pieces is None else begin
    rows = [[] if isinstance(row, Odd) else list(row) for row in first]
    # In one that was mended the cells stand in other columns than in the file.
    whole = [at for at, row in enumerate(rows) if len(row) == layout.width]
    table = table.filter(pl.col(ROW).is_in(whole))
    return [rows[at] for at in table[ROW].to_list()], {name: table[name] for name in layout.kinds}


OddRows = list[tuple[int, str, str]]
"""The number, reason and text of rows that could not be read."""


def rows_that_fit(
    rows: Sequence[Row | Block], *, layout: Layout, ordinal: int
) -> tuple[Grid, list[int], OddRows, bool]:
    """Give the rows of a table's width and their numbers, the others, and whether some of the first were mended.

    These come last.
    """
    odd: OddRows = []
    parts: list[list[list[str]] | Block] = []
    places: list[int] = []
    misfits: dict[int, list[str]] = {}
    alone: list[list[str]] = []
    place = ordinal
    for row in rows:
        if isinstance(row, Block):
            parts += (alone, row)
            alone = []
            places += range(place, place + len(row))
            place += len(row)
            continue
        if isinstance(row, Odd):
            odd.append((place, row.reason, row.text))
        elif is_holed(row):
            odd.append((place, "cut" if row[-1].endswith(CUT) else "hole", "\t".join(row)))
        elif len(row) == layout.width:
            alone.append(row)
            places.append(place)
        else:
            misfits[place] = row
        place += 1
    for place, mended in mend(misfits, layout=layout).items():
        if mended is None:
            odd.append((place, "width", "\t".join(misfits[place])))
        else:
            alone.append(mended)
            places.append(place)
    fit = Grid([*parts, alone])
    moved = moved_rows(fit, layout=layout) | reordered_rows(fit, layout=layout)
    return fit.with_rows(moved) if moved else fit, places, odd, bool(misfits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A batch of rows, those that could not be read, which cells of the batch are plain, and the fields with cells that are not clean."""

    table: pl.DataFrame
    odd: OddRows
    plain: Plain
    doubted: Mapping[FieldName, KindName]


def batch_of_rows(rows: Sequence[Row | Block], *, layout: Layout, ordinal: int) -> Batch:
    """Give the batch of some rows."""
    fit, places, odd, is_mended = rows_that_fit(rows, layout=layout, ordinal=ordinal)
    whole = {
        index: where_uncertain(fit.column(index), is_certain=fit.has(index, flag="CLEAN"), change=cleaned)
        for index in {*(i for i in layout.fields if i < layout.width), *layout.glued, *(layout.name_in_two or ())}
    }
    whole |= {at: with_country(whole[at], code=code) for at, code in layout.abroad.items() if at in whole}
    several = crowded_rows(whole, fit=fit)
    apart = {index: taken_apart(whole[index]) for index in layout.glued}
    cells = {name: column_at(index, layout=layout, whole=whole, apart=apart) for index, name in layout.fields.items()}
    cells |= {name: without_marks(cells[name]) for name, kind in layout.kinds.items() if kind is KindName.PERSON_NAME}
    astray = astray_cells(cells, fit=fit, layout=layout)
    # Mended rows were put last; the file's order comes back here.
    table = batch(rows=places, cells=cells | astray.cells)
    plain = plain_cells(fit, layout=layout)
    lost = lost_rows(table, kinds=layout.kinds, plain=plain)
    left_out = [("number", place) for place in table.filter(lost)[ROW].to_list()]
    moved_away = table[ROW].is_in([places[number] for number in astray.moved])
    shifted = shifted_rows(table, kinds=layout.kinds, plain=plain) | moved_away
    left_out += [("shifted", place) for place in table.filter(~lost & shifted)[ROW].to_list()]
    table, taken = without(table.filter(~(lost | shifted)), marked=several.filter(~(lost | shifted)))
    left_out += [("several", place) for place in taken]
    if layout.width == 1 and layout.glued:
        table, bare = without(table, marked=is_bare(table, kinds=layout.kinds))
        left_out += [("nobody", place) for place in bare]
    if left_out:
        number_at = {place: number for number, place in enumerate(places)}
        odd += [(place, reason, "\t".join(fit.row(number_at[place]))) for reason, place in left_out]
    clean = {
        name for index, name in layout.fields.items() if index < layout.width and fit.has(index, flag="CLEAN").all()
    }
    return Batch(
        table=table.sort(ROW) if is_mended else table,
        odd=sorted(odd),
        # Else the cells of which something is certain are no longer those of the batch.
        plain={} if is_mended or table.height < len(fit) else plain,
        doubted={name: kind for name, kind in layout.kinds.items() if name not in clean},
    )


def crowded_rows(whole: Mapping[int, pl.Series], *, fit: Grid) -> pl.Series:
    """Say which rows show more people than one in a cell (`crowded.crowded`)."""
    is_doubted = np.zeros(len(fit), dtype=np.bool_)
    for index in whole:
        is_doubted |= ~fit.has(index, flag="SINGLE")
    some = np.flatnonzero(is_doubted)
    if len(some) == len(fit):
        return crowded(whole.values(), rows=len(fit))
    found = np.zeros(len(fit), dtype=np.bool_)
    found[some] = crowded([cells.gather(some) for cells in whole.values()], rows=len(some)).to_numpy()
    return pl.Series(found)


def is_holed(row: Sequence[str]) -> bool:
    """Say whether a block of zero bytes stands within a row: what follows it may be of another person's row."""
    text = "\t".join(row)
    return "\0" in text and HOLE.search(text) is not None


def is_bare(table: pl.DataFrame, *, kinds: Mapping[FieldName, KindName]) -> pl.Series:
    """Say which rows show no number and no mailbox, where the fields that would show one are read."""
    strong = [name for name, kind in kinds.items() if kind in STRONG_KINDS and name in table.columns]
    bare = pl.Series([bool(strong)] * table.height, dtype=pl.Boolean)
    for name in strong:
        bare &= table[name] == ""
    return bare


def without(table: pl.DataFrame, *, marked: pl.Series) -> tuple[pl.DataFrame, list[int]]:
    """Give a batch without the rows that are marked, and their numbers."""
    if not marked.any():
        return table, []
    return table.filter(~marked), table.filter(marked)[ROW].to_list()


def column_at(
    index: int, *, layout: Layout, whole: Mapping[int, pl.Series], apart: Mapping[int, pl.DataFrame]
) -> pl.Series:
    """Give the cells of a column, be it one of the file or a piece of a glued one."""
    if index < layout.width:
        return whole[index]
    place, piece = divmod(index - layout.width, len(PIECES))
    if place == len(layout.glued) and layout.name_in_two is not None:
        given, surname = layout.name_in_two
        return joined_names(whole[given], whole[surname])
    return apart[layout.glued[place]][PIECES[piece]]


def lost_rows(table: pl.DataFrame, *, kinds: Mapping[FieldName, KindName], plain: Plain) -> pl.Series:
    """Say which rows a spreadsheet has robbed of all that finds a person: an identifier is rounded, and no other is there.

    Nor a name with an address: a person is found by both together, if less surely.
    """
    strong = [name for name, kind in kinds.items() if kind in STRONG_KINDS and name in table.columns]
    lost = left = pl.Series(np.zeros(table.height, dtype=np.bool_))
    if any(name in plain and plain[name].all() for name in strong):
        return lost
    for name in strong:
        is_lost = lost_numbers(table[name])
        lost |= is_lost
        left |= ~is_lost & (table[name] != "")
    if lost.any():
        left |= shows(table, kinds=kinds, kind=KindName.PERSON_NAME) & shows(
            table, kinds=kinds, kind=KindName.POSTAL_ADDRESS
        )
    return lost & ~left


def shows(table: pl.DataFrame, *, kinds: Mapping[FieldName, KindName], kind: KindName) -> pl.Series:
    """Say which rows show anything in a field of a kind."""
    found = pl.Series(np.zeros(table.height, dtype=np.bool_))
    for name in (name for name, its_kind in kinds.items() if its_kind is kind and name in table.columns):
        found |= table[name] != ""
    return found


def without_lost(table: pl.DataFrame, *, kinds: Mapping[FieldName, KindName], counts: dict[str, int]) -> pl.DataFrame:
    """Give a batch without numbers that a spreadsheet has robbed of digits; how many there were is added to the counts by field."""
    for name in (name for name in kinds if name in table.columns):
        lost = lost_numbers(table[name])
        if lost.any():
            counts[name] = counts.get(name, 0) + int(lost.sum())
            table = table.with_columns(pl.when(lost).then(pl.lit("")).otherwise(pl.col(name)).alias(name))
    return table


def read_parts(
    parts: Sequence[Part],
    *,
    layouts: Sequence[Layout],
    names: Sequence[FieldName],
    gathering: Gathering,
    beside: Beside | None = None,
) -> Body:
    """Read several parts with these fields as one table, one after the other, or what is left of them to be read.

    A field that a part lacks is empty in its rows.
    """
    begun = gathering.begin(beside)
    standing = Standing() if begun is None else Standing.of(begun)
    for number in range(standing.part, len(parts)):
        read_part(
            parts[number], layout=layouts[number], standing=standing, gathering=gathering, names=names, beside=beside
        )
        if number + 1 < len(parts):
            standing.part, standing.place = number + 1, START
    gathering.leave_out(standing.left_out, rounded=standing.rounded)
    gathering.end(read=standing.ordinal, state=standing.document)
    return Body(batches=gathering.batches, unreadable=standing.unreadable)
