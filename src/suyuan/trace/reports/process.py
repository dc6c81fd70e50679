"""Where victims' reports lead: which account's stake reaches the line, without what a rival had seen too.

1. the accounts with the most surprising hits; the others can be no lead
2. the stake of each after every report
3. of those that reach the line, the stake on the reports outside the set of each rival
4. one that still reaches it, and alone does, is the lead; and whose reports would tell the strongest two apart
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

import numpy as np

from suyuan.trace.reports.stake import THETAS, Report, hits_of, running, share_of

_LEADING: Final = 24
_RIVALS: Final = 8
_SHOWN: Final = 10
_NEVER: Final = 1e-12
_STANDING: Final = 6.9
"""An e-value of about 1,000: what an account must ever have reached to be a rival."""
_NEARLY: Final = 0.9


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
                account=account, hits=int(hits_of(reports, account=account).sum()),
                log_e=float(runs[account][-1]), best=float(runs[account].max()), robust=float(least.max()),
                rival=rival, at=int(over[0]) + 1 if len(over) else None,
            )
        )  # fmt: skip
    leads = [one.account for one in leading if one.at is not None]
    return LeadVerdict(
        line=line, reports=len(reports), lead=leads[0] if len(leads) == 1 else None, leading=tuple(leading),
        settling=_settling(reports, leading=leading, line=line),
    )  # fmt: skip


def _covering(reports: Sequence[Report], *, account: int, barred: frozenset[int]) -> list[int]:
    """Give those who had looked up nearly all victims whom one account had: who sees so many may have picked them, and stands out to nobody."""
    hits = [reports[place] for place in np.flatnonzero(hits_of(reports, account=account)).tolist()]
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
        share = share_of(population, account=one.account, person=middle)
        nats = max(0.0, float(np.log(THETAS[-1] / max(share, _NEVER))))
        missing = line - min(one.log_e, one.robust)
        more = 0 if missing <= 0 else ceil(missing / nats) if nats > 0 else 0
        found.append(
            Settling(
                account=one.account, persons=len(mine), shown=tuple(int(p) for p in rare[:_SHOWN]), nats=nats, more=more
            )
        )
    return tuple(found)
