"""Which of two ties comes first in a dump, and that it is worth nothing against an innocent: by counting every way keys fall."""

from dataclasses import replace
from fractions import Fraction
from itertools import product
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from suyuan.evidence import arithmetic
from suyuan.mark.law import ORDER
from suyuan.mark.score import Observations, rows_bits, usual_strategies
from suyuan.mark.table import ERASED
from suyuan.trace.naming.copies import Copies
from suyuan.trace.naming.order import is_ordered, observe_order, reads_with_order, shown_ties
from suyuan.trace.naming.reads import Reads

GRID = usual_strategies(("name", ORDER))
NO = np.empty(0, dtype=np.int64)


def release(*, ordered: bool = True, marked: int = 1) -> object:
    return SimpleNamespace(plan=SimpleNamespace(ordered=ordered, order_lane=marked + 1))


def copies_of(held: list[tuple[int, int, int, int]], releases: dict[int, object]) -> Copies:
    """Copies from (release, row, person, suspect)."""
    columns = np.array(held, dtype=np.int64).reshape(-1, 4)
    return cast(
        "Copies",
        SimpleNamespace(
            releases=releases, release=columns[:, 0], row=columns[:, 1], person=columns[:, 2], suspect=columns[:, 3],
            suspects=tuple(range(int(columns[:, 3].max(initial=0)) + 1)),
        ),
    )  # fmt: skip


def test_who_comes_first_is_read_from_first_appearances() -> None:
    # Person 1 carries a tie with person 2, 3 with 4, 5 with 6 (of whom nothing is linked), 7 with 8 in one row.
    held = [(10, row, row + 1, 0) for row in range(5)] + [(10, 6, 7, 0), (10, 7, 8, 0), (11, 0, 1, 1), (11, 1, 2, 1)]
    partner = np.array([1, -1, 3, -1, 5, 7, -1, -1, 0])
    persons = np.array([2, 1, 3, 4, 3, 2, 5, 7, 8])
    rows = np.array([0, 1, 2, 5, 6, 7, 8, 9, 9])
    shown = shown_ties(copies_of(held, {}), partner=partner, persons=persons, rows=rows)
    assert shown.partner.tolist() == [1, -1, 3, -1, -1, -1, -1, -1, 7]
    assert shown.shown.tolist() == [1, ERASED, 0, ERASED, ERASED, ERASED, ERASED, ERASED, 0]


def test_without_a_partner_anywhere_nothing_is_shown() -> None:
    held = copies_of([(10, 0, 1, 0)], {})
    found = shown_ties(held, partner=np.array([-1]), persons=np.array([1]), rows=np.array([3]))
    assert (found.shown.tolist(), found.partner.tolist()) == ([ERASED], [-1])
    empty = copies_of([], {})
    assert len(shown_ties(empty, partner=NO, persons=NO, rows=NO).shown) == 0


def test_what_counts_is_shown_of_an_ordered_release_and_not_spent() -> None:
    held = copies_of([(10, 0, 1, 0), (10, 1, 2, 0), (11, 4, 1, 1), (12, 0, 1, 2)], {})
    held.releases.update({10: release(), 11: release(marked=3), 12: release(ordered=False)})  # type: ignore[dict-item]
    assert is_ordered(held)
    reads = Reads.of_copies([{"name": 0}, {}, {"name": 2, "omission": 9}, {"name": 0}])
    shown = np.array([0, ERASED, 1, 0], dtype=np.int16)
    joined = reads_with_order(reads, shown=shown, copies=held, used=frozenset({(11, 4, "name"), (12, 0, ORDER)}))
    assert [joined.of(i) for i in range(4)] == [
        {"name": 0, ORDER: 2}, {}, {"name": 2, "omission": 9, ORDER: 4}, {"name": 0},
    ]  # fmt: skip
    spent = reads_with_order(reads, shown=shown, copies=held, used=frozenset({(11, 4, ORDER)}))
    assert spent.of(2) == {"name": 2, "omission": 9}


# Four persons, two ties, one release of each of two suspects: suspect 0's copies are numbered 0 to 3, suspect 1's 4 to 7.
TIES = ((0, 1), (2, 3))
HELD = [(10 + suspect, person, person, suspect) for suspect in range(2) for person in range(4)]
PARTNER = np.array([1, -1, 3, -1] * 2)


