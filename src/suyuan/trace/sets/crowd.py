"""Whether what an accused never saw hangs together: a queue that no log knows, on which many worked a little each.

None of them need stand out. So the look-ups of the rest are held, all together, against those of rests that are drawn anew with as many
persons of each stratum: a permutation test, right for any look-ups there are. It only ever keeps an account from being named.
"""

from collections.abc import Iterator
from hashlib import shake_256
from typing import Final

import numpy as np
import numpy.typing as npt

from suyuan.trace.sets.population import Scene
from suyuan.trace.sets.postings import among

Whole = npt.NDArray[np.int64]
Reals = npt.NDArray[np.float64]

_DRAWS: Final = 40
_DEVIATIONS: Final = 4.0
_LEAST_EXPECTED: Final = 0.1
"""So that an account which hardly ever looks anybody up does not outweigh all others."""
_LEAST_DEVIATION: Final = np.array([1 / _LEAST_EXPECTED, 2 / _LEAST_EXPECTED**1.5])
"""Half a pair, and a third of a three, of such an account: where they are rare, redrawn rests do not tell how rare."""


def hangs_together(scene: Scene, *, barred: frozenset[int]) -> bool:
    """Say whether what is left of a dump was looked up by the same accounts over and over, more than chance allows.

    Args:
        barred: accounts that see nearly everybody.
    Source: over-dispersion, as in Pearson's chi-square, and the third factorial moment, which sees a few accounts with three hits
        each; either beyond four deviations of the redrawn rests. An innocent rest is, in one of some two hundred dumps.
    Test: tests/statistics/test_crowd.py.
    """
    expected, overlap = scene.expected, scene.population.postings.overlap
    counted = np.ones(len(expected), dtype=np.bool_)
    counted[list(barred)] = False
    found = _clumped(scene.hits[counted], expected[counted])
    drawn = np.array([_clumped(overlap(rest)[counted], expected[counted]) for rest in _rests(scene)])
    deviation = np.maximum(drawn.std(axis=0, ddof=1), _LEAST_DEVIATION)
    return bool((found > drawn.mean(axis=0) + _DEVIATIONS * deviation).any())


def _clumped(hits: Whole, expected: Reals) -> Reals:
    """Give how much hits fall together on the same accounts: in pairs, and in threes."""
    floor = np.maximum(expected, _LEAST_EXPECTED)
    pairs = ((hits - expected) ** 2 - hits) / floor
    threes = hits * (hits - 1) * (hits - 2) / floor**1.5
    return np.array([pairs.sum(), threes.sum()])


def _rests(scene: Scene) -> Iterator[Whole]:
    """Draw as many persons of each stratum as are left of the dump, none of whom is set aside."""
    strata = scene.population.strata
    wanted = np.bincount(strata[scene.left], minlength=scene.population.cells)
    pool = np.flatnonzero(wanted[strata] > 0)
    pool = pool[~among(scene.aside, pool)]
    pool = pool[np.argsort(strata[pool], kind="stable")]
    touched = np.flatnonzero(wanted)
    wanted = wanted[touched]
    starts = np.searchsorted(strata[pool], touched)
    sizes = np.diff(starts, append=len(pool))
    chosen = np.arange(len(pool)) - np.repeat(starts, sizes) < np.repeat(wanted, sizes)
    for draw in range(_DRAWS):
        dice, used = _dice(draw, count=len(scene.left)), 0
        # Fisher and Yates, of all strata at once: a person of each is drawn into its next place.
        for place in range(int(wanted.max(initial=0))):
            still = wanted > place
            here = starts[still] + place
            there = here + (dice[used : used + len(here)] * (sizes[still] - place)).astype(np.int64)
            pool[here], pool[there] = pool[there], pool[here]
            used += len(here)
        yield pool[chosen]


def _dice(draw: int, *, count: int) -> Reals:
    """Give numbers in [0, 1) that are always the same, so that a dump always gets the same answer."""
    raw = shake_256(f"suyuan/trace/crowd/v1/{draw}".encode()).digest(4 * count)
    return np.frombuffer(raw, dtype="<u4") / 2.0**32
