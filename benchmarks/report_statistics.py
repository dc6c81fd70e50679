"""Victims' reports on simulated worlds: how many it takes until the lead is the right account, and how often noise crosses.

    make stats-sets
    python benchmarks/report_statistics.py --world 3 --streams 20 --quiet 50
    python benchmarks/report_statistics.py --kept reports.jsonl             # goes on where it was stopped

Somebody looks after every report: the lead is what `judge_reports` says of the reports so far. In streams of nothing but noise the
stakes of all accounts are followed after every report, whether or not they would be looked at: the share that ever reaches 1 / a is
to be at most a.
"""

import argparse
from math import log
from pathlib import Path

import numpy as np
from all_stakes import Work, best_stakes, work_of
from coalitions import interval
from kept_results import KeptResults, version_of
from measured import machine, measured
from set_cases import WORLDS, ordinary, smaller

from suyuan.simulation.accesses import Accesses, AccessWorld, invent_accesses
from suyuan.trace.reports.process import judge_reports
from suyuan.trace.reports.stake import Report, running
from suyuan.trace.sets.rule import SetRule

MOST = 400
NOISES = (0.0, 0.2, 0.5)
LEVELS = (0.05, 0.01, 1e-3, 1e-4, 1e-5, 1e-6)
BATCH = 25
"""Streams of noise whose results are kept together."""


def stream(accesses: Accesses, *, account: int, noise: float, random: np.random.Generator) -> list[Report]:
    """Give reports of distinct victims: of the account's, and a share of others by popularity."""
    mine = random.permutation(accesses.population.seen.of(account))
    others = random.permutation(accesses.drawn(4 * MOST, random=random))
    is_noise = random.random(MOST) < noise
    victims = [
        int((others if is_noise[place] else mine)[place % (len(others) if is_noise[place] else len(mine))])
        for place in range(MOST)
    ]
    return [Report(person, accesses.population) for person in dict.fromkeys(victims)]


def first_lead(reports: list[Report], *, line: float, barred: frozenset[int]) -> tuple[int, int | None]:
    """Give after how many reports there is a lead, and which account it is; `MOST` and nobody where there never is one."""
    for so_far in range(1, len(reports) + 1):
        lead = judge_reports(reports[:so_far], line=line, barred=barred).lead
        if lead is not None:
            return so_far, lead
    return MOST, None


def quiet_batch(accesses: Accesses, work: Work, *, seeds: list[int]) -> dict[str, object]:
    """Count, over streams of noise, how many accounts ever reach each level, and the largest stake; hold it against the product's."""
    population, reached, largest, apart = accesses.population, np.zeros(len(LEVELS), dtype=np.int64), [], 0.0
    for number in seeds:
        random = np.random.default_rng(seeds[0] * 1_000_003 + number)
        victims = random.permutation(accesses.drawn(MOST + 50, random=random))[:MOST]
        best = best_stakes(population, work, victims=victims)
        reached += np.array([(best >= 1 / level).sum() for level in LEVELS])
        strongest = int(best.argmax())
        run = running([Report(int(person), population) for person in victims], account=strongest, aside=())
        largest.append(max(0.0, float(run.max())))
        apart = max(apart, abs(largest[-1] - log(float(best[strongest]))))
    return {"reached": reached.tolist(), "largest": [round(one, 3) for one in largest], "apart": apart}


