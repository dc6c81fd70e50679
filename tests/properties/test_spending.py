"""Spent marks read back as they were written, for the releases asked for and no others."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from suyuan.errors import VerificationError
from suyuan.hold.linked import LinkedPersons
from suyuan.trace.naming.copies import Copies
from suyuan.trace.naming.reads import Reads
from suyuan.trace.naming.spending import decode_spent, encode_spent

CHANNELS = ("phone", "address", "omission")
COPY = st.tuples(st.integers(0, 50), st.integers(0, 2**40), st.sets(st.sampled_from(CHANNELS)))


def written(copies: list[tuple[int, int, set[str]]]) -> bytes:
    """Write the marks of some copies."""
    release = np.array([copy[0] for copy in copies], dtype=np.int64)
    row = np.array([copy[1] for copy in copies], dtype=np.int64)
    nothing = np.zeros(len(copies), dtype=np.int64)
    table = Copies(
        linked=LinkedPersons((), secrets=(), origin="o", registry_of=int),
        suspects=(),
        labels=(),
        releases={},
        release=release,
        row=row,
        person=nothing,
        suspect=nothing,
    )
    return encode_spent(table, reads=Reads.of_copies([dict.fromkeys(c, 0) for _, _, c in copies]))


@given(st.lists(COPY), st.sets(st.integers(0, 50)))
def test_marks_read_back(copies: list[tuple[int, int, set[str]]], releases: set[int]) -> None:
    expected = {(release, row, c) for release, row, channels in copies for c in channels if release in releases}
    assert decode_spent(written(copies), releases=releases) == expected


@given(st.lists(COPY, min_size=1, max_size=4), st.data())
def test_a_side_that_was_cut_is_refused(copies: list[tuple[int, int, set[str]]], data: st.DataObject) -> None:
    side = written(copies)
    at = data.draw(st.integers(0, len(side) - 1))
    with pytest.raises(VerificationError):
        decode_spent(side[:at], releases=range(51))
