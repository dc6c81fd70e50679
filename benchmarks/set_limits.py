"""The fewest records by which any test could name a leaker at Gamma = 8: the Neyman-Pearson test, beside ours.

    make stats-sets
    python benchmarks/set_limits.py --dumps 600

A test that holds for every hidden bias up to 8 holds for one of them: everybody of the account's has eight times the odds to stand in
the dump, each person for herself. Against the leak that is simulated here (so many records of the account's in random order among
background), no test of that size has more power than the likelihood ratio, with everything known that a real one would have to guess: how
many records the account gave, and the share of each stratum. Its size is found by sampling from the leak:
P0(L >= c) = E1[1 / L; L >= c]. Rivals are not in the bound; ours is shown without them, and beside the eight closest one by one.
"""

import argparse
from math import exp, lgamma

import numpy as np
import numpy.typing as npt
from measured import machine
from set_cases import RULE, WORLDS, leaked, line_of, ordinary

from suyuan.simulation.accesses import Accesses, AccessWorld, invent_accesses
from suyuan.trace.sets.judge import _close
from suyuan.trace.sets.population import Population, Scene
from suyuan.trace.sets.tail import biased, log_tail

Reals = npt.NDArray[np.float64]


def shares_of(
    population: Population, *, account: int, dump: npt.NDArray[np.int64]
) -> tuple[Reals, npt.NDArray[np.bool_]]:
    """Give the account's share of the stratum of each person of the dump, by all others' look-ups; and who was looked up."""
    mine = population.seen.of(account)
    others, before = population.strata_without_one(mine), population.strata[mine]
    looked = np.bincount(others, minlength=population.cells)
    sizes = population.sizes + looked - np.bincount(before, minlength=population.cells)
    hit = np.isin(dump, mine)
    strata = population.strata[dump]
    strata[hit] = population.strata_without_one(dump[hit])
    return np.clip(looked[strata] / np.maximum(sizes[strata], 1), 1e-9, 0.999), hit


def log_ratio(shares: Reals, hit: npt.NDArray[np.bool_], *, records: int, gamma: float) -> float:
    """Give log of P(these hits | the account gave `records` of the dump) over P(these hits | hidden bias gamma).

    Over every choice of which hits it gave: an elementary symmetric polynomial of 1 / share.
    """
    bias = biased(shares, gamma=gamma)
    plain = float(np.where(hit, np.log(shares / bias), np.log((1 - shares) / (1 - bias))).sum())
    rarity = -np.log(shares[hit])
    middle = float(rarity.mean())
    sums = np.zeros(records + 1)
    sums[0] = 1.0
    for value in np.exp(rarity - middle):
        sums[1:] += value * sums[:-1]
    ways = lgamma(len(shares) + 1) - lgamma(records + 1) - lgamma(len(shares) - records + 1)
    return plain + float(np.log(sums[records])) + records * middle - ways


def best_power(ratios: Reals, *, line: float) -> float:
    """Give the share of dumps that the best test of size e^line names; `ratios` are of dumps of the leak."""
    falling = np.sort(ratios)[::-1]
    sizes = np.cumsum(np.exp(-falling)) / len(falling)
    return float((sizes <= exp(line)).sum() / len(falling))


def run(accesses: Accesses, world: AccessWorld, *, records: int, background: int, dumps: int, seed: int) -> None:
    """Print one row."""
    random = np.random.default_rng([seed, records, background])
    line, ratios, ours, beside = line_of(world.accounts), [], [], []
    for number in range(dumps):
        account = ordinary(world, random=random)
        dump = leaked(accesses, leakers=(account,), each=records, background=background, random=random)
        shares, hit = shares_of(accesses.population, account=account, dump=dump.persons)
        ratios.append(log_ratio(shares, hit, records=records, gamma=RULE.gamma))
        if number < dumps // 30:
            scene = Scene(accesses.population, dump.persons)
            rivals = _close(scene, account, most=RULE.rivals, barred=frozenset())
            ours.append(log_tail(scene.table(account), gamma=RULE.gamma) <= line)
            tails = [log_tail(scene.without(rival).table(account), gamma=RULE.gamma) for rival in rivals]
            beside.append(ours[-1] and max(tails, default=0.0) <= line)
    best = best_power(np.array(ratios), line=line)
    print(f"{records:7} {background:10} {best:14.3f} {np.mean(ours):22.2f} {np.mean(beside):14.2f}", flush=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--world", type=int, default=3, choices=WORLDS)
    parser.add_argument("--dumps", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    print(machine())
    world = WORLDS[given.world]
    accesses = invent_accesses(world, seed=given.seed)
    print("records background  best possible  our score, no rivals  beside rivals")
    for records, background in ((20, 0), (25, 25), (25, 225), (30, 270), (35, 315), (40, 360)):
        run(accesses, world, records=records, background=background, dumps=given.dumps, seed=given.seed)


if __name__ == "__main__":
    main()
