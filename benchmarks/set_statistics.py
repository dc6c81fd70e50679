"""Access sets on simulated dumps: who is named, beside the overlap rule and the guilt model on the same dumps.

    make stats-sets                                  # three worlds of 10,000 accounts, more than 1,000 dumps
    python benchmarks/set_statistics.py --world 3 --dumps 20 --shrink 20    # a small one

Every case prints how often the leaker was named, how often it stood in a group, and every innocent that was named.
"""

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from math import log, pi

import numpy as np
import numpy.typing as npt
from measured import machine

from suyuan.simulation.accesses import WORLD_1, WORLD_2, WORLD_3, Accesses, AccessWorld, invent_accesses
from suyuan.trace.sets.judge import SetVerdict, judge
from suyuan.trace.sets.population import Population, Scene
from suyuan.trace.sets.rule import SetRule

Whole = npt.NDArray[np.int64]
WORLDS = {1: WORLD_1, 2: WORLD_2, 3: WORLD_3}
RULE = SetRule()


@dataclass(frozen=True)
class Dump:
    """One simulated dump: its persons, who leaked, and the population as the ledger knows it."""

    persons: Whole
    leakers: tuple[int, ...]
    population: Population


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


def inside_a_colleague(accesses: Accesses, *, number: int, random: np.random.Generator) -> Dump:
    """Let one of two shift partners leak only what the other saw too."""
    a, b = accesses.partners[number % len(accesses.partners)]
    seen = accesses.population.seen
    common = np.intersect1d(seen.of(a), seen.of(b))
    chosen = random.choice(common, min(200, len(common)), replace=False)
    return Dump(chosen.astype(np.int64), (a, b), accesses.population)


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


def overlap_rule(dump: Dump) -> npt.NDArray[np.bool_]:
    """The naive rule: the hypergeometric tail of the bare overlap, at the same level (bounded: it names fewer)."""
    population, n = dump.population, len(dump.persons)
    hits = population.postings.overlap(dump.persons)
    share = np.clip(population.seen.sizes / population.persons, 1e-12, 1 - 1e-12)
    rate = np.clip(hits / n, 1e-12, 1 - 1e-12)
    tail = -n * (rate * np.log(rate / share) + (1 - rate) * np.log((1 - rate) / (1 - share)))
    return (hits > share * n) & (tail <= line_of(population.accounts))


def guilt_model(dump: Dump, *, guessed: float = 0.5) -> npt.NDArray[np.bool_]:
    """Papadimitriou and Garcia-Molina (2011), equation 7: named above 0.9."""
    lists = dump.population.postings.lists
    holders = lists.sizes[dump.persons]
    held = dump.persons[holders > 0]
    logs = np.log1p(-(1 - guessed) / holders[holders > 0])
    whose = lists.gather(held)
    total = np.bincount(whose, weights=np.repeat(logs, lists.sizes[held]), minlength=dump.population.accounts)
    return 1 - np.exp(total) > 0.9


def cases(accesses: Accesses, world: AccessWorld) -> Iterator[tuple[str, Callable[[int, np.random.Generator], Dump]]]:
    """Give the cases by name."""

    def leak(each: int, background: int, leakers: int = 1) -> Callable[[int, np.random.Generator], Dump]:
        return lambda _, random: leaked(
            accesses, leakers=tuple(ordinary(world, random=random) for _ in range(leakers)), each=each,
            background=background, random=random,
        )  # fmt: skip

    for each, background in (
        (12, 0), (20, 0), (15, 15), (25, 25), (25, 225), (40, 0), (40, 360), (60, 60), (60, 540), (100, 0), (100, 100),
        (100, 900), (250, 250), (300, 2700),
    ):  # fmt: skip
        yield f"1 leaker, {each} + {background} background", leak(each, background)
    yield "2 leakers, 60 each + 120", leak(60, 120, 2)
    yield "3 leakers, 450 each + 450", leak(450, 450, 3)
    yield "no leaker, 1,000 background", leak(0, 1000)
    yield "no leaker, 20,000 background", leak(0, 20_000)
    yield "no leaker, 1,000 people of one region", lambda _, random: region_known(accesses, random=random)
    if accesses.partners:
        yield (
            "inside a colleague's set",
            lambda number, random: inside_a_colleague(accesses, number=number, random=random),
        )
    for name, shares, records in (
        ("4 colleagues", (500,) * 4, 300), ("4 colleagues, few records", (500,) * 4, 40), ("uneven", (900, 300, 150, 150), 300),
    ):  # fmt: skip
        for logged in (False, True):
            yield (
                f"{'logged' if logged else 'unlogged'} queue, {name}",
                (
                    lambda _, random, shares=shares, records=records, logged=logged: upstream(
                        accesses, world, shares=shares, records=records, logged=logged, random=random
                    )
                ),
            )


