"""Showing a column gives what showing each value gives: the same form for the same lane key."""

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.kind_values import KIND_NAMES, texts

from suyuan.crypto import side_by_side
from suyuan.kinds import KINDS, NotA
from suyuan.mark.law import omission
from suyuan.release.marking import choose_forms, draw_columns, draws, omitted_rows, show, show_column
from suyuan.terms import KindName

KEYS = st.binary(min_size=32, max_size=32)


@pytest.mark.parametrize("name", KIND_NAMES)
@settings(max_examples=60)
@given(data=st.data())
def test_a_column_shows_what_each_value_shows(name: KindName, data: st.DataObject) -> None:
    kind = KINDS[name]
    cells = data.draw(st.lists(texts(name), min_size=1, max_size=8))
    canonicals = [c for cell in cells if not isinstance(c := kind.canonical(cell), NotA)]
    keys = data.draw(st.lists(KEYS, min_size=len(canonicals) + 1, max_size=len(canonicals) + 1))
    column = pl.Series([None, *canonicals], dtype=pl.String)
    lanes = np.frombuffer(b"".join(keys), np.uint8).reshape(-1, 32)
    forms = kind.forms_column(column)
    shown = show_column(column, forms=forms, lane_keys=lanes)
    expected = [show(c, kind=kind, lane_key=key) for c, key in zip(canonicals, keys[1:], strict=True)]
    assert shown.to_list() == [None, *expected]
    choices = choose_forms(lanes, radices=forms.radices)
    for row, canonical in enumerate(canonicals, start=1):
        assert kind.forms(canonical).render(tuple(choices[row].tolist())) == expected[row - 1]
        assert kind.canonical(expected[row - 1]) == canonical


@pytest.mark.parametrize("name", KIND_NAMES)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data(), seed=st.integers(0, 99), biased=st.booleans())
def test_a_column_written_from_recipes_is_the_same(
    name: KindName, data: st.DataObject, seed: int, biased: bool
) -> None:
    pytest.importorskip("numba")
    kind, count = KINDS[name], side_by_side.FEWEST + 2
    cells = data.draw(st.lists(texts(name), min_size=1, max_size=8))
    values = [None if isinstance(c := kind.canonical(cell), NotA) else c for cell in cells]
    column = pl.Series([values[i % len(values)] for i in range(count)], dtype=pl.String)
    draws = np.random.default_rng(seed)
    lanes = draws.integers(0, 256, (count, 32), dtype=np.uint8)
    biases = draws.integers(0, 3, count, dtype=np.uint8) if biased else None
    forms = kind.forms_column(column)
    picked = show_column(column, forms=forms, lane_keys=lanes, biases=biases)
    try:
        assert side_by_side.load()
        written = show_column(column, forms=forms, lane_keys=lanes, biases=biases)
    finally:
        side_by_side.unload()
    assert written.to_list() == picked.to_list()


@given(keys=st.lists(KEYS, max_size=9), rate=st.integers(1, 32_768))
def test_draws_and_omission_are_big_endian_words_of_the_key(keys: list[bytes], rate: int) -> None:
    lanes = np.frombuffer(b"".join(keys), np.uint8).reshape(-1, 32)
    assert draw_columns(lanes, slots=4).tolist() == [list(draws(key)) for key in keys]
    law = omission(omitted_per_65536=rate)
    assert omitted_rows(lanes, law=law).tolist() == [law.choose(draws(key)[0]) == 1 for key in keys]
