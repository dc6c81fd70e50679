"""Access sets on simulated dumps: who is named, beside the overlap rule and the guilt model on the same dumps.

    make stats-sets                                  # three worlds of 10,000 accounts, more than 1,000 dumps
    python benchmarks/set_statistics.py --world 3 --dumps 20 --shrink 20    # a small one
    python benchmarks/set_statistics.py --kept sets.jsonl                   # goes on where it was stopped

Every case prints how often the leaker was named, how often it stood in a group, and every innocent that was named. Cases that begin
with `limit:` break an assumption further than the rule sees; what they name is counted apart.
"""

import argparse
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import numpy.typing as npt
from coalitions import interval
from kept_results import KeptResults, version_of
from measured import machine, measured
from set_cases import LIMIT, RULE, WORLDS, Dump, Maker, cases, line_of, smaller

from suyuan.simulation.accesses import AccessWorld, invent_accesses
from suyuan.trace.sets.judge import SetVerdict, judge
from suyuan.trace.sets.population import Scene

COMPARED = 4
"""On so many dumps of a case the textbook rules are asked too."""
COLLEAGUES = 100
"""Dumps of the case that has a bar of its own."""


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


def one_dump(dump: Dump, *, compared: bool) -> dict[str, Any]:
    """Judge one dump."""
    accounts, leakers = dump.population.accounts, set(dump.leakers)
    verdict = judge(Scene(dump.population, dump.persons), rule=RULE, line=line_of(accounts))
    named = set(verdict.named)
    result: dict[str, Any] = {
        "right": bool(named) and named <= leakers,
        "group": in_group(verdict, dump.leakers),
        "wrong": sorted(named - leakers),
        "gammas": [round(f.gamma, 2) for f in verdict.findings if f.account in leakers],
    }
    if compared:
        innocent = np.ones(accounts, dtype=np.bool_)
        innocent[list(dump.leakers)] = False
        result["overlap"] = int((overlap_rule(dump) & innocent).sum())
        result["guilt"] = int((guilt_model(dump) & innocent).sum())
    return result


def in_group(verdict: SetVerdict, leakers: tuple[int, ...]) -> bool:
    """Say whether all who leaked stand in one group."""
    return bool(leakers) and any(set(leakers) <= set(group) for group in verdict.groups)


def one_case(make: Maker, *, key: str, count: int, kept: KeptResults) -> list[dict[str, Any]]:
    """Give the results of a case's dumps, each by dice of its own."""
    for number in range(count):
        if f"{key} {number}" not in kept:
            dump = make(number, np.random.default_rng([crc32(key.encode()), number]))
            kept.add(f"{key} {number}", one_dump(dump, compared=number < COMPARED))
    return [kept[f"{key} {number}"] for number in range(count)]


def tell_case(name: str, results: list[dict[str, Any]]) -> int:
    """Print one row; give in how many dumps an innocent was named."""
    wrong = sum(bool(one["wrong"]) for one in results)
    compared = [one for one in results if "overlap" in one]
    overlap, guilt = (np.mean([one[rule] for one in compared]) for rule in ("overlap", "guilt"))
    gammas = [gamma for one in results for gamma in one["gammas"]] or [0.0]
    few, half = np.percentile(gammas, (5, 50))
    right, grouped = (sum(one[what] for one in results) for what in ("right", "group"))
    print(
        f"{name:44} {len(results):5} {right:5} {grouped:5} {wrong:5} | {overlap:9.1f} {guilt:9.1f} | {few:7.1f} {half:7.1f}",
        flush=True,
    )
    return wrong


def run(world: AccessWorld, *, key: str, dumps: int, seed: int, only: str, kept: KeptResults) -> dict[bool, list[int]]:
    """Run all cases of a world; give, for limits and for all others, in how many of how many dumps an innocent was named."""
    accesses = invent_accesses(world, seed=seed)
    population = accesses.population
    print(
        f"{population.persons:,} persons, {population.accounts:,} accounts, {len(population.seen.members):,} look-ups"
    )
    print(f"{'case':44} dumps named group wrong | overlap rule, guilt model: innocents a dump | Gamma* 5 % 50 %")
    totals = {True: [0, 0], False: [0, 0]}
    for name, make in cases(accesses, world):
        if only not in name:
            continue
        count = max(dumps, COLLEAGUES) if "colleague's set" in name else dumps
        results = one_case(make, key=f"{key} {seed} {name}", count=count, kept=kept)
        total = totals[name.startswith(LIMIT)]
        total[0] += tell_case(name, results)
        total[1] += count
    return totals


def main() -> None:
    """Run the worlds that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--world", type=int, action="append", choices=WORLDS)
    parser.add_argument("--dumps", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--shrink", type=int, default=1, help="so many times fewer persons and accounts")
    parser.add_argument("--only", default="", help="only the cases with this in their name")
    parser.add_argument("--kept", type=Path, help="a file of results, to go on from")
    given = parser.parse_args()
    print(machine())
    kept = KeptResults(given.kept, version=version_of(("trace/sets", "simulation/accesses.py")))
    totals: dict[bool, list[int]] = {True: [0, 0], False: [0, 0]}
    for number in given.world or WORLDS:
        print(f"\nworld {number}")

        def work(number: int = number) -> None:
            found = run(
                smaller(WORLDS[number], times=given.shrink), key=f"{number}/{given.shrink}", dumps=given.dumps, seed=given.seed,
                only=given.only, kept=kept,
            )  # fmt: skip
            for kind, (wrong, count) in found.items():
                totals[kind] = [totals[kind][0] + wrong, totals[kind][1] + count]

        print(measured(work))
    for kind, (wrong, count) in totals.items():
        if count:
            low, high = interval(wrong, trials=count)
            what = "limits" if kind else "all other dumps"
            print(f"{what}: an innocent named in {wrong} of {count:,}; 99 % limits {low:.5f} to {high:.5f}")


if __name__ == "__main__":
    main()