def tell_leads(
    accesses: Accesses, world: AccessWorld, *, key: str, streams: int, kept: KeptResults, line: float
) -> None:
    """Print how many reports it takes."""
    barred = frozenset(np.flatnonzero(accesses.population.seen.sizes >= 0.5 * accesses.population.persons).tolist())
    for noise in NOISES:
        needed, right = [], 0
        for number in range(streams):
            name = f"{key} noise {noise} {number}"
            if name not in kept:
                random = np.random.default_rng([int(100 * noise), number])
                account = ordinary(world, random=random)
                reports = stream(accesses, account=account, noise=noise, random=random)
                at, lead = first_lead(reports, line=line, barred=barred)
                kept.add(name, {"at": at, "right": lead == account, "wrong": lead not in {account, None}})
            needed.append(kept[name]["at"])
            right += kept[name]["right"]
        median, most = np.percentile(needed, (50, 90))
        wrong = sum(kept[f"{key} noise {noise} {number}"]["wrong"] for number in range(streams))
        print(
            f"{noise:4.0%} noise: lead after {median:.0f} reports (median), {most:.0f} (90 %); right {right}, wrong {wrong} of {streams}",
            flush=True,
        )


def tell_quiet(accesses: Accesses, *, key: str, quiet: int, kept: KeptResults, line: float) -> None:
    """Print how many accounts ever reach each level in streams of noise, and how many the line."""
    work, accounts = None, accesses.population.accounts
    reached, largest, apart = np.zeros(len(LEVELS), dtype=np.int64), [], 0.0
    for first in range(0, quiet, BATCH):
        seeds = list(range(first, min(quiet, first + BATCH)))
        name = f"{key} quiet {first} {len(seeds)}"
        if name not in kept:
            work = work_of(accesses.population) if work is None else work
            kept.add(name, quiet_batch(accesses, work, seeds=seeds))
        reached += kept[name]["reached"]
        largest += kept[name]["largest"]
        apart = max(apart, kept[name]["apart"])
    crossed = sum(one >= line for one in largest)
    low, high = interval(crossed, trials=quiet)
    print(
        f"all noise: {crossed} of {quiet:,} streams of {MOST} reports crossed the line (99 % limits {low:.5f} to {high:.5f}); "
        f"the largest stake was 2^{max(largest) / log(2):.1f}, the line is 2^{line / log(2):.1f}; "
        f"product and kernel apart by {apart:.0e} at most"
    )
    for level, hits in zip(LEVELS, reached.tolist(), strict=True):
        low, high = interval(hits, trials=quiet * accounts)
        print(f"  ever at {1 / level:9,.0f}: {hits:9,} of {quiet * accounts:,} = {hits / quiet / accounts:.2e}, claimed {level:.0e}; 99 % {low:.2e} to {high:.2e}", flush=True)  # fmt: skip


def run(world: AccessWorld, *, key: str, streams: int, quiet: int, seed: int, kept: KeptResults) -> None:
    """Run the streams of one world."""
    accesses = invent_accesses(world, seed=seed)
    population = accesses.population
    line = log(population.accounts / float(SetRule().reports_alpha))
    print(
        f"{population.persons:,} persons, {population.accounts:,} accounts; line {line / log(2):.1f} bits", flush=True
    )
    tell_leads(accesses, world, key=key, streams=streams, kept=kept, line=line)
    if quiet:
        tell_quiet(accesses, key=key, quiet=quiet, kept=kept, line=line)


def main() -> None:
    """Run the worlds that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--world", type=int, action="append", choices=WORLDS)
    parser.add_argument("--streams", type=int, default=60)
    parser.add_argument("--quiet", type=int, default=1_000, help="streams of nothing but noise")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--shrink", type=int, default=1, help="so many times fewer persons and accounts")
    parser.add_argument("--kept", type=Path, help="a file of results, to go on from")
    given = parser.parse_args()
    print(machine())
    kept = KeptResults(given.kept, version=version_of(("trace/sets", "trace/reports", "simulation/accesses.py")))
    for number in given.world or (3, 1):
        print(f"\nworld {number}")
        print(
            measured(
                lambda number=number: run(
                    smaller(WORLDS[number], times=given.shrink), key=f"{number}/{given.shrink}/{given.seed}",
                    streams=given.streams, quiet=given.quiet, seed=given.seed, kept=kept,
                )
            )
        )  # fmt: skip


if __name__ == "__main__":
    main()
