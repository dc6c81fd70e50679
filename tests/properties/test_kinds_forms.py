"""Every form reads back to its canonical, forms differ after the fold, and the columnar face gives the same."""

import math

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.kind_values import KIND_NAMES, texts

from suyuan.kinds import KINDS, SLOTS_PER_FIELD, NotA, fold
from suyuan.terms import KindName


@pytest.mark.parametrize("name", KIND_NAMES)
@settings(max_examples=120, deadline=None)
@given(data=st.data())
def test_forms_are_distinct_and_equal_in_meaning_and_their_column_agrees(name: KindName, data: st.DataObject) -> None:
    kind = KINDS[name]
    cells = data.draw(st.lists(texts(name), max_size=8))
    canonicals = [c for cell in cells if not isinstance(c := kind.canonical(cell), NotA)]
    columns = kind.forms_column(pl.Series([None, *canonicals], dtype=pl.String))
    assert len(kind.slot_names) <= SLOTS_PER_FIELD
    assert columns.radices.shape == (len(canonicals) + 1, len(kind.slot_names))
    assert columns.texts[0].to_list() == [""]
    assert (columns.radices[0] == 1).all()
    for row, canonical in enumerate(canonicals, start=1):
        table = kind.forms(canonical)
        assert len(table.texts) == math.prod(table.radices)
        assert len({fold(form) for form in table.texts}) == len(table.texts), table
        for form in table.texts:
            assert kind.canonical(form) == canonical, (form, canonical)
        assert tuple(columns.radices[row].tolist()) == table.radices
        assert tuple(columns.texts[row].to_list()) == table.texts
