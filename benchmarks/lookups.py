"""How many leaked rows name the account that looked them up, when every colleague had looked up the same persons.

10,000 accounts, an error budget of 1e-6, three binary slots a row; clean, diluted, re-typed, and normalised. The bits
and the line are the product's own. Run it: make stats-trace
"""

import sys

import numpy as np
from benchmarks.coalitions import interval

from suyuan.mark.bound import budget_of_dump, naming_line
from suyuan.mark.law import OMISSION
from suyuan.mark.score import Observations, combine_bits, planted_bits, rows_bits, usual_strategies
from suyuan.terms import Probability

ACCOUNTS = 10_000
ALPHA = Probability(1e-6)
LINE = float(naming_line(budget_of_dump(ALPHA, number=1), weight=Probability(1 / ACCOUNTS)))
CHANNELS = ("name", "phone", "address", OMISSION)
SLOTS = 3
COLLEAGUES = 200
"""Colleagues whose marks are scored beside the leaker's, each of whom saw every person of the dump."""

ALIAS_POOL = 1 << 20


def bits(
    dice: np.random.Generator, *, rows: int, own: float, anew: float = 0.0, normalised: float = 0.0, aliases: int = 0
) -> np.ndarray:
    """Give the bits of the leaker, first, and of colleagues.

    Args:
        own: share of the rows that are from the leaker's copy; the others are another copy of persons it saw too.
        anew: share of the slots drawn anew. normalised: share of the slots written in the canonical form.
        aliases: rows whose number is an alias that only the leaker was given, and that the dump shows.
    """
    marks = dice.integers(0, 2, (1 + COLLEAGUES, rows, SLOTS))
    from_leaker = np.arange(rows) < round(own * rows)
    shown = np.where(from_leaker[:, None], marks[0], dice.integers(0, 2, (rows, SLOTS)))
    shown = np.where(dice.random(shown.shape) < anew, dice.integers(0, 2, shown.shape), shown)
    shown = np.where(dice.random(shown.shape) < normalised, 0, shown)
    suspects = len(marks)
    pairs = suspects * rows
    seen = Observations(
        suspects=suspects,
        channels=CHANNELS,
        suspect=np.repeat(np.arange(suspects), rows),
        person=np.tile(np.arange(rows), suspects),
        pair=np.repeat(np.arange(pairs), SLOTS),
        channel=np.tile(np.arange(SLOTS), pairs),
        chance=np.full(pairs * SLOTS, 0.5),
        match=(marks == shown).ravel(),
        side=np.tile(shown.ravel(), suspects).astype(np.int8),
    )
    hits = np.zeros(aliases + suspects)
    hits[:aliases] = ALIAS_POOL / (2 * max(1, aliases))
    whose = np.concatenate([np.zeros(aliases, dtype=np.int64), np.arange(suspects)])
    planted = planted_bits(hits=hits, suspect=whose, suspects=suspects)
    return combine_bits(rows=rows_bits(seen, grid=usual_strategies(CHANNELS)), planted=planted)


CASES = (
    ("20 rows, all from one account, clean", {"rows": 20, "own": 1.0}, 0.95),
    ("80 rows, half from one account", {"rows": 80, "own": 0.5}, 0.95),
    ("20 rows, 20 % of slots drawn anew", {"rows": 20, "own": 1.0, "anew": 0.2}, None),
    ("40 rows, 20 % of slots drawn anew", {"rows": 40, "own": 1.0, "anew": 0.2}, None),
    ("80 rows, half, 20 % of slots drawn anew", {"rows": 80, "own": 0.5, "anew": 0.2}, None),
    ("160 rows, half, 20 % of slots drawn anew", {"rows": 160, "own": 0.5, "anew": 0.2}, None),
    *((f"40 rows, {n} % normalised", {"rows": 40, "own": 1.0, "normalised": n / 100}, None) for n in (0, 50, 90, 100)),
    *((f"400 rows, {n} % normalised", {"rows": 400, "own": 1.0, "normalised": n / 100}, None) for n in (50, 90, 100)),
    ("40 rows, 100 % normalised, 3 aliases", {"rows": 40, "own": 1.0, "normalised": 1.0, "aliases": 3}, None),
)


def main(trials: int) -> int:
    """Print the table; give how many bars were missed."""
    dice, missed, wrong, tests = np.random.default_rng(7), 0, 0, 0
    print(f"{ACCOUNTS} accounts, line {LINE:.2f} bits, {trials} trials a case")
    for what, case, bar in CASES:
        found = [bits(dice, **case) for _ in range(trials)]
        right = sum(float(b[0]) >= LINE for b in found)
        wrong += sum(int((b[1:] >= LINE).sum()) for b in found)
        tests += trials * COLLEAGUES
        low, high = interval(right, trials=trials)
        verdict = "" if bar is None else f", bar {bar}: " + ("met" if right >= bar * trials else "MISSED")
        missed += verdict.endswith("MISSED")
        median = float(np.median([b[0] for b in found]))
        print(
            f"{what:45} named {right / trials:.3f} (99 % {low:.3f}-{high:.3f}), median {median:6.1f} bits{verdict}",
            flush=True,
        )
    print(f"colleagues named: {wrong} of {tests}")
    return missed + wrong


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 200))
