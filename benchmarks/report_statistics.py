"""Victims' reports on simulated worlds: how many it takes until the lead is the right account, and how often noise crosses.

make stats-sets
python benchmarks/report_statistics.py --world 3 --streams 20
"""

import argparse
from math import log

import numpy as np
from measured import machine
from set_cases import WORLDS, ordinary

from suyuan.simulation.accesses import Accesses, AccessWorld, invent_accesses
from suyuan.trace.reports.process import LeadVerdict, Report, judge_reports
from suyuan.trace.sets.rule import SetRule

MOST = 400


def stream(accesses: Accesses, *, account: int, noise: float, count: int, random: np.random.Generator) -> list[Report]:
    """Give reports of distinct victims: of the account's, and a share of others by popularity."""
    mine = random.permutation(accesses.population.seen.of(account))
    others = random.permutation(accesses.drawn(4 * count, random=random))
    is_noise = random.random(count) < noise
    victims: list[int] = []
    for place in range(count):
        source = others if is_noise[place] else mine
        victims.append(int(source[place % len(source)]))
    return [Report(person, accesses.population) for person in dict.fromkeys(victims)]


def first_lead(verdict: LeadVerdict) -> tuple[int, int] | None:
    """Give after how many reports there was a lead, and which account it was."""
    crossed = [(one.at, one.account) for one in verdict.leading if one.at is not None]
    return min(crossed, default=None)


def run(world: AccessWorld, *, streams: int, quiet: int, seed: int) -> None:
    """Run the streams of one world."""
    accesses = invent_accesses(world, seed=seed)
    population = accesses.population
    line = log(population.accounts / float(SetRule().reports_alpha))
    barred = frozenset(np.flatnonzero(population.seen.sizes >= 0.5 * population.persons).tolist())
    print(f"{population.persons:,} persons, {population.accounts:,} accounts; line {line / log(2):.1f} bits")
    for noise, count in ((0.0, 40), (0.2, 90), (0.5, 240)):
        needed, right = [], 0
        random = np.random.default_rng([seed, int(100 * noise)])
        for _ in range(streams):
            account = ordinary(world, random=random)
            reports = stream(accesses, account=account, noise=noise, count=count, random=random)
            found = first_lead(judge_reports(reports, line=line, barred=barred))
            needed.append(MOST if found is None else found[0])
            right += found is not None and found[1] == account
        median, most = np.percentile(needed, (50, 90))
        print(
            f"{noise:4.0%} noise: lead after {median:.0f} reports (median), {most:.0f} (90 %); right {right} of {streams}",
            flush=True,
        )
    random = np.random.default_rng([seed, 1])
    crossed = 0
    for _ in range(quiet):
        victims = random.permutation(accesses.drawn(MOST + 50, random=random))[:MOST]
        reports = [Report(int(person), population) for person in victims]
        crossed += first_lead(judge_reports(reports, line=line, barred=barred)) is not None
    print(f"all noise: {crossed} of {quiet} streams of {MOST} reports crossed the line", flush=True)


def main() -> None:
    """Run the worlds that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--world", type=int, action="append", choices=WORLDS)
    parser.add_argument("--streams", type=int, default=60)
    parser.add_argument("--quiet", type=int, default=500, help="streams of nothing but noise")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    print(machine())
    for number in given.world or (3, 1):
        print(f"\nworld {number}")
        run(WORLDS[number], streams=given.streams, quiet=given.quiet, seed=given.seed)


if __name__ == "__main__":
    main()
