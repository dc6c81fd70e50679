"""Rows that are too wide because an address held the separator: mended where everything else then stands in its place."""

from collections.abc import Mapping
from typing import Final

import polars as pl

from suyuan.collect.field import STRONG_KINDS
from suyuan.kinds.registry import KINDS
from suyuan.terms import KindName
from suyuan.trace.glued import EMAIL, PHONE, RESIDENT, WHOLE_NAME
from suyuan.trace.headers import SURE
from suyuan.trace.layout import CODE, Layout

EXTRA_AT_MOST: Final = 6
"""Separators that one address may hold."""


def mend(rows: Mapping[int, list[str]], *, layout: Layout) -> dict[int, list[str] | None]:
    """Give rows of another width with their address in one cell again, or None where that is not sure.

    Every number, mailbox and name must then stand in its own column, as in nearly all other rows; a row that is too
    narrow, and a table without an address or with two, is never mended. Nor is one where words stand beside the
    address, such as a remark: the separator may be theirs.
    """
    places = [c.index for c in layout.columns if c.kind is KindName.POSTAL_ADDRESS and c.index < layout.width]
    told: dict[int, list[str] | None] = dict.fromkeys(rows)
    sure = [c for c in layout.columns if c.index < layout.width and c.share >= SURE and c.kind in STRONG_KINDS]
    if len(places) != 1 or layout.glued or not sure:
        return told
    [at] = places
    beside = loose_neighbours(at, layout=layout)
    if beside is None:
        return told
    mended = {
        number: [*row[:at], layout.delimiter.join(row[at : at + extra + 1]), *row[at + extra + 1 :]]
        for number, row in rows.items()
        if 0 < (extra := len(row) - layout.width) <= EXTRA_AT_MOST and "" not in row[at : at + extra + 1]
    }
    if not mended:
        return told
    whole = pl.Series([row[at] for row in mended.values()], dtype=pl.String)
    # An address that holds a number of its own is another row that was swallowed.
    fits = ~pl.select(
        pl.any_horizontal(pl.lit(whole).str.contains(one) for one in (PHONE, RESIDENT, EMAIL))
    ).to_series()
    for column in (c for c in layout.columns if c.index < layout.width and c.share >= SURE and c.index != at):
        cells = pl.Series([row[column.index].strip() for row in mended.values()], dtype=pl.String)
        if column.kind is KindName.PERSON_NAME:
            fits &= cells.str.contains(WHOLE_NAME)
        elif column.kind in STRONG_KINDS and column.kind is not None:
            fits &= KINDS[column.kind].canonical_column(cells).is_not_null() | (cells == "")
    for index in beside:
        fits &= pl.Series([row[index].strip() for row in mended.values()], dtype=pl.String).str.contains(CODE)
    told.update((number, row) for (number, row), is_fit in zip(mended.items(), fits, strict=True) if is_fit)
    return told


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
