"""The dumps on which access sets are tried: who leaks how much of what, in three worlds of 10,000 accounts."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from math import log, pi

import numpy as np
import numpy.typing as npt

from suyuan.simulation.accesses import WORLD_1, WORLD_2, WORLD_3, Accesses, AccessWorld
from suyuan.trace.sets.population import Population
from suyuan.trace.sets.rule import SetRule

Whole = npt.NDArray[np.int64]
WORLDS = {1: WORLD_1, 2: WORLD_2, 3: WORLD_3}
RULE = SetRule()
LIMIT = "limit: "
"""How the names of cases begin in which an assumption is broken further than the rule sees."""
MIXES = (
    (12, 0), (20, 0), (15, 15), (25, 25), (25, 225), (40, 0), (40, 360), (60, 60), (60, 540), (100, 0), (100, 100), (100, 900),
    (250, 250), (300, 2700),
)  # fmt: skip
"""Records of one leaker, and of background."""
QUEUES: tuple[tuple[str, tuple[int, ...], int], ...] = (
    ("4 colleagues", (500,) * 4, 300), ("4 colleagues, few records", (500,) * 4, 40), ("uneven", (900, 300, 150, 150), 300),
    ("half, and ten", (500,) + (50,) * 10, 300), ("two fifths, and twenty", (400,) + (30,) * 20, 300),
)  # fmt: skip
"""Shares of a queue, and how many of its records leak."""
LIMITS: tuple[tuple[str, tuple[int, ...], int], ...] = (
    ("two fifths, and twenty, few records", (400,) + (30,) * 20, 100), ("nine tenths, and five", (900,) + (20,) * 5, 100),
    ("nearly all, and two", (970, 15, 15), 100),
)  # fmt: skip


@dataclass(frozen=True)
class Dump:
    """One simulated dump: its persons, who leaked, and the population as the ledger knows it."""

    persons: Whole
    leakers: tuple[int, ...]
    population: Population


Maker = Callable[[int, np.random.Generator], Dump]


def smaller(world: AccessWorld, *, times: int) -> AccessWorld:
    """Give the world with so many times fewer persons and accounts."""
    if times == 1:
        return world
    return replace(
        world, persons=world.persons // times, accounts=world.accounts // times, regions=max(1, world.regions // times),
        heavy=world.heavy // times, pairs=max(2, world.pairs // times),
    )  # fmt: skip


def line_of(accounts: int) -> float:
    """The line of the platform's first dump."""
    return log(float(RULE.alpha) * 6 / pi**2 / accounts)


def ordinary(world: AccessWorld, *, random: np.random.Generator) -> int:
    """Give an account that is neither heavy, nor a service, nor a partner."""
    return int(random.integers(world.service + world.heavy + 2 * world.pairs, world.accounts))


def leaked(
    accesses: Accesses, *, leakers: tuple[int, ...], each: int, background: int, random: np.random.Generator
) -> Dump:
    """Let leakers leak at random, and add what other sources know."""
    seen = accesses.population.seen
    parts = [random.choice(seen.of(a), min(each, len(seen.of(a))), replace=False) for a in leakers]
    if background:
        parts.append(accesses.drawn(background, random=random))
    return Dump(np.unique(np.concatenate(parts)).astype(np.int64), leakers, accesses.population)


