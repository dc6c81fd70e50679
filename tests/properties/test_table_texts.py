"""What a manifest commits to is the same text for a column of form tables as for each by itself."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.kind_values import KIND_NAMES, texts

from suyuan.kinds import KINDS, NotA
from suyuan.mark.table import table_text, table_texts
from suyuan.terms import KindName


@pytest.mark.parametrize("name", KIND_NAMES)
@settings(max_examples=60)
@given(data=st.data())
def test_columns_give_the_text_of_each_table(name: KindName, data: st.DataObject) -> None:
    kind = KINDS[name]
    values = [
        c for text in data.draw(st.lists(texts(name), max_size=6)) if not isinstance(c := kind.canonical(text), NotA)
    ]
    columns = table_texts(kind.forms_column(pl.Series(values, dtype=pl.String)))
    assert columns.to_list() == [table_text(kind.forms(value)) for value in values]
