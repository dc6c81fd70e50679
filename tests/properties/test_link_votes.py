"""The counts of votes, by kernel and by whole columns, are the plain one, row by row."""

from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from suyuan.trace.matching.standing import NOBODY, tally_plainly

VOTES = arrays.arrays(np.int64, st.tuples(st.integers(0, 4), st.integers(0, 8)), elements=st.integers(NOBODY, 3))


def counted(row: list[int]) -> tuple[int, Fraction, bool]:
    """The definition: the person named more often than any other; NOBODY and contradicting on a tie."""
    votes = Counter(person for person in row if person != NOBODY).most_common()
    if not votes:
        return NOBODY, Fraction(0), False
    person, most = votes[0]
    if len(votes) > 1 and votes[1][1] == most:
        return NOBODY, Fraction(0), True
    return person, Fraction(most, sum(count for _, count in votes)), False


def require_counts(tally: object, votes: np.ndarray) -> None:
    rows = votes.shape[1]
    linked, contradicting = np.empty(rows, dtype=np.int64), np.empty(rows, dtype=np.bool_)
    by, most, total = (np.empty(rows, dtype=np.uint8) for _ in range(3))
    assert callable(tally)
    count = tally(votes, linked, by, most, total, contradicting)
    places = {int(row): place for place, row in enumerate(linked[:count])}
    assert linked[:count].tolist() == sorted(places)
    for row, said in enumerate(votes.T.tolist()):
        person, share, is_contradicting = counted(said)
        assert contradicting[row] == is_contradicting
        assert (row in places) == (person != NOBODY)
        if row in places:
            field = int(by[places[row]])
            assert said[field] == person
            assert person not in said[:field]
            assert Fraction(int(most[places[row]]), int(total[places[row]])) == share


@given(VOTES)
def test_by_whole_columns(votes: np.ndarray) -> None:
    require_counts(tally_plainly, votes)


@given(VOTES)
def test_by_kernel(votes: np.ndarray) -> None:
    pytest.importorskip("numba")
    from suyuan.trace.matching.probing import tally

    require_counts(tally, votes)
