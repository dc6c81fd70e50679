"""Bugs that would accuse innocents by access sets or reports, put in on purpose: the checks must see each of them.

Every check first passes on the sound code, then fails under its bug.
"""

from collections.abc import Callable
from math import log
from typing import Any

import numpy as np
import pytest
from scipy.stats import nchypergeom_fisher
from tests.caught import caught
from tests.framing import ACCOUNTS, ACCUSED, PERSONS, crowded, framed, population_of, random_sets, verdict

from suyuan.mark.bound import budget_of_dump
from suyuan.terms import Probability
from suyuan.trace.reports import stake
from suyuan.trace.reports.stake import Report
from suyuan.trace.sets import judge, tail
from suyuan.trace.sets.population import Population, Scene
from suyuan.trace.sets.rule import SetRule
from suyuan.trace.sets.tail import Table, log_tail


def check_rivals() -> None:
    """Two and three who leak parts of what one account saw do not get it named."""
    for framers in (2, 3):
        found = verdict(*framed(framers, records=150, dice=np.random.default_rng(framers)))
        assert ACCUSED not in found.named


def check_alone() -> None:
    """Of a queue that nobody logged and that leaks, who did four fifths is not named: the other shows in the rest."""
    dice = np.random.default_rng(1)
    sets = random_sets(dice)
    queue = dice.choice(PERSONS, 150, replace=False).astype(np.int64)
    for account, part in ((0, queue[:120]), (1, queue[120:])):
        sets[account] = np.union1d(sets[account], part)
    assert verdict(population_of(sets), dice.choice(queue, 90, replace=False)).named == ()


def check_crowd() -> None:
    """Of a queue that nobody logged, who did two fifths is not named where fifty others did the rest."""
    dice = np.random.default_rng(1)
    for _ in range(3):
        assert verdict(*crowded(dice=dice)).named == ()


def check_leave_one_out() -> None:
    """A source that has nobody whom one branch saw is no evidence against those who work elsewhere."""
    dice, few = np.random.default_rng(2), 0
    for _ in range(40):
        mine, others = (np.sort(dice.choice(400, 60, replace=False)).astype(np.int64) for _ in range(2))
        dump = dice.choice(np.setdiff1d(np.arange(400), others), 80, replace=False)
        population = population_of([mine, others], persons=400, regions=1)
        few += log_tail(Scene(population, np.sort(dump)).table(0)) <= log(0.01)
    assert few <= 3


def check_line() -> None:
    """Random dumps: some innocent of sixty stands at or below the line no more often than the budget says."""
    dice, wrong, dumps = np.random.default_rng(3), 0, 30
    population = population_of(random_sets(dice))
    line = SetRule(alpha=Probability(0.5)).line(number=1, accounts=ACCOUNTS)
    for _ in range(dumps):
        scene = Scene(population, np.sort(dice.choice(PERSONS, 900, replace=False)).astype(np.int64))
        wrong += any(log_tail(scene.table(account)) <= line for account in range(ACCOUNTS))
    assert wrong <= 15


def check_budget() -> None:
    """All questions together, over all accounts, spend no more than alpha."""
    rule = SetRule(alpha=Probability(0.01))
    spent = sum(ACCOUNTS * np.exp(rule.line(number=number, accounts=ACCOUNTS)) for number in range(1, 2_000))
    assert 0.0099 < spent <= 0.01
    assert np.exp(rule.line(number=3, accounts=1)) == pytest.approx(float(budget_of_dump(rule.alpha, number=3)))


def check_gamma() -> None:
    """At Gamma the bound is no smaller than Fisher's noncentral hypergeometric tail, by another library's formula."""
    for size, looked, dumped, found, gamma in (
        (900, 120, 90, 40, 4.0),
        (2_000, 300, 150, 110, 8.0),
        (500, 60, 55, 9, 1.0),
    ):
        table = Table(*(np.array([n]) for n in (size, looked, dumped, found)))
        exact = nchypergeom_fisher.sf(found - 1, size, looked, dumped, gamma)
        assert log_tail(table, gamma=gamma) >= log(exact) - 1e-9


def check_stake() -> None:
    """Over whom the next victim may be, the mean stake of an account is 1, whatever its share of each stratum."""
    dice = np.random.default_rng(4)
    population = population_of([np.sort(dice.choice(300, n, replace=False)) for n in (40, 90)], persons=300, regions=1)
    for account in (0, 1):
        beside = population.seen.of(1 - account)
        rest = np.setdiff1d(np.arange(300), beside)
        for stratum in (rest, beside):  # Of whom nobody else saw, and of whom the other one did.
            stakes = [
                np.exp(stake.running([Report(int(p), population)], account=account, aside=())[-1]) for p in stratum
            ]
            assert np.mean(stakes) == pytest.approx(1)


CHECKS: tuple[Callable[[], None], ...] = (
    check_rivals,
    check_alone,
    check_crowd,
    check_leave_one_out,
    check_line,
    check_budget,
    check_gamma,
    check_stake,
)


@pytest.mark.parametrize("check", CHECKS)
def test_the_sound_code_passes_every_check(check: Callable[[], None]) -> None:
    check()


def test_rivals_held_against_one_by_one_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    sound = Scene.without
    monkeypatch.setattr(Scene, "without", lambda scene, *rivals: sound(scene, *rivals[:1]))
    caught(check_rivals)


def test_nobody_asked_who_else_stands_out_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judge, "_standing_out", lambda *_, **__: [])
    monkeypatch.setattr(judge, "hangs_together", lambda *_, **__: False)
    caught(check_alone, check_crowd)


def test_a_crowd_that_nobody_looks_for_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judge, "hangs_together", lambda *_, **__: False)
    caught(check_crowd)


def test_strata_with_the_accused_left_in_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Population, "strata_without_one", lambda population, persons: population.strata[persons])
    caught(check_leave_one_out, check_stake)


def test_a_line_that_forgets_how_many_are_accused_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    sound = SetRule.line
    monkeypatch.setattr(SetRule, "line", lambda rule, *, number, accounts: sound(rule, number=number, accounts=1))
    caught(check_line, check_budget)


def test_a_budget_that_is_spent_anew_each_time_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    sound = SetRule.line
    monkeypatch.setattr(SetRule, "line", lambda rule, *, number, accounts: sound(rule, number=1, accounts=accounts))
    caught(check_budget)


def test_a_hidden_bias_that_is_not_applied_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tail, "biased", lambda share, *, gamma: share)
    caught(check_gamma)


def test_bets_that_are_added_up_and_not_averaged_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    sound = stake.running

    def summed(*given: Any, **how: Any) -> Any:
        return sound(*given, **how) + log(len(stake.THETAS))

    monkeypatch.setattr(stake, "running", summed)
    caught(check_stake)
