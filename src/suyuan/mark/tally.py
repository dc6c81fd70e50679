"""Tallies: observations counted by what they are, so that each strategy is computed once for each thing there is to see.

A dump of a hundred thousand rows shows few different things: a row that agrees in two slots of fifty-fifty is like any
other such row. Rows are sorted by the slots they show, persons by their rows, and each suspect has a count of each.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.int8] | npt.NDArray[np.int16] | npt.NDArray[np.int32] | Whole
"""Whole numbers, as narrow as they go: of what is read slot by slot there are millions."""

_WIDEST = 8
"""How many times wider than there are values their range may be, for a table of it to be faster than sorting them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorts:
    """Things sorted by what they contain: `sort` of each thing, and the contents of every sort.

    Sort `of[i]` contains `members[i]`; `of` ascends, and so do the contents of a sort, which are a multiset.
    """

    sort: Whole
    members: Whole
    of: Whole
    count: int

    @property
    def sizes(self) -> Floats:
        """How many members a thing of each sort has."""
        return np.bincount(self.of, minlength=self.count).astype(np.float64)

    def within(self, sort: int) -> Whole:
        """Give what a thing of one sort contains."""
        first, last = np.searchsorted(self.of, (sort, sort + 1))
        return self.members[first:last]


def distinct(values: Numbers) -> tuple[Whole, Whole]:
    """Give the distinct values, ascending, and which of them each is: `np.unique`, without sorting where the range is small.

    Args:
        values: not negative.
    """
    widest = int(values.max(initial=0)) + 1
    if widest > _WIDEST * (len(values) + 1):
        found, which = np.unique(values, return_inverse=True)
        return found.astype(np.int64), which.astype(np.int64)
    there = np.zeros(widest, dtype=np.bool_)
    there[values] = True
    return np.flatnonzero(there), (np.cumsum(there) - 1)[values]


def sort_out(owner: Numbers, *, value: Whole, owners: int) -> Sorts:
    """Sort things by the multiset of values they own; exact, no hashing.

    Args:
        owner, value: one row per thing owned, shape (rows,); values are not negative, and those of all owners together
            fit into 63 bits.
        owners: how many things there are; those that own nothing are one sort.
    """
    bits = int(value.max(initial=0)).bit_length()
    # One number each, and by merging: owners come in a few runs that ascend already.
    both = owner.astype(np.int64)
    both <<= bits
    both |= value
    both.sort(kind="stable")
    counts = np.bincount(both >> bits, minlength=owners)
    both &= (1 << bits) - 1
    value = both
    starts = np.cumsum(counts) - counts
    width = int(value.max(initial=0)) + 1
    sort, fresh = np.zeros(owners, dtype=np.int64), 1
    for rank in range(int(counts.max(initial=0))):
        mine = np.flatnonzero(counts > rank)
        kinds, which = distinct(sort[mine] * width + value[starts[mine] + rank])
        sort[mine] = fresh + which
        fresh += len(kinds)
    kinds, sort = distinct(sort)
    first = np.empty(len(kinds), dtype=np.int64)
    first[sort[::-1]] = np.arange(owners - 1, -1, -1)
    of = np.repeat(np.arange(len(first)), counts[first])
    within = np.arange(len(of)) - np.repeat(np.cumsum(counts[first]) - counts[first], counts[first])
    return Sorts(sort=sort, members=value[starts[first][of] + within], of=of, count=len(first))
