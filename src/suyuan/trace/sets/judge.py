"""Judging access sets: who stands out, who still does without a rival's help, and who is alone in it.

1. screen: the overlap of every account against what its strata give by chance; all-access accounts are set aside
2. candidates: the bound by strata without the account's own look-ups; those below the line at Gamma = 1
3. robust: below the line at the rule's Gamma, with all that a rival ever saw left out: each who shares most of its hits, each
   who stands out as well, every pair of these, and all who stand out together (intersection-union: an innocent passes only
   if it passes beside whoever leaked)
4. alone: among what it never saw nobody else stands out, nor does a crowd; otherwise several leaked, or a source upstream of them
   did
5. whoever is robust and alone is named; candidates that cannot be told apart are a group; the rest are leads
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import combinations
from math import log

import numpy as np
import numpy.typing as npt

from suyuan.trace.sets.crowd import hangs_together
from suyuan.trace.sets.population import Scene
from suyuan.trace.sets.postings import among
from suyuan.trace.sets.rule import SetRule
from suyuan.trace.sets.tail import Table, log_tail, tipping_point

Whole = npt.NDArray[np.int64]

_SCREENED = 64
_SCREEN_NATS = 6.0
_LEAST_HITS = 3


class Standing(StrEnum):
    """What access sets say of one account that stands out."""

    NAMED = "named"
    """Grade B: below the line without any rival's help, at the rule's Gamma, and alone."""
    GROUP = "group"
    """Cannot be told apart from the others of its group."""
    EXPLAINED = "explained"
    """Shows only through what a named account saw too."""
    LEAD = "lead"
    """Stands out, but not enough, or what it never saw hangs together too: names nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetFinding:
    """One account that stands out.

    Args:
        account: its number. hits: persons of the dump that it looked up. expected: how many by chance in its strata.
        log_p: the natural logarithm of the chance by its strata, exactly or as a bound.
        worst: the largest bound over all rivals, pairs of them and all together, without what those saw. rivals: with whom it was so.
        gamma: the least tipping point over all of these. group: the number of its group, if it is in one.
    """

    account: int
    hits: int
    expected: float
    log_p: float
    worst: float
    rivals: tuple[int, ...]
    gamma: float
    standing: Standing
    group: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetVerdict:
    """What access sets say of a dump.

    Args:
        line: the logarithm that a bound must not exceed. all_access: accounts neither named nor excluded.
        findings: whoever stands out, strongest first.
    """

    line: float
    persons: int
    all_access: tuple[int, ...]
    findings: tuple[SetFinding, ...] = field(default=())

    @property
    def named(self) -> tuple[int, ...]:
        """The accounts named at grade B: at most one."""
        return tuple(finding.account for finding in self.findings if finding.standing is Standing.NAMED)

    @property
    def groups(self) -> tuple[tuple[int, ...], ...]:
        """The groups that cannot be told apart."""
        numbers = sorted({finding.group for finding in self.findings if finding.group is not None})
        return tuple(tuple(f.account for f in self.findings if f.group == number) for number in numbers)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidate:
    account: int
    hits: int
    expected: float
    log_p: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Against:
    """A candidate without its rivals' help: the worst case, and the rivals that alone make it fail."""

    worst: float
    rivals: tuple[int, ...]
    gamma: float
    failing: frozenset[int]


def judge(scene: Scene, *, rule: SetRule, line: float) -> SetVerdict:
    """Judge the accounts of a scene.

    Args:
        line: log(budget of this dump / accounts): at most this.
    Returns: at most one account named.
    Source: attribution by strata with leave-one-out popularity; Berger (1982) for intersection-union tests; Rosenbaum
        (2002), chapter 4, for the hidden bias.
    Test: tests/statistics/test_sets.py and benchmarks/set_statistics.py.
    """
    hits, expected = scene.hits, scene.expected
    all_access = np.flatnonzero((expected >= rule.all_access * len(scene.left)) & (expected > 0))
    barred = frozenset(all_access.tolist())
    loose = log(float(rule.stand_out) / max(1, scene.population.accounts))
    standing = _candidates(scene, hits=hits, expected=expected, barred=barred, at_most=max(loose, line))
    candidates = [candidate for candidate in standing if candidate.log_p <= line]
    # Who sees most of all people is nobody's rival, or nobody would ever be named. Who sees most of one region is.
    seen = scene.population.seen.sizes
    everywhere = frozenset(np.flatnonzero(seen >= rule.all_access * max(1, scene.population.persons)).tolist())
    against = {
        c.account: _hold_against(scene, c, standing, rule=rule, line=line, everywhere=everywhere) for c in candidates
    }
    robust = [c for c in candidates if against[c.account].worst <= line]
    rests = {c.account: scene.without(c.account) for c in robust}
    others = {account: _standing_out(rest, at_most=loose, barred=barred) for account, rest in rests.items()}
    # Two that both stand beside the other are never named, whatever their order.
    alone = [c.account for c in robust if not others[c.account]]
    named = alone if len(alone) == 1 and not hangs_together(rests[alone[0]], barred=barred) else []
    findings = tuple(
        SetFinding(
            account=c.account, hits=c.hits, expected=c.expected, log_p=c.log_p, worst=against[c.account].worst,
            rivals=against[c.account].rivals, gamma=against[c.account].gamma,
            standing=_standing(c.account, named=named, group=group), group=group,
        )
        for c, group in _grouped(candidates, against=against, others=others, named=named)
    )  # fmt: skip
    return SetVerdict(line=line, persons=len(scene.left), all_access=tuple(sorted(barred)), findings=findings)


