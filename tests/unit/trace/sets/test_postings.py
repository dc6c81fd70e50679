"""Posting lists: the overlap is what plain sets give, few or most, with a tail and settled."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from suyuan.trace.sets.postings import Postings, lists_of

PAIRS = st.lists(st.tuples(st.integers(0, 19), st.integers(0, 7)), max_size=120)


@given(pairs=PAIRS, late=PAIRS, dump=st.sets(st.integers(0, 19)))
def test_the_overlap_is_what_sets_give(
    pairs: list[tuple[int, int]], late: list[tuple[int, int]], dump: set[int]
) -> None:
    owners, members = np.array([p for p, _ in pairs], dtype=np.int64), np.array([h for _, h in pairs], dtype=np.int64)
    fresh = sorted(set(late) - set(pairs))
    postings = Postings(lists=lists_of(owners, members, count=20), holders=8)
    grown = postings.with_more(np.array([p for p, _ in fresh]), np.array([h for _, h in fresh]), count=8)
    expected = [len({p for p, h in {*pairs, *late} if h == holder and p in dump}) for holder in range(8)]
    chosen = np.array(sorted(dump), dtype=np.int64)
    assert grown.overlap(chosen).tolist() == expected
    assert grown.settled().overlap(chosen).tolist() == expected


@given(pairs=PAIRS)
def test_turning_twice_gives_the_same_lists(pairs: list[tuple[int, int]]) -> None:
    owners, members = np.array([p for p, _ in pairs], dtype=np.int64), np.array([h for _, h in pairs], dtype=np.int64)
    lists = lists_of(owners, members, count=20)
    again = lists.turned(8).turned(20)
    assert again.starts.tolist() == lists.starts.tolist()
    assert again.members.tolist() == lists.members.tolist()
