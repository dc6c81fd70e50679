"""Words of programs (`NULL`) where there is no value, in columns whose kinds would take them for one."""

from typing import Final

import polars as pl

from suyuan.kinds.column import kind_shares
from suyuan.terms import KindName
from suyuan.trace.columns.columns import ENOUGH
from suyuan.trace.files.damage import NOTHING

OF_WORDS: Final = (KindName.PERSON_NAME, KindName.POSTAL_ADDRESS)
"""Of what kind a word may be a value: no number and no mailbox is spelled so."""


def has_words_for_nothing(cells: pl.Series) -> bool:
    """Say whether a column of names or addresses has a program's word where there is none: every such row would share that name.

    Test: tests/unit/trace/test_ugly.py.
    """
    nothing = cells.str.strip_chars().is_in(NOTHING)
    if not nothing.any():
        return False
    shares = kind_shares(cells.filter(~nothing))
    return any(shares[kind] >= ENOUGH for kind in OF_WORDS)
