"""From rows of an odd format to a table: its header found, its columns recognised, its cells cleaned, its rows counted."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Final

import polars as pl

from suyuan.collect.field import STRONG_KINDS
from suyuan.terms import FieldName, KindName
from suyuan.trace.aside import Aside
from suyuan.trace.beside import Beside
from suyuan.trace.damage import cleaned, lost_numbers
from suyuan.trace.dump import ROW, Body, batch
from suyuan.trace.glued import PIECES, taken_apart
from suyuan.trace.layout import Layout, is_repeated
from suyuan.trace.mending import mend
from suyuan.trace.name_parts import joined_names
from suyuan.trace.rows import Odd, Part, Row
from suyuan.trace.shifted import shifted_rows
from suyuan.trace.spool import Batches
from suyuan.trace.straying import astray_cells
from suyuan.trace.turning import in_one_order

CHUNK_ROWS: Final = 20_000

HOLE: Final = re.compile(r"\0[^\0\t]")
"""Zero bytes and then text: those that fill a cell up stand at its end."""


def read_part(
    part: Part, *, layout: Layout, aside: Aside, ordinal: int, batches: Batches, beside: Beside | None = None
) -> tuple[int, int]:
    """Read the rows of a part into the batches.

    Args:
        ordinal: the number of its first row.
        beside: is shown each row, and what was read of it.
    Returns: the number after its last row, and how many were unreadable.
    """
    unreadable = 0
    for rows in chunked(part.rows(), layout=layout):
        table, odd = batch_of_rows(rows, layout=layout, ordinal=ordinal)
        for number, reason, text in odd:
            aside.put(number, reason=reason, text=text)
        if beside is not None:
            beside.rows(rows, table=table, layout=layout, ordinal=ordinal)
        unreadable += len(odd)
        ordinal += len(rows)
        batches.add(table)
    return ordinal, unreadable


def chunked(rows: Iterator[Row], *, layout: Layout) -> Iterator[list[Row]]:
    """Give the data rows in chunks: what comes before them, and a header that comes again, is left out."""
    data = in_one_order(
        (row for row in islice(rows, layout.skip, None) if not is_repeated(row, header=layout.header)), layout=layout
    )
    while chunk := list(islice(data, CHUNK_ROWS)):
        yield chunk
    # The schema, where there is no row.
    yield []


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
    whole = {
        index: cleaned(pl.Series([row[index] for row in fit], dtype=pl.String))
        for index in {*(i for i in layout.fields if i < layout.width), *layout.glued, *(layout.name_in_two or ())}
    }
    apart = {index: taken_apart(whole[index]) for index in layout.glued}
    cells = {name: column_at(index, layout=layout, whole=whole, apart=apart) for index, name in layout.fields.items()}
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
    for name in layout.kinds:
        if name in table.columns:
            table = table.with_columns(
                pl.when(lost_numbers(table[name])).then(pl.lit("")).otherwise(pl.col(name)).alias(name)
            )
    return table.sort(ROW) if misfits else table, sorted(odd)


def is_holed(row: Sequence[str]) -> bool:
    """Say whether a block of zero bytes stands within a row: what follows it may be of another person's row."""
    text = "\t".join(row)
    return "\0" in text and HOLE.search(text) is not None


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


def read_parts(parts: Sequence[Part], *, layouts: Sequence[Layout], aside: Aside, beside: Beside | None = None) -> Body:
    """Read several parts with the same fields as one table, one after the other."""
    batches = Batches()
    ordinal = unreadable = 0
    names = list(layouts[0].kinds)
    for part, layout in zip(parts, layouts, strict=True):
        collected = Batches() if list(layout.kinds) != names else batches
        ordinal, odd = read_part(part, layout=layout, aside=aside, ordinal=ordinal, batches=collected, beside=beside)
        unreadable += odd
        if collected is not batches:
            for table in collected:
                batches.add(table.select("row", *names))
    return Body(batches=batches, unreadable=unreadable)
