"""The columnar count of votes is the plain one, row by row."""

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from suyuan.trace.link import NOBODY, count_votes


def counted(row: list[int]) -> tuple[int, float, bool]:
    """The definition: the person named more often than any other; NOBODY and contradicting on a tie."""
    votes = Counter(person for person in row if person != NOBODY).most_common()
    if not votes:
        return NOBODY, 0.0, False
    person, most = votes[0]
    if len(votes) > 1 and votes[1][1] == most:
        return NOBODY, most / sum(count for _, count in votes), True
    return person, most / sum(count for _, count in votes), False


@given(arrays.arrays(np.int64, st.tuples(st.integers(0, 8), st.integers(1, 4)), elements=st.integers(NOBODY, 3)))
def test_votes(persons: np.ndarray) -> None:
    verdicts = count_votes(persons)
    for place, row in enumerate(persons.tolist()):
        person, confidence, is_contradicting = counted(row)
        assert verdicts.persons[place] == person
        assert verdicts.confidence[place] == confidence
        assert verdicts.is_contradicting[place] == is_contradicting
        if person != NOBODY:
            assert row[int(verdicts.by[place])] == person
            assert person not in row[: int(verdicts.by[place])]
