"""The columnar folds give the same as the scalar one, and folding twice changes nothing."""

import polars as pl
from hypothesis import example, given
from hypothesis import strategies as st
from tests.kind_values import ANY_TEXT, KIND_NAMES, texts

from suyuan.kinds import fold, fold_column
from suyuan.kinds.kind import fold_cells, fold_lines
from suyuan.kinds.plain import plain, plain_column

_TEXTS = st.lists(ANY_TEXT | st.sampled_from(KIND_NAMES).flatmap(texts), max_size=12)


@given(cells=_TEXTS)
@example(cells=["A\nb", "\u241e", "C"])
@example(cells=["\U0002f800", "张"])
def test_fold_column_agrees(cells: list[str]) -> None:
    folded = [fold(cell) for cell in cells]
    assert fold_column(pl.Series(cells, dtype=pl.String)).to_list() == folded
    assert fold_cells(pl.Series([*cells, None], dtype=pl.String)).to_list() == [*folded, None]


@given(cells=_TEXTS)
@example(cells=["\U0002f800", "A  b", " A", "b ", "a\x7fb", "甲\n", "甲\u3000乙", "张 三"])
def test_plain_column_agrees(cells: list[str]) -> None:
    assert plain_column(pl.Series([*cells, None], dtype=pl.String)).to_list() == [*map(plain, cells), None]


@given(text=ANY_TEXT)
def test_fold_is_idempotent(text: str) -> None:
    assert fold(fold(text)) == fold(text)


_LINES = st.lists(
    st.lists(ANY_TEXT | st.sampled_from(["A b", " 张  三 ", "张三", ""]), min_size=1, max_size=4), max_size=6
)


@given(tables=_LINES)
def test_fold_lines_folds_each_line(tables: list[list[str]]) -> None:
    tables = [[line.replace("\n", "").replace("\u241e", "") for line in lines] for lines in tables]
    joined = pl.Series([*("\n".join(lines) for lines in tables), None], dtype=pl.String)
    assert fold_lines(joined).to_list() == [*("\n".join(map(fold, lines)) for lines in tables), None]
