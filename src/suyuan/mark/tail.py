"""The exact tail beside the bits: how often an innocent's marks would reach a score as high, given what the dump shows.

The score is the log of one strategy's likelihood ratio, S = sum over persons of log LR. Given the dump, an innocent's
LR of each person is drawn by known chances, apart from every other person's, so the tail of S can be counted out; see
`convolution`, whose rounding only enlarges it. The strategy is chosen after the fact, the best of the grid, so the
chance counts as many times as the grid has strategies. It is a statement of its own: it is never added to the bits.
"""

import math
from dataclasses import replace

import numpy as np

from suyuan.mark.convolution import Draws, log_tail
from suyuan.mark.score import LOG_2, PER_MILLE, Grid, Strategy, Tally, slot_factor, strategy_logs
from suyuan.mark.tally import Floats

DECIMALS = 12
"""Laws that agree so far are one; the score gives way by as much, so that no draw that reaches it is missed."""

MOST_SLOTS = 12
"""Slots of one person that are counted out; who shows more is left out of the score, whatever her marks are."""


def tail_bits(counted: Tally, *, grid: Grid, suspect: int, logs: Floats | None = None) -> float:
    """Give -log2 of the bound on the chance that an innocent in the place of one suspect scores as high, at least 0.

    Persons with several rows or copies are left out of the score: their pairs share marks.

    Args:
        logs: `strategy_logs` of the same observations and grid, where they are computed already.

    Source: Furon and Desoubeaux 2014 (condition on what was found); Boole's inequality over strategies.
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


Shown = tuple[tuple[float, float, float], ...]
"""The live slots of a pair: the chance of what is shown, and the slot's factor where the mark is that and where it is not."""


def _log_chance(counted: Tally, *, pairs: list[int], counts: Floats, strategy: Strategy) -> float:
    """Give the log of the bound under one strategy. Persons who show the same, whatever agrees, are draws of one law."""
    score, persons, share = 0.0, 0.0, strategy.share / PER_MILLE
    factors = {
        i: (slot_factor(slot, match=True, strategy=strategy), slot_factor(slot, match=False, strategy=strategy))
        for i, slot in enumerate(counted.slots)
        if slot.channel in strategy.live
    }
    laws: dict[tuple[bytes, bytes], Draws] = {}
    known: dict[Shown, Draws] = {}
    for pair, count in zip(pairs, counts.tolist(), strict=True):
        live = [i for i in counted.pairs.within(pair).tolist() if i in factors]
        if len(live) > MOST_SLOTS:
            continue
        observed = math.prod(factors[i][not counted.slots[i].match] for i in live)
        score += count * math.log((1 - share) + share * observed)
        persons += count
        shown = tuple((counted.slots[i].chance, *factors[i]) for i in live)
        law = known.get(shown) or known.setdefault(shown, _law_of(shown, share=share))
        key = law.values.tobytes(), np.round(law.chances, DECIMALS).tobytes()
        others = laws[key].count if key in laws else 0
        laws[key] = replace(law, count=others + int(count))
    return log_tail(tuple(laws.values()), score=score - persons * 10**-DECIMALS)


def _law_of(shown: Shown, *, share: float) -> Draws:
    """Give every log of LR that an innocent may have of a pair that shows this, with its chance."""
    chances, products = np.ones(1), np.ones(1)
    for chance, match, miss in shown:
        chances = np.concatenate([chances * chance, chances * (1 - chance)])
        products = np.concatenate([products * match, products * miss])
    rounded = np.round(np.log((1 - share) + share * products), DECIMALS).astype(np.float64)
    values, place = np.unique(rounded, return_inverse=True)
    law = np.bincount(place, weights=chances, minlength=len(values)).astype(np.float64)
    return Draws(values=values, chances=law, count=0)