def _standing(account: int, *, named: Sequence[int], group: int | None) -> Standing:
    if account in named:
        return Standing.NAMED
    if group is not None:
        return Standing.GROUP
    return Standing.EXPLAINED if named else Standing.LEAD


def _screened(hits: Whole, expected: npt.NDArray[np.float64], *, barred: frozenset[int]) -> list[int]:
    """Give the accounts worth a test, most surprising first: by the Poisson tail of hits above the expected."""
    mean = np.maximum(expected, 1e-12)
    with np.errstate(divide="ignore", invalid="ignore"):
        score = np.where(hits > mean, hits * np.log(np.maximum(hits, 1) / mean) - (hits - mean), 0.0)
    score[hits < _LEAST_HITS] = 0.0
    score[list(barred)] = 0.0
    best = np.argsort(-score, kind="stable")[:_SCREENED]
    return [int(account) for account in best if score[account] >= _SCREEN_NATS]


def _candidates(
    scene: Scene, *, hits: Whole, expected: npt.NDArray[np.float64], barred: frozenset[int], at_most: float
) -> list[_Candidate]:
    """Step 2: leaving accounts out costs naming, and never the bound."""
    found = []
    for account in _screened(hits, expected, barred=barred):
        table = scene.table(account)
        log_p = log_tail(table)
        if log_p <= at_most:
            found.append(_Candidate(account=account, hits=table.hits, expected=table.expected, log_p=log_p))
    return sorted(found, key=lambda candidate: (candidate.log_p, candidate.account))


def _hold_against(
    scene: Scene,
    candidate: _Candidate,
    standing: Sequence[_Candidate],
    *,
    rule: SetRule,
    line: float,
    everywhere: frozenset[int],
) -> _Against:
    """Step 3: the worst chance over the rivals, singly, in pairs and all together, at the rule's Gamma.

    Args:
        everywhere: accounts that see most of all people, which are nobody's rivals.
    """
    account = candidate.account
    others = [other.account for other in standing if other.account != account]
    strong = others[: rule.rivals]
    close = _close(scene, account, most=rule.rivals, barred=everywhere)
    singles = [(rival,) for rival in dict.fromkeys([*strong, *close])]
    tables = [scene.table(account)]
    worst, who, failing = log_tail(tables[0], gamma=rule.gamma), tuple[int, ...](), set[int]()
    for chosen in (*singles, *combinations(strong, 2), *([tuple(others)] if len(others) > 2 else [])):
        if worst > line and len(chosen) > 1:
            break
        tables.append(scene.without(*chosen).table(account))
        found = log_tail(tables[-1], gamma=rule.gamma)
        worst, who = (found, chosen) if found > worst else (worst, who)
        if found > line and chosen[0] in strong:
            failing.update(rival for rival in chosen if rival in others)
    return _Against(worst=worst, rivals=who, gamma=_least_tipping_point(tables, line=line), failing=frozenset(failing))


def _least_tipping_point(tables: Sequence[Table], *, line: float) -> float:
    """Give the tipping point of the table that tips first: another rival may be the worst at another Gamma."""
    least = tipping_point(tables[0], line=line)
    for table in tables[1:]:
        if least and log_tail(table, gamma=max(1.0, least)) > line:
            least = tipping_point(table, line=line)
    return least


def _close(scene: Scene, account: int, *, most: int, barred: frozenset[int]) -> list[int]:
    """Give the accounts that saw most of what this one saw of the dump."""
    mine = scene.population.seen.of(account)
    shared = scene.population.postings.overlap(mine[among(scene.left, mine)].astype(np.int64))
    shared[[account, *barred]] = 0
    return [int(other) for other in np.argsort(-shared, kind="stable")[:most] if shared[other]]


def _standing_out(scene: Scene, *, at_most: float, barred: frozenset[int]) -> list[int]:
    """Step 4: whoever shows in what is left, more surprisingly than any innocent but once in 1 / `stand_out` dumps."""
    if not len(scene.left):
        return []
    found = _candidates(scene, hits=scene.hits, expected=scene.expected, barred=barred, at_most=at_most)
    return [candidate.account for candidate in found]


def _grouped(
    candidates: Sequence[_Candidate],
    *,
    against: dict[int, _Against],
    others: dict[int, list[int]],
    named: Sequence[int],
) -> Iterable[tuple[_Candidate, int | None]]:
    """Give each candidate with the number of its group: who hangs together by what no named account explains."""
    accounts = {candidate.account for candidate in candidates} - set(named)
    if named:
        # What it alone explains makes no group; whoever else shows does so through it.
        return [(candidate, None) for candidate in candidates]
    links = [(a, b) for a in accounts for b in (*against[a].failing, *others.get(a, ())) if b in accounts]
    root = {account: account for account in accounts}

    def top(account: int) -> int:
        while root[account] != account:
            account = root[account]
        return account

    for a, b in links:
        root[top(a)] = top(b)
    sizes: dict[int, int] = {}
    for account in accounts:
        sizes[top(account)] = sizes.get(top(account), 0) + 1
    numbers: dict[int, int] = {}
    found: list[tuple[_Candidate, int | None]] = []
    for candidate in candidates:
        head = top(candidate.account) if candidate.account in accounts else -1
        group = numbers.setdefault(head, len(numbers)) if sizes.get(head, 0) > 1 else None
        found.append((candidate, group))
    return found
