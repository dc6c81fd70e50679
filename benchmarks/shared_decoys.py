"""Decoys when colluders compare their copies: those of one copy alone, and those that a family's copies share by key.

Every real row stands in every copy, so a row that a fellow's copy lacks is a decoy, and colluders drop it ("intersect").
Shared ones are in a copy with a chance of their own, by the recipient's key: those that all colluders have cannot be told
from people. Law, bits and line are the product's own; 1,000 recipients, an error budget of 1e-6. Run it: make stats-trace
"""

import sys

import numpy as np
from benchmarks.coalitions import LINE, RECIPIENTS

from suyuan.mark.law import DECOYS, SHARED_DECOY, SHOWN, TOTAL, decoys_shown
from suyuan.mark.score import Slot, Tally, tally_bits, usual_strategies
from suyuan.mark.tally import Sorts

CHANNELS = ("name", "phone", "address", SHARED_DECOY)
"""Of a usual dump; every mark of a value was normalised away."""

GRID = usual_strategies(CHANNELS)
SLOTS = tuple(
    Slot(channel=SHARED_DECOY, chance=float(law.chance(SHOWN)), match=match, side=SHOWN)
    for law in DECOYS
    for match in (False, True)
)
_ONE = Sorts(sort=np.empty(0, dtype=np.int64), members=np.arange(6), of=np.arange(6), count=6)


def survivors(has: np.ndarray, *, colluders: int, attack: str) -> np.ndarray:
    """Give which decoys the colluders, who come first, leave in the dump."""
    held = has[:colluders].sum(axis=0)
    least = {"intersect": colluders, "majority": colluders // 2 + 1, "keep all": 1}[attack]
    return np.asarray(held >= least)


def counts_of(has: np.ndarray, *, classes: np.ndarray, shown: np.ndarray) -> np.ndarray:
    """Give how many of the decoys shown each recipient has and lacks, by class: shape (recipients, 6)."""
    code = classes[shown] * 2 + has[:, shown]
    return np.stack([(code == sort).sum(axis=1) for sort in range(6)], axis=1)


def bits_of(counts: np.ndarray) -> np.ndarray:
    """Give every recipient's bits: a decoy that is shown says how likely it was to be in a copy."""
    suspect, sort = np.nonzero(counts)
    return tally_bits(
        Tally(
            suspects=len(counts), slots=SLOTS, pairs=_ONE, persons=_ONE, suspect=suspect, sort=sort,
            count=counts[suspect, sort].astype(np.float64),
        ),
        grid=GRID,
    )  # fmt: skip


def measure(decoys: int, *, colluders: int, attack: str, kept: float, trials: int) -> str:
    """Give a line of the table: how many survive, the strongest colluder's bits, who is named."""
    draws = np.random.default_rng(decoys * 100 + colluders)
    left, strongest, named, innocents = [], [], 0, 0
    for _ in range(trials):
        classes = draws.integers(0, len(DECOYS), decoys).astype(np.uint8)
        drawn = draws.integers(0, TOTAL, (RECIPIENTS, decoys), dtype=np.uint16)
        has = decoys_shown(drawn, classes=classes)
        shown = survivors(has, colluders=colluders, attack=attack) & (draws.random(decoys) < kept)
        bits = bits_of(counts_of(has, classes=classes, shown=shown))
        left.append(int(shown.sum()))
        strongest.append(float(bits[:colluders].max()))
        named += bool((bits[:colluders] >= LINE).any())
        innocents += int((bits[colluders:] >= LINE).sum())
    return (
        f"{decoys:6} {colluders:3} {attack:10} {kept:5.0%} {np.median(left):10.0f} {np.median(strongest):8.1f} "
        f"{named:4} of {trials} {innocents:4}"
    )


def main() -> None:
    """Print the tables."""
    trials = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    print(
        f"line {LINE:.1f} bits; decoys of one copy alone that survive two or more who compare: 0 of any number, 0 bits"
    )
    print("decoys   c attack     rows  surviving     bits   named     innocents")
    for decoys in (50, 100, 200, 400, 800):
        for colluders in (1, 2, 3, 5):
            print(measure(decoys, colluders=colluders, attack="intersect", kept=1.0, trials=trials), flush=True)
    for colluders in (2, 3, 5):
        for attack in ("majority", "keep all"):
            print(measure(400, colluders=colluders, attack=attack, kept=1.0, trials=trials), flush=True)
    print(measure(400, colluders=1, attack="intersect", kept=0.25, trials=trials))


if __name__ == "__main__":
    main()
