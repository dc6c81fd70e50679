"""Innocents among recipients who share decoys: how often they are named when others of their family compare copies.

Run it alone, with its figures: python -m pytest -s tests/statistics/test_shared_decoys.py
"""

import numpy as np
import pytest
from benchmarks.shared_decoys import bits_of, counts_of, survivors
from tests.innocents import ALPHA, LINE, SUSPECTS, interval, require_bound

from suyuan.mark.law import DECOYS, TOTAL, decoys_shown

ATTACKS = ("intersect", "majority", "keep all")


def counts_of_dumps(count: int, *, seed: int, leaker: bool) -> np.ndarray:
    """Give what each of five suspects of each dump has and lacks of its decoys; with `leaker`, the first is its source.

    Others of the family compare up to five copies, leave what they like, and have at times the whole list of a class.
    """
    dice = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        decoys = int(dice.choice([20, 100, 400]))
        classes = dice.integers(0, len(DECOYS), decoys).astype(np.uint8)
        others = int(dice.choice([1, 2, 3, 5]))
        drawn = dice.integers(0, TOTAL, (SUSPECTS + others, decoys), dtype=np.uint16)
        has = decoys_shown(drawn, classes=classes)
        source = has[:1] if leaker else has[SUSPECTS:]
        shown = survivors(source, colluders=len(source), attack=str(dice.choice(ATTACKS)))
        shown &= dice.random(decoys) < dice.choice([1.0, 0.5, 0.1])
        if dice.random() < 0.3:
            shown |= classes == dice.integers(0, len(DECOYS))
        found.append(counts_of(has[:SUSPECTS], classes=classes, shown=shown))
    return np.concatenate(found)


def test_nobody_is_named_more_often_than_alpha_when_others_compare() -> None:
    trials = 2_000
    bits = bits_of(counts_of_dumps(trials, seed=5, leaker=False)).reshape(-1, SUSPECTS)
    wrong = int((bits >= LINE).any(axis=1).sum())
    low, high = require_bound(wrong, trials=trials)
    mean = float(np.exp2(np.minimum(bits, 200)).mean())
    print(
        f"\n{wrong} of {trials} dumps name an innocent, {low:.4f} to {high:.4f}, alpha {float(ALPHA)}; mean E {mean:.3f}"
    )
    assert 0.2 < mean < 1.6, "far from 1 on either side is a bug: too weak to fail, or no e-value"


def test_the_leaker_is_named_and_innocents_are_not() -> None:
    trials = 500
    bits = bits_of(counts_of_dumps(trials, seed=6, leaker=True)).reshape(-1, SUSPECTS)
    assert interval(int((bits[:, 0] >= LINE).sum()), trials=trials)[0] > 0.3
    require_bound(int((bits[:, 1:] >= LINE).any(axis=1).sum()), trials=trials)


def test_a_class_forgotten_is_seen() -> None:
    """The bug: every decoy weighed as if it were of the rarest class."""
    counts = counts_of_dumps(500, seed=7, leaker=False)
    forgotten = np.zeros_like(counts)
    forgotten[:, :2] = counts.reshape(-1, 3, 2).sum(axis=1)
    bits = bits_of(forgotten).reshape(-1, SUSPECTS)
    with pytest.raises(AssertionError):
        require_bound(int((bits >= LINE).any(axis=1).sum()), trials=500)
