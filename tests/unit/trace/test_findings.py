"""What is counted for all suspects at once is what counting each alone gives."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.trace.report.cases import account, finding

from suyuan.hold.linked import LinkedPersons
from suyuan.terms import Recipient, RecipientKind
from suyuan.trace.naming.copies import Copies
from suyuan.trace.naming.findings import persons_of_each, reach_of

COPY = st.tuples(st.integers(0, 3), st.integers(0, 6), st.booleans())


@given(st.lists(COPY, max_size=30))
def test_persons_held_and_missing_of_each_suspect(found: list[tuple[int, int, bool]]) -> None:
    suspects = tuple(Recipient(kind=RecipientKind.ACCOUNT, id=str(i)) for i in range(4))
    suspect, person = (np.array([copy[i] for copy in found], dtype=np.int64) for i in range(2))
    left_out = np.array([copy[2] for copy in found], dtype=np.bool_)
    nothing = np.zeros(len(found), dtype=np.int64)
    copies = Copies(
        linked=LinkedPersons((), secrets=(), origin="o", registry_of=int), suspects=suspects, labels=(), releases={},
        release=nothing, row=nothing, person=person, suspect=suspect,
    )  # fmt: skip
    held = [{p for s, p, is_out in found if s == i and not is_out} for i in range(4)]
    out = [{p for s, p, is_out in found if s == i and is_out} for i in range(4)]
    assert persons_of_each(copies, which=~left_out).tolist() == [len(mine) for mine in held]
    missing = persons_of_each(copies, which=left_out, but=~left_out)
    assert missing.tolist() == [len(gone - mine) for gone, mine in zip(out, held, strict=True)]


@given(st.lists(st.integers(0, 8), max_size=6), st.integers(0, 7))
def test_who_was_shown_half_of_the_persons_is_reached(held: list[int], persons: int) -> None:
    findings = [finding(account(str(i)), bits=0, persons=count) for i, count in enumerate(held)]
    wanted = sorted((-count, i) for i, count in enumerate(held) if persons and count >= persons / 2)
    assert reach_of(findings, persons=persons) == tuple(findings[i].recipient for _, i in wanted)
