import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.errors import RefusedError
from suyuan.simulation.seeds import distinct, stream, weighted


@given(st.integers(0, 2**40), st.integers(0, 300), st.data())
@settings(max_examples=200, deadline=None)
def test_distinct_numbers_never_repeat_and_stay_below(seed: int, below: int, data: st.DataObject) -> None:
    n = data.draw(st.integers(0, below))
    drawn = distinct(n, below=below, rng=stream(seed, purpose="t"))
    assert len(set(drawn.tolist())) == n
    assert all(0 <= value < below for value in drawn)


def test_distinct_spreads_over_a_large_range() -> None:
    drawn = distinct(20_000, below=3 * 10**8, rng=stream(1, purpose="t"))
    counts, _ = np.histogram(drawn, bins=100, range=(0, 3 * 10**8))
    assert counts.min() > 100
    assert len(np.unique(np.diff(drawn))) > 10_000


def test_more_than_the_range_holds_is_refused() -> None:
    with pytest.raises(RefusedError, match="range that holds 10"):
        distinct(11, below=10, rng=stream(1, purpose="t"))


def test_streams_of_two_purposes_differ_and_each_repeats() -> None:
    one, again, other = (stream(7, purpose=p).random(8).tolist() for p in ("a", "a", "b"))
    assert one == again != other


def test_a_negative_seed_is_refused() -> None:
    with pytest.raises(RefusedError, match="seed"):
        stream(-1, purpose="a")


def test_weighted_draws_follow_the_weights() -> None:
    n = 40_000
    counts = np.bincount(weighted(n, weights=[1, 0, 3], rng=stream(3, purpose="w")), minlength=3)
    assert counts[1] == 0
    assert abs(counts[2] - 0.75 * n) < 5 * math.sqrt(n * 0.75 * 0.25)