def observed(order: tuple[int, ...], drawn: tuple[int, ...], *, twice: bool = False) -> Observations:
    """What is read of a dump with the persons in some order, the first of them perhaps again at its end."""
    persons = np.array([*order, order[0]] if twice else order, dtype=np.int64)
    # Only who is linked has copies in a trace.
    mine = [copy for copy in range(8) if HELD[copy][2] in order]
    held = copies_of([HELD[copy] for copy in mine], {10: release(), 11: release()})
    shown = shown_ties(held, partner=PARTNER[mine], persons=persons, rows=np.arange(len(persons))).shown
    reads = reads_with_order(Reads.of_copies([{}] * len(mine)), shown=shown, copies=held, used=frozenset())
    pairs = [
        (link, copy) for copy in range(len(mine)) for link in np.flatnonzero(persons == held.person[copy]).tolist()
    ]
    link, copy = (np.array(column) for column in zip(*pairs, strict=True))
    nothing = Observations(
        suspects=2, channels=("name", "omission"), suspect=held.suspect[copy], person=persons[link], pair=NO, channel=NO,
        chance=np.empty(0), match=np.empty(0, dtype=np.bool_), side=np.empty(0, dtype=np.int8),
    )  # fmt: skip
    marks = np.zeros(8, dtype=np.uint8)
    marks[[0, 2, 4, 6]] = drawn
    return observe_order(nothing, copy=copy, shown=shown, drawn=marks[mine], reads=reads)


def mean_e(order: tuple[int, ...], *, twice: bool = False, spoil: Any = None) -> list[float]:
    total = np.zeros(2)
    for drawn in product((0, 1), repeat=4):
        seen = observed(order, drawn, twice=twice)
        total += np.exp2(rows_bits(spoil(seen) if spoil else seen, grid=GRID)) / 16
    return [float(value) for value in total]


ORDERS = [(0, 1, 2, 3), (1, 0, 3, 2), (3, 1, 0, 2), (0, 2), (1, 3, 2), (2, 0, 1, 3)]


@pytest.mark.parametrize("order", ORDERS, ids=str)
@pytest.mark.parametrize("twice", [False, True])
def test_the_mean_over_all_keys_is_one_whatever_order_the_dump_is_in(order: tuple[int, ...], twice: bool) -> None:
    assert mean_e(order, twice=twice) == pytest.approx([1.0, 1.0], abs=1e-9)


def test_a_tie_that_counts_for_both_of_its_persons_would_accuse_innocents() -> None:
    def for_both(seen: Observations) -> Observations:
        """The bug: the partner's pairs get the slot of the one who carries it."""
        partner_of = dict(TIES)
        extra = [
            (other, slot)
            for slot, pair in enumerate(seen.pair.tolist())
            for other in np.flatnonzero(
                (seen.suspect == seen.suspect[pair]) & (seen.person == partner_of[int(seen.person[pair])])
            ).tolist()
        ]
        pair, slot = (np.array(column, dtype=np.int64) for column in zip(*extra, strict=True))
        return replace(
            seen, pair=np.concatenate([seen.pair, pair]),
            **{name: np.concatenate([getattr(seen, name), getattr(seen, name)[slot]]) for name in ("channel", "chance", "match", "side")},
        )  # fmt: skip

    assert min(mean_e((0, 1, 2, 3))) == pytest.approx(1)
    assert min(mean_e((0, 1, 2, 3), spoil=for_both)) > 1.05


def test_the_right_copy_is_told_by_order_alone() -> None:
    right = rows_bits(observed((0, 1, 3, 2), (0, 1, 1, 0)), grid=GRID)
    assert right[0] > 0.4 > -0.1 > right[1]


def test_the_verifier_weighs_a_tie_as_the_trace_does() -> None:
    seen = observed((0, 1, 3, 2), (0, 1, 1, 1))
    grid = [
        arithmetic.Strategy(share=g.share, error=g.error, live=g.live, attack=g.attack, size=g.size)
        for g in GRID.strategies
    ]
    slots = {int(seen.person[p]): (bool(m), 0.5, int(s)) for p, m, s in zip(seen.pair, seen.match, seen.side, strict=True) if seen.suspect[p] == 1}  # fmt: skip
    persons = [(((ORDER, (slots[p],)),),) if p in slots else ((),) for p in range(4)]
    assert arithmetic.rows_bits(persons, hidden=0, grid=grid) == pytest.approx(float(rows_bits(seen, grid=GRID)[1]))
    assert Fraction(1, 2) == Fraction(seen.chance[0])
