"""Framing and hidden bias: who leaks only what somebody else saw too does not get that one named, however many they are."""

from math import log

import numpy as np
import pytest
from tests.framing import ACCUSED, PERSONS, framed, population_of, random_sets, supervised, verdict

from suyuan.trace.reports.process import judge_reports
from suyuan.trace.reports.stake import Report
from suyuan.trace.sets import judge
from suyuan.trace.sets.judge import Standing
from suyuan.trace.sets.tail import Table, log_tail, tipping_point


@pytest.mark.parametrize("framers", [2, 3, 4, 6])
def test_colleagues_who_each_leak_a_part_of_what_one_saw_do_not_get_it_named(framers: int) -> None:
    dice = np.random.default_rng(framers)
    for _ in range(3):
        found = verdict(*framed(framers, records=150, dice=dice))
        assert found.named == ()
        assert any({ACCUSED, *range(1, framers + 1)} <= set(group) for group in found.groups)


@pytest.mark.parametrize("share", [0.6, 1.0])
def test_a_supervisor_of_a_region_is_a_rival_of_whoever_works_there(share: float) -> None:
    dice = np.random.default_rng(3)
    for _ in range(3):
        found = verdict(*supervised(share=share, records=150, dice=dice))
        assert found.named == ()
        assert 1 in found.all_access
        [accused] = found.findings
        assert (accused.account, accused.standing, accused.rivals) == (ACCUSED, Standing.LEAD, (1,))


def test_a_crowd_of_whom_nobody_stands_out_is_a_limit() -> None:
    """What the documentation says of it: leaks of two records by each of fifty pass for one leak by the accused."""
    dice = np.random.default_rng(5)
    population, dump = framed(50, records=100, dice=dice)
    assert verdict(population, dump).named == (ACCUSED,)


def test_the_tipping_point_is_that_of_the_rival_with_whom_it_tips_first() -> None:
    """The worst rival at Gamma = 8 need not be the worst at a larger one."""
    rare = Table(*(np.array([n]) for n in (10_000, 100, 8, 8)))
    common = Table(*(np.array([n]) for n in (1_000, 300, 90, 90)))
    line = -18.0
    assert log_tail(rare, gamma=8) > log_tail(common, gamma=8)
    assert tipping_point(common, line=line) < tipping_point(rare, line=line)
    assert judge._least_tipping_point([rare, common], line=line) == tipping_point(common, line=line)


def test_a_street_that_one_account_looked_up_and_another_source_leaked_is_a_limit() -> None:
    dice = np.random.default_rng(6)
    sets, street = random_sets(dice), np.arange(2_500, 2_560)
    sets[ACCUSED] = np.union1d(sets[ACCUSED], street)
    assert verdict(population_of(sets), street).named == (ACCUSED,)


@pytest.mark.parametrize("agents", [1, 3])
def test_complaints_looked_up_by_one_after_the_leak_are_a_limit_and_by_three_a_group(agents: int) -> None:
    dice = np.random.default_rng(7)
    sets, dump = random_sets(dice), dice.choice(PERSONS, 200, replace=False).astype(np.int64)
    for agent, part in enumerate(np.array_split(dump[:66], agents)):
        sets[agent] = np.union1d(sets[agent], part)
    found = verdict(population_of(sets), dump)
    assert found.named == ((ACCUSED,) if agents == 1 else ())
    assert any(set(range(agents)) <= set(group) for group in found.groups) == (agents > 1)


@pytest.mark.parametrize(("share", "others"), [(0.97, 2), (0.4, 20)])
def test_a_queue_that_nobody_logged_and_one_account_worked_most_is_a_limit(share: float, others: int) -> None:
    dice = np.random.default_rng(8)
    sets, queue = random_sets(dice), dice.choice(PERSONS, 150, replace=False).astype(np.int64)
    cut, named = int(share * len(queue)), 0
    for account, part in enumerate([queue[:cut], *np.array_split(queue[cut:], others)]):
        sets[account] = np.union1d(sets[account], part)
    population = population_of(sets)
    for _ in range(4):
        named += verdict(population, dice.choice(queue, 100, replace=False)).named == (ACCUSED,)
    assert named


def test_reports_of_people_whom_a_supervisor_saw_too_lead_to_nobody() -> None:
    """Who sees most of a region wins little at each report, and so stands out to nobody; it may have picked them all the same."""
    dice = np.random.default_rng(9)
    population, victims = supervised(share=0.6, records=40, dice=dice)
    reports = [Report(int(person), population) for person in dice.permutation(victims)[:10]]
    line = log(population.accounts / 1e-6)
    found = judge_reports(reports, line=line)
    [accused] = [one for one in found.leading if one.account == ACCUSED]
    assert accused.best >= line
    assert found.lead is None
    assert accused.rival == 1
    # On people whom the supervisor never saw it is the lead.
    alone = np.setdiff1d(population.seen.of(ACCUSED), population.seen.of(1))[:25]
    assert judge_reports([Report(int(person), population) for person in alone], line=line).lead == ACCUSED
