"""Who is named when exports leak: one copy or several mixed, whole or a part, clean or dirty; beside textbook rules.

30,000 rows, 1,000 recipients, one keyed bit a row with the three-point bias of exports, an error budget of 1e-6. The
bits and the line are the product's own. Run it: make stats-trace
"""

import sys
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import beta, norm

from suyuan.mark.bound import budget_of_dump, naming_line
from suyuan.mark.law import BIASED, TOTAL, bias_classes
from suyuan.mark.score import Grid, Slot, Tally, tally_bits, usual_strategies
from suyuan.mark.tally import Floats, Sorts
from suyuan.terms import Probability

ROWS = 30_000
RECIPIENTS = 1_000
ALPHA = Probability(1e-6)
LINE = float(naming_line(budget_of_dump(ALPHA, number=1), weight=Probability(1 / RECIPIENTS)))
LEVEL = 1e-4
ATTACKS = ("interleave", "majority", "minority", "coin", "all-1", "blank")
ONES = np.array([0.5, BIASED[1].weights[1] / TOTAL, BIASED[2].weights[1] / TOTAL])
"""The chance of choice 1 by bias class."""

GRID: Grid = usual_strategies(("row", "omission"))
"""The grid of a trace with one kind of field; nothing is left out by key here."""

SLOTS = tuple(
    Slot(channel="row", chance=float(ONES[k] if x else 1 - ONES[k]), match=match, side=x)
    for k in range(3)
    for x in (0, 1)
    for match in (False, True)
)
"""All there is to see of a row: its class, what the dump shows, and whether the suspect has it."""

