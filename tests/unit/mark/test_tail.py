"""The tail beside the bits: never below the exact chance, and no weaker than the best strategy's own likelihood ratio."""

from itertools import product
from math import log2

import numpy as np
import pytest
from tests.exact import Copy, PersonWorld, all_marks, observations

from suyuan.mark.law import BIASED, uniform
from suyuan.mark.score import strategy_logs, tally, usual_strategies
from suyuan.mark.tail import tail_bits

CHANNELS = ("name", "phone")
GRID = usual_strategies(CHANNELS)
LAWS = (uniform(2), uniform(3), BIASED[1], BIASED[2])


@pytest.mark.parametrize("shown", list(product((0, 1), repeat=4)), ids=str)
def test_the_stated_chance_is_at_least_the_true_one(shown: tuple[int, ...]) -> None:
    """Of all ways an innocent's keys may fall, those that state a chance of p or less have a chance of p or less."""
    world = [
        PersonWorld(copies=(Copy(laws=((0, (law,)),)),), rows=(((x,),),)) for law, x in zip(LAWS, shown, strict=True)
    ]
    chances, outcomes = zip(*all_marks(world), strict=True)
    counted = tally(observations(world, outcomes=outcomes, channels=CHANNELS))
    logs = strategy_logs(counted, grid=GRID)
    stated = np.array([2 ** -tail_bits(counted, grid=GRID, suspect=i, logs=logs) for i in range(len(outcomes))])
    weights = np.array([float(chance) for chance in chances])
    for p in np.unique(stated):
        assert weights[stated <= p].sum() <= p + 1e-12


def test_it_is_no_weaker_than_markov_and_grows_with_agreement() -> None:
    before = 0.0
    for persons in (4, 12, 40):
        world = [PersonWorld(copies=(Copy(laws=((0, (BIASED[1],)), (1, (uniform(2),)))),), rows=(((0, 1),),))] * persons
        counted = tally(observations(world, outcomes=[(((0, 1),),) * persons], channels=CHANNELS))
        markov = float(strategy_logs(counted, grid=GRID).max()) / np.log(2) - log2(len(GRID.strategies))
        found = tail_bits(counted, grid=GRID, suspect=0)
        assert found >= max(0.0, markov) - 1e-9
        assert found >= before
        before = found
    assert before > 20


def test_a_person_with_two_rows_is_left_out_of_the_score() -> None:
    twice = [PersonWorld(copies=(Copy(laws=((0, (uniform(2),)),)),), rows=(((1,),), ((1,),)))] * 30
    counted = tally(observations(twice, outcomes=[(((1,),),) * 30], channels=CHANNELS))
    assert tail_bits(counted, grid=GRID, suspect=0) == 0
