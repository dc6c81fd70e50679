"""The columnar fold gives the same as the scalar one, and folding twice changes nothing."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from tests.kind_values import ANY_TEXT, KIND_NAMES, texts

from suyuan.kinds import fold, fold_column

_TEXTS = st.lists(ANY_TEXT | st.sampled_from(KIND_NAMES).flatmap(texts), max_size=12)


@given(cells=_TEXTS)
def test_fold_column_agrees(cells: list[str]) -> None:
    folded = [fold(cell) for cell in cells]
    assert fold_column(pl.Series(cells, dtype=pl.String)).to_list() == folded


@given(text=ANY_TEXT)
def test_fold_is_idempotent(text: str) -> None:
    assert fold(fold(text)) == fold(text)
