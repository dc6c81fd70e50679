"""The columnar mask gives the same as the scalar one, and a mask hides what the waybill standard wants hidden."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.kind_values import IDS, KIND_NAMES, NAMES, PHONES, texts

from suyuan.kinds import KINDS, NotA
from suyuan.terms import KindName


@pytest.mark.parametrize("name", KIND_NAMES)
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_mask_column_agrees(name: KindName, data: st.DataObject) -> None:
    kind = KINDS[name]
    cells = data.draw(st.lists(texts(name), max_size=12))
    canonicals = [c for cell in cells if not isinstance(c := kind.canonical(cell), NotA)]
    column = kind.mask_column(pl.Series("cells", [None, *canonicals], dtype=pl.String))
    assert column.to_list() == [None, *(kind.mask(canonical) for canonical in canonicals)]
    assert column.name == "cells"


@given(text=PHONES)
def test_phone_hides_six_digits(text: str) -> None:
    kind = KINDS[KindName.PHONE]
    canonical = kind.canonical(text)
    if not isinstance(canonical, NotA):
        assert (
            sum(c.isdigit() for c in canonical) - sum(c.isdigit() for c in kind.mask(canonical).removeprefix("0")) >= 6
        )


@given(text=IDS)
def test_resident_id_shows_five_characters_at_most(text: str) -> None:
    kind = KINDS[KindName.RESIDENT_ID]
    canonical = kind.canonical(text)
    if not isinstance(canonical, NotA):
        assert len(kind.mask(canonical).replace("*", "")) == 5


@given(text=NAMES)
def test_name_shows_its_first_character_alone(text: str) -> None:
    kind = KINDS[KindName.PERSON_NAME]
    canonical = kind.canonical(text)
    if not isinstance(canonical, NotA):
        assert kind.mask(canonical).rstrip("*") == canonical[0]
