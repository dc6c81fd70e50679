"""The e-process of reports: its mean is 1, misses cost, a rival's help does not count, and who sees all is no lead."""

from math import log

import numpy as np

from suyuan.trace.reports.process import judge_reports
from suyuan.trace.reports.stake import NOISE, THETAS, Report, running
from suyuan.trace.sets.population import Population
from suyuan.trace.sets.postings import lists_of

PERSONS = 2_000


def population(*sets: range) -> Population:
    owners = np.concatenate([np.full(len(one), number) for number, one in enumerate(sets)])
    members = np.concatenate([np.array(one) for one in sets])
    return Population(lists_of(owners, members, count=len(sets)), np.zeros(PERSONS, dtype=np.int32))


def reports(known: Population, *persons: int) -> list[Report]:
    return [Report(person, known) for person in persons]


def test_one_bet_has_mean_one_over_the_stratum() -> None:
    known = population(range(40), range(100, 200))
    stakes = [float(np.exp(running(reports(known, person), account=0, aside=())[-1])) for person in (0, 1_000)]
    share = 40 / (PERSONS - 100)  # Of those whom nobody else looked up.
    assert abs(share * stakes[0] + (1 - share) * stakes[1] - 1) < 1e-9


def test_a_hit_is_worth_theta_over_the_share_and_a_miss_costs() -> None:
    known = population(range(40))
    run = np.exp(running(reports(known, 3, 1_500), account=0, aside=()))
    share, density = 40 / PERSONS, 1.0  # Nobody works in more than one stratum.
    own = [((1 - v) * density + v * share) / ((1 - v) * density + v) for v in NOISE]
    assert abs(run[0] / np.mean([theta / share for theta in (*THETAS, *own)]) - 1) < 0.01
    assert run[1] < run[0]


def test_a_report_from_where_an_account_hardly_works_says_less_against_it_and_each_bet_stays_fair() -> None:
    """Persons up to 1,000 lie in one hub, and the rest in another, where the account looked one person up."""
    places = (np.arange(PERSONS) >= 1_000).astype(np.int32)
    sets = ([*range(40), 1_990], range(100, 200), range(1_100, 1_200))
    owners = np.concatenate([np.full(len(one), number) for number, one in enumerate(sets)])
    known = Population(lists_of(owners, np.concatenate([np.array(one) for one in sets]), count=3), places)
    after = {
        person: float(np.exp(running(reports(known, 3, person), account=0, aside=())[-1])) for person in (500, 1_500)
    }
    assert after[1_500] > 1.2 * after[500]
    for hit, miss, looked, size in ((3, 500, 40, 900), (1_990, 1_500, 1, 900)):
        stakes = [float(np.exp(running(reports(known, person), account=0, aside=())[-1])) for person in (hit, miss)]
        assert abs(looked / size * stakes[0] + (1 - looked / size) * stakes[1] - 1) < 1e-9


def test_what_a_rival_saw_too_changes_nothing_without_it() -> None:
    known = population(range(40), range(20, 60))
    inside, outside = reports(known, 25, 30), reports(known, 3, 4)
    assert np.allclose(running(inside, account=0, aside=(1,)), 0.0)
    assert running(outside, account=0, aside=(1,))[-1] > 0


def test_two_who_saw_all_victims_lead_to_nobody_and_the_settling_reports_tell_them_apart() -> None:
    known = population(range(60), range(40, 100))
    line = log(2 / 1e-6)
    common = judge_reports(reports(known, *range(40, 60)), line=line)
    assert common.lead is None
    assert {one.account for one in common.settling} == {0, 1}
    assert all(person < 40 for one in common.settling if one.account == 0 for person in one.shown)
    assert judge_reports(reports(known, *range(40, 60), *range(12)), line=line).lead == 0


def test_who_is_barred_is_no_lead() -> None:
    known = population(range(40))
    assert judge_reports(reports(known, *range(12)), line=log(1e6)).lead == 0
    assert judge_reports(reports(known, *range(12)), line=log(1e6), barred=frozenset({0})).lead is None


def test_nothing_reported_leads_nowhere() -> None:
    assert judge_reports([], line=log(1e6)).leading == ()
