"""Coalitions: what a mark is worth when its holder put the copy together with others and chose where they differed.

Of c copies whose marks are independent draws from one law, n show x. The colluders write x with chance theta(n);
where all agree they have no choice: theta(0) = 0, theta(c) = 1. For one member of the coalition with mark m

    R = P(x | m, c, theta) / P(x | c, theta),        and  sum_m Q(m) R(m) = 1  for every x,

so R may stand wherever 1{x = m} / Q(x) may: it is what the latter is for c = 1. Every theta gives an e-value, the
right one or not; a wrong one only gives a smaller one.
"""

import math
from functools import cache

MAJORITY, MINORITY, COIN, FIRST, LAST = "majority", "minority", "coin", "first", "last"
"""Where copies differ: what most show, what fewest show, a coin, choice 0 (the canonical form), choice 1."""

ATTACKS = (MAJORITY, MINORITY, COIN, FIRST, LAST)
ALONE = ""
"""No coalition. Mixing copies row by row or cell by cell (interleaving) is a share or an error rate, and blanking
where copies differ leaves cells that nobody could choose: both are what a single copy shows, of fewer marks."""

WIDE = -1
"""The `side` of a slot of more than two choices, which has no majority worth the name: it counts as interleaved."""

EITHER = -2
"""The `side` of a row that stands in the dump at all: it does if any of the colluders had it."""


@cache
def ratio(*, match: bool, chance: float, side: int, attack: str, size: int) -> float:
    """Give R of one slot.

    Args:
        match: whether the suspect's mark is what the dump shows.
        chance: Q(x) in (0, 1].
        side: which of two choices is shown, 0 or 1; `WIDE`; `EITHER`.
        attack: one of `ATTACKS`, or `ALONE`.
        size: colluders, the suspect among them; 1 if alone.
    Source: Furon and Desoubeaux 2014 (condition on what was found); Tardos 2003, section 1 (the marking condition).
    Test: tests/unit/mark/test_coalition.py enumerates the mean of every slot, attack and size.
    """
    if attack == ALONE or chance >= 1:
        return 1 / chance if match else 0.0
    if side == WIDE:
        return (1 / chance if match else 0.0) / size + 1 - 1 / size
    others = [math.comb(size - 1, n) * chance**n * (1 - chance) ** (size - 1 - n) for n in range(size)]
    written = [_theta(n, attack=attack, size=size, side=side) for n in range(size + 1)]
    held = math.fsum(p * written[n + 1] for n, p in enumerate(others))
    lacked = math.fsum(p * written[n] for n, p in enumerate(others))
    return (held if match else lacked) / (chance * held + (1 - chance) * lacked)


def _theta(n: int, *, attack: str, size: int, side: int) -> float:
    """Give the chance that colluders write the shown choice, which n of them have."""
    if n in (0, size):
        return float(n > 0)
    if side == EITHER:
        return 1.0
    if attack in (FIRST, LAST):
        return float(side == (0 if attack == FIRST else 1))
    if attack == COIN or 2 * n == size:
        return 0.5
    return float((2 * n > size) == (attack == MAJORITY))
