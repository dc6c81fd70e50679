"""A recipe says what a value's written forms are put together from, whatever the value is."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.kind_values import KIND_NAMES, texts

from suyuan.kinds import KINDS, NotA
from suyuan.kinds.kind import AsPart
from suyuan.kinds.product import product
from suyuan.kinds.recipe import read_recipe
from suyuan.terms import KindName

UNFIT = set('|^"\\') | {chr(i) for i in range(32)}


def plain(parts: list[AsPart]) -> list[AsPart]:
    """Leave out what writes nothing; one choice is in no slot."""
    kept = [(tuple(choices), slot if len(choices) > 1 else None) for choices, slot in parts]
    return [(choices, slot) for choices, slot in kept if any(choices)]


@pytest.mark.parametrize("name", KIND_NAMES)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_recipe_is_its_value_s_parts(name: KindName, data: st.DataObject) -> None:
    kind = KINDS[name]
    cells = data.draw(st.lists(texts(name), min_size=1, max_size=8))
    canonicals = [c for cell in cells if not isinstance(c := kind.canonical(cell), NotA)]
    recipes = kind.forms_column(pl.Series([None, *canonicals], dtype=pl.String)).recipes.to_list()
    assert recipes[0] is None
    for canonical, recipe in zip(canonicals, recipes[1:], strict=True):
        if recipe is None:
            assert UNFIT & set(canonical)
            continue
        assert plain(read_recipe(recipe)) == plain(list(kind.parts(canonical)))
        slots = max(1, len(kind.slot_names))
        assert product(read_recipe(recipe), slots=slots).texts == kind.forms(canonical).texts


def test_a_value_with_a_mark_of_recipes_has_none() -> None:
    address = KINDS[KindName.POSTAL_ADDRESS]
    column = pl.Series(["12 High Street", "12 High|Street Road", '12 "High" Street', "北京市海淀区学院路1号^2室"])
    assert address.forms_column(column).recipes.is_null().to_list() == [False, True, True, True]
