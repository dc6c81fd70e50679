"""From rows of an odd format to a table: its header found, its columns recognised, its cells cleaned, its rows counted."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

import polars as pl

from suyuan.collect.field import STRONG_KINDS
from suyuan.terms import FieldName, KindName
from suyuan.trace.beside import Beside
from suyuan.trace.crowded import crowded
from suyuan.trace.damage import cleaned, lost_numbers
from suyuan.trace.dump import ROW, Body, batch
from suyuan.trace.gathering import Gathering, State
from suyuan.trace.glued import PIECES, taken_apart
from suyuan.trace.halves import rejoined
from suyuan.trace.layout import Layout, is_repeated
from suyuan.trace.marks import without_marks
from suyuan.trace.mending import mend, moved_rows
from suyuan.trace.name_parts import joined_names
from suyuan.trace.nobody import without_nobody
from suyuan.trace.places import START, Place
from suyuan.trace.rows import Followed, Odd, Part, Row
from suyuan.trace.shifted import shifted_rows
from suyuan.trace.spool import Batches
from suyuan.trace.straying import astray_cells
from suyuan.trace.turning import Order, in_one_order

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
    rows = Followed(part.rows, source=part.source, place=standing.place)
    is_begun = standing.place != START
    order = Order(standing.order, standing.width) if is_begun else Order(None, layout.width)
    try:
        others = islice(rows, 0 if is_begun else layout.skip, None)
        somebody = of_somebody(others, titles=titles, layout=layout, standing=standing, is_sheet=part.is_sheet)
        for chunk in chunked(somebody, layout=layout, order=order):
            table, odd = batch_of_rows(chunk, layout=layout, ordinal=standing.ordinal)
            table = without_lost(table, kinds=layout.kinds, counts=standing.rounded)
            for number, reason, text in odd:
                gathering.aside.put(number, reason=reason, text=text)
            if beside is not None:
                beside.rows(chunk, table=table, layout=layout, ordinal=standing.ordinal)
            standing.unreadable += len(odd)
            standing.ordinal += len(chunk)
            standing.place, standing.order, standing.width = rows.place, order.places, order.width
            lacking = [pl.lit("").alias(name) for name in names if name not in table.columns]
            whole = table.with_columns(lacking).select(ROW, *names)
            gathering.add(whole, read=standing.ordinal, state=standing.document)
    finally:
        rows.close()


def of_somebody(
    rows: Iterator[Row], *, titles: Sequence[Row], layout: Layout, standing: Standing, is_sheet: bool
) -> Iterator[Row]:
    """Give the rows without lines of nobody, which are counted; a header that comes again is among them (`turning`)."""
    above = [row for row in titles if not is_repeated(row, header=layout.header)]
    for row in without_nobody(rows, titles=above, width=layout.width, is_sheet=is_sheet):
        if row is None:
            standing.left_out += 1
        else:
            yield row


def chunked(rows: Iterator[Row], *, layout: Layout, order: Order) -> Iterator[list[Row]]:
    """Give the data rows in chunks, each in the order of the first header.

    Args:
        order: as `turning.in_one_order` takes it.
    """
    data = in_one_order(rows, layout=layout, order=order)
    while chunk := list(islice(data, CHUNK_ROWS)):
        yield rejoined(chunk, layout=layout)
    # The schema, where there is no row.
    yield []


def first_rows(
    part: Part, *, layout: Layout, batches: Batches, most: int
) -> tuple[list[list[str]], dict[FieldName, pl.Series]]:
    """Give the first rows of a part that were read as they stand, whole, and what was read of them."""
    table = next(iter(batches)).head(most)
    begun = part.rows()
    titles = list(islice(begun, layout.skip))
    somebody = of_somebody(begun, titles=titles, layout=layout, standing=Standing(), is_sheet=part.is_sheet)
    ordered = in_one_order(somebody, layout=layout, order=Order(None, layout.width))
    first = rejoined(list(islice(ordered, most)), layout=layout)
    rows = [[] if isinstance(row, Odd) else list(row) for row in first]
    # In one that was mended the cells stand in other columns than in the file.
    whole = [at for at, row in enumerate(rows) if len(row) == layout.width]
    table = table.filter(pl.col(ROW).is_in(whole))
    return [rows[at] for at in table[ROW].to_list()], {name: table[name] for name in layout.kinds}


def batch_of_rows(
    rows: Sequence[Row], *, layout: Layout, ordinal: int
) -> tuple[pl.DataFrame, list[tuple[int, str, str]]]:
    """Give the batch of some rows, and the number, reason and text of those that could not be read."""
    odd: list[tuple[int, str, str]] = []
    fit: list[list[str]] = []
    places: list[int] = []
    misfits: dict[int, list[str]] = {}
    for place, row in enumerate(rows, start=ordinal):
        if isinstance(row, Odd):
            odd.append((place, row.reason, row.text))
        elif is_holed(row):
            odd.append((place, "hole", "\t".join(row)))
        elif len(row) == layout.width:
            fit.append(row)
            places.append(place)
        else:
            misfits[place] = row
    for place, mended in mend(misfits, layout=layout).items():
        if mended is None:
            odd.append((place, "width", "\t".join(misfits[place])))
        else:
            fit.append(mended)
            places.append(place)
    for place, mended in moved_rows(fit, layout=layout).items():
        fit[place] = mended
    whole = {
        index: cleaned(pl.Series([row[index] for row in fit], dtype=pl.String))
        for index in {*(i for i in layout.fields if i < layout.width), *layout.glued, *(layout.name_in_two or ())}
    }
    several = crowded(whole.values(), rows=len(fit))
    apart = {index: taken_apart(whole[index]) for index in layout.glued}
    cells = {name: column_at(index, layout=layout, whole=whole, apart=apart) for index, name in layout.fields.items()}
    cells |= {name: without_marks(cells[name]) for name, kind in layout.kinds.items() if kind is KindName.PERSON_NAME}
    astray = astray_cells(cells, fit=fit, layout=layout)
    # Mended rows were put last; the file's order comes back here.
    table = batch(rows=places, cells=cells | astray.cells)
    lost = lost_rows(table, kinds=layout.kinds)
    if lost.any():
        numbers = lost.arg_true().to_list()
        odd += [(places[number], "number", "\t".join(fit[number])) for number in numbers]
        table = table.filter(~lost)
    moved_away = table[ROW].is_in([places[number] for number in astray.moved])
    table, moved = without(table, marked=shifted_rows(table, kinds=layout.kinds) | moved_away)
    if moved:
        text_at = dict(zip(places, fit, strict=True))
        odd += [(place, "shifted", "\t".join(text_at[place])) for place in moved]
    if several.any():
        text_at = dict(zip(places, fit, strict=True))
        together = [places[number] for number in several.arg_true().to_list()]
        table, taken = without(table, marked=table[ROW].is_in(together))
        odd += [(place, "several", "\t".join(text_at[place])) for place in taken]
    if layout.width == 1 and layout.glued:
        table, bare = without(table, marked=is_bare(table, kinds=layout.kinds))
        text_at = dict(zip(places, fit, strict=True))
        odd += [(place, "nobody", text_at[place][0]) for place in bare]
    return table.sort(ROW) if misfits else table, sorted(odd)


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


def lost_rows(table: pl.DataFrame, *, kinds: Mapping[FieldName, KindName]) -> pl.Series:
    """Say which rows a spreadsheet has robbed of every identifier: one is rounded, and no other is there."""
    strong = [name for name, kind in kinds.items() if kind in STRONG_KINDS and name in table.columns]
    lost = pl.Series([False] * table.height, dtype=pl.Boolean)
    left = pl.Series([False] * table.height, dtype=pl.Boolean)
    for name in strong:
        is_lost = lost_numbers(table[name])
        lost |= is_lost
        left |= ~is_lost & (table[name] != "")
    return lost & ~left


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
