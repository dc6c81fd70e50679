"""Power where copies of an export are mixed: the bars of `benchmarks/coalitions.py`, at a size that every run can afford."""

import numpy as np
import pytest
from benchmarks.coalitions import ATTACKS, GRID, LEVEL, LINE, RECIPIENTS, make_leak

from suyuan.mark.score import Observations, rows_bits, tally_bits

FEW = 60
"""Recipients whose bits are computed here; the line is that of a thousand."""


def test_counted_leaks_have_the_bits_of_their_long_observations() -> None:
    leak = make_leak(np.random.default_rng(3), rows=40, colluders=2, attack="minority", recipients=5)
    size, rows = leak.marks.shape
    ones = np.where(leak.classes == 0, 0.5, np.where(leak.classes == 1, 7_386 / 65_536, 58_150 / 65_536))
    seen = Observations(
        suspects=size,
        channels=("row", "omission"),
        suspect=np.repeat(np.arange(size), rows),
        person=np.tile(np.arange(rows), size),
        pair=np.arange(size * rows),
        channel=np.zeros(size * rows, dtype=np.int64),
        chance=np.tile(np.where(leak.shown, ones, 1 - ones), size),
        match=(leak.marks == leak.shown).ravel(),
        side=np.tile(leak.shown.astype(np.int8), size),
    )
    assert tally_bits(leak.tally(), grid=GRID) == pytest.approx(rows_bits(seen, grid=GRID), abs=1e-9)


@pytest.mark.parametrize(
    ("rows", "colluders", "flips"), [(150, 1, 0.0), (3_000, 1, 0.25), (400, 2, 0.0), (900, 3, 0.0)]
)
def test_at_least_one_source_is_named_and_no_innocent(rows: int, colluders: int, flips: float) -> None:
    dice = np.random.default_rng(rows)
    for attack in ATTACKS if colluders > 1 else ATTACKS[:1]:
        leak = make_leak(dice, rows=rows, colluders=colluders, attack=attack, flips=flips, recipients=FEW)
        bits = tally_bits(leak.tally(), grid=GRID)
        assert (bits[:colluders] >= LINE).any(), attack
        assert (bits[colluders:] < LINE).all(), attack


def test_innocents_pass_a_level_no_more_often_than_it_says() -> None:
    """Copies that nobody of these recipients had, mixed in every way: 60,000 tests at 1 in 10,000, where chance allows 15."""
    dice, passed = np.random.default_rng(11), 0
    for trial in range(60):
        attack = ATTACKS[trial % len(ATTACKS)]
        leak = make_leak(dice, rows=200, colluders=2 + trial % 4, attack=attack, recipients=RECIPIENTS, is_ours=False)
        passed += int((tally_bits(leak.tally(), grid=GRID) >= -np.log2(LEVEL)).sum())
    assert passed <= 15
