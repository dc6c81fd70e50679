"""The verifier's own arithmetic equals the product's, to 1e-9 bits, and the line equals the product's line."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.evidence_world import CHANNELS, honest_world

from suyuan.evidence import establish
from suyuan.evidence.arithmetic import EITHER, WIDE, Person, Reading, measure, naming_line, stated
from suyuan.evidence.opening import ATTACKS, Strategy
from suyuan.mark import bound, score
from suyuan.terms import Probability

SHARES = (10, 100, 500)


def product_rows_bits(
    suspects: list[tuple[list[Person], int]], *, grid: tuple[Strategy, ...], channels: tuple[str, ...]
) -> list[float]:
    """Give the bits of `suyuan.mark.score`; a hidden person is one whose only pair can never agree."""
    suspect, person, pair, channel, chance, match, side = [], [], [], [], [], [], []
    for number, (persons, _) in enumerate(suspects):
        for who, pairs in enumerate(persons):
            for one in pairs:
                for name, slots in one:
                    for agrees, q, which in slots:
                        pair.append(len(suspect))
                        channel.append(channels.index(name))
                        chance.append(q)
                        match.append(agrees)
                        side.append(which)
                suspect.append(number)
                person.append(who)
    seen = score.Observations(
        suspects=len(suspects),
        channels=channels,
        suspect=np.array(suspect, dtype=np.int64),
        person=np.array(person, dtype=np.int64),
        pair=np.array(pair, dtype=np.int64),
        channel=np.array(channel, dtype=np.int64),
        chance=np.array(chance, dtype=np.float64),
        match=np.array(match, dtype=np.bool_),
        side=np.array(side, dtype=np.int8),
    )
    strategies = tuple(
        score.Strategy(share=g.share, error=g.error, live=g.live, attack=g.attack, size=g.size) for g in grid
    )
    return [float(b) for b in score.rows_bits(seen, grid=score.Grid(strategies=strategies))]


def test_bits_of_the_world_are_those_of_the_product() -> None:
    world = honest_world()
    opened = world.bundle.opened
    suspects: list[tuple[list[Person], int]] = [
        ([tuple(tuple(sorted(pair.items())) for pair in pairs) for pairs in world.truth[s]], 0) for s in (0, 1)
    ]
    rows = product_rows_bits(suspects, grid=opened.grid, channels=CHANNELS)
    planted = score.planted_bits(
        hits=np.array([2**20 / (2 * 2), 0.0]), suspect=np.array([0, 1]), suspects=2, shares=opened.planted
    )
    total = score.combine_bits(rows=np.array(rows), planted=planted)
    for finding in establish(world.bundle).findings:
        s = finding.accused.suspect
        assert finding.measure.rows == pytest.approx(rows[s], abs=1e-9)
        assert finding.measure.planted == pytest.approx(planted[s], abs=1e-9)
        assert finding.measure.total == pytest.approx(total[s], abs=1e-9)


slot = st.tuples(
    st.booleans(),
    st.sampled_from([1 / 2, 1 / 3, 1 / 16, 7_386 / 65_536, 60_000 / 65_536]),
    st.sampled_from([0, 1, WIDE]),
)
shown = st.tuples(st.booleans(), st.sampled_from([1 / 2, 60_000 / 65_536]), st.just(EITHER))
pair = st.fixed_dictionaries(
    {},
    optional={
        name: st.lists(shown if name == "omission" else slot, min_size=1, max_size=4).map(tuple) for name in CHANNELS
    },
)
person = st.lists(pair.map(lambda p: tuple(sorted(p.items()))), min_size=1, max_size=4).map(tuple)
alone = st.fixed_dictionaries({"attack": st.just(""), "size": st.just(1)})
together = st.fixed_dictionaries({"attack": st.sampled_from(ATTACKS), "size": st.integers(2, 10)})
strategy = st.builds(
    lambda how, **given: Strategy(**given, **how),
    how=alone | together,
    share=st.integers(1, 999),
    error=st.integers(1, 999),
    live=st.lists(st.sampled_from(CHANNELS), unique=True, min_size=1).map(tuple),
)


@given(persons=st.lists(person, max_size=30), grid=st.lists(strategy, min_size=1, max_size=6).map(tuple))
def test_rows_equal_the_product(persons: list[Person], grid: tuple[Strategy, ...]) -> None:
    reading = Reading(persons=tuple(persons), hidden=0, hits=(), planted=0)
    expected = product_rows_bits([(persons, 0), ([], 0)], grid=grid, channels=CHANNELS)[0]
    assert measure(reading, grid=grid, shares=()).rows == pytest.approx(expected, abs=1e-9)


@given(hits=st.lists(st.floats(1, 2**47), max_size=20), misses=st.integers(0, 1000))
def test_planted_equal_the_product(hits: list[float], misses: int) -> None:
    reading = Reading(persons=(), hidden=0, hits=tuple(hits), planted=len(hits) + misses)
    everything = np.array([*hits, *([0.0] * misses)])
    expected = score.planted_bits(
        hits=everything, suspect=np.zeros(len(everything), dtype=np.int64), suspects=1, shares=SHARES
    )
    assert measure(reading, grid=(), shares=SHARES).planted == pytest.approx(float(expected[0]), abs=1e-8)


@given(persons=st.lists(person, min_size=1, max_size=8), grid=st.lists(strategy, min_size=1, max_size=4).map(tuple))
def test_hiding_a_person_never_adds_a_bit(persons: list[Person], grid: tuple[Strategy, ...]) -> None:
    whole = measure(Reading(persons=tuple(persons), hidden=0, hits=(), planted=0), grid=grid, shares=())
    less = measure(Reading(persons=tuple(persons[1:]), hidden=1, hits=(), planted=0), grid=grid, shares=())
    assert less.total <= whole.total + 1e-9


@given(number=st.integers(1, 10_000), bottom=st.integers(1, 10**9))
def test_the_line_is_that_of_the_product(number: int, bottom: int) -> None:
    budget = bound.budget_of_dump(Probability(1e-6), number=number)
    expected = float(bound.naming_line(budget, weight=Probability(1 / bottom)))
    assert naming_line(alpha=(1, 10**6), number=number, weight=(1, bottom)) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    ("bits", "text"), [(0.0, "0.00"), (412.379, "412.37"), (-0.001, "-0.01"), (-3.0, "-3.00"), (1e-12, "0.00")]
)
def test_bits_are_stated_rounded_down(bits: float, text: str) -> None:
    assert stated(bits) == text
    assert float(text) <= bits < float(text) + 0.01


def test_the_mean_over_all_keys_is_at_most_one() -> None:
    """One slot of two even choices and one of three: under innocence E averages to exactly 1."""
    grid = (
        Strategy(share=700, error=150, live=("name",)),
        Strategy(share=20, error=10, live=("name", "phone")),
        Strategy(share=700, error=150, live=("name", "phone"), attack="minority", size=3),
    )
    total = 0.0
    for name_matches, name_chance in ((True, 1 / 2), (False, 1 / 2)):
        for phone_matches, phone_chance in ((True, 1 / 3), (False, 2 / 3)):
            seen: Person = ((("name", ((name_matches, 1 / 2, 0),)), ("phone", ((phone_matches, 1 / 3, WIDE),))),)
            bits = measure(Reading(persons=(seen,), hidden=0, hits=(), planted=0), grid=grid, shares=()).rows
            total += name_chance * phone_chance * 2**bits
    assert math.isclose(total, 1.0, rel_tol=1e-12)
