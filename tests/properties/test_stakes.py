"""The stake of an account that has nothing to do with the reports has mean 1, reckoned over everything that can happen, and no stopping gains."""

from collections.abc import Callable, Sequence
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.trace.reports import stake
from suyuan.trace.reports.stake import Report, running
from suyuan.trace.sets.population import Population
from suyuan.trace.sets.postings import lists_of

ACCOUNT, RIVAL = 0, 1


def population(sets: Sequence[Sequence[int]], *, places: Sequence[int]) -> Population:
    owners = np.array([number for number, one in enumerate(sets) for _ in one], dtype=np.int64)
    members = np.array([person for one in sets for person in one], dtype=np.int64)
    return Population(lists_of(owners, members, count=len(sets)), np.array(places, dtype=np.int32))


def strata(known: Population) -> list[int]:
    """The strata of all persons by the look-ups of all but the account."""
    mine, found = known.seen.of(ACCOUNT), known.strata.copy()
    found[mine] = known.strata_without_one(mine)
    return [int(stratum) for stratum in found]


def best_stake(worlds: Sequence[Population], *, aside: tuple[int, ...] = (), gain: Callable[..., float] = max) -> float:
    """Give the largest mean stake that anybody can stop at who chooses, after each report, from which stratum the next one comes.

    Args:
        worlds: the population at the first report, the second, and so on. Persons of `aside` may be reported at any time.
    """
    free = {int(person) for other in aside for person in worlds[0].seen.of(other)}

    def after(victims: tuple[int, ...]) -> float:
        reports = [Report(person, world) for person, world in zip(victims, worlds, strict=False)]
        now = float(np.exp(running(reports, account=ACCOUNT, aside=aside)[-1])) if victims else 1.0
        if len(victims) == len(worlds):
            return now
        here = strata(worlds[len(victims)])
        left = [person for person in range(len(here)) if person not in victims]
        means = [
            float(np.mean([after((*victims, p)) for p in left if here[p] == stratum and p not in free]))
            for stratum in {here[p] for p in left if p not in free}
        ]
        return gain([now, *means, *(after((*victims, p)) for p in left if p in free)])

    return after(())


@st.composite
def tiny(draw: st.DrawFn) -> tuple[list[list[int]], list[int]]:
    """Five persons in one or two places, and three accounts."""
    sets = [draw(st.lists(st.integers(0, 4), unique=True, max_size=4)) for _ in range(3)]
    return sets, draw(st.lists(st.integers(0, 1), min_size=5, max_size=5))


@settings(max_examples=12, deadline=None)
@given(tiny(), st.sampled_from([(), (RIVAL,)]))
def test_over_all_orders_of_victims_no_stopping_makes_the_mean_larger_than_one(
    world: tuple[list[list[int]], list[int]], aside: tuple[int, ...]
) -> None:
    sets, places = world
    known = population(sets, places=places)
    for gain in (max, min):  # Never less either: nothing is given away.
        assert best_stake([known] * 4, aside=aside, gain=gain) == pytest.approx(1, abs=1e-9)


def test_two_persons_of_whom_the_account_saw_one_is_the_smallest_case() -> None:
    assert best_stake([population([[0], []], places=[0, 0])] * 2) == pytest.approx(1, abs=1e-12)


def test_the_check_sees_a_share_that_forgets_who_was_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """As bets with a share that stays what it was: stopping well then gives more than 1."""
    sound = stake._chances

    def forgetful(known: Population, *, persons: np.ndarray, places: np.ndarray, **how: object) -> stake.Chances:
        one = [sound(known, persons=persons[[p]], places=np.zeros(1, np.int64), **how) for p in places]  # type: ignore[arg-type]
        return stake.Chances(
            hit=np.concatenate([c.hit for c in one]), share=np.concatenate([c.share for c in one]),
            density=np.concatenate([c.density for c in one]),
        )  # fmt: skip

    monkeypatch.setattr(stake, "_chances", forgetful)
    assert best_stake([population([[0], []], places=[0, 0])] * 2) > 1.05


def test_look_ups_that_come_between_reports_keep_the_mean() -> None:
    early = population([[0, 3], [1, 2]], places=[0, 0, 0, 0, 1, 1])
    late = population([[0, 3, 1, 5], [1, 2, 4], [0, 2]], places=[0, 0, 0, 0, 1, 1])
    for gain in (max, min):
        assert best_stake([early, late, late, late], gain=gain) == pytest.approx(1, abs=1e-9)


def test_over_all_sets_that_the_account_might_have_seen_the_mean_is_one_for_any_order_of_victims() -> None:
    """Popularity beyond 32 lies in classes: theta must not tell which of a class the account saw."""
    often = (34, 34, 35, 35, 36, 36, 2, 2, 2)
    others = [[person for person, count in enumerate(often) if number < count] for number in range(40)]
    class_of = strata(population([[], *others], places=[0] * len(often)))
    groups = [[p for p in range(len(often)) if class_of[p] == c] for c in sorted(set(class_of))]
    assert [0, 1, 2, 3] in groups
    choices = [list(combinations(group, max(1, len(group) // 2))) for group in groups]
    for victims in ((0, 2, 6, 4), (3, 8, 1, 0), (6, 7, 8, 5)):
        stakes = []
        for chosen in product(*choices):
            known = population([[p for part in chosen for p in part], *others], places=[0] * len(often))
            run = np.exp(running([Report(p, known) for p in victims], account=ACCOUNT, aside=()))
            # One stops at the first stake of 1.2, if there is one.
            over = np.flatnonzero(run >= 1.2)
            stakes.append(run[over[0] if len(over) else -1])
        assert np.mean(stakes) == pytest.approx(1, abs=1e-9)


def test_nobody_wins_by_misses() -> None:
    known = population([list(range(9))], places=[0] * 10)
    assert running([Report(9, known)], account=ACCOUNT, aside=())[0] < 0
