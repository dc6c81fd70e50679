import json
from pathlib import Path
from typing import Any

import pytest

from suyuan.crypto.frontier import Frontier
from suyuan.crypto.merkle import (
    Tree,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    leaf_hashes,
    root,
    verify_consistency,
    verify_inclusion,
)
from suyuan.errors import RefusedError, VerificationError


@pytest.fixture(scope="module")
def vectors(repository: Path) -> Any:
    found = json.loads((repository / "tests/vectors/rfc6962.json").read_text("utf-8"))
    found["hashes"] = leaf_hashes(bytes.fromhex(leaf) for leaf in found["leaves"])
    return found


def test_roots_are_the_published_ones(vectors: Any) -> None:
    for size, expected in enumerate(vectors["roots"]):
        assert root(vectors["hashes"][:size]).hex() == expected
        frontier = Frontier()
        frontier.extend(b"".join(vectors["hashes"][:size]))
        assert frontier.root().hex() == expected


def test_inclusion_paths_are_the_published_ones(vectors: Any) -> None:
    for case in vectors["inclusion"]:
        hashes = vectors["hashes"][: case["size"]]
        path = inclusion_proof(hashes, index=case["index"])
        assert [item.hex() for item in path] == case["path"]
        verify_inclusion(hashes[case["index"]], index=case["index"], size=case["size"], proof=path, root=root(hashes))


def test_consistency_paths_are_the_published_ones(vectors: Any) -> None:
    for case in vectors["consistency"]:
        old, new = vectors["hashes"][: case["old"]], vectors["hashes"][: case["new"]]
        path = consistency_proof(new, old_size=case["old"])
        assert [item.hex() for item in path] == case["path"]
        verify_consistency(old_size=len(old), old_root=root(old), new_size=len(new), new_root=root(new), proof=path)


def test_an_entry_outside_the_tree_is_refused() -> None:
    tree = Tree([leaf_hash(b"a")])
    for index in (-1, 1):
        with pytest.raises(RefusedError, match="outside a tree of 1"):
            tree.inclusion_proof(index)
        with pytest.raises(RefusedError):
            tree.leaf(index)
    with pytest.raises(RefusedError):
        Tree(b"short")
    with pytest.raises(RefusedError):
        consistency_proof([], old_size=1)


def test_a_malformed_proof_does_not_verify() -> None:
    hashes = leaf_hashes([b"a", b"b", b"c"])
    good, top = inclusion_proof(hashes, index=0), root(hashes)
    for proof in (good[:-1], (*good, good[0]), (good[0][:-1], good[1]), (good[1], good[0])):
        with pytest.raises(VerificationError):
            verify_inclusion(hashes[0], index=0, size=3, proof=proof, root=top)
    with pytest.raises(VerificationError):
        verify_inclusion(hashes[0], index=3, size=3, proof=good, root=top)
    with pytest.raises(VerificationError):
        verify_consistency(old_size=3, old_root=top, new_size=2, new_root=top, proof=())
    with pytest.raises(VerificationError):
        verify_consistency(old_size=3, old_root=top, new_size=4, new_root=top, proof=())
    with pytest.raises(VerificationError):
        verify_consistency(old_size=0, old_root=top, new_size=3, new_root=top, proof=())
    with pytest.raises(VerificationError):
        verify_consistency(old_size=1, old_root=hashes[0], new_size=2, new_root=top, proof=(top, top, top))


def test_a_frontier_resumes_only_from_edges_that_fit() -> None:
    frontier = Frontier()
    tiles = frontier.extend(b"".join(leaf_hashes(str(i).encode() for i in range(300))))
    assert [(tile.level, tile.index, tile.width) for tile in tiles] == [(0, 0, 256)]
    partials = frontier.partials()
    assert [(tile.level, tile.index, tile.width) for tile in partials] == [(0, 1, 44), (1, 0, 1)]
    resumed = Frontier.resume(300, edges=[tile.hashes for tile in partials])
    assert (resumed.root(), resumed.size) == (frontier.root(), 300)
    with pytest.raises(RefusedError, match="needs 44 hashes at level 0"):
        Frontier.resume(300, edges=[b"", b""])
    with pytest.raises(RefusedError):
        frontier.extend(b"short")
