"""The persons of an opening, committed to all at once, are those that a bundle spells out one by one."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.crypto import canonical, merkle
from suyuan.hold.linked import LinkedPersons
from suyuan.terms import FieldName, Recipient, RecipientKind
from suyuan.trace.dump import ROW
from suyuan.trace.naming import entries
from suyuan.trace.naming.copies import Copies, stretch
from suyuan.trace.naming.entries import Entries, ordered
from suyuan.trace.naming.reads import Reads

SUSPECTS = 4
PERSONS = (3, 5, 2**40, 9)
COPY = st.tuples(
    st.integers(0, SUSPECTS - 1),
    st.sampled_from(PERSONS),
    st.integers(0, 300),
    st.integers(0, 99),
    st.sets(st.sampled_from(("phone", "omission"))),
)
CELL = st.one_of(st.none(), st.sampled_from(("", "a", '"\\', "张三", "x\ty")))


def copies_of(found: list[tuple[int, int, int, int, set[str]]]) -> Copies:
    """Make the copies of some persons, with keys that everybody knows."""
    suspect, person, release, row = (np.array([copy[i] for copy in found], dtype=np.int64) for i in range(4))
    linked = LinkedPersons(PERSONS, secrets=[bytes([i]) * 32 for i in range(len(PERSONS))], origin="o", registry_of=int)
    return Copies(
        linked=linked,
        suspects=tuple(Recipient(kind=RecipientKind.ACCOUNT, id=str(i)) for i in range(SUSPECTS)),
        labels=(),
        releases={},
        release=release,
        row=row,
        person=person,
        suspect=suspect,
    )


@pytest.mark.parametrize("is_old", [False, True])
@settings(deadline=None)
@given(found=st.lists(COPY, max_size=12), cells=st.lists(CELL, min_size=8, max_size=8), block=st.integers(1, 5))
def test_roots_are_those_of_the_entries_spelled_out(
    is_old: bool,
    found: list[tuple[int, int, int, int, set[str]]],
    cells: list[str | None],
    block: int,
) -> None:
    rows = pl.DataFrame(
        {ROW: [7, 1, 3, 4], "person": [3, 5, 3, 2**40], "phone": cells[:4], "name": cells[4:]},
        schema={ROW: pl.UInt64, "person": pl.Int64, "phone": pl.String, "name": pl.String},
    )
    held = [copy for copy in found if copy[1] != 9]
    reads = Reads.of_copies([dict.fromkeys(copy[4], 3) for copy in held])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(entries, "COPIES_PER_BLOCK", block)
        made = Entries(
            copies_of(held), rows=rows, channels=(FieldName("phone"), FieldName("name")), reads=reads,
            key=bytes(32), is_old=is_old,
        )  # fmt: skip
    for suspect, spelled in zip(range(SUSPECTS), made, strict=True):
        hashes = [merkle.leaf_hash(canonical.encode_plain(linked.entry.document())) for linked in spelled]
        assert (made.counts[suspect], made.roots[suspect]) == (len(spelled), merkle.root(hashes))
        assert {linked.person for linked in spelled} == {copy[1] for copy in held if copy[0] == suspect}
        for linked in spelled:
            assert made.find(suspect, p=linked.entry.p) is linked
            assert sum(len(copy.reads) for copy in linked.entry.copies) == sum(
                len(copy[4]) for copy in held if copy[:2] == (suspect, linked.person)
            )


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2**40), st.integers(0, 2**40)), max_size=20), st.booleans())
def test_rows_in_the_order_of_their_columns(rows: list[tuple[int, int, int]], narrow: bool) -> None:
    """Narrow columns go as one number, wide ones column by column."""
    columns = [np.array([row[i] % (5 if narrow else 2**40) for row in rows], dtype=np.int64) for i in range(3)]
    assert ordered(*columns).tolist() == np.lexsort(columns[::-1]).tolist()


@given(st.lists(st.integers(0, 9), unique=True, max_size=6))
def test_places_as_a_stretch_are_the_same_places(places: list[int]) -> None:
    shown = np.zeros(10, dtype=np.int64)
    shown[stretch(np.array(places, dtype=np.int64))] = np.arange(1, len(places) + 1)
    assert shown.tolist() == [places.index(i) + 1 if i in places else 0 for i in range(10)]
