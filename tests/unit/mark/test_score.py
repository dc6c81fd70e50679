"""E is an e-value: its mean over every way an innocent's keys may fall is 1, by counting, for every law in use."""

import math
from fractions import Fraction
from itertools import product

import numpy as np
import polars as pl
import pytest
from tests.exact import Copy, PersonWorld, all_marks, exact_factor, likelihood_ratio, observations, require_mean_one

from suyuan.errors import RefusedError
from suyuan.kinds import KINDS
from suyuan.mark.coalition import WIDE
from suyuan.mark.law import BIASED, DECOYS, MAX_RADIX, OMISSION, SHARED_DECOY, TOTAL, omission, uniform
from suyuan.mark.score import (
    ERRORS,
    PER_MILLE,
    SHARES,
    Grid,
    Observations,
    Strategy,
    combine_bits,
    mean_of_logs,
    planted_bits,
    rows_bits,
    single_strategies,
    usual_strategies,
)
from suyuan.simulation import invent_people

PEOPLE = invent_people(300, seed=11)
COLUMNS = {"name": "person_name", "phone": "phone", "address": "postal_address", "birth_date": "date"}
RATES = (1, 655, 3_277, 6_554, TOTAL - 1)
WORST = [(Fraction(s, PER_MILLE), Fraction(e, PER_MILLE)) for s in (SHARES[0], SHARES[-1]) for e in ERRORS]


def shapes_in_use() -> list[tuple[int, ...]]:
    """Give the radices of every form table that the kinds make of invented people, and every radix by itself."""
    found = {(radix,) for radix in range(1, MAX_RADIX + 1)}
    for column, name in COLUMNS.items():
        kind = KINDS[name]  # type: ignore[index]
        canonical = kind.canonical_column(PEOPLE[column].cast(pl.String))
        found |= {tuple(row) for row in kind.forms_column(canonical).radices.tolist()}
    for name, kind in KINDS.items():
        if not kind.slot_names:
            assert name.value not in COLUMNS.values()
    return sorted(found)


SHAPES = shapes_in_use()
TREES = {shape: Copy(laws=((0, tuple(map(uniform, shape))),)) for shape in SHAPES}


