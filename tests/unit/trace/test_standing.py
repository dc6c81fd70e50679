"""How rows stand is gathered in blocks, whatever comes in whatever portions."""

import numpy as np
import pytest

from suyuan.terms import FieldName
from suyuan.trace.link import LINK_SCHEMA
from suyuan.trace.matching import standing
from suyuan.trace.matching.standing import Gathering, Standings


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standing, "BLOCK_NUMBERS", 8)


@pytest.mark.usefixtures("small_blocks")
def test_numbers_come_back_in_their_order() -> None:
    rng, told = np.random.default_rng(5), []
    gathering = Gathering(np.uint32)
    for size in (0, 1, 7, 8, 9, 30, 3):
        numbers = rng.integers(0, 1 << 20, size)
        gathering.extend(numbers)
        told += numbers.tolist()
    assert gathering.length == len(told)
    blocks = list(gathering.blocks())
    assert np.concatenate(blocks).tolist() == told
    assert {block.dtype for block in blocks} == {np.dtype(np.uint32)}
    assert max(map(len, blocks)) == 8


@pytest.mark.usefixtures("small_blocks")
def test_a_number_too_large_widens_its_own_block_alone() -> None:
    gathering, told = Gathering(np.uint32), [1, 2, (1 << 32) - 1, 1 << 32, 1 << 60, 3, 4]
    for part in (told[:3], told[3:5], told[5:]):
        gathering.extend(np.array(part, dtype=np.int64))
    blocks = list(gathering.blocks())
    assert [number for block in blocks for number in block.tolist()] == told
    assert [block.dtype.itemsize for block in blocks] == [4, 8, 4]


@pytest.mark.usefixtures("small_blocks")
def test_what_is_gathered_in_small_blocks_is_the_same_table() -> None:
    def gathered() -> Standings:
        rng = np.random.default_rng(7)
        found = Standings(fields=(FieldName("phone"), FieldName("id")))
        ordinals = np.flatnonzero(rng.random(400) < 0.8)
        for part in np.array_split(ordinals, 23):
            votes = rng.integers(-1, 3, (2, len(part)))
            found.add(part, votes=votes, has_token=(votes >= 0).any(axis=0))
        return found

    small = gathered()
    standing.BLOCK_NUMBERS, kept = 1 << 20, standing.BLOCK_NUMBERS
    try:
        large = gathered()
    finally:
        standing.BLOCK_NUMBERS = kept
    assert small.standing(450).tolist() == large.standing(450).tolist()
    table = small.table(LINK_SCHEMA)
    assert table.equals(large.table(LINK_SCHEMA))
    assert table.schema == LINK_SCHEMA
    assert table.height > 100
