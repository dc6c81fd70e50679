"""FEBRL 4, made by others: recall and precision of the whole link, with and without strangers in the dump."""

from pathlib import Path

import pytest
from benchmarks.febrl_link import link_febrl

BAR = 0.995


@pytest.mark.slow
@pytest.mark.parametrize("is_one_to_one", [False, True])
def test_the_dirty_copy_finds_its_originals(febrl: Path, is_one_to_one: bool) -> None:
    result = link_febrl(febrl, is_one_to_one=is_one_to_one)
    assert result.rows == 5_000
    assert result.recall >= BAR
    assert result.precision >= BAR


@pytest.mark.slow
def test_strangers_in_the_dump_stay_strangers(febrl: Path) -> None:
    result = link_febrl(febrl, people_at_most=2_500)
    assert result.recall >= BAR
    assert result.precision >= BAR
