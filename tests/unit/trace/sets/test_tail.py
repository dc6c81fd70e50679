"""The tail of an overlap: exact by counting, the bound above it, and what a hidden bias does to both."""

from itertools import product
from math import comb, exp, log

import numpy as np
import pytest

from suyuan.trace.sets.tail import Table, chernoff, exact_log_tail, log_tail, noncentral, tipping_point


def table(*strata: tuple[int, int, int, int]) -> Table:
    columns = np.array(strata, dtype=np.int64).T
    return Table(*columns)


def counted(given: Table, *, gamma: float) -> float:
    """P(score at least this), from the definition."""
    rows = list(zip(given.population, given.looked, given.dumped, given.weights, strict=True))
    ranges = [range(min(k, n) + 1) for _, k, n, _ in rows]
    chance, whole = 0.0, 0.0
    for xs in product(*ranges):
        p = 1.0
        for x, (size, looked, dumped, _) in zip(xs, rows, strict=True):
            p *= comb(looked, x) * comb(size - looked, dumped - x) * gamma**x if dumped - x <= size - looked else 0.0
        whole += p
        if sum(x * w for x, (_, _, _, w) in zip(xs, rows, strict=True)) >= given.score:
            chance += p
    return chance / whole


@pytest.mark.parametrize("gamma", [1.0, 8.0])
@pytest.mark.parametrize(
    "strata",
    [
        ((20, 3, 4, 2), (10, 1, 2, 1)),
        ((6, 5, 4, 4), (50, 2, 1, 1), (9, 3, 3, 0)),
        ((5, 5, 2, 2),),
    ],
)
def test_the_exact_tail_is_what_counting_gives_and_the_bound_lies_above_it(
    strata: tuple[tuple[int, int, int, int], ...], gamma: float
) -> None:
    given = table(*strata)
    exact = exact_log_tail(given, gamma=gamma)
    assert exact is not None
    assert exp(exact) == pytest.approx(counted(given, gamma=gamma), rel=1e-9)
    assert chernoff(given, gamma=gamma) >= exact - 1e-9


def test_a_stratum_that_the_account_looked_up_whole_says_nothing() -> None:
    assert log_tail(table((40, 40, 12, 12))) == pytest.approx(0.0, abs=1e-9)


def test_a_rare_hit_weighs_more_than_one_on_somebody_whom_all_look_up() -> None:
    rare, common = table((1000, 1, 1, 1)).weights, table((10, 4, 1, 1)).weights
    assert rare[0] > 3 * common[0]


def test_the_tipping_point_is_where_the_tail_meets_the_line() -> None:
    given = table(*[(1000, 4, 1, 1)] * 12, *[(1000, 4, 1, 0)] * 4)
    line = log(1e-10)
    gamma = tipping_point(given, line=line)
    assert 8 < gamma < 1000
    assert log_tail(given, gamma=gamma) <= line < log_tail(given, gamma=1.05 * gamma)
    assert tipping_point(table((10, 5, 2, 2)), line=line) == 0.0


def test_a_biased_draw_is_the_noncentral_hypergeometric() -> None:
    first, chances = noncentral(6, looked=5, dumped=4, log_gamma=0.0)
    assert first == 3
    assert chances == pytest.approx([comb(5, 3) / comb(6, 4), comb(5, 4) / comb(6, 4)])
