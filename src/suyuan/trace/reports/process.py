"""The e-process of one account over victims' reports: a bet at each report on whether the account had looked the victim up.

For a hit the stake grows by theta / pi, for a miss by (1 - theta) / (1 - pi), where pi is the share of the victim's stratum that
the account looked up: the mean is 1 when who is a victim does not depend on who looked whom up. The mean over several bets
is an e-process too, and by Ville's inequality it ever reaches 1 / a with chance at most a, however often it is looked at.

Half of the bets have one theta for all strata. The others have one for each: where a share v of the reports is of people whom
others know too, by how often they are looked up, and the rest is drawn evenly from the account's own people, a victim of the stratum
is the account's with chance

    theta = ((1 - v) r + v pi) / ((1 - v) r + v),

r being how much larger the stratum is among the account's people than among everybody's look-ups. A report from where the account
hardly works says little against it, and one from where it does says much. Any theta will do for the bound that does not
depend on whether the report was a hit.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Final

import numpy as np
import numpy.typing as npt

from suyuan.trace.sets.population import Chance, Population, Scene

Reals = npt.NDArray[np.float64]

THETAS: Final = (0.1, 0.2, 0.4, 0.7, 0.95)
"""Chances of a hit at a report if the account is the source: from mostly others' victims to nearly all its own."""

NOISE: Final = (0.02, 0.2, 0.4, 0.6, 0.85)
"""Shares of reports that come from elsewhere, for the bets that have a chance of their own for each stratum."""

_LEADING: Final = 24
_RIVALS: Final = 8
_SHOWN: Final = 10
_NEVER: Final = 1e-12
_STANDING: Final = 6.9
"""An e-value of about 1,000: what an account must ever have reached to be a rival."""
_NEARLY: Final = 0.9
_NOBODY: Final = np.empty(0, dtype=np.int64)


@dataclass(frozen=True)
class Report:
    """A report that counts: the victim, and the population as it had been looked up when she was called."""

    person: int
    population: Population = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leading:
    """One account's standing after all reports.

    Args:
        log_e: the natural logarithm of its e-value now; best: the largest it ever was. robust: the largest value that it had on
            reports outside what a rival saw, for the rival that takes most from it. hits: reports of persons whom it had
            looked up. at: after how many reports it crossed the line without any rival's help; None while it has not.
    """

    account: int
    hits: int
    log_e: float
    best: float
    robust: float
    rival: int | None
    at: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settling:
    """Reports that would tell the leading accounts apart: of persons whom one of them looked up and the others did not.

    Args:
        persons: how many such persons there are; shown: some of them, those whom the fewest others looked up first.
        nats: what one report of such a person adds to the account. more: how many such reports would make it a lead.
    """

    account: int
    persons: int
    shown: tuple[int, ...]
    nats: float
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadVerdict:
    """What the reports say together.

    Args:
        line: the logarithm that an e-value must reach. lead: the account that reached it beside every rival.
    """

    line: float
    reports: int
    lead: int | None
    leading: tuple[Leading, ...]
    settling: tuple[Settling, ...]


def judge_reports(reports: Sequence[Report], *, line: float, barred: frozenset[int] = frozenset()) -> LeadVerdict:
    """Say which account the reports lead to, if any.

    Args:
        reports: in the order in which they were filed, one for each victim. line: log(accounts / budget).
        barred: accounts that see nearly everybody: neither leads nor cleared.
    Source: Ville (1939); Ramdas, Gruenwald, Vovk, Shafer (2023) for e-processes.
    Test: tests/statistics/test_reports.py; benchmarks/set_statistics.py.
    """
    accounts = [account for account in _worth_a_look(reports) if account not in barred]
    runs = {account: running(reports, account=account, aside=()) for account in accounts}
    ranked = sorted(runs, key=lambda account: (-float(runs[account].max(initial=0.0)), account))
    # Whoever was the source of many of the reports stands out itself; one that does not can have lent but a hit or two.
    standing = [account for account in ranked[:_RIVALS] if float(runs[account].max(initial=0.0)) >= _STANDING]
    leading = []
    for account in ranked[:_RIVALS]:
        least, rival = runs[account], None
        # Whoever has not crossed alone does not without a rival's help either.
        others = [*standing, *_covering(reports, account=account, barred=barred)]
        others = list(dict.fromkeys(others)) if float(runs[account].max()) >= line else []
        for other in others:
            if other == account:
                continue
            beside = running(reports, account=account, aside=(other,))
            if float(beside[-1]) < float(least[-1]):
                rival = other
            least = np.minimum(least, beside)
        over = np.flatnonzero(least >= line)
        leading.append(
            Leading(
                account=account, hits=sum(is_hit(r, account=account) for r in reports),
                log_e=float(runs[account][-1]), best=float(runs[account].max()), robust=float(least.max()),
                rival=rival, at=int(over[0]) + 1 if len(over) else None,
            )
        )  # fmt: skip
    leads = [one.account for one in leading if one.at is not None]
    return LeadVerdict(
        line=line, reports=len(reports), lead=leads[0] if len(leads) == 1 else None, leading=tuple(leading),
        settling=_settling(reports, leading=leading, line=line),
    )  # fmt: skip


