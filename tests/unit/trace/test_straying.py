"""Cells that are not of their column's kind are told from those that are, by one pattern where it can be."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from suyuan.kinds.registry import KINDS
from suyuan.terms import KindName
from suyuan.trace.straying import NEAR

USUAL = NEAR[KindName.PHONE].replace(r"\d", "[0-9]")


@given(cells=st.lists(st.from_regex(USUAL, fullmatch=True).map(str.rstrip), min_size=1, max_size=20))
def test_what_the_pattern_of_mobile_numbers_lets_off_is_a_number(cells: list[str]) -> None:
    assert KINDS[KindName.PHONE].canonical_column(pl.Series(cells)).null_count() == 0
