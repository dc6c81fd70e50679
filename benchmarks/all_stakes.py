"""The stakes of all accounts of a world at once, over one stream of reports: the same bets as `suyuan.trace.reports.stake`, compiled.

`report_statistics.py` holds the strongest of every stream against the product's own figure.
"""

from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from suyuan.trace.reports.stake import NOISE, THETAS
from suyuan.trace.sets.population import Population

Whole = npt.NDArray[np.int64]
Reals = npt.NDArray[np.float64]
Tables = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Of every account and stratum: how many it looked up there, and what its own look-ups change in the strata of everybody.

    Args:
        looked: by the look-ups of all others. before: the same persons by everybody's. weight: what they add to `activity`.
    """

    looked: Tables
    before: Tables
    weight: Tables


def work_of(population: Population) -> Work:
    """Count every account's work, once for all streams."""
    shape = population.accounts, population.cells
    looked, before, weight = (np.zeros(shape, dtype=np.int32) for _ in range(3))
    for account in range(population.accounts):
        mine = population.seen.of(account)
        others, own, seen = population.strata_without_one(mine), population.strata[mine], population.popularity[mine]
        looked[account] = np.bincount(others, minlength=population.cells)
        before[account] = np.bincount(own, minlength=population.cells)
        weight[account] = np.bincount(own, weights=seen + 1, minlength=population.cells)
        weight[account] -= np.bincount(others, weights=seen, minlength=population.cells).astype(np.int32)
    return Work(looked=looked, before=before, weight=weight)


def best_stakes(population: Population, work: Work, *, victims: Whole) -> Reals:
    """Give the largest stake that each account ever has over a stream of victims."""
    lists = population.postings.lists
    whose = lists.gather(victims)
    at = np.repeat(np.arange(len(victims)), lists.sizes[victims])
    order = np.lexsort((at, whose))
    starts = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(np.bincount(whose, minlength=population.accounts))])
    # Of a person whom nobody looked up only the first is asked.
    known = np.where(population.popularity[victims] > 0, victims, np.argmax(population.popularity))
    best = np.empty(population.accounts)
    _run(
        starts, at[order], population.strata[victims], population.strata_without_one(known),
        work.looked, work.before, work.weight, population.sizes, population.activity, population.seen.sizes,
        len(population.seen.members) + population.persons, np.array(THETAS), np.array(NOISE), best,
    )  # fmt: skip
    return best


@numba.njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _run(
    starts: Any, places: Any, alone: Any, shared: Any, looked: Any, before: Any, weight: Any, sizes: Any, activity: Any, lengths: Any,
    everything: int, thetas: Any, noise: Any, best: Any,
) -> None:  # fmt: skip
    """Fill `best`; `alone` and `shared` are the strata of the victims for those who did not look them up, and for those who did."""
    cells, bets = len(sizes), len(thetas)
    reported, got = np.zeros(cells, np.int64), np.zeros(cells, np.int64)
    stakes = np.empty(2 * bets)
    for account in range(len(lengths)):
        stakes[:] = 1.0
        most, at, end = 1.0, starts[account], starts[account + 1]
        reported[:], got[:] = 0, 0
        for place in range(len(alone)):
            hit = at < end and places[at] == place
            at += hit
            cell = shared[place] if hit else alone[place]
            k = looked[account, cell]
            mine = k - got[cell]
            left = sizes[cell] + k - before[account, cell] - reported[cell]
            reported[cell] += 1
            got[cell] += hit
            if mine <= 0 or mine >= left:
                continue
            share = mine / left
            active = (activity[cell] + 0.5 - weight[account, cell]) / (everything - lengths[account] + 0.5 * cells)
            density = (k + 0.5) / (lengths[account] + 0.5) / active
            for bet in range(bets):
                own = (1 - noise[bet]) * density
                fixed, reckoned = max(thetas[bet], share), (own + noise[bet] * share) / (own + noise[bet])
                if hit:
                    stakes[bet] *= fixed / share
                    stakes[bets + bet] *= reckoned / share
                else:
                    stakes[bet] *= (1 - fixed) / (1 - share)
                    stakes[bets + bet] *= (1 - reckoned) / (1 - share)
            most = max(most, stakes.mean())
        best[account] = most
