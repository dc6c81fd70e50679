"""A bank's real work through the door: the busiest accounts leak one by one, and each is found, and nobody else is."""

from pathlib import Path

import pytest
from benchmarks import replay as bench

PAIRS = 23_983


@pytest.mark.slow
def test_every_busy_account_that_leaks_is_named_and_nobody_else(tmp_path: Path) -> None:
    if not bench.EVENTS.exists():
        pytest.skip("the event log is not beside this clone (../shared/data/bpic2012_autumn.csv.gz)")
    if not (bench.FEBRL / "dataset4a.csv").exists():
        pytest.skip("FEBRL 4 is not prepared: tools/env febrl, or SUYUAN_FEBRL_DIR")
    replayed = bench.replay(tmp_path)
    assert replayed.shown.height == PAIRS
    found = bench.leak_each(replayed)
    assert len(found) == bench.BUSIEST
    assert bench.MACHINE not in [one.account for one in found]
    assert [one.account for one in found if not one.is_right] == []
