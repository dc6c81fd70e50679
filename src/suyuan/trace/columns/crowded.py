"""Rows that show more people than one in their cells: whose the first number is, nobody says."""

from collections.abc import Iterable
from typing import Final

import polars as pl

from suyuan.kinds.plain import HAN
from suyuan.kinds.surnames import SURNAME
from suyuan.trace.columns.glued import PHONE, RESIDENT, VALUE
from suyuan.trace.columns.whose import own_values

SHORTEST: Final = 4
"""Characters of two names and what parts them, less one."""

BORDER: Final = r"[^0-9A-Za-z]"
TWO_IDS: Final = rf"(?s)(?:^|{BORDER})({RESIDENT})(?:{BORDER}|{BORDER}.*{BORDER})({RESIDENT})(?:{BORDER}|$)"
NAMED: Final = rf"{SURNAME}[{HAN}]{{1,3}}"
TWO_NAMES: Final = rf"^{NAMED}(?:\s*[\r\n/、,，;；&+]\s*{NAMED})+$"
TWO_PHONES: Final = rf"(?s)({PHONE}){BORDER}.*?({PHONE})"


def crowded(cells: Iterable[pl.Series], *, rows: int) -> pl.Series:
    """Say which rows show more people than one in a cell: two IDs, or two names where another cell has two telephones.

    Args:
        cells: the columns that are read, as they stand in the file. rows: how many there are.
    Test: tests/unit/trace/test_whose.py.
    """
    found = pl.Series([False] * rows, dtype=pl.Boolean)
    names, phones = found, found
    for column in cells:
        if not (column.str.len_chars() > SHORTEST).any():
            continue
        own = own_values(column, value=VALUE)
        found = found | different(own, pattern=TWO_IDS)
        phones = phones | different(own, pattern=TWO_PHONES)
        names = names | column.str.contains(TWO_NAMES)
    return found | (names & phones)


def different(cells: pl.Series, *, pattern: str) -> pl.Series:
    """Say which cells hold two values of a pattern that are not the same."""
    hits = cells.str.contains(pattern)
    if not hits.any():
        return hits
    pair = cells.str.extract_groups(pattern).struct.unnest()
    return hits & (pair[:, 0] != pair[:, 1]).fill_null(value=False)
