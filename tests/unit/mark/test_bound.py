"""The budget sums to alpha over all dumps, and the line is Markov's."""

import math

import pytest

from suyuan.errors import RefusedError
from suyuan.mark.bound import budget_of_dump, naming_line
from suyuan.terms import Probability


def test_all_dumps_together_spend_no_more_than_alpha() -> None:
    parts = [float(budget_of_dump(Probability(0.05), number=t)) for t in range(1, 100_001)]
    assert math.fsum(parts) < 0.05
    assert math.fsum(parts) > 0.05 * (1 - 1e-4)
    assert parts == sorted(parts, reverse=True)


def test_the_line_is_one_over_budget_and_weight() -> None:
    budget = budget_of_dump(Probability(1e-6), number=3)
    line = naming_line(budget, weight=Probability(1 / 70))
    assert 2 ** -float(line) == pytest.approx(float(budget) / 70)


def test_there_is_no_dump_before_the_first() -> None:
    with pytest.raises(RefusedError):
        budget_of_dump(Probability(0.05), number=0)


@pytest.mark.parametrize(("budget", "weight"), [(0.0, 0.5), (0.5, 0.0)])
def test_nothing_to_spend_names_nobody(budget: float, weight: float) -> None:
    with pytest.raises(RefusedError):
        naming_line(Probability(budget), weight=Probability(weight))
