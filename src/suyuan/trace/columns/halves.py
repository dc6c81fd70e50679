"""Rows that a line end within a cell has torn in two: put together where both halves then stand in their columns."""

import re
from collections.abc import Sequence
from typing import Final

from suyuan.terms import KindName
from suyuan.trace.columns.glued import WHOLE, WHOLE_NAME
from suyuan.trace.columns.headers import SURE
from suyuan.trace.columns.layout import Layout
from suyuan.trace.formats.rows import Odd, Row

NAME: Final = re.compile(WHOLE_NAME)
PATTERNS: Final = {kind: re.compile(pattern) for kind, pattern in WHOLE.items()}


def rejoined(rows: list[Row], *, layout: Layout) -> list[Row]:
    """Give rows with each two that are the halves of one, by a line end within a cell, put together.

    Both are too short, together they have just the table's cells, every number, mailbox and name then stands in its own
    column, and the second half shows none of its own: two short rows of two people are never one.
    """
    found: list[Row] = []
    for row in rows:
        first = found[-1] if found else None
        if isinstance(row, Odd) or first is None or isinstance(first, Odd):
            found.append(row)
        elif len(first) + len(row) - 1 == layout.width and 1 < len(first) < layout.width and len(row) < layout.width:
            whole = [*first[:-1], first[-1] + row[0], *row[1:]]
            is_one = tells(whole, layout=layout) and not tells(row, layout=layout) and bool(first[-1]) and bool(row[0])
            found[-1:] = [whole] if is_one else [first, row]
        else:
            found.append(row)
    return found


def tells(row: Sequence[str], *, layout: Layout) -> bool:
    """Say whether a row shows a number or mailbox in its own column, and nothing but such and names in these columns."""
    told = False
    for column in layout.columns:
        if column.share < SURE or column.kind is None or column.index >= min(len(row), layout.width):
            continue
        cell = row[column.index].strip()
        if cell and column.kind in PATTERNS:
            if PATTERNS[column.kind].search(cell) is None:
                return False
            told = True
        elif cell and column.kind is KindName.PERSON_NAME and NAME.search(cell) is None:
            return False
    return told
