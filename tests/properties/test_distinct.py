"""Distinct whole numbers are what `np.unique` gives, by a table where their range is small and by sorting where it is not; and
things are sorted by what they own.
"""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from suyuan.mark.tally import distinct, sort_out

NUMBERS = st.one_of(st.integers(0, 9), st.integers(0, 2**60))


@given(values=st.lists(NUMBERS, max_size=30))
def test_distinct_numbers(values: list[int]) -> None:
    given_values = np.array(values, dtype=np.int64)
    found, which = distinct(given_values)
    expected, expected_which = np.unique(given_values, return_inverse=True)
    assert found.tolist() == expected.tolist()
    assert which.tolist() == expected_which.tolist()


@given(owned=st.lists(st.tuples(st.integers(0, 5), st.one_of(st.integers(0, 2), st.integers(0, 2**40))), max_size=30))
def test_things_are_of_one_sort_where_they_own_the_same(owned: list[tuple[int, int]]) -> None:
    owner, value = (np.array([one[i] for one in owned], dtype=np.int64) for i in range(2))
    sorts = sort_out(owner, value=value, owners=6)
    contents = [sorted(mine for whose, mine in owned if whose == thing) for thing in range(6)]
    assert [sorts.within(int(sort)).tolist() for sort in sorts.sort] == contents
    assert sorts.count == len({tuple(each) for each in contents})
    assert sorts.sizes[sorts.sort].tolist() == [len(each) for each in contents]
