import pytest
from hypothesis import given
from hypothesis import strategies as st

from suyuan.crypto.frontier import Frontier
from suyuan.crypto.merkle import (
    EMPTY_ROOT,
    Tree,
    consistency_proof,
    inclusion_proof,
    leaf_hashes,
    node_hash,
    root,
    verify_consistency,
    verify_inclusion,
)
from suyuan.errors import VerificationError

HASHES = leaf_hashes(str(number).encode() for number in range(70_000))


def oracle(hashes: list[bytes]) -> bytes:
    """RFC 6962 section 2.1, word for word."""
    if not hashes:
        return EMPTY_ROOT
    if len(hashes) == 1:
        return hashes[0]
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    return node_hash(oracle(hashes[:split]), right=oracle(hashes[split:]))


@given(st.integers(0, 300))
def test_the_root_is_the_definition(size: int) -> None:
    assert root(HASHES[:size]) == oracle(HASHES[:size])


@given(st.integers(1, 600), st.data())
def test_inclusion_holds_for_its_leaf_alone(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    hashes, proof = HASHES[:size], inclusion_proof(HASHES[:size], index=index)
    top = root(hashes)
    verify_inclusion(hashes[index], index=index, size=size, proof=proof, root=top)
    other = data.draw(st.integers(0, size).filter(lambda number: number != index))
    with pytest.raises(VerificationError):
        verify_inclusion(hashes[index], index=other, size=size, proof=proof, root=top)
    with pytest.raises(VerificationError):
        verify_inclusion(HASHES[size], index=index, size=size, proof=proof, root=top)
    for cut in range(len(proof)):
        with pytest.raises(VerificationError):
            verify_inclusion(hashes[index], index=index, size=size, proof=proof[:cut], root=top)


@given(st.integers(0, 600), st.data())
def test_consistency_holds_for_prefixes_alone(new_size: int, data: st.DataObject) -> None:
    old_size = data.draw(st.integers(0, new_size))
    proof = consistency_proof(HASHES[:new_size], old_size=old_size)
    old_root, new_root = root(HASHES[:old_size]), root(HASHES[:new_size])
    verify_consistency(old_size=old_size, old_root=old_root, new_size=new_size, new_root=new_root, proof=proof)
    if 0 < old_size < new_size:
        for cut in range(len(proof)):
            with pytest.raises(VerificationError):
                verify_consistency(
                    old_size=old_size, old_root=old_root, new_size=new_size, new_root=new_root, proof=proof[:cut]
                )
        with pytest.raises(VerificationError):
            verify_consistency(old_size=old_size, old_root=new_root, new_size=new_size, new_root=new_root, proof=proof)


@given(st.lists(st.integers(0, 900), max_size=6))
def test_a_frontier_grown_in_any_steps_is_the_whole_tree(steps: list[int]) -> None:
    frontier, size = Frontier(), 0
    full: dict[tuple[int, int], bytes] = {}
    for step in steps:
        for tile in frontier.extend(b"".join(HASHES[size : size + step])):
            assert (tile.level, tile.index) not in full
            full[tile.level, tile.index] = tile.hashes
        size += step
        resumed = Frontier.resume(size, edges=list(frontier._edges))
        assert resumed.root() == frontier.root() == root(HASHES[:size])
    level_0 = b"".join(full[key] for key in sorted(full) if key[0] == 0)
    edge = [tile.hashes for tile in frontier.partials() if tile.level == 0]
    assert level_0 + b"".join(edge) == b"".join(HASHES[:size])


def test_three_levels_of_tiles() -> None:
    """The worked example of c2sp.org/tlog-tiles: 70,000 entries."""
    frontier = Frontier()
    tiles = frontier.extend(b"".join(HASHES))
    assert [sum(tile.level == level for tile in tiles) for level in range(3)] == [273, 1, 0]
    assert [(t.level, t.index, t.width) for t in frontier.partials()] == [(0, 273, 112), (1, 1, 17), (2, 0, 1)]
    assert frontier.root() == Tree(HASHES).root
