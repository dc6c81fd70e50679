"""Innocents among recipients whose exports drew the order of ties: how often they are named, whatever order a dump is in.

Run it alone, with its figures: python -m pytest -s tests/statistics/test_row_order.py
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pytest
from tests.innocents import LINE, SUSPECTS, interval, require_bound
from tests.unit.trace.test_order import copies_of, release

from suyuan.mark.law import ORDER
from suyuan.mark.score import Observations, rows_bits, usual_strategies
from suyuan.release.ordering import order_choices, partners_of, shown_order
from suyuan.trace.naming.order import observe_order, reads_with_order, shown_ties
from suyuan.trace.naming.reads import Reads

Whole = npt.NDArray[np.int64]
Spoil = Callable[[Observations], Observations]

GRID = usual_strategies(("name", ORDER))
"""Of a usual dump whose every value was rewritten."""

PERSONS = 160
DEPOT = 16
"""Rows that are equal in what a file is ordered by."""

ROWS_PER_STEP = 1 << 16
NO = np.empty(0, dtype=np.int64)
ORDERS = ("as it came", "shuffled", "as the platform has it", "backwards", "joined in blocks", "where most have her")


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """One export: the persons of the caller's file, their partners and what their row keys drew, and the order it came out in."""

    file: Whole
    partner: Whole
    drawn: npt.NDArray[np.uint8]
    shown: Whole


def a_copy(dice: np.random.Generator) -> Copy:
    """Export most persons, in the platform's own order as a rule; what stands in a depot together is a tie, or everything is."""
    file = np.flatnonzero(dice.random(PERSONS) < 0.9)
    if dice.random() < 0.2:
        file = dice.permutation(file)
    depots = file // DEPOT if dice.random() < 0.5 else np.zeros_like(file)
    runs = np.cumsum(np.concatenate([[0], depots[1:] != depots[:-1]]))
    partner = partners_of(file, runs=runs, rows_per_step=ROWS_PER_STEP)
    keys = dice.integers(0, 256, (len(file), 32), dtype=np.uint8)
    return Copy(file=file, partner=partner, drawn=order_choices(keys), shown=file[shown_order(partner, lane_keys=keys)])


def leaked(copies: Sequence[Whole], *, how: str, dice: np.random.Generator) -> Whole:
    """Give the order in which a dump has its persons that is made of these copies."""
    persons = np.unique(np.concatenate(copies))
    if how == "joined in blocks":
        blocks = zip(*(np.array_split(copy, 5) for copy in copies), strict=True)
        return np.concatenate([part for block in blocks for part in block])
    if how == "where most have her":
        places = np.full((len(copies), PERSONS), np.nan)
        for place, copy in zip(places, copies, strict=True):
            place[copy] = np.arange(len(copy))
        return persons[np.argsort(np.nanmedian(places[:, persons], axis=0), kind="stable")]
    orders = {"as it came": copies[0], "as the platform has it": persons, "backwards": persons[::-1]}
    return orders[how] if how in orders else dice.permutation(persons)


def one_dump(dice: np.random.Generator, *, leaker: bool) -> Observations:
    """Read the order of one dump against five suspects; with `leaker`, the first copy of the first is its source."""
    own = [[a_copy(dice) for _ in range(int(dice.choice([1, 1, 2])))] for _ in range(SUSPECTS)]
    others = [a_copy(dice).shown for _ in range(int(dice.choice([1, 2, 3, 5])))]
    how = "as it came" if leaker else str(dice.choice(ORDERS))
    order = leaked([own[0][0].shown] if leaker else others, how=how, dice=dice)
    if dice.random() < 0.5:
        # Whoever knows what an innocent was given leaks only that.
        order = order[np.isin(order, own[1][0].shown)]
    order = order[dice.random(len(order)) < dice.choice([1.0, 0.8, 0.3])]
    return observed(np.concatenate([order, dice.permutation(order)[: int(dice.choice([0, 5, 40]))]]), own=own)


