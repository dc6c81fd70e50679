"""How surprising an overlap is: the tail of a weighted sum of hypergeometric counts; exact where it is small, else bounded.

Inside a stratum of N persons, of whom the account looked up k and n stand in the dump, the overlap x is hypergeometric when
the dump does not depend on who looked whom up. A hidden bias of at most Gamma (the odds that a person of the account's stands in
the dump are at most Gamma times those of another in the stratum) makes it at most Fisher's noncentral hypergeometric:

    P(x) proportional to C(k, x) C(N - k, n - x) Gamma^x.

The score is S = sum of w x; a hit on somebody whom few look up weighs more: w = log(1 + 0.25 / q), with q = max(k, n) / N at
Gamma = 8, in quarters, fixed before any hit is counted. The bound, for every t >= 0 and q at the Gamma at hand:

    log P(S >= s) <= sum over strata of min(k, n) log(1 + q (e^{t w} - 1)) - t s.
"""

from dataclasses import dataclass, field
from functools import cached_property
from math import exp, inf, log
from typing import Final

import numpy as np
import numpy.typing as npt

Reals = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]

GAMMA_MOST: Final = 1e6
_WEIGHING_GAMMA: Final = 8.0
_WEIGHING_ODDS: Final = 0.25
_PER_NAT: Final = 4
_STEPS: Final = 50
_MOST_T: Final = 64.0
_MOST_STRATA: Final = 800
_MOST_SCORE: Final = 6_000
_MOST_DRAWS: Final = 48
_WORTH_IT: Final = (-60.0, -8.0)
"""Where the bound lies outside of these, no exact figure would change an answer."""


@dataclass(frozen=True)
class Table:
    """One account against one dump: for each stratum N persons, k of them looked up, n in the dump, x both."""

    population: Whole = field(repr=False)
    looked: Whole = field(repr=False)
    dumped: Whole = field(repr=False)
    found: Whole = field(repr=False)

    @property
    def hits(self) -> int:
        """The overlap in all."""
        return int(self.found.sum())

    @cached_property
    def draws(self) -> Whole:
        """min(k, n): how many hits a stratum can have."""
        return np.minimum(self.looked, self.dumped)

    @cached_property
    def shares(self) -> Reals:
        """max(k, n) / N."""
        return np.maximum(self.looked, self.dumped) / np.maximum(self.population, 1)

    @property
    def expected(self) -> float:
        """The mean of the overlap by chance alone."""
        return float((self.draws * self.shares).sum())

    @cached_property
    def weights(self) -> Whole:
        """What a hit in each stratum counts, in quarters of a nat."""
        share = biased(np.maximum(self.shares, 1e-12), gamma=_WEIGHING_GAMMA)
        found: Whole = np.maximum(1, np.rint(_PER_NAT * np.log1p(_WEIGHING_ODDS / share))).astype(np.int64)
        return found

    @cached_property
    def score(self) -> int:
        """The weighted overlap, in quarters of a nat."""
        return int((self.weights * self.found).sum())


def biased(share: Reals, *, gamma: float) -> Reals:
    """Give the chance whose odds are `gamma` times those of `share`."""
    return gamma * share / (1 + (gamma - 1) * share)


def log_tail(table: Table, *, gamma: float = 1.0) -> float:
    """Give log P(score at least this), exactly where that is small work and could matter, else as a bound; at most 0."""
    bound = chernoff(table, gamma=gamma)
    if not _WORTH_IT[0] < bound < _WORTH_IT[1]:
        return bound
    exact = exact_log_tail(table, gamma=gamma)
    return bound if exact is None else min(bound, exact)


def chernoff(table: Table, *, gamma: float = 1.0) -> float:
    """Bound log P(score at least this); 0 where nothing is surprising.

    Source: Hoeffding (1963), section 6, hypergeometric against binomial; Chernoff; Rosenbaum (2002), chapter 4, for Gamma.
    Test: tests/unit/trace/sets/test_tail.py holds it against the exact tail.
    """
    live = table.draws > 0
    draws, weights = table.draws[live].astype(np.float64), table.weights[live].astype(np.float64)
    shares = biased(table.shares[live], gamma=gamma)
    scored, most = float(table.score), float((draws * weights).sum())
    if scored <= float((draws * weights * shares).sum()):
        return 0.0
    if scored >= most:
        # The score is the largest there is.
        return float((draws * np.log(shares)).sum())
    return _least(draws, shares, weights / _PER_NAT, scored=scored / _PER_NAT)


def _least(draws: Reals, shares: Reals, weights: Reals, *, scored: float) -> float:
    """Give the least of the convex function of t, by halving on its derivative; any t gives a bound that holds."""
    low, high = 0.0, _MOST_T / max(1.0, float(weights.max()))
    for _ in range(_STEPS):
        t = (low + high) / 2
        grown = shares * np.exp(t * weights)
        if float((draws * weights * grown / (1 + grown - shares)).sum()) < scored:
            low = t
        else:
            high = t
    return min(0.0, float((draws * np.log1p(shares * np.expm1(low * weights))).sum()) - low * scored)


def exact_log_tail(table: Table, *, gamma: float = 1.0) -> float | None:
    """Give log P(score at least this) by adding up the strata; None where that would be much work.

    Only sums of products of positive numbers: a small tail keeps its digits.
    """
    draws, score = table.draws, table.score
    if len(draws) > _MOST_STRATA or score > _MOST_SCORE or int(draws.max(initial=0)) > _MOST_DRAWS:
        return None
    # below[i] is the chance of the score i so far; reached, that of at least `score`.
    below, reached = np.zeros(max(score, 1)), 0.0
    below[0] = 1.0
    if not score:
        return 0.0
    rows = zip(
        table.population.tolist(), table.looked.tolist(), table.dumped.tolist(), table.weights.tolist(), strict=True
    )
    for size, looked, dumped, weight in rows:
        first, chances = noncentral(size, looked=looked, dumped=dumped, log_gamma=log(gamma))
        after = np.zeros(score) if first else chances[0] * below
        for x, chance in enumerate(chances, start=first):
            if not x:
                continue
            shift = x * weight
            if shift < score:
                after[shift:] += chance * below[: score - shift]
            reached += chance * float(below[max(0, score - shift) :].sum())
        below = after
    return min(0.0, log(reached)) if reached > 0 else -inf


def noncentral(size: int, *, looked: int, dumped: int, log_gamma: float) -> tuple[int, list[float]]:
    """Give the least overlap of a stratum, and the chances of it and all larger: Fisher's noncentral hypergeometric."""
    first, last = max(0, looked + dumped - size), min(looked, dumped)
    terms = [0.0]
    for x in range(first, last):
        step = (looked - x) * (dumped - x) / ((x + 1) * (size - looked - dumped + x + 1))
        terms.append(terms[-1] + log(step) + log_gamma)
    top = max(terms)
    raw = [exp(term - top) for term in terms]
    whole = sum(raw)
    return first, [value / whole for value in raw]


def tipping_point(table: Table, *, line: float) -> float:
    """Give the largest hidden bias Gamma at which the tail is still at most e^line; 0 where it is not even without any.

    Returns: at most `GAMMA_MOST`, to within three in a hundred, rounded down.
    """
    if log_tail(table) > line:
        return 0.0
    low, high = 0.0, log(GAMMA_MOST)
    if log_tail(table, gamma=GAMMA_MOST) <= line:
        return GAMMA_MOST
    while high - low > 0.03:
        middle = (low + high) / 2
        if log_tail(table, gamma=exp(middle)) <= line:
            low = middle
        else:
            high = middle
    return exp(low)
