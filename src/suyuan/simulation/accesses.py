"""Worlds of look-ups, as columns: accounts that work on people by region and popularity, and dumps of what some of them saw.

The three worlds are the hard ones of the trace's statistics: regional hubs with heavy and all-access accounts and shift partners;
a larger one without those who see all; and random work. Background records are drawn by popularity: other sources know the same
active people.
"""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from suyuan.trace.sets.population import Population
from suyuan.trace.sets.postings import Lists, lists_of

Whole = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessWorld:
    """What a world is made of.

    Args:
        persons, accounts, regions: how many. mean: look-ups of an account (log-normal around it). own: the share in its own
            region. heavy: accounts that saw a share between the two of `heavy_share` of all persons. service: all-access
            accounts, which saw half to all. pairs: shift partners who share `shared` of their look-ups.
        skew: the standard deviation of the logarithm of a person's weight: how unevenly people are looked up.
    """

    persons: int
    accounts: int
    regions: int = 1
    mean: float = 2_000.0
    spread: float = 0.75
    own: float = 0.9
    skew: float = 1.0
    heavy: int = 0
    heavy_share: tuple[float, float] = (0.02, 0.1)
    service: int = 0
    pairs: int = 0
    shared: float = 0.6


WORLD_1 = AccessWorld(persons=1_000_000, accounts=10_000, regions=50, heavy=100, service=5, pairs=200)
"""Regional hubs, heavy accounts, service accounts, shift partners."""

WORLD_2 = AccessWorld(persons=4_000_000, accounts=10_000, regions=200, heavy=100, pairs=200)
"""A larger platform, nobody who sees all."""

WORLD_3 = AccessWorld(persons=1_000_000, accounts=10_000, spread=0.1, own=0.0, pairs=200)
"""Random work: no regions, everybody about 2,000 look-ups."""


@dataclass(frozen=True, kw_only=True)
class Accesses:
    """A world at work: the population, each person's weight, and who works with whom."""

    population: Population
    weight: npt.NDArray[np.float64] = field(repr=False)
    region: npt.NDArray[np.int32] = field(repr=False)
    partners: tuple[tuple[int, int], ...]
    service: tuple[int, ...]

    def drawn(self, count: int, *, random: np.random.Generator) -> Whole:
        """Give about `count` distinct persons by popularity: what other sources know."""
        points = random.uniform(0, self._cumulated[-1], count)
        return np.unique(np.minimum(np.searchsorted(self._cumulated, points, side="right"), len(self.weight) - 1))

    @cached_property
    def _cumulated(self) -> npt.NDArray[np.float64]:
        return np.cumsum(self.weight)


def invent_accesses(world: AccessWorld, *, seed: int) -> Accesses:
    """Let the accounts of a world work."""
    random = np.random.default_rng(seed)
    weight = random.lognormal(0.0, world.skew, world.persons)
    # Persons lie by region, and the urn holds each as often as her weight says: a region is one stretch of it.
    region = (np.arange(world.persons) * world.regions // world.persons).astype(np.int32)
    urn = np.repeat(np.arange(world.persons, dtype=np.int32), np.ceil(4 * weight).astype(int))
    edges = np.searchsorted(region[urn], np.arange(world.regions + 1))
    counts = _counts(world, random=random)
    home = random.integers(0, world.regions, world.accounts)
    first = world.service + world.heavy
    home[first + 1 : first + 2 * world.pairs : 2] = home[first : first + 2 * world.pairs : 2]
    near = random.binomial(counts, world.own if world.regions > 1 else 0.0)
    near[:first] = 0
    owners = np.repeat(np.arange(world.accounts, dtype=np.int32), counts)
    is_near = np.arange(len(owners)) - np.repeat(np.cumsum(counts) - counts, counts) < np.repeat(near, counts)
    low = np.where(is_near, edges[home[owners]], 0)
    high = np.where(is_near, edges[home[owners] + 1], len(urn))
    whom = urn[(low + random.random(len(owners)) * (high - low)).astype(np.int64)]
    for account in range(world.service):
        share = 1.0 if account == 0 else random.uniform(0.5, 1.0)
        all_seen = np.flatnonzero(random.random(world.persons) < share).astype(np.int32)
        owners = np.concatenate([owners, np.full(len(all_seen), account, np.int32)])
        whom = np.concatenate([whom, all_seen])
    drawn = lists_of(owners, whom, count=world.accounts)
    seen, partners = _pair_up(drawn, world=world, random=random)
    return Accesses(
        population=Population(seen=seen, places=region), weight=weight, region=region, partners=partners,
        service=tuple(range(world.service)),
    )  # fmt: skip


def _counts(world: AccessWorld, *, random: np.random.Generator) -> Whole:
    """Give how many look-ups each account makes; the all-access ones are counted elsewhere."""
    drawn = world.mean * random.lognormal(-(world.spread**2) / 2, world.spread, world.accounts)
    counts = np.clip(drawn, 20, world.persons // 4).astype(np.int64)
    low, high = world.heavy_share
    heavy = slice(world.service, world.service + world.heavy)
    counts[heavy] = (world.persons * random.uniform(low, high, world.heavy)).astype(np.int64)
    counts[: world.service] = 0
    return counts


def _pair_up(
    seen: Lists, *, world: AccessWorld, random: np.random.Generator
) -> tuple[Lists, tuple[tuple[int, int], ...]]:
    """Let the second of each pair share what the first looked up, up to the share."""
    first = world.service + world.heavy
    lists = np.split(seen.members, seen.starts[1:-1])
    pairs = []
    for number in range(min(world.pairs, (world.accounts - first) // 2)):
        a, b = first + 2 * number, first + 2 * number + 1
        common = random.choice(lists[a], int(world.shared * len(lists[a])), replace=False)
        own = random.permutation(lists[b])[: max(0, len(lists[a]) - len(common))]
        lists[b] = np.unique(np.concatenate([common, own]))
        pairs.append((a, b))
    sizes = [len(one) for one in lists]
    starts = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(sizes, dtype=np.int64)])
    return Lists(starts=starts, members=np.concatenate(lists).astype(np.int32)), tuple(pairs)
