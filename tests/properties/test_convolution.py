"""The counted tail: never below the true chance, never above Chernoff's bound, and near the truth for long sums."""

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from suyuan.mark import convolution
from suyuan.mark.convolution import THETAS, Draws, _log_chernoff, log_tail


@st.composite
def laws(draw: st.DrawFn) -> Draws:
    """Give a law of up to three values, drawn up to three times."""
    values = draw(st.lists(st.floats(-4, 4), min_size=1, max_size=3, unique=True))
    weights = np.array(draw(st.lists(st.integers(1, 65_535), min_size=len(values), max_size=len(values))))
    return Draws(values=np.array(values), chances=weights / weights.sum(), count=draw(st.integers(1, 3)))


def outcomes(draws: list[Draws]) -> tuple[np.ndarray, np.ndarray]:
    """Give every sum that may come out, and its chance."""
    single = [list(zip(law.values, law.chances, strict=True)) for law in draws for _ in range(law.count)]
    sums, chances = [], []
    for drawn in product(*single):
        sums.append(math.fsum(value for value, _ in drawn))
        chances.append(math.prod(chance for _, chance in drawn))
    return np.array(sums), np.array(chances)


@settings(max_examples=60)
@given(draws=st.lists(laws(), min_size=1, max_size=2), share=st.floats(0, 1))
def test_the_stated_chance_is_at_least_the_true_one(draws: list[Draws], share: float) -> None:
    sums, chances = outcomes(draws)
    score = float(np.quantile(sums, share, method="nearest")) - 1e-9
    true = float(chances[sums >= score].sum())
    stated = log_tail(draws, score=score)
    assert stated >= math.log(true) - 1e-6
    assert stated <= max(0.0, _log_chernoff(draws, score=score, thetas=THETAS)) + 1e-12


def coins(count: int, *, chance: float, hit: float, miss: float) -> Draws:
    return Draws(values=np.array([miss, hit]), chances=np.array([1 - chance, chance]), count=count)


@pytest.mark.parametrize(("count", "chance"), [(20, 0.5), (100, 0.5), (400, 0.7), (1_000, 0.1127), (5_000, 0.5)])
@pytest.mark.parametrize("deviations", [1, 3, 6, 9])
def test_long_sums_are_counted_to_within_a_bit_of_the_binomial(count: int, chance: float, deviations: int) -> None:
    """A slot of two choices, as bits: what Chernoff gives away is most of what is stated here."""
    hit, miss = math.log(0.9 / chance + 0.1), math.log(0.1)
    agree = min(count, round(count * chance + deviations * math.sqrt(count * chance * (1 - chance))))
    score = agree * hit + (count - agree) * miss
    true = float(binom.logsf(agree - 1, count, chance))
    draws = [coins(count, chance=chance, hit=hit, miss=miss)]
    stated = log_tail(draws, score=score - 1e-9)
    chernoff = _log_chernoff(draws, score=score, thetas=THETAS)
    assert true - 1e-6 <= stated <= chernoff + 1e-12
    if deviations > 1 and agree < count:
        assert (stated - true) / math.log(2) < 1.2
        assert (chernoff - stated) / math.log(2) > 0.7


def test_mixed_laws_are_counted_together() -> None:
    """Two sorts of coins: the sum over one of the binomial tail of the other."""
    one, other = coins(60, chance=0.5, hit=0.6, miss=-2.0), coins(40, chance=0.7, hit=0.3, miss=-1.5)
    score = 45 * 0.6 - 15 * 2.0 + 36 * 0.3 - 4 * 1.5
    true = 0.0
    for agree in range(61):
        left = score - (agree * 0.6 - (60 - agree) * 2.0)
        least = math.ceil((left + 40 * 1.5) / 1.8 - 1e-9)
        true += float(binom.pmf(agree, 60, 0.5) * binom.sf(least - 1, 40, 0.7))
    stated = log_tail([one, other], score=score - 1e-9)
    assert math.log(true) - 1e-6 <= stated
    assert (stated - math.log(true)) / math.log(2) < 1.0


def test_what_needs_too_much_work_is_left_to_chernoff(monkeypatch: pytest.MonkeyPatch) -> None:
    draws = [coins(50, chance=0.5, hit=0.6, miss=-2.0), coins(50, chance=0.4, hit=0.8, miss=-2.0)]
    counted = log_tail(draws, score=30.0)
    monkeypatch.setattr(convolution, "MOST_WORK", 1)
    bounded = log_tail(draws, score=30.0)
    assert counted < bounded <= _log_chernoff(draws, score=30.0, thetas=THETAS)


def test_a_score_below_the_mean_and_no_draws_at_all_say_nothing() -> None:
    assert log_tail([coins(50, chance=0.5, hit=0.6, miss=-2.0)], score=-100.0) == 0
    assert log_tail([], score=0.0) == 0


@pytest.mark.parametrize("count", [1, 3, 40])
def test_the_largest_sum_there_is_has_the_chance_of_all_hits(count: int) -> None:
    stated = log_tail([coins(count, chance=0.25, hit=1.2, miss=-2.0)], score=count * 1.2 - 1e-12)
    true = count * math.log(0.25)
    assert true - 1e-6 <= stated <= true + 1.5


def test_rounding_the_other_way_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bug: a grid that loses a little of every draw states too little."""
    monkeypatch.setattr(convolution, "MOST_POINTS", 1 << 10)
    sound = convolution._on_grid

    def down(draws: Draws, *, step: float, theta: float) -> object:
        whole = Draws(values=np.floor(draws.values / step) * step, chances=draws.chances, count=draws.count)
        return sound(whole, step=step, theta=theta)

    count, agree = 3_000, 1_700
    draws = [coins(count, chance=0.5, hit=math.log(1.9), miss=math.log(0.1))]
    score = agree * math.log(1.9) + (count - agree) * math.log(0.1)
    true = float(binom.logsf(agree - 1, count, 0.5))
    theta = convolution._steepness(draws, score=score)
    assert convolution._log_counted(draws, score=score, theta=theta) >= true
    monkeypatch.setattr(convolution, "_on_grid", down)
    assert convolution._log_counted(draws, score=score, theta=theta) < true - 0.1