_ONE = Sorts(sort=np.empty(0, dtype=np.int64), members=np.arange(12), of=np.arange(12), count=12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """A dump of rows of one export, and what every recipient's copy had there. The colluders come first."""

    classes: npt.NDArray[np.uint8]
    shown: npt.NDArray[np.bool_]
    marks: npt.NDArray[np.bool_]
    colluders: int

    def tally(self) -> Tally:
        """Count what there is to see of every recipient; equal to `tally` of the long observations, and quicker."""
        code = (self.classes * 2 + self.shown)[None, :] * 2 + (self.marks == self.shown)
        recipients = len(self.marks)
        code = code + 12 * np.arange(recipients, dtype=np.int32)[:, None]
        counts = np.bincount(code.ravel(), minlength=12 * recipients)
        seen = np.flatnonzero(counts)
        return Tally(
            suspects=recipients, slots=SLOTS, pairs=_ONE, persons=_ONE, suspect=seen // 12, sort=seen % 12,
            count=counts[seen].astype(np.float64),
        )  # fmt: skip


def make_leak(
    dice: np.random.Generator, *, rows: int, colluders: int, attack: str, flips: float = 0.0,
    recipients: int = RECIPIENTS, is_ours: bool = True,
) -> Leak:  # fmt: skip
    """Make a dump of so many rows; `flips` of them drawn anew. Not ours: the colluders' copies are nobody's."""
    classes = bias_classes(dice.integers(0, TOTAL, rows, dtype=np.uint16))
    ones = ONES[classes].astype(np.float32)
    marks = dice.random((recipients, rows), dtype=np.float32) < ones
    copies = marks[:colluders] if is_ours else dice.random((colluders, rows), dtype=np.float32) < ones
    held = copies.sum(axis=0)
    differ = (held > 0) & (held < colluders)
    chance = held / colluders
    if attack == "majority":
        chance = np.where(differ & (2 * held != colluders), 2 * held > colluders, chance)
    elif attack == "minority":
        chance = np.where(differ & (2 * held != colluders), 2 * held < colluders, chance)
    elif attack == "coin":
        chance = np.where(differ, 0.5, chance)
    elif attack == "all-1":
        chance = (held > 0).astype(np.float64)
    shown = dice.random(rows) < chance
    anew = dice.random(rows) < flips
    shown[anew] = dice.random(int(anew.sum())) < 0.5
    kept = ~differ if attack == "blank" else np.ones(rows, dtype=np.bool_)
    return Leak(classes=classes[kept], shown=shown[kept], marks=marks[:, kept], colluders=colluders if is_ours else 0)


def tardos_scores(leak: Leak) -> Floats:
    """Give the symmetric Tardos score of Skoric, Katzenbeisser and Celik 2008 of every recipient: variance 1 a row."""
    ones = ONES[leak.classes]
    up, down = np.sqrt((1 - ones) / ones), np.sqrt(ones / (1 - ones))
    has, lacks = np.where(leak.shown, up, -up), np.where(leak.shown, -down, down)
    return np.where(leak.marks, has, lacks).sum(axis=1)


def rules(leak: Leak, *, bits: Floats) -> dict[str, npt.NDArray[np.bool_]]:
    """Give whom each rule names: ours, by its bits, and three of the textbook."""
    scores = tardos_scores(leak)
    threshold = norm.isf(1e-6 / RECIPIENTS) * np.sqrt(len(leak.shown))
    return {
        "suyuan": bits >= LINE,
        "Tardos score": scores >= threshold,
        "exact match": (leak.marks == leak.shown).all(axis=1) & (len(leak.shown) >= 40),
        "mean + 1 sd": scores >= scores.mean() + scores.std(),
    }


def interval(hits: int, *, trials: int, level: float = 0.99) -> tuple[float, float]:
    """Give the Clopper-Pearson interval of a rate."""
    tail = (1 - level) / 2
    low = 0.0 if hits == 0 else float(beta.ppf(tail, hits, trials - hits + 1))
    high = 1.0 if hits == trials else float(beta.ppf(1 - tail, hits + 1, trials - hits))
    return low, high


@dataclass(slots=True)
class Innocents:
    """How many innocents were tested at `LEVEL`, and how many passed it."""

    tests: int = 0
    passed: int = 0


def cell(
    dice: np.random.Generator, *, rows: int, colluders: int, attack: str, trials: int, innocents: Innocents,
    flips: float = 0.0,
) -> dict[str, tuple[int, int]]:  # fmt: skip
    """Give, by rule, in how many trials at least one colluder is named, and how many innocents are in all."""
    found = dict.fromkeys(("suyuan", "Tardos score", "exact match", "mean + 1 sd"), (0, 0))
    for _ in range(trials):
        leak = make_leak(dice, rows=rows, colluders=colluders, attack=attack, flips=flips)
        bits = tally_bits(leak.tally(), grid=GRID)
        for rule, named in rules(leak, bits=bits).items():
            right, wrong = found[rule]
            found[rule] = right + int(named[:colluders].any()), wrong + int(named[colluders:].sum())
        others = bits[colluders:]
        innocents.tests += len(others)
        innocents.passed += int((others >= -np.log2(LEVEL)).sum())
    return found


SETTINGS = (
    ("one leaks 0.5 % of rows", 150, 1, 0.0, 0.95, ("interleave",)),
    ("one leaks 10 %, a quarter of the marks drawn anew", 3_000, 1, 0.25, 0.95, ("interleave",)),
    ("two mix 5 %", 1_500, 2, 0.0, 0.97, ATTACKS),
    ("three mix 5 %", 1_500, 3, 0.0, 0.97, ATTACKS),
    ("five mix 10 %", 3_000, 5, 0.0, 0.97, ATTACKS),
    ("two, 320 marks", 320, 2, 0.0, 0.97, ATTACKS),
    ("three, 720 marks", 720, 3, 0.0, 0.97, ATTACKS),
    ("five, 1,600 marks", 1_600, 5, 0.0, 0.97, ATTACKS),
)


def main(trials: int) -> int:
    """Print the tables; give how many bars were missed."""
    dice, innocents, missed = np.random.default_rng(2021), Innocents(), 0
    print(f"{RECIPIENTS} recipients, line {LINE:.2f} bits, {len(GRID.strategies)} strategies, {trials} trials a cell")
    print("at least one source named (innocents named in all): suyuan | Tardos score | exact match | mean + 1 sd")
    for what, rows, colluders, flips, bar, attacks in SETTINGS:
        for attack in attacks:
            found = cell(
                dice, rows=rows, colluders=colluders, attack=attack, trials=trials, innocents=innocents, flips=flips
            )
            right = found["suyuan"][0]
            low, high = interval(right, trials=trials)
            verdict = "met" if right >= bar * trials else "MISSED"
            missed += verdict == "MISSED"
            print(
                f"{what:50} {attack:10} "
                + " | ".join(f"{r / trials:6.3f} ({w})" for r, w in found.values())
                + f"   99 % interval {low:.3f}-{high:.3f}, bar {bar}: {verdict}",
                flush=True,
            )
    low, high = interval(innocents.passed, trials=innocents.tests)
    print(f"{innocents.tests} innocent tests at level {LEVEL}: {innocents.passed} pass, rate at most {high:.2e}")
    return missed + int(high > LEVEL)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100))
