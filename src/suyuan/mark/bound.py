"""The false-accusation bound: how the error budget is spent, and the line a suspect's evidence must cross."""

import math

from suyuan.errors import RefusedError
from suyuan.terms import Bits, Probability


def budget_of_dump(alpha: Probability, *, number: int) -> Probability:
    """Give the part of the platform's lifelong budget that its `number`-th dump may spend.

    alpha * 6 / (pi^2 * number^2): over all dumps there will ever be the parts sum to alpha.

    Args:
        alpha: the chance that any innocent is ever named at grade A, over the platform's life.
        number: 1 for the first dump ever opened.
    Raises: RefusedError: `number` below 1.
    """
    if number < 1:
        raise RefusedError("dumps are numbered from 1")
    return Probability(float(alpha) * 6 / (math.pi**2 * number**2))


def naming_line(budget: Probability, *, weight: Probability) -> Bits:
    """Give the bits at which a suspect is named: log2(1 / (budget * weight)).

    By Markov an innocent suspect reaches it with chance at most budget * weight; by Boole, with weights
    that sum to at most 1, any innocent does with chance at most the budget.

    Raises: RefusedError: a budget or a weight of zero, at which nobody can be named.
    """
    if float(budget) == 0 or float(weight) == 0:
        raise RefusedError("a budget or weight of zero names nobody")
    return Bits(-math.log2(float(budget)) - math.log2(float(weight)))
