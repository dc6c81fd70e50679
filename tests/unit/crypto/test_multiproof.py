from itertools import combinations

import pytest

from suyuan.crypto.merkle import EMPTY_ROOT, Tree, inclusion_ranges, leaf_hash
from suyuan.crypto.multiproof import prove_many, verify_many
from suyuan.errors import RefusedError, VerificationError


def tree_of(size: int) -> tuple[Tree, list[bytes]]:
    hashes = [leaf_hash(bytes((i,))) for i in range(size)]
    return Tree(hashes), hashes


def test_every_set_of_leaves_of_every_small_tree_is_proved() -> None:
    for size in range(10):
        tree, hashes = tree_of(size)
        for count in range(size + 1):
            for indexes in combinations(range(size), count):
                proof = prove_many(indexes, size=size, range_hash=tree.range_hash)
                verify_many({i: hashes[i] for i in indexes}, size=size, proof=proof, root=tree.root)


def test_one_leaf_needs_what_its_audit_path_has_and_all_leaves_need_nothing() -> None:
    tree, _ = tree_of(100)
    for index in range(100):
        proof = prove_many([index], size=100, range_hash=tree.range_hash)
        assert sorted(proof) == sorted(tree.inclusion_proof(index))
        assert sorted(proof) == sorted(tree.range_hash(*at) for at in inclusion_ranges(index, size=100))
    assert prove_many(range(100), size=100, range_hash=tree.range_hash) == []
    assert prove_many([], size=100, range_hash=tree.range_hash) == [tree.root]
    verify_many({}, size=0, proof=[], root=EMPTY_ROOT)


def test_a_proof_shows_only_what_stands_there() -> None:
    tree, hashes = tree_of(11)
    known = {2: hashes[2], 3: hashes[3], 10: hashes[10]}
    proof = prove_many([2, 3, 10], size=11, range_hash=tree.range_hash)
    other = leaf_hash(b"other")
    for leaves, size, given in (
        (known | {2: other}, 11, proof),
        (known | {2: hashes[3], 3: hashes[2]}, 11, proof),
        ({1: hashes[2], 3: hashes[3], 10: hashes[10]}, 11, proof),
        ({2: hashes[2], 3: hashes[3]}, 11, proof),
        (known, 10, proof),
        (known, 12, proof),
        (known, -1, proof),
        (known, 2**60, proof),
        (known | {-1: other}, 11, proof),
        (known, 11, proof[:-1]),
        (known, 11, [*proof, proof[-1]]),
        (known, 11, [proof[1], proof[0], *proof[2:]]),
        (known, 11, [b"short", *proof[1:]]),
        (known | {2: b"short"}, 11, proof),
        (known, 11, []),
        ({}, 0, [EMPTY_ROOT]),
    ):
        with pytest.raises(VerificationError, match="multiproof"):
            verify_many(leaves, size=size, proof=given, root=tree.root)


def test_proofs_are_asked_for_leaves_in_order_inside_the_tree() -> None:
    tree, hashes = tree_of(5)
    for indexes in ([1, 1], [2, 1], [5], [-1], [0, 5]):
        with pytest.raises(RefusedError, match="multiproof"):
            prove_many(indexes, size=5, range_hash=tree.range_hash)
    for start, end in ((0, 1), (1, 2), (4, 5), (2, 4), (0, 4), (0, 5)):
        assert tree.range_hash(start, end) == Tree(hashes[start:end]).root
    for start, end in ((1, 3), (0, 3), (3, 3), (4, 6), (-1, 1)):
        with pytest.raises(RefusedError, match="no subtree"):
            tree.range_hash(start, end)
