"""The exact tail beside the bits: how often an innocent's marks would reach a score as high, given what the dump shows.

The score is the log of one strategy's likelihood ratio, S = sum over persons of log LR. Given the dump, an innocent's
LR of each person is drawn by known chances, apart from every other person's, so for every theta > 0

    P(S >= s | dump) <= exp( sum log E[LR^theta] - theta * s ),

exactly, for any dump; theta = 1 is Markov's inequality. The strategy is chosen after the fact, the best of the grid, so
the chance counts as many times as the grid has strategies. It is a statement of its own: it is never added to the bits.
"""

import math

import numpy as np

from suyuan.mark.score import LOG_2, PER_MILLE, Grid, Strategy, Tally, slot_factor, strategy_logs
from suyuan.mark.tally import Floats

THETAS = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0)
MOST_SLOTS = 12
"""Slots of one person that are counted out; who shows more is left out of the score, whatever her marks are."""


def tail_bits(counted: Tally, *, grid: Grid, suspect: int, logs: Floats | None = None) -> float:
    """Give -log2 of the bound on the chance that an innocent in the place of one suspect scores as high, at least 0.

    Persons with several rows or copies are left out of the score: their pairs share marks.

    Args:
        logs: `strategy_logs` of the same observations and grid, where they are computed already.

    Source: Chernoff 1952; Furon and Desoubeaux 2014 (condition on what was found); Boole's inequality over strategies.
    Test: tests/unit/mark/test_tail.py holds it against the exact chance, by enumeration.
    """
    mine = np.flatnonzero(counted.suspect == suspect)
    sorts, counts = counted.sort[mine], counted.count[mine]
    single = counted.persons.sizes[sorts] == 1
    first = np.searchsorted(counted.persons.of, sorts[single])
    pairs = counted.persons.members[first]
    if not len(pairs) or not grid.strategies:
        return 0.0
    best = int((strategy_logs(counted, grid=grid) if logs is None else logs)[:, suspect].argmax())
    bound = _log_chance(counted, pairs=pairs.tolist(), counts=counts[single], strategy=grid.strategies[best])
    return max(0.0, -(bound + math.log(len(grid.strategies))) / LOG_2)


def _log_chance(counted: Tally, *, pairs: list[int], counts: Floats, strategy: Strategy) -> float:
    """Give the log of the bound under one strategy."""
    score, moments = 0.0, np.zeros(len(THETAS))
    for pair, count in zip(pairs, counts.tolist(), strict=True):
        drawn = _drawn(counted, pair=pair, strategy=strategy)
        if drawn is None:
            continue
        observed, chances, ratios = drawn
        score += count * math.log(observed)
        logs = np.log(ratios)
        moments += count * np.array([math.log(float((chances * np.exp(theta * logs)).sum())) for theta in THETAS])
    return float((moments - np.array(THETAS) * score).min())


def _drawn(counted: Tally, *, pair: int, strategy: Strategy) -> tuple[float, Floats, Floats] | None:
    """Give a pair's LR, and every value it may have for an innocent with its chance; None for a pair of too many slots."""
    slots = [counted.slots[i] for i in counted.pairs.within(pair).tolist()]
    live = [slot for slot in slots if slot.channel in strategy.live]
    if len(live) > MOST_SLOTS:
        return None
    share = strategy.share / PER_MILLE
    chances, products, observed = np.ones(1), np.ones(1), 1.0
    for slot in live:
        match, miss = (slot_factor(slot, match=agrees, strategy=strategy) for agrees in (True, False))
        chances = np.concatenate([chances * slot.chance, chances * (1 - slot.chance)])
        products = np.concatenate([products * match, products * miss])
        observed *= match if slot.match else miss
    return (1 - share) + share * observed, chances, (1 - share) + share * products
