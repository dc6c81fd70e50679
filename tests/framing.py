"""Small worlds of look-ups in which somebody is framed: colleagues, or a supervisor, leak only what one account had seen too."""

import numpy as np
import numpy.typing as npt

from suyuan.trace.sets.judge import SetVerdict, judge
from suyuan.trace.sets.population import Population, Scene
from suyuan.trace.sets.postings import lists_of
from suyuan.trace.sets.rule import SetRule

PERSONS, ACCOUNTS, EACH, REGIONS = 8_000, 60, 120, 4
ACCUSED = 0

Whole = npt.NDArray[np.int64]


def population_of(sets: list[Whole], *, persons: int = PERSONS, regions: int = REGIONS) -> Population:
    """Give the population of these sets; persons lie in regions by number."""
    owners = np.concatenate([np.full(len(one), number) for number, one in enumerate(sets)])
    places = (np.arange(persons) * regions // persons).astype(np.int32)
    return Population(lists_of(owners, np.concatenate(sets), count=len(sets)), places)


def random_sets(dice: np.random.Generator) -> list[Whole]:
    """Give what each account saw, at random."""
    return [np.unique(dice.integers(0, PERSONS, EACH)) for _ in range(ACCOUNTS)]


def framed(framers: int, *, records: int, dice: np.random.Generator) -> tuple[Population, Whole]:
    """Let colleagues each leak a part of what the accused saw, all of it seen by the accused, each part by one of them."""
    sets = random_sets(dice)
    work = dice.choice(PERSONS, records, replace=False).astype(np.int64)
    sets[ACCUSED] = np.union1d(sets[ACCUSED], work)
    for colleague, part in enumerate(np.array_split(work, framers), start=1):
        sets[colleague] = np.union1d(sets[colleague], part)
    return population_of(sets), np.sort(work)


def supervised(*, share: float, records: int, dice: np.random.Generator) -> tuple[Population, Whole]:
    """Let a supervisor, who sees this share of one region, leak only what the accused saw of it too."""
    sets = random_sets(dice)
    region = PERSONS // REGIONS
    sets[1] = np.sort(dice.choice(region, int(share * region), replace=False)).astype(np.int64)
    work = np.sort(dice.choice(sets[1], records, replace=False))
    sets[ACCUSED] = np.union1d(sets[ACCUSED], work)
    return population_of(sets), work


def crowded(*, dice: np.random.Generator) -> tuple[Population, Whole]:
    """Let a queue leak of which the accused did two fifths and fifty others the rest, on a platform of 400."""
    persons = 60_000
    sets = [np.unique(dice.integers(0, persons, EACH)) for _ in range(400)]
    queue = dice.choice(persons, 300, replace=False).astype(np.int64)
    for account, part in enumerate([queue[:120], *np.array_split(queue[120:], 50)]):
        sets[account] = np.union1d(sets[account], part)
    return population_of(sets, persons=persons), np.sort(dice.choice(queue, 150, replace=False))


def verdict(population: Population, dump: Whole, *, rule: SetRule | None = None) -> SetVerdict:
    """Judge the first dump of a platform."""
    chosen = SetRule() if rule is None else rule
    return judge(
        Scene(population, np.unique(dump)), rule=chosen, line=chosen.line(number=1, accounts=population.accounts)
    )
