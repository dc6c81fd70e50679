"""Second telephone numbers and mailboxes of a row's person, where a field holds one: told, for a person is found by either."""

from collections.abc import Mapping, Sequence
from typing import Final

import polars as pl

from suyuan.kinds.registry import KINDS
from suyuan.terms import FieldName, KindName
from suyuan.trace.columns.glued import PIECES, taken_apart
from suyuan.trace.columns.layout import Layout
from suyuan.trace.files.damage import cleaned

WHAT: Final = {KindName.PHONE: "telephone number", KindName.EMAIL: "mailbox", KindName.RESIDENT_ID: "ID"}
SECOND: Final = "phone_2"


def second_notes(
    rows: Sequence[Sequence[str]], *, values: Mapping[FieldName, pl.Series], layout: Layout
) -> tuple[str, ...]:
    """Give a line on each field of which rows hold a further value in a column of the person's own, or in the same cell.

    Test: tests/unit/trace/test_seconds.py.
    """
    notes: list[str] = []
    for name, kind in layout.kinds.items():
        if kind not in WHAT or name not in values or not rows:
            continue
        read = KINDS[kind].canonical_column(values[name])
        found = read.is_null() & False
        for cells in further_cells(rows, field=name, kind=kind, layout=layout):
            other = KINDS[kind].canonical_column(cells)
            found |= other.is_not_null() & read.is_not_null() & (other != read).fill_null(value=False)
        if found.any():
            notes.append(
                f"{int(found.sum()):,} of {len(rows):,} rows looked at hold a second {WHAT[kind]}, which is not read"
            )
    return tuple(notes)


def further_cells(
    rows: Sequence[Sequence[str]], *, field: FieldName, kind: KindName, layout: Layout
) -> list[pl.Series]:
    """Give the cells in which a further value of a field may stand: of its spare columns, and what cells taken apart have left."""
    found = [cleaned(cells_at(rows, index=index)) for index in layout.spare.get(field, ())]
    if kind is KindName.PHONE:
        own = [index for index, name in layout.fields.items() if name == field and index < layout.width]
        pieces = {index: layout.width + n * len(PIECES) + PIECES.index(SECOND) for n, index in enumerate(layout.glued)}
        own += [index for index, second in pieces.items() if layout.columns[second].field is None]
        found += [taken_apart(cleaned(cells_at(rows, index=index)))[SECOND] for index in own]
    return found


def cells_at(rows: Sequence[Sequence[str]], *, index: int) -> pl.Series:
    """Give a column of rows."""
    return pl.Series([row[index] if index < len(row) else "" for row in rows], dtype=pl.String)
