"""Rows that are too wide because an address held the separator: mended where everything else then stands in its place."""

from collections.abc import Mapping
from typing import Final

import polars as pl

from suyuan.collect.field import STRONG_KINDS
from suyuan.kinds.plain import HAN
from suyuan.kinds.registry import KINDS
from suyuan.terms import KindName
from suyuan.trace.columns import SURE
from suyuan.trace.glued import SURNAME
from suyuan.trace.layout import Layout

EXTRA_AT_MOST: Final = 6
"""Separators that one address may hold."""

WHOLE_NAME: Final = rf"^(?:{SURNAME}[{HAN}]{{1,3}}|[{HAN}]{{1,9}}(?:\u00b7[{HAN}]{{1,9}})+|[A-Za-z\u00c0-\u024f.' -]+)$"


def mend(rows: Mapping[int, list[str]], *, layout: Layout) -> dict[int, list[str] | None]:
    """Give rows of another width with their address in one cell again, or None where that is not sure.

    Every number, mailbox and name must then stand in its own column, as in nearly all other rows; a row that is too
    narrow, and a table without an address or with two, is never mended.
    """
    places = [c.index for c in layout.columns if c.kind is KindName.POSTAL_ADDRESS and c.index < layout.width]
    told: dict[int, list[str] | None] = dict.fromkeys(rows)
    sure = [c for c in layout.columns if c.index < layout.width and c.share >= SURE and c.kind in STRONG_KINDS]
    if len(places) != 1 or layout.glued or not sure:
        return told
    [at] = places
    mended = {
        number: [*row[:at], layout.delimiter.join(row[at : at + extra + 1]), *row[at + extra + 1 :]]
        for number, row in rows.items()
        if 0 < (extra := len(row) - layout.width) <= EXTRA_AT_MOST and "" not in row[at : at + extra + 1]
    }
    if not mended:
        return told
    fits = pl.Series([True] * len(mended))
    for column in (c for c in layout.columns if c.index < layout.width and c.share >= SURE and c.index != at):
        cells = pl.Series([row[column.index].strip() for row in mended.values()], dtype=pl.String)
        if column.kind is KindName.PERSON_NAME:
            fits &= cells.str.contains(WHOLE_NAME)
        elif column.kind in STRONG_KINDS and column.kind is not None:
            fits &= KINDS[column.kind].canonical_column(cells).is_not_null() | (cells == "")
    told.update((number, row) for (number, row), is_fit in zip(mended.items(), fits, strict=True) if is_fit)
    return told
