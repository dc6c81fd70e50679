"""The order of ties in a dump: of two persons whom a copy drew to stand one before the other, which comes first.

What is shown is a function of the dump and of who is linked: a person comes first where her first row stands. A pair of
which one is missing, or whose first rows are the same, shows nothing. One of the two carries the slot: her row key drew it.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from suyuan.mark.law import ORDER, TOTAL, uniform
from suyuan.mark.score import Observations
from suyuan.mark.table import ERASED
from suyuan.trace.naming.copies import Copies, Whole
from suyuan.trace.naming.reads import NOTHING, Reads

Choices = npt.NDArray[np.int16]


def is_ordered(copies: Copies) -> bool:
    """Say whether any candidate release drew the order of ties."""
    return any(facts.plan.ordered for facts in copies.releases.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Ties:
    """What the dump shows of each copy's tie.

    Args:
        shown: 0 where its person comes first, 1 where her partner does, or `ERASED`.
        partner: the copy of her partner in the same release; -1 where nothing is shown.
    """

    shown: Choices
    partner: Whole


def shown_ties(copies: Copies, *, partner: Whole, persons: Whole, rows: Whole) -> Ties:
    """Give what the dump shows of each copy's tie.

    Args:
        partner: of each copy, the manifest row of its person's partner, -1 for none.
        persons, rows: of each linked row of the dump, ascending by row; rows are numbered over all files of an archive.
    """
    shown = np.full(len(copies.release), ERASED, dtype=np.int16)
    none = np.full(len(shown), -1, dtype=np.int64)
    if not len(shown) or not (partner >= 0).any():
        return Ties(shown=shown, partner=none)
    known, at = np.unique(persons, return_index=True)
    first = rows[at][np.searchsorted(known, copies.person)]
    width = int(max(copies.row.max(), partner.max())) + 1
    place = copies.release * width + copies.row
    order = np.argsort(place)
    wanted = copies.release * width + partner
    found = order[np.minimum(np.searchsorted(place[order], wanted), len(order) - 1)]
    seen = (partner >= 0) & (place[found] == wanted) & (first[found] != first)
    shown[seen] = (first[found] < first)[seen]
    return Ties(shown=shown, partner=np.where(seen, found, none))


def reads_with_order(reads: Reads, *, shown: Choices, copies: Copies, used: frozenset[tuple[int, int, str]]) -> Reads:
    """Give what counts of each copy, the order of its tie among it: where the dump shows it and no earlier opening read it."""
    releases = sorted(copies.releases)
    plans = [copies.releases[index].plan for index in releases]
    order_lane = np.array([plan.order_lane if plan.ordered else NOTHING for plan in plans], dtype=np.int64)
    lanes = np.where(shown != ERASED, order_lane[np.searchsorted(releases, copies.release)], NOTHING)
    spent = {(release, row) for release, row, channel in used if channel == ORDER}
    if spent:
        places = zip(copies.release.tolist(), copies.row.tolist(), strict=True)
        lanes[np.array([place in spent for place in places], dtype=np.bool_)] = NOTHING
    channels = tuple(sorted({*reads.channels, ORDER}))
    joined = np.full((len(shown), len(channels)), NOTHING, dtype=np.int64)
    joined[:, [channels.index(channel) for channel in reads.channels]] = reads.lanes
    joined[:, channels.index(ORDER)] = lanes
    return Reads(channels=channels, lanes=joined)


def observe_order(
    seen: Observations, *, copy: Whole, shown: Choices, drawn: npt.NDArray[np.uint8], reads: Reads
) -> Observations:
    """Give what was read, and behind it the order of ties: a slot of two even choices for every pair whose copy has one.

    Args:
        copy: of each pair of `seen`, the copy. drawn: of each copy, what its row key drew.
    """
    pair = np.flatnonzero(reads.counting(ORDER)[copy]) if len(copy) else np.empty(0, dtype=np.int64)
    choice, mark = shown[copy[pair]], drawn[copy[pair]]
    return Observations(
        suspects=seen.suspects,
        channels=(*seen.channels, ORDER),
        suspect=seen.suspect,
        person=seen.person,
        pair=np.concatenate([seen.pair, pair]),
        channel=np.concatenate([seen.channel, np.full(len(pair), len(seen.channels))]),
        chance=np.concatenate([seen.chance, np.array(uniform(2).weights)[choice] / TOTAL]),
        match=np.concatenate([seen.match, choice == mark]),
        side=np.concatenate([seen.side, choice.astype(np.int8)]),
    )
