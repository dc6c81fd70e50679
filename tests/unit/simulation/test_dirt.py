import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.errors import RefusedError
from suyuan.simulation import dirty, invent_people


@given(st.lists(st.none() | st.text(max_size=12), max_size=30), st.floats(0, 1), st.integers(0, 2**32))
@settings(max_examples=150, deadline=None)
def test_dirt_is_seeded_and_keeps_the_shape(values: list[str | None], share: float, seed: int) -> None:
    column = pl.Series("v", values, dtype=pl.String)
    one = dirty(column, share=share, seed=seed)
    assert one.equals(dirty(column, share=share, seed=seed), null_equal=True)
    assert one.name == "v"
    assert len(one) == len(values)
    assert one.dtype == pl.String


@given(st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=30), st.integers(0, 2**32))
@settings(max_examples=150, deadline=None)
def test_every_value_that_is_hit_changes(values: list[str], seed: int) -> None:
    column = pl.Series("v", values)
    assert dirty(column, share=1.0, seed=seed).ne_missing(column).all()
    assert dirty(column, share=0.0, seed=seed).equals(column)


def test_null_and_empty_stay() -> None:
    column = pl.Series("v", [None, ""] * 50)
    assert dirty(column, share=1.0, seed=1).equals(column, null_equal=True)


def test_the_share_is_kept_and_columns_are_hit_apart() -> None:
    people = invent_people(20_000, seed=1)
    hits = {name: dirty(people[name], share=0.2, seed=9).ne_missing(people[name]) for name in ("phone", "address")}
    for hit in hits.values():
        assert 0.19 < hit.mean() < 0.21
    assert 0.03 < (hits["phone"] & hits["address"]).mean() < 0.05


def test_characters_are_mistaken_for_their_like() -> None:
    phones = pl.Series("v", ["16312345678"] * 500)
    assert dirty(phones, share=1.0, seed=2).drop_nulls().str.contains(r"^\d{10,12}$").all()
    names = pl.Series("v", ["王小明"] * 500)
    assert dirty(names, share=1.0, seed=2).drop_nulls().str.contains(r"^\p{Han}{2,4}$").all()


def test_words_are_swapped() -> None:
    assert "Reed Mary" in dirty(pl.Series("v", ["Mary Reed"] * 200), share=1.0, seed=2).to_list()


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_an_impossible_share_is_refused(share: float) -> None:
    with pytest.raises(RefusedError, match="share"):
        dirty(pl.Series("v", ["a"]), share=share, seed=1)
