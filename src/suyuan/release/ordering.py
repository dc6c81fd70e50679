"""The order of ties: rows that the caller says could stand either way stand in pairs as row keys draw it.

Which rows are a pair hangs on the caller's file alone, never on a key. One of the two carries the choice: the one that
comes first in the file. The other's key has nothing to say of it, so the two persons' marks stay independent.
"""

from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from suyuan.mark.law import uniform
from suyuan.release.marking import draw_columns

Whole = npt.NDArray[np.int64]

NO_PARTNER: Final = -1
SWAPPED: Final = 1
"""The choice that turns a pair round; 0 leaves it as the caller had it."""


def ties_of(column: pl.Series) -> Whole:
    """Give the run of equal cells that each row stands in; an empty cell is equal to no other."""
    turns = (column != column.shift(1)).fill_null(value=True)
    return turns.cum_sum().to_numpy().astype(np.int64)


def partners_of(persons: Whole, *, runs: Whole, rows_per_step: int) -> Whole:
    """Give each row's partner, in rows of the file: `NO_PARTNER` for a second of a pair and for who has none.

    Rows next to each other are a pair, so that any stretch of the file that leaks holds both of nearly all its pairs.
    Neither has another row in the file: where a person stands first would else not be one row's to say.

    Args:
        persons: of every row. runs: the tie that each row belongs to.
        rows_per_step: the file is written so many rows at a time; no pair lies astride.
    """
    count = len(persons)
    partner = np.full(count, NO_PARTNER, dtype=np.int64)
    if count < 2:
        return partner
    _, which, times = np.unique(persons, return_inverse=True, return_counts=True)
    alone = times[which] == 1
    step = np.arange(count) // rows_per_step
    joined = (runs[1:] == runs[:-1]) & (step[1:] == step[:-1]) & alone[1:] & alone[:-1]
    # Within each stretch of rows that may all be paired: the first with the second, the third with the fourth.
    begins = np.flatnonzero(np.diff(np.concatenate([[0], joined.astype(np.int8)])) == 1)
    within = np.arange(count - 1)
    start = np.zeros(count - 1, dtype=np.int64)
    start[begins] = begins
    within -= np.maximum.accumulate(start)
    firsts = np.flatnonzero(joined & (within % 2 == 0))
    partner[firsts] = firsts + 1
    return partner


def partners_in(partner: Whole, *, place: Whole) -> Whole:
    """Give each manifest row's partner, in rows of the manifest.

    Args:
        partner: by row of the file. place: the manifest row of each row of the file.
    """
    found = np.full(len(partner), NO_PARTNER, dtype=np.int64)
    firsts = np.flatnonzero(partner != NO_PARTNER)
    found[place[firsts]] = place[partner[firsts]]
    return found


def pairs_kept(partner: Whole, *, keep: npt.NDArray[np.bool_]) -> int:
    """Give how many pairs there are of which no row is left out: one bit each."""
    firsts = np.flatnonzero(partner != NO_PARTNER)
    return int((keep[firsts] & keep[partner[firsts]]).sum())


def shown_order(partner: Whole, *, lane_keys: npt.NDArray[np.uint8]) -> Whole:
    """Give the row of the file that stands at each place of the copy.

    Args:
        partner: as `partners_of` gives it. lane_keys: the order lane of every row, in the file's order.
    """
    order = np.arange(len(partner))
    firsts = np.flatnonzero(partner != NO_PARTNER)
    turned = firsts[order_choices(lane_keys[firsts]) == SWAPPED]
    order[turned], order[partner[turned]] = partner[turned], turned
    return order


def order_choices(lane_keys: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Give the choice that each order lane draws: a fair coin."""
    draws = draw_columns(lane_keys, slots=1)[:, 0].astype(np.int64)
    return (draws >= uniform(2).weights[0]).astype(np.uint8)
