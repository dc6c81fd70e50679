"""A scene counts and expects what a loop over accounts and persons would, whoever has looked up nobody or is set aside."""

import numpy as np
import pytest

from suyuan.trace.sets import population
from suyuan.trace.sets.population import Population, Scene
from suyuan.trace.sets.postings import distinct, lists_of

PERSONS, ACCOUNTS = 90, 12


@pytest.fixture(params=[8, 1 << 22])
def scene(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """A dump; accounts are taken a few look-ups at a time, and all at once."""
    monkeypatch.setattr(population, "_ITEMS_PER_STEP", request.param)
    dice = np.random.default_rng(1)
    owners = dice.choice([1, 2, 3, 5, 8, 9], 200)  # The others, the first and the last among them, looked up nobody.
    seen = lists_of(owners, dice.integers(0, PERSONS, 200), count=ACCOUNTS)
    known = Population(seen=seen, places=(np.arange(PERSONS) // 45).astype(np.int32))
    return Scene(known, np.sort(dice.choice(PERSONS, 30, replace=False)).astype(np.int64)).without(8)


def test_expected_is_the_share_of_the_dump_in_the_strata_of_an_account(scene: Scene) -> None:
    known, strata = scene.population, scene.population.strata
    kept = [person for person in range(PERSONS) if person not in set(known.seen.of(8).tolist())]
    for account in range(ACCOUNTS):
        mine = [person for person in known.seen.of(account).tolist() if person in kept]
        shares = [
            np.mean([other in scene.left for other in kept if strata[other] == strata[person]]) for person in mine
        ]
        assert scene.expected[account] == pytest.approx(sum(shares), abs=1e-5)
        assert scene.hits[account] == sum(person in scene.left for person in mine)


def test_distinct_is_what_unique_gives() -> None:
    dice = np.random.default_rng(2)
    for count in (0, 1, 50):
        values = dice.integers(-5, 20, count)
        assert np.array_equal(distinct(values), np.unique(values))
