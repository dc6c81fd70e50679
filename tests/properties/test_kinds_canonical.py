"""Canonical is total and idempotent, and its columnar face gives the same."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.kind_values import KIND_NAMES, texts

from suyuan.kinds import KINDS, NotA
from suyuan.terms import KindName


@pytest.mark.parametrize("name", KIND_NAMES)
@settings(max_examples=120, deadline=None)
@given(data=st.data())
def test_canonical_is_idempotent_and_its_column_agrees(name: KindName, data: st.DataObject) -> None:
    kind = KINDS[name]
    cells = data.draw(st.lists(texts(name) | st.none(), max_size=12))
    expected = []
    for cell in cells:
        canonical = None if cell is None else kind.canonical(cell)
        expected.append(None if isinstance(canonical, NotA) else canonical)
        if expected[-1] is not None:
            assert kind.canonical(expected[-1]) == expected[-1]
    column = kind.canonical_column(pl.Series("cells", cells, dtype=pl.String))
    assert column.to_list() == expected
    assert column.name == "cells"
