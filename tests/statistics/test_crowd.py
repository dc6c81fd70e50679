"""What an accused never saw is held against rests drawn anew: a crowd's queue shows there, an innocent rest hardly ever."""

import numpy as np
from tests.framing import ACCUSED, PERSONS, crowded, population_of, random_sets, verdict

from suyuan.trace.sets.crowd import _rests, hangs_together
from suyuan.trace.sets.population import Scene

NOBODY: frozenset[int] = frozenset()


def test_a_queue_of_which_many_did_a_little_each_names_nobody_and_shows_in_the_rest() -> None:
    dice = np.random.default_rng(1)
    for _ in range(3):
        population, dump = crowded(dice=dice)
        assert hangs_together(Scene(population, dump).without(ACCUSED), barred=NOBODY)
        assert verdict(population, dump).named == ()


def test_an_innocent_rest_hangs_together_hardly_ever() -> None:
    dice, found = np.random.default_rng(2), 0
    for _ in range(30):
        dump = np.sort(dice.choice(PERSONS, int(dice.integers(5, 300)), replace=False)).astype(np.int64)
        found += hangs_together(Scene(population_of(random_sets(dice)), dump), barred=NOBODY)
    assert found <= 1


def test_who_sees_all_and_an_empty_rest_are_no_crowd() -> None:
    population, dump = crowded(dice=np.random.default_rng(3))
    everybody = frozenset(range(population.accounts))
    assert not hangs_together(Scene(population, dump), barred=everybody)
    assert not hangs_together(Scene(population, np.empty(0, dtype=np.int64)), barred=NOBODY)


def test_a_rest_is_drawn_by_stratum_each_person_at_most_once_and_all_as_often() -> None:
    dice = np.random.default_rng(4)
    population = population_of([dice.choice(60, 25, replace=False) for _ in range(2)], persons=60, regions=1)
    dump = np.sort(dice.choice(60, 30, replace=False)).astype(np.int64)
    scene = Scene(population, dump).without(1)
    strata, drawn = population.strata, np.zeros(60)
    for rest in _rests(scene):
        assert len(set(rest.tolist())) == len(rest)
        assert np.array_equal(np.bincount(strata[rest], minlength=9), np.bincount(strata[scene.left], minlength=9))
        drawn[rest] += 1
    assert not drawn[scene.aside].any()
    for stratum in set(strata[scene.left].tolist()):
        among = np.delete(drawn, scene.aside)[np.delete(strata, scene.aside) == stratum]
        assert among.std() <= 2.5 * np.sqrt(among.mean() * (1 - among.mean() / 40)) + 1e-9