def test_the_shapes_are_those_of_real_tables() -> None:
    assert len([shape for shape in SHAPES if len(shape) > 1]) >= 8
    assert all(math.prod(shape) <= 256 for shape in SHAPES)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_the_mean_likelihood_ratio_is_exactly_one_whatever_the_dump_shows(shape: tuple[int, ...]) -> None:
    laws = tuple(map(uniform, shape))
    world = [PersonWorld(copies=(TREES[shape],), rows=())]
    outcomes = list(all_marks(world))
    corners = product(*({0, radix // 2, radix - 1, None} for radix in shape))
    for seen in corners:
        for share, error in WORST[:: len(WORST) - 1]:
            mean = sum(
                chance * likelihood_ratio(seen, marks=marks[0][0], laws=laws, share=share, error=error)
                for chance, marks in outcomes
            )
            assert mean == 1


@pytest.mark.parametrize("rate", RATES)
def test_the_mean_is_exactly_one_for_every_omission_law(rate: int) -> None:
    law = omission(omitted_per_65536=rate)
    for share, error in WORST:
        mean = sum(
            law.chance(m) * likelihood_ratio((0,), marks=(m,), laws=(law,), share=share, error=error) for m in (0, 1)
        )
        assert mean == 1


CHANNELS = ("name", "phone", OMISSION)
GRID = usual_strategies(CHANNELS)
SINGLE = single_strategies(CHANNELS)
COIN, THREE, SIXTEEN, KEPT = uniform(2), uniform(3), uniform(16), omission(omitted_per_65536=6_554)
RARE, LIKELY = BIASED[1], BIASED[2]
WORLDS: dict[str, list[PersonWorld]] = {
    "one person, one row": [PersonWorld(copies=(Copy(laws=((0, (COIN, THREE)),)),), rows=((((0, 2)),),))],
    "the same row five times": [
        PersonWorld(copies=(Copy(laws=((0, (COIN,)), (1, (THREE,)))),), rows=((((1, 2)),),) * 5)
    ],
    "two rows that differ, one erased": [
        PersonWorld(copies=(Copy(laws=((0, (COIN,)), (1, (THREE, COIN)))),), rows=(((0, 1, 0),), ((1, None, None),)))
    ],
    "two releases of one person": [
        PersonWorld(copies=(Copy(laws=((1, (THREE,)),)), Copy(laws=((1, (THREE, COIN)),))), rows=(((2,), (2, 1)),))
    ],
    "two releases, two rows, kept by key": [
        PersonWorld(
            copies=(Copy(laws=((0, (COIN,)), (2, (KEPT,)))), Copy(laws=((0, (COIN,)),))),
            rows=(((0, 0), (0,)), ((1, 0), (1,))),
        )
    ],
    "three persons, strangers to each other": [
        PersonWorld(copies=(Copy(laws=((0, (COIN,)),)),), rows=((((0,)),),)),
        PersonWorld(copies=(Copy(laws=((1, (THREE,)), (2, (KEPT,)))),), rows=((((1, 0)),), (((None, 0)),))),
        PersonWorld(copies=(Copy(laws=((0, (COIN,)),)), Copy(laws=((0, (COIN,)),))), rows=(((1,), (None,)),)),
    ],
    "everything erased": [PersonWorld(copies=(Copy(laws=((0, (COIN, COIN)),)),), rows=((((None, None)),),))],
    "exported twice with a bias, and looked up": [
        PersonWorld(
            copies=(
                Copy(laws=((0, (RARE, THREE)),)),
                Copy(laws=((0, (RARE,)), (2, (KEPT,)))),
                Copy(laws=((0, (COIN,)),)),
            ),
            rows=(((1, 2), (1, 0), (1,)), ((0, None), (0, 0), (0,))),
        ),
    ],
    "persons of every bias": [
        PersonWorld(copies=(Copy(laws=((0, (law,)), (1, (law,)))),), rows=((((1, 0)),),))
        for law in (RARE, LIKELY, COIN)
    ],
    "the largest radix": [PersonWorld(copies=(Copy(laws=((1, (SIXTEEN, COIN)),)),), rows=((((15, 0)),),))],
}


def bits_of(seen: Observations) -> list[float]:
    return [float(b) for b in rows_bits(seen, grid=GRID)]


@pytest.mark.parametrize("name", WORLDS)
def test_the_mean_e_value_of_an_innocent_is_one(name: str) -> None:
    require_mean_one(WORLDS[name], channels=CHANNELS, score=bits_of)


@pytest.mark.parametrize("places", [(0,), (0, 1, 2), (2, 2, 1, 0)], ids=str)
def test_the_mean_e_value_is_one_for_decoys_that_copies_share(places: tuple[int, ...]) -> None:
    """Each stands in the dump; the innocent's keys put her into its copy or not, in two exports of it for the last."""
    channels = (*CHANNELS, SHARED_DECOY)
    grid = usual_strategies(channels)
    world = [PersonWorld(copies=(Copy(laws=((3, (DECOYS[place],)),)),), rows=(((0,),),)) for place in places]
    twice = Copy(laws=((3, (DECOYS[places[-1]],)),))
    world.append(PersonWorld(copies=(twice, twice), rows=(((0,), (0,)),)))
    require_mean_one(world, channels=channels, score=lambda seen: [float(b) for b in rows_bits(seen, grid=grid)])


@pytest.mark.parametrize("name", WORLDS)
def test_the_bits_are_those_of_the_definition(name: str) -> None:
    world = WORLDS[name]
    outcomes = [marks for _, marks in all_marks(world)]
    strategy = Strategy(share=350, error=150, live=CHANNELS)
    bits = rows_bits(observations(world, outcomes=outcomes, channels=CHANNELS), grid=Grid(strategies=(strategy,)))
    share, error = Fraction(350, PER_MILLE), Fraction(150, PER_MILLE)
    for marks, found in zip(outcomes, bits, strict=True):
        factors = [exact_factor(p, marks=m, share=share, error=error) for p, m in zip(world, marks, strict=True)]
        assert 2 ** float(found) == pytest.approx(float((1 + math.prod(factors)) / 2), rel=1e-12)


def test_a_channel_that_is_not_alive_says_nothing() -> None:
    world = WORLDS["the same row five times"]
    outcomes = [marks for _, marks in all_marks(world)]
    seen = observations(world, outcomes=outcomes, channels=CHANNELS)
    alone = rows_bits(seen, grid=Grid(strategies=(Strategy(share=950, error=10, live=("phone",)),)))
    by_phone = {marks[0][0][1]: set[float]() for marks in outcomes}
    for marks, found in zip(outcomes, alone, strict=True):
        by_phone[marks[0][0][1]].add(round(float(found), 12))
    assert all(len(values) == 1 for values in by_phone.values())


def test_evidence_against_a_suspect_is_bounded_by_the_strategy_that_says_nothing() -> None:
    person = PersonWorld(copies=(Copy(laws=((0, (SIXTEEN,)),)),), rows=((((0,)),),))
    world = [person] * 2
    outcomes = [tuple([((1,),)] * 2)]
    [bits] = rows_bits(observations(world, outcomes=outcomes, channels=CHANNELS), grid=GRID)
    assert float(bits) >= -math.log2(len(GRID.strategies) + 1)


def test_nothing_read_is_no_evidence() -> None:
    none = np.empty(0, dtype=np.int64)
    seen = Observations(
        suspects=3, channels=CHANNELS, suspect=none, person=none, pair=none, channel=none,
        chance=np.empty(0), match=np.empty(0, dtype=np.bool_), side=np.empty(0, dtype=np.int8),
    )  # fmt: skip
    assert rows_bits(seen, grid=GRID).tolist() == [0.0] * 3
    assert planted_bits(hits=np.empty(0), suspect=none, suspects=2).tolist() == [0.0] * 2


def test_columns_of_unequal_length_are_refused() -> None:
    none = np.empty(0, dtype=np.int64)
    with pytest.raises(RefusedError):
        Observations(
            suspects=1, channels=("a",), suspect=np.array([0]), person=none, pair=none, channel=none,
            chance=np.empty(0), match=np.empty(0, dtype=np.bool_), side=np.empty(0, dtype=np.int8),
        )  # fmt: skip


def test_thousands_of_agreeing_persons_do_not_overflow() -> None:
    size = 20_000
    seen = Observations(
        suspects=1, channels=("a",), suspect=np.zeros(size, dtype=np.int64), person=np.arange(size),
        pair=np.arange(size), channel=np.zeros(size, dtype=np.int64), chance=np.full(size, 1 / 16),
        match=np.ones(size, dtype=np.bool_), side=np.full(size, WIDE, dtype=np.int8),
    )  # fmt: skip
    [bits] = rows_bits(seen, grid=usual_strategies(("a",)))
    assert 3.8 * size < float(bits) < 4 * size


def test_the_grid_has_every_channel_alone_and_each_left_out() -> None:
    lives = {g.live for g in GRID.strategies}
    assert lives == {
        CHANNELS, *((one,) for one in CHANNELS), *(tuple(c for c in CHANNELS if c != one) for one in CHANNELS),
    }  # fmt: skip
    assert len(GRID.strategies) == len(set(GRID.strategies))
    assert len(SINGLE.strategies) == len(lives) * len(SHARES) * len(ERRORS)
    assert GRID.strategies[: len(SINGLE.strategies)] == SINGLE.strategies
    assert GRID.document()[0] == [SHARES[0], ERRORS[0], list(CHANNELS)]


def test_the_combination_of_two_independent_e_values_is_one() -> None:
    """Rows and planted identifiers of different keys: two coins, each worth 2 or 0, and every mean of three."""
    fair = np.log2([1.9, 0.1])
    rows, planted = (grid.ravel() for grid in np.meshgrid(fair, fair))
    assert np.mean(2 ** combine_bits(rows=rows, planted=planted)) == pytest.approx(1)


def test_means_of_logs_do_not_overflow() -> None:
    assert mean_of_logs(np.array([[1000.0, -2000.0], [1000.0, -2000.0]])).tolist() == [1000.0, -2000.0]