def run(world: AccessWorld, *, dumps: int, seed: int, only: str = "") -> tuple[int, int]:
    """Run all cases; give how many dumps there were and how many innocents were named."""
    accesses = invent_accesses(world, seed=seed)
    population = accesses.population
    print(
        f"{population.persons:,} persons, {population.accounts:,} accounts, {len(population.seen.members):,} look-ups"
    )
    print(f"{'case':44} dumps named group wrong | overlap rule, guilt model: innocents a dump | Gamma* 5 % 50 %")
    total = innocents = 0
    for name, make in cases(accesses, world):
        if only not in name:
            continue
        random = np.random.default_rng([seed, total])
        count = max(dumps, 100) if "colleague's set" in name else dumps
        right = grouped = wrong = naive = guilt = 0
        gammas: list[float] = []
        for number in range(count):
            dump = make(number, random)
            verdict = judge(Scene(dump.population, dump.persons), rule=RULE, line=line_of(population.accounts))
            right += bool(dump.leakers) and set(verdict.named) <= set(dump.leakers) and bool(verdict.named)
            wrong += len(set(verdict.named) - set(dump.leakers))
            grouped += in_group(verdict, dump.leakers)
            gammas += [f.gamma for f in verdict.findings if f.account in dump.leakers]
            if number < 4:
                innocent = np.ones(population.accounts, dtype=np.bool_)
                innocent[list(dump.leakers)] = False
                naive += int((overlap_rule(dump) & innocent).sum())
                guilt += int((guilt_model(dump) & innocent).sum())
        total, innocents = total + count, innocents + wrong
        few, half = np.percentile(gammas, (5, 50)) if gammas else (0.0, 0.0)
        seen = min(4, count)
        print(
            f"{name:44} {count:5} {right:5} {grouped:5} {wrong:5} | {naive / seen:9.1f} {guilt / seen:9.1f} | {few:6.1f} {half:6.1f}",
            flush=True,
        )
    return total, innocents


def in_group(verdict: SetVerdict, leakers: tuple[int, ...]) -> bool:
    """Say whether all who leaked stand in one group."""
    return bool(leakers) and any(set(leakers) <= set(group) for group in verdict.groups)


def main() -> None:
    """Run the worlds that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--world", type=int, action="append", choices=WORLDS)
    parser.add_argument("--dumps", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--shrink", type=int, default=1, help="so many times fewer persons and accounts")
    parser.add_argument("--only", default="", help="only the cases with this in their name")
    given = parser.parse_args()
    print(machine())
    total = innocents = 0
    for number in given.world or WORLDS:
        world = WORLDS[number]
        if given.shrink > 1:
            world = replace(
                world, persons=world.persons // given.shrink, accounts=world.accounts // given.shrink,
                regions=max(1, world.regions // given.shrink), heavy=world.heavy // given.shrink,
                pairs=max(2, world.pairs // given.shrink),
            )  # fmt: skip
        print(f"\nworld {number}")
        dumps, wrong = run(world, dumps=given.dumps, seed=given.seed, only=given.only)
        total, innocents = total + dumps, innocents + wrong
    print(f"\n{total:,} dumps, innocents named: {innocents}; allowed by the rule: {total * float(RULE.alpha):.1g}")


if __name__ == "__main__":
    main()
