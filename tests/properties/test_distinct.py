"""Distinct whole numbers are what `np.unique` gives, by a table where their range is small and by sorting where it is not."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from suyuan.mark.tally import distinct

NUMBERS = st.one_of(st.integers(0, 9), st.integers(0, 2**60))


@given(values=st.lists(NUMBERS, max_size=30))
def test_distinct_numbers(values: list[int]) -> None:
    given_values = np.array(values, dtype=np.int64)
    found, which = distinct(given_values)
    expected, expected_which = np.unique(given_values, return_inverse=True)
    assert found.tolist() == expected.tolist()
    assert which.tolist() == expected_which.tolist()