def of_the_popular(accesses: Accesses, *, account: int, random: np.random.Generator) -> Dump:
    """Let an account leak 100 of that quarter of its people whom most others look up too."""
    mine = accesses.population.seen.of(account)
    popular = mine[np.argsort(-accesses.population.popularity[mine], kind="stable")[: max(100, len(mine) // 4)]]
    chosen = random.choice(popular, min(100, len(popular)), replace=False)
    return Dump(np.sort(chosen).astype(np.int64), (account,), accesses.population)


def most_looked_up(accesses: Accesses, *, random: np.random.Generator) -> Dump:
    """Let an outside source know 1,000 of the fiftieth part of people whom most accounts look up."""
    popularity = accesses.population.popularity
    top = np.argsort(-popularity, kind="stable")[: len(popularity) // 50]
    return Dump(np.sort(random.choice(top, min(1000, len(top)), replace=False)), (), accesses.population)


def inside_a_colleague(accesses: Accesses, *, number: int, random: np.random.Generator) -> Dump:
    """Let one of two shift partners leak only what the other saw too."""
    a, b = accesses.partners[number % len(accesses.partners)]
    seen = accesses.population.seen
    common = np.intersect1d(seen.of(a), seen.of(b))
    chosen = random.choice(common, min(200, len(common)), replace=False)
    return Dump(np.sort(chosen).astype(np.int64), (a, b), accesses.population)


def upstream(
    accesses: Accesses,
    world: AccessWorld,
    *,
    shares: tuple[int, ...],
    records: int,
    logged: bool,
    random: np.random.Generator,
) -> Dump:
    """Let a queue leak on which colleagues work, each with its share; nobody of them did."""
    population = accesses.population
    colleagues = [ordinary(world, random=random) for _ in shares]
    queue = np.unique(
        np.concatenate([random.permutation(population.seen.of(a))[:n] for a, n in zip(colleagues, shares, strict=True)])
    )
    if logged:
        places = population.places.copy()
        places[queue] += int(places.max()) + 1
        known = Population(seen=population.seen, places=places)
        known.__dict__["postings"] = population.postings
        population = known
    chosen = random.choice(queue, min(records, len(queue)), replace=False)
    return Dump(np.sort(chosen).astype(np.int64), (), population)


def region_known(accesses: Accesses, *, random: np.random.Generator) -> Dump:
    """Let an outside source know 1,000 active people of one region."""
    region = int(random.integers(int(accesses.region.max()) + 1))
    drawn = accesses.drawn(1_000_000 // 4, random=random)
    here = drawn[accesses.region[drawn] == region]
    return Dump(np.sort(random.choice(here, min(1000, len(here)), replace=False)), (), accesses.population)


def cases(accesses: Accesses, world: AccessWorld) -> Iterator[tuple[str, Maker]]:
    """Give the cases by name; a maker is asked for dump number so and so."""

    def leak(each: int, background: int, leakers: int = 1) -> Maker:
        return lambda _, random: leaked(
            accesses, leakers=tuple(ordinary(world, random=random) for _ in range(leakers)), each=each,
            background=background, random=random,
        )  # fmt: skip

    def queue(shares: tuple[int, ...], records: int, *, logged: bool) -> Maker:
        return lambda _, random: upstream(accesses, world, shares=shares, records=records, logged=logged, random=random)

    for each, background in MIXES:
        yield f"1 leaker, {each} + {background} background", leak(each, background)
    yield (
        "1 leaker, 100 whom many look up",
        lambda _, random: of_the_popular(accesses, account=ordinary(world, random=random), random=random),
    )
    yield "2 leakers, 60 each + 120", leak(60, 120, 2)
    yield "3 leakers, 450 each + 450", leak(450, 450, 3)
    yield "no leaker, 1,000 background", leak(0, 1000)
    yield "no leaker, 20,000 background", leak(0, 20_000)
    yield "no leaker, 1,000 people of one region", lambda _, random: region_known(accesses, random=random)
    yield "no leaker, 1,000 whom most look up", lambda _, random: most_looked_up(accesses, random=random)
    if accesses.partners:
        yield (
            "inside a colleague's set",
            lambda number, random: inside_a_colleague(accesses, number=number, random=random),
        )
        yield (
            "1 leaker with a shift partner, 200",
            lambda number, random: leaked(
                accesses, leakers=accesses.partners[number % len(accesses.partners)][:1], each=200, background=0, random=random
            ),
        )  # fmt: skip
    if world.heavy:
        yield (
            "1 leaker, heavy, 50",
            lambda number, random: leaked(
                accesses, leakers=(world.service + number % world.heavy,), each=50, background=0, random=random
            ),
        )  # fmt: skip
    for name, shares, records in QUEUES:
        yield f"unlogged queue, {name}", queue(shares, records, logged=False)
        yield f"logged queue, {name}", queue(shares, records, logged=True)
    for name, shares, records in LIMITS:
        yield f"{LIMIT}unlogged queue, {name}", queue(shares, records, logged=False)
