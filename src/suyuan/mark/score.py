"""Evidence in bits: the e-value of the marks against each suspect, exact by design.

For one suspect and one person, with what the dump shows `x`, the suspect's own marks `m`, error rate `e`
and the share `s` of the suspect's persons in the dump that really came from it:

    LR = (1 - s) + s * prod_k [ (1 - e) * 1{x_k = m_k} / Q(x_k) + e ]

Under innocence the marks are draws from Q that nobody outside the key store knew, so E[LR] = 1 for every
dump; so has every mean of such factors over rows and releases of one person, every product over persons,
and every average over strategies. Markov: P(E >= 1/a) <= a. For a suspect who colluded with others,
1{x_k = m_k} / Q(x_k) gives way to the ratio of `mark.coalition`, whose mean is 1 as well.
"""

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from suyuan.errors import RefusedError
from suyuan.mark.coalition import ALONE, ATTACKS, EITHER, ratio
from suyuan.mark.law import OMISSION, TOTAL
from suyuan.mark.tally import Floats, Numbers, Sorts, Whole, distinct, sort_out

PER_MILLE = 1000
SORTS_PER_STEP = 1 << 14
"""Sorts of one suspect's persons that are weighed under every strategy at a time: 50 MB."""
LOG_2 = math.log(2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Strategy:
    """One way a leak may have been treated. `share` and `error` are in thousandths; `live` are channels not erased.

    `size` colluders, the suspect among them, resolved what differs by `attack`; one alone has none.
    """

    share: int
    error: int
    live: tuple[str, ...]
    attack: str = ALONE
    size: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """The strategies whose likelihoods are averaged, each with the same weight, and one that says nothing (LR 1).

    The last costs at most log2(len + 1) bits and bounds what evidence against a suspect can take away.
    """

    strategies: tuple[Strategy, ...]

    def document(self) -> list[object]:
        """Give the grid as plain data for the ledgered `trace-open`."""
        return [[g.share, g.error, list(g.live), *([g.attack, g.size] if g.attack else [])] for g in self.strategies]


SHARES = (20, 100, 350, 700, 950)
ERRORS = (10, 150, 450)
SIZES = (2, 3, 4, 5, 6, 7, 8, 9, 10)
COALITION_SHARES = (350, 950)
COALITION_ERRORS = (10, 150)


def single_strategies(channels: tuple[str, ...]) -> Grid:
    """Give the grid of a copy that leaked alone: all channels alive, one alive, one erased; five shares, three error rates.

    Interleaving shows as a share or an error rate; blanking as an erasure; normalising one kind of field as a
    channel that is not alive.
    """
    lives = {channels}
    lives |= {(one,) for one in channels}
    lives |= {tuple(c for c in channels if c != one) for one in channels}
    if OMISSION in channels:
        lives.add(tuple(c for c in channels if c != OMISSION))
    ordered = sorted((live for live in lives if live), key=lambda live: (-len(live), live))
    return Grid(
        strategies=tuple(Strategy(share=s, error=e, live=live) for live in ordered for s in SHARES for e in ERRORS)
    )


def usual_strategies(channels: tuple[str, ...]) -> Grid:
    """Give the usual grid over the channels of a trace: a copy alone, and coalitions of two to ten that choose cell by cell."""
    together = tuple(
        Strategy(share=share, error=error, live=channels, attack=attack, size=size)
        for attack in ATTACKS
        for size in SIZES
        for share in COALITION_SHARES
        for error in COALITION_ERRORS
    )
    return Grid(strategies=single_strategies(channels).strategies + together)


@dataclass(frozen=True, slots=True, kw_only=True)
class Observations:
    """What was read, long: one row per (pair, slot). A pair is one dump row against one released row of its person.

    `suspect`, `person`: per pair, shape (pairs,). `pair`, `channel`, `chance`, `match`, `side`: per read slot,
    shape (slots,): the pair's position, the channel's position, Q(x) in (0, 1], whether x equals the mark, and
    which of two choices x is (`coalition.WIDE` where there are more). Slots that are erased or used by an earlier
    dump are left out: their factor is 1.
    """

    suspects: int
    channels: tuple[str, ...]
    suspect: Whole
    person: Whole
    pair: Numbers
    channel: Numbers
    chance: Floats
    match: npt.NDArray[np.bool_]
    side: npt.NDArray[np.int8]

    def __post_init__(self) -> None:
        lengths = {len(self.pair), len(self.channel), len(self.chance), len(self.match), len(self.side)}
        if self.suspect.shape != self.person.shape or len(lengths) != 1:
            raise RefusedError("observations: columns of unequal length")


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One thing that a slot can show of a suspect, whoever it is."""

    channel: str
    chance: float
    match: bool
    side: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Observations counted by what they are: `pairs` contain `slots`, `persons` contain pairs.

    Suspect `suspect[i]` has `count[i]` persons of sort `sort[i]`.
    """

    suspects: int
    slots: tuple[Slot, ...]
    pairs: Sorts
    persons: Sorts
    suspect: Whole
    sort: Whole
    count: Floats


def tally(seen: Observations) -> Tally:
    """Count observations by what they are; every strategy is then computed once for each thing there is to see."""
    slot, slots = _slots(seen)
    pairs = sort_out(seen.pair, value=slot, owners=len(seen.suspect))
    group, suspect_of = _groups(seen)
    persons = sort_out(group, value=pairs.sort, owners=len(suspect_of))
    keys, count = np.unique(suspect_of * persons.count + persons.sort, return_counts=True)
    return Tally(
        suspects=seen.suspects,
        slots=slots,
        pairs=pairs,
        persons=persons,
        suspect=keys // max(1, persons.count),
        sort=keys % max(1, persons.count),
        count=count.astype(np.float64),
    )


def rows_bits(seen: Observations, *, grid: Grid) -> Floats:
    """Give log2 E of the row marks for every suspect.

    One factor per (suspect, person): the mean over that person's rows in the dump and the suspect's
    releases of the person. A product over repeated rows would not be an e-value.

    Args:
        seen: the readings, long.
        grid: the strategies of the ledgered `trace-open`.
    Returns: bits, shape (suspects,).
    Source: Vovk & Wang 2021 (averages of e-values); DESIGN of the marks, docs/explanation/evidence.md.
    Test: tests/unit/mark/test_score.py enumerates E = 1; tests/statistics measures the rate.
    """
    return tally_bits(tally(seen), grid=grid)


def tally_bits(counted: Tally, *, grid: Grid) -> Floats:
    """`rows_bits` of observations that are counted already."""
    return bits_of_logs(strategy_logs(counted, grid=grid))


def bits_of_logs(logs: Floats) -> Floats:
    """Give log2 of the mean of some strategies and one that says nothing: `logs` as `strategy_logs` gives them."""
    return mean_of_logs(np.vstack([logs, np.zeros(logs.shape[1])])) / LOG_2


def strategy_logs(counted: Tally, *, grid: Grid) -> Floats:
    """Give the natural log of every strategy's likelihood ratio for every suspect, shape (strategies, suspects)."""
    logs = np.zeros((len(grid.strategies), counted.suspects))
    if not grid.strategies:
        return logs
    factors = np.log(np.array([person_factors(counted, strategy=strategy) for strategy in grid.strategies]))
    of_sort = np.ascontiguousarray(factors.T)
    order = np.argsort(counted.suspect, kind="stable")
    sort, count = counted.sort[order], counted.count[order]
    edges = np.searchsorted(counted.suspect[order], np.arange(counted.suspects + 1)).tolist()
    for suspect, (first, last) in enumerate(pairwise(edges)):
        for start in range(first, last, SORTS_PER_STEP):
            stop = min(last, start + SORTS_PER_STEP)
            logs[:, suspect] += count[start:stop] @ of_sort.take(sort[start:stop], axis=0)
    return logs


def person_factors(counted: Tally, *, strategy: Strategy) -> Floats:
    """Give the factor of every sort of person under one strategy: the mean of LR over her pairs."""
    pairs, persons, share = counted.pairs, counted.persons, strategy.share / PER_MILLE
    slot = _slot_logs(counted.slots, strategy=strategy)
    likelihood = np.exp(np.bincount(pairs.of, weights=slot[pairs.members], minlength=pairs.count))
    factor = (1 - share) + share * likelihood
    means: Floats = np.bincount(persons.of, weights=factor[persons.members], minlength=persons.count) / persons.sizes
    return means


def slot_factor(slot: Slot, *, match: bool, strategy: Strategy) -> float:
    """Give the factor of one live slot if the suspect's mark is what the dump shows, or if it is not."""
    error = strategy.error / PER_MILLE
    held = ratio(match=match, chance=slot.chance, side=slot.side, attack=strategy.attack, size=strategy.size)
    return (1 - error) * held + error


def _slots(seen: Observations) -> tuple[Whole, tuple[Slot, ...]]:
    """Give which of the distinct slots each observed slot is, and the distinct ones."""
    chances, chance = _chances(seen.chance)
    sides, side = distinct(seen.side.astype(np.int16) - EITHER)
    # In place: there may be millions of them.
    chance *= len(seen.channels)
    chance += seen.channel
    chance *= len(sides)
    chance += side
    chance *= 2
    chance += seen.match
    codes, slot = distinct(chance)
    found = []
    for each in codes.tolist():
        rest, match = divmod(each, 2)
        rest, at_side = divmod(rest, len(sides))
        at_chance, channel = divmod(rest, len(seen.channels))
        name = seen.channels[channel]
        where = EITHER if name == OMISSION else int(sides[at_side]) + EITHER
        found.append(Slot(channel=name, chance=float(chances[at_chance]), match=bool(match), side=where))
    return slot, tuple(found)


def _chances(chance: Floats) -> tuple[Floats, Whole]:
    """Give the distinct chances and which each is; those of the integer laws are known by their weights."""
    weights = chance * TOTAL
    whole = weights.astype(np.int64)
    if np.array_equal(whole, weights):
        found, which = distinct(whole)
        return found / TOTAL, which
    other, which = np.unique(chance, return_inverse=True)
    return other, which.astype(np.int64)


def _groups(seen: Observations) -> tuple[Whole, Whole]:
    """Group the pairs by (suspect, person): the group of each pair, and each group's suspect."""
    width = int(seen.person.max(initial=0)) + 1
    keys, which = distinct(seen.suspect * width + seen.person)
    return which, keys // width


def _slot_logs(slots: tuple[Slot, ...], *, strategy: Strategy) -> Floats:
    """Give the natural log of every distinct slot's factor; a channel that is not live says nothing."""
    factors = [
        slot_factor(slot, match=slot.match, strategy=strategy) if slot.channel in strategy.live else 1.0
        for slot in slots
    ]
    return np.log(np.array(factors, dtype=np.float64))


def mean_of_logs(logs: Floats) -> Floats:
    """Give log(mean(exp(logs))) down the first axis, without overflow."""
    top = logs.max(axis=0)
    return np.asarray(top + np.log(np.exp(logs - top).mean(axis=0)))


PLANTED_SHARES = (10, 100, 500)


def planted_bits(*, hits: Floats, suspect: Whole, suspects: int, shares: tuple[int, ...] = PLANTED_SHARES) -> Floats:
    """Give log2 E of the planted identifiers for every suspect.

    Each identifier was drawn by key from a pool of M of which at most half is known otherwise, from other copies
    or earlier dumps; c distinct identifiers of the pool stand in the dump, so an innocent's own is among them
    with chance at most 2c/M, and (1 - q) + q * 1{hit} * M / (2c) has mean at most 1.

    Args:
        hits: per planted identifier M / (2c) where it stands in the dump, else 0; shape (identifiers,).
        suspect: whose copy it was planted in, shape (identifiers,).
        shares: the q of the mixture, in thousandths; one more that says nothing joins them.
    Returns: bits, shape (suspects,).
    """
    logs = np.zeros((len(shares) + 1, suspects))
    for position, share in enumerate(shares):
        q = share / PER_MILLE
        logs[position] = np.bincount(suspect, weights=np.log((1 - q) + q * hits), minlength=suspects)
    return mean_of_logs(logs) / LOG_2


def combine_bits(*, rows: Floats, planted: Floats) -> Floats:
    """Give log2 of the mean of E_rows, E_planted and their product.

    Rows and planted identifiers are drawn from different keys, so the product is an e-value too.
    """
    stacked = np.stack([rows, planted, rows + planted]) * LOG_2
    return mean_of_logs(stacked) / LOG_2
