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
from suyuan.trace.naming.copies import Copies
from suyuan.trace.naming.entries import Entries
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