def observed(order: Whole, *, own: Sequence[Sequence[Copy]]) -> Observations:
    """Read a dump with persons in this order, by the product's own reading; `own` are the copies of each suspect."""
    exports = [(suspect, copy) for suspect, copies in enumerate(own) for copy in copies]
    held = [
        (number, row, person, suspect)
        for number, (suspect, copy) in enumerate(exports)
        for row, person in enumerate(copy.file.tolist())
    ]
    linked = np.isin([person for _, _, person, _ in held], order)
    held = [one for one, is_linked in zip(held, linked.tolist(), strict=True) if is_linked]
    copies = copies_of(held, {number: release() for number in range(len(exports))})
    partner = np.concatenate([copy.partner for _, copy in exports])[linked]
    shown = shown_ties(copies, partner=partner, persons=order, rows=np.arange(len(order))).shown
    link, copy = np.nonzero(order[:, None] == copies.person[None, :])
    nothing = Observations(
        suspects=SUSPECTS, channels=("name", "omission"), suspect=copies.suspect[copy], person=order[link], pair=NO,
        channel=NO, chance=np.empty(0), match=np.empty(0, dtype=np.bool_), side=np.empty(0, dtype=np.int8),
    )  # fmt: skip
    reads = reads_with_order(Reads.of_copies([{}] * len(held)), shown=shown, copies=copies, used=frozenset())
    drawn = np.concatenate([copy.drawn for _, copy in exports])[linked]
    return observe_order(nothing, copy=copy, shown=shown, drawn=drawn, reads=reads)


def bits_of_dumps(
    count: int, *, seed: int, leaker: bool = False, spoil: Spoil | None = None
) -> npt.NDArray[np.float64]:
    """Give the bits against the suspects of so many dumps, shape (dumps, suspects)."""
    dice = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        seen = one_dump(dice, leaker=leaker)
        found.append(rows_bits(spoil(seen) if spoil else seen, grid=GRID))
    return np.array(found)


def test_nobody_is_named_more_often_than_alpha_in_whatever_order() -> None:
    trials = 1_000
    bits = bits_of_dumps(trials, seed=5)
    wrong = int((bits >= LINE).any(axis=1).sum())
    low, high = require_bound(wrong, trials=trials)
    mean = float(np.exp2(np.minimum(bits, 200)).mean())
    print(f"\n{wrong} of {trials} dumps name an innocent, {low:.4f} to {high:.4f}; mean E {mean:.3f}")
    assert 0.2 < mean < 1.6, "far from 1 on either side is a bug: too weak to fail, or no e-value"


@pytest.mark.slow
def test_at_ten_times_the_size() -> None:
    trials = 10_000
    bits = bits_of_dumps(trials, seed=50)
    wrong = int((bits >= LINE).any(axis=1).sum())
    low, high = require_bound(wrong, trials=trials)
    print(f"\n{wrong} of {trials} dumps name an innocent, {low:.4f} to {high:.4f}")


def test_the_leaker_is_named_and_innocents_are_not() -> None:
    trials = 300
    bits = bits_of_dumps(trials, seed=6, leaker=True)
    named = int((bits[:, 0] >= LINE).sum())
    print(f"\nthe leaker is named in {named} of {trials} dumps")
    assert interval(named, trials=trials)[0] > 0.5
    require_bound(int((bits[:, 1:] >= LINE).any(axis=1).sum()), trials=trials)


def test_an_order_that_is_not_drawn_is_seen() -> None:
    """The bug: every copy keeps its caller's order, and so all of them agree with each other."""

    def undrawn(seen: Observations) -> Observations:
        return replace(seen, match=seen.side == 0)

    bits = bits_of_dumps(300, seed=7, spoil=undrawn)
    with pytest.raises(AssertionError):
        require_bound(int((bits >= LINE).any(axis=1).sum()), trials=300)
