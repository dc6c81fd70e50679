"""The e-process of one account over victims' reports: a bet at each report on whether the account had looked the victim up.

For a hit the stake grows by theta / pi, for a miss by (1 - theta) / (1 - pi). Victims come without replacement, so pi is reckoned
anew at each report: of the persons of the victim's stratum whom nobody has reported yet, the share that the account looked up. If
who is a victim does not depend on who looked whom up, her being a hit has exactly that chance, whatever came before; the mean of every
bet is exactly 1, and so is that of the stake, which is the mean over several bets. By Ville's inequality it ever reaches 1 / a with
chance at most a, however often it is looked at. The strata are made by the look-ups of all others, so that neither they nor theta
depend on whether she is a hit.

Half of the bets have one theta for all strata. The others have one for each: where a share v of the reports is of people whom
others know too, by how often they are looked up, and the rest is drawn evenly from the account's own people, a victim of the stratum
is the account's with chance

    theta = ((1 - v) r + v pi) / ((1 - v) r + v),

r being how much larger the stratum is among the account's people than among everybody's look-ups. A report from where the account
hardly works says little against it, and one from where it does says much. Nobody bets that a victim is *not* the account's: theta is at
least pi, and where nobody or everybody is left to be hit a report says nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from suyuan.trace.sets.population import Population, counted
from suyuan.trace.sets.postings import among, distinct

Whole = npt.NDArray[np.int64]
Reals = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

THETAS: Final = (0.1, 0.2, 0.4, 0.7, 0.95)
"""Chances of a hit at a report if the account is the source: from mostly others' victims to nearly all its own."""

NOISE: Final = (0.02, 0.2, 0.4, 0.6, 0.85)
"""Shares of reports that come from elsewhere, for the bets that have a chance of their own for each stratum."""

_HALF: Final = 0.5
"""What an empty stratum counts, so that no density is nothing."""


@dataclass(frozen=True)
class Report:
    """A report that counts: the victim, and the population as it had been looked up when she was called."""

    person: int
    population: Population = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chances:
    """What some reports can say of an account; all are arrays by report.

    Args:
        hit: whether the account looked the victim up. share: of those of her stratum who could have been reported, the account's
            part; 0 where she is left out. density: how much larger the stratum is among the account's people than among everybody's
            look-ups.
    """

    hit: Flags
    share: Reals
    density: Reals


def running(reports: Sequence[Report], *, account: int, aside: tuple[int, ...]) -> Reals:
    """Give the logarithm of an account's e-value after each report; one of somebody whom a rival saw changes nothing.

    Args:
        reports: of distinct persons, in the order in which they were filed. aside: the rivals.
    Source: Ville (1939); sampling without replacement by the share of those not yet drawn, as in Waudby-Smith and Ramdas (2020).
    Test: tests/properties/test_stakes.py reckons over all orders of victims that the mean is 1, and no stopping gains.
    """
    steps = np.zeros((len(reports), len(THETAS) + len(NOISE)))
    persons = np.array([report.person for report in reports], dtype=np.int64)
    for population, places in _by_population(reports):
        chances = _chances(population, account=account, aside=aside, persons=persons, places=places)
        steps[places] = _steps(chances)
    return np.asarray(np.logaddexp.reduce(np.cumsum(steps, axis=0), axis=1) - np.log(steps.shape[1]))


def share_of(population: Population, *, account: int, person: int) -> float:
    """Give the account's share of one person's stratum, before anybody is reported."""
    one = np.array([person], dtype=np.int64)
    return float(_chances(population, account=account, aside=(), persons=one, places=np.zeros(1, np.int64)).share[0])


def hits_of(reports: Sequence[Report], *, account: int) -> Flags:
    """Say of each report whether the account had looked the victim up."""
    found = np.zeros(len(reports), dtype=np.bool_)
    persons = np.array([report.person for report in reports], dtype=np.int64)
    for population, places in _by_population(reports):
        found[places] = among(population.seen.of(account), persons[places])
    return found


def _steps(chances: Chances) -> Reals:
    """Give what each report adds to the logarithm of each bet."""
    open_ = (chances.share > 0) & (chances.share < 1)
    # Where nothing can be won, any share serves: the bet is not made.
    share = np.where(open_, chances.share, _HALF)[:, None]
    noise = np.array(NOISE)
    own = (1 - noise) * chances.density[:, None]
    thetas = np.concatenate([np.maximum(THETAS, share), (own + noise * share) / (own + noise)], axis=1)
    steps = np.where(chances.hit[:, None], np.log(thetas / share), np.log1p(-thetas) - np.log1p(-share))
    return np.where(open_[:, None], steps, 0.0)


def _chances(population: Population, *, account: int, aside: tuple[int, ...], persons: Whole, places: Whole) -> Chances:
    """Give the chances of the reports at some places, which are of this population; the others are persons reported before or after."""
    left_out = _seen_by(population, accounts=aside)
    mine = population.seen.of(account)
    mine = mine[~among(left_out, mine)]
    others, before = population.strata_without_one(mine), population.strata[mine]
    hit, out = among(mine, persons), among(left_out, persons)
    strata = population.strata[persons]
    strata[hit] = population.strata_without_one(persons[hit])
    touched = distinct(strata)
    at = np.searchsorted(touched, strata)
    looked = counted(others, cells=touched)
    sizes = population.sizes[touched] + looked - counted(before, cells=touched)
    sizes -= counted(population.strata[left_out], cells=touched)
    not_yet = sizes[at] - _earlier(at, flags=~out)
    mine_not_yet = looked[at] - _earlier(at, flags=hit & ~out)
    work = (looked + _HALF) / (len(mine) + _HALF)
    density = work / _activity(population, mine=mine, others=others, before=before, cells=touched)
    share = np.where(out, 0.0, mine_not_yet / np.maximum(not_yet, 1))
    return Chances(hit=hit[places], share=share[places], density=density[at[places]])


def _earlier(groups: Whole, *, flags: Flags) -> Whole:
    """Count, for each item, the earlier ones of its group that have a flag."""
    order = np.argsort(groups, kind="stable")
    before: Whole = np.cumsum(flags[order]) - flags[order]
    found = np.empty(len(groups), dtype=np.int64)
    found[order] = before - before[np.searchsorted(groups[order], groups[order])]
    return found


def _activity(
    population: Population,
    *,
    mine: npt.NDArray[np.integer],
    others: Whole,
    before: Whole,
    cells: Whole,
) -> Reals:
    """Give the share of strata in the look-ups of all others, and one more of everybody: whom nobody looked up is reported too."""
    weight = population.activity[cells] + _HALF
    popularity = population.popularity[mine]
    weight -= counted(before, cells=cells, weights=popularity + 1) - counted(others, cells=cells, weights=popularity)
    return weight / (len(population.seen.members) - len(mine) + population.persons + _HALF * population.cells)


def _seen_by(population: Population, *, accounts: tuple[int, ...]) -> npt.NDArray[np.integer]:
    """Give everybody whom one of some accounts ever saw, ascending."""
    if len(accounts) == 1:
        return population.seen.of(accounts[0])
    return distinct(np.concatenate([np.empty(0, dtype=np.int64), *(population.seen.of(one) for one in accounts)]))


def _by_population(reports: Sequence[Report]) -> Iterator[tuple[Population, Whole]]:
    """Give each population, and the places of its reports."""
    places: dict[int, list[int]] = {}
    for place, report in enumerate(reports):
        places.setdefault(id(report.population), []).append(place)
    for each in places.values():
        yield reports[each[0]].population, np.array(each, dtype=np.int64)
