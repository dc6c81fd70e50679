"""The verifier's proof of many leaves, held against the platform's, which was written apart from it."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suyuan.crypto import multiproof
from suyuan.crypto.merkle import Tree, leaf_hashes
from suyuan.errors import VerificationError
from suyuan.evidence.account.multiproof import verify_many

MOST = 300


@st.composite
def trees(draw: st.DrawFn) -> tuple[Tree, list[int], list[bytes]]:
    size = draw(st.integers(1, MOST))
    known = sorted(draw(st.sets(st.integers(0, size - 1), min_size=1, max_size=12)))
    tree = Tree(leaf_hashes([b"%d" % i for i in range(size)]))
    return tree, known, multiproof.prove_many(known, size=size, range_hash=tree.range_hash)


def accept(tree: Tree, known: list[int], proof: list[bytes], *, size: int | None = None) -> None:
    pairs = [(i, tree.leaf(i)) for i in known]
    verify_many(pairs, size=tree.size if size is None else size, proof=b"".join(proof), root=tree.root, place="here")


@given(trees())
def test_what_the_platform_proves_is_accepted(case: tuple[Tree, list[int], list[bytes]]) -> None:
    accept(*case)


@given(case=trees(), data=st.data())
def test_nothing_else_is(case: tuple[Tree, list[int], list[bytes]], data: st.DataObject) -> None:
    tree, known, proof = case
    others = []
    if proof:
        at = data.draw(st.integers(0, len(proof) - 1))
        others += [[*proof[:at], bytes(32), *proof[at + 1 :]], [*proof[:at], *proof[at + 1 :]], [*proof, proof[at]]]
        swapped = list(proof)
        swapped[at], swapped[0] = swapped[0], swapped[at]
        others += [swapped] if swapped != proof else []
    for other in [*others, [*proof, bytes(32)], [*proof, b"\0"]]:
        with pytest.raises(VerificationError, match="here"):
            accept(tree, known, other)
    pairs = [(i, tree.leaf(i)) for i in known]
    wrong = [[(i, bytes(32)) if i == known[0] else (i, h) for i, h in pairs], [], [*pairs, pairs[-1]], pairs[::-1]]
    wrong += [[(i + 1, h) for i, h in pairs], [(i - 1, h) for i, h in pairs], [*pairs, (tree.size, bytes(32))]]
    for forged in wrong:
        if forged == pairs:
            continue
        with pytest.raises(VerificationError, match="here"):
            verify_many(forged, size=tree.size, proof=b"".join(proof), root=tree.root, place="here")


@given(case=trees(), size=st.integers(0, 2**53))
def test_in_a_tree_of_another_size_nothing_is_proved_that_does_not_stand_there(
    case: tuple[Tree, list[int], list[bytes]], size: int
) -> None:
    """A size is not in the root: a proof may read the same for another; what it proves is then at the same place."""
    tree, known, proof = case
    with suppress(VerificationError):
        accept(tree, known, proof, size=size)
        assert size > known[-1]
