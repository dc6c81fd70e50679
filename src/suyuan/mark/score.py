"""Evidence in bits: the e-value of the marks against each suspect, exact by design.

For one suspect and one person, with what the dump shows `x`, the suspect's own marks `m`, error rate `e`
and the share `s` of the suspect's persons in the dump that really came from it:

    LR = (1 - s) + s * prod_k [ (1 - e) * 1{x_k = m_k} / Q(x_k) + e ]

Under innocence the marks are draws from Q that nobody outside the key store knew, so E[LR] = 1 for every
dump; so has every mean of such factors over rows and releases of one person, every product over persons,
and every average over strategies. Markov: P(E >= 1/a) <= a.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from suyuan.errors import RefusedError
from suyuan.mark.law import OMISSION

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]

PER_MILLE = 1000
LOG_2 = math.log(2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Strategy:
    """One way a leak may have been treated. `share` and `error` are in thousandths; `live` are channels not erased."""

    share: int
    error: int
    live: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """The strategies whose likelihoods are averaged, each with the same weight, and one that says nothing (LR 1).

    The last costs at most log2(len + 1) bits and bounds what evidence against a suspect can take away.
    """

    strategies: tuple[Strategy, ...]

    def document(self) -> list[object]:
        """Give the grid as plain data for the ledgered `trace-open`."""
        return [[g.share, g.error, list(g.live)] for g in self.strategies]


SHARES = (20, 100, 350, 700, 950)
ERRORS = (10, 150, 450)


def usual_strategies(channels: tuple[str, ...]) -> Grid:
    """Give the usual grid over the channels of a trace: all alive, one alive, one erased; five shares, three error rates.

    Interleaving, majority, minority and coin coalitions show as a share or an error rate; blanking as an
    erasure; normalising one kind of field as a channel that is not alive.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Observations:
    """What was read, long: one row per (pair, slot). A pair is one dump row against one released row of its person.

    `suspect`, `person`: per pair, shape (pairs,). `pair`, `channel`, `chance`, `match`: per read slot, shape
    (slots,): the pair's position, the channel's position, Q(x) in (0, 1], and whether x equals the mark.
    Slots that are erased or used by an earlier dump are left out: their factor is 1.
    """

    suspects: int
    channels: tuple[str, ...]
    suspect: Whole
    person: Whole
    pair: Whole
    channel: Whole
    chance: Floats
    match: npt.NDArray[np.bool_]

    def __post_init__(self) -> None:
        if self.suspect.shape != self.person.shape or len({len(self.pair), len(self.channel), len(self.match)}) != 1:
            raise RefusedError("observations: columns of unequal length")


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
    factor, suspect_of = _person_factors(seen)
    logs = np.zeros((len(grid.strategies) + 1, seen.suspects))
    pieces: dict[int, Floats] = {}
    for position, strategy in enumerate(grid.strategies):
        if strategy.error not in pieces:
            pieces[strategy.error] = _channel_logs(seen, error=strategy.error / PER_MILLE)
        live = [i for i, name in enumerate(seen.channels) if name in strategy.live]
        likelihood = np.exp(pieces[strategy.error][:, live].sum(axis=1))
        share = strategy.share / PER_MILLE
        person = np.bincount(
            factor.inverse,
            weights=((1 - share) + share * likelihood) / factor.size[factor.inverse],
            minlength=len(suspect_of),
        )
        logs[position] = np.bincount(suspect_of, weights=np.log(person), minlength=seen.suspects)
    return mean_of_logs(logs) / LOG_2


@dataclass(frozen=True, slots=True, kw_only=True)
class _Factors:
    inverse: Whole
    size: Floats


def _person_factors(seen: Observations) -> tuple[_Factors, Whole]:
    """Group the pairs by (suspect, person): the group of each pair, group sizes, and each group's suspect."""
    width = int(seen.person.max(initial=0)) + 1
    keys, inverse, counts = np.unique(seen.suspect * width + seen.person, return_inverse=True, return_counts=True)
    return _Factors(inverse=inverse, size=counts.astype(np.float64)), keys // width


def _channel_logs(seen: Observations, *, error: float) -> Floats:
    """Give the natural log of every pair's likelihood ratio by channel, shape (pairs, channels)."""
    slot = np.log(np.where(seen.match, (1 - error) / seen.chance, 0.0) + error)
    width = len(seen.channels)
    flat: Floats = np.bincount(
        seen.pair * width + seen.channel, weights=slot, minlength=len(seen.suspect) * width
    ).astype(np.float64)
    return flat.reshape(len(seen.suspect), width)


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