def is_hit(report: Report, *, account: int) -> bool:
    """Say whether the account had looked the victim up."""
    mine = report.population.seen.of(account)
    place = int(np.searchsorted(mine, report.person))
    return place < len(mine) and int(mine[place]) == report.person


def running(reports: Sequence[Report], *, account: int, aside: tuple[int, ...]) -> Reals:
    """Give the logarithm of an account's e-value after each report; one of somebody whom a rival saw changes nothing."""
    steps = np.zeros((len(reports), len(THETAS) + len(NOISE)))
    scenes: dict[int, Scene] = {}
    for place, report in enumerate(reports):
        scene = scenes.get(id(report.population))
        if scene is None:
            scene = scenes[id(report.population)] = Scene(report.population, _NOBODY).without(*aside)
        chance = scene.chance_of(account, person=report.person)
        if chance is None:
            continue
        thetas = _thetas(chance)
        if chance.hit:
            steps[place] = np.log(thetas / max(chance.share, _NEVER))
        elif chance.share < 1:
            steps[place] = np.log((1 - thetas) / (1 - chance.share))
    return np.asarray(np.logaddexp.reduce(np.cumsum(steps, axis=0), axis=1) - np.log(steps.shape[1]))


def _thetas(chance: Chance) -> Reals:
    """Give the chance of a hit by each bet; `share` and `density` are the same for a hit and for a miss."""
    noise = np.array(NOISE)
    own = (1 - noise) * chance.density
    return np.concatenate([THETAS, (own + noise * chance.share) / (own + noise)])


def _covering(reports: Sequence[Report], *, account: int, barred: frozenset[int]) -> list[int]:
    """Give those who had looked up nearly all victims whom one account had: who sees so many may have picked them, and stands out to nobody."""
    hits = [report for report in reports if is_hit(report, account=account)]
    shared = np.zeros(max((report.population.accounts for report in hits), default=0))
    for report in hits:
        shared[report.population.postings.lists.of(report.person)] += 1
    best = np.argsort(-shared, kind="stable")[: _RIVALS + 1 + len(barred)].tolist()
    return [other for other in best if shared[other] >= _NEARLY * len(hits) and other not in {account, *barred}]


def _worth_a_look(reports: Sequence[Report]) -> list[int]:
    """Give the accounts with the most surprising hits by a rough measure; the others can be no lead."""
    if not reports:
        return []
    population = reports[-1].population
    hits = np.zeros(population.accounts)
    for report in reports:
        seen = report.population.postings.lists.of(report.person)
        hits[seen] += 1
    chance = np.maximum(population.seen.sizes, 1) / max(population.persons, 1)
    score = hits * np.log(np.maximum(hits, _NEVER) / np.maximum(len(reports) * chance, _NEVER))
    score[hits == 0] = -np.inf
    best = np.argsort(-score, kind="stable")[:_LEADING]
    return [int(account) for account in best if score[account] > 0]


def _settling(reports: Sequence[Report], *, leading: Sequence[Leading], line: float) -> tuple[Settling, ...]:
    """Give, for the two strongest, whose report would tell them apart and how many it would take."""
    top = [one.account for one in leading[:2]]
    if not reports or not top:
        return ()
    population = reports[-1].population
    reported = np.array([report.person for report in reports], dtype=np.int64)
    found = []
    for one in leading[:2]:
        others = [population.seen.of(other) for other in top if other != one.account]
        mine = np.setdiff1d(population.seen.of(one.account), np.concatenate([reported, *others]))
        if not len(mine):
            continue
        rare = mine[np.argsort(population.popularity[mine], kind="stable")]
        middle = int(rare[len(rare) // 2])
        chance = Scene(population, _NOBODY).chance_of(one.account, person=middle)
        share = chance.share if chance is not None else 1.0
        nats = max(0.0, float(np.log(THETAS[-1] / max(share, _NEVER))))
        missing = line - min(one.log_e, one.robust)
        more = 0 if missing <= 0 else ceil(missing / nats) if nats > 0 else 0
        found.append(
            Settling(
                account=one.account, persons=len(mine), shown=tuple(int(p) for p in rare[:_SHOWN]), nats=nats, more=more
            )
        )
    return tuple(found)
