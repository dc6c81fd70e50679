"""Posting lists: which holders (accounts, or releases) have seen each person, as two arrays and a tail of later ones."""

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

Whole = npt.NDArray[np.int64]
Short = npt.NDArray[np.int32]

_PERSONS_PER_STEP = 1 << 17
_FEW = 12
_OWNER_BITS = 32
_SMALL = np.empty(0, dtype=np.int32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lists:
    """Lists of numbers, one after another: list i is `members[starts[i]:starts[i + 1]]`.

    Args:
        starts: int64, one more than there are lists. members: int32, ascending within a list, without repeats.
    """

    starts: Whole
    members: Short = field(repr=False)

    @property
    def count(self) -> int:
        """How many lists there are."""
        return len(self.starts) - 1

    @property
    def sizes(self) -> Whole:
        """How long each list is."""
        return np.diff(self.starts)

    def of(self, list_number: int) -> Short:
        """Give one list."""
        return self.members[self.starts[list_number] : self.starts[list_number + 1]]

    def gather(self, lists: Whole) -> Short:
        """Give the members of several lists, one after another."""
        sizes = self.starts[lists + 1] - self.starts[lists]
        if not len(lists) or not (total := int(sizes.sum())):
            return _SMALL
        ends = np.cumsum(sizes)
        place = np.arange(total, dtype=np.int64)
        place += np.repeat(self.starts[lists] - (ends - sizes), sizes)
        return self.members[place]

    def turned(self, count: int) -> "Lists":
        """Give the same pairs from the other side: for each of `count` members, the lists it stands in."""
        pairs = self.members.astype(np.int64) << _OWNER_BITS
        pairs |= np.repeat(np.arange(self.count, dtype=np.int64), self.sizes)
        pairs.sort()
        return Lists(starts=_starts(self.members, count=count), members=pairs.astype(np.int32))


def distinct(values: Whole) -> Whole:
    """Give each value once, ascending: what `np.unique` gives, which hashes at twenty times the cost."""
    ordered = np.sort(values)
    found: Whole = ordered[np.append(np.ones(min(1, len(ordered)), dtype=np.bool_), ordered[1:] != ordered[:-1])]
    return found


def among(ascending: npt.NDArray[np.integer], values: npt.NDArray[np.integer]) -> npt.NDArray[np.bool_]:
    """Say which values are among ascending ones, of whose type they can be made."""
    if not len(ascending):
        return np.zeros(len(values), dtype=np.bool_)
    values = values.astype(ascending.dtype, copy=False)
    place = np.minimum(np.searchsorted(ascending, values), len(ascending) - 1)
    return np.asarray(ascending[place] == values)


def lists_of(owners: npt.NDArray[np.integer], members: npt.NDArray[np.integer], *, count: int) -> Lists:
    """Give `count` lists from pairs in any order; a pair that is said twice counts once.

    Args:
        owners: the list of each pair, below `count`. members: its member.
    """
    if not len(owners):
        return Lists(starts=np.zeros(count + 1, dtype=np.int64), members=_SMALL)
    width = int(members.max()) + 1
    pairs = distinct(owners.astype(np.int64) * width + members.astype(np.int64))
    whose, member = np.divmod(pairs, width)
    return Lists(starts=_starts(whose, count=count), members=member.astype(np.int32))


def _starts(owners: npt.NDArray[np.integer], *, count: int) -> Whole:
    sizes = np.bincount(owners, minlength=count) if len(owners) else np.zeros(count, dtype=np.int64)
    return np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(sizes, dtype=np.int64)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Postings:
    """Person -> holders, with a tail of pairs that came later, so that a release need not rebuild the whole.

    Source: the inverted index of text search; measured beside bitmaps per holder in benchmarks/sets.py.
    """

    lists: Lists
    holders: int
    late_persons: Short = field(default_factory=_SMALL.copy, repr=False)
    late_holders: Short = field(default_factory=_SMALL.copy, repr=False)

    def with_more(
        self, persons: npt.NDArray[np.integer], holders: npt.NDArray[np.integer], *, count: int
    ) -> "Postings":
        """Give the postings with further pairs, none of which is there yet; `count` holders in all."""
        return replace(
            self,
            holders=max(self.holders, count),
            late_persons=np.concatenate([self.late_persons, persons.astype(np.int32)]),
            late_holders=np.concatenate([self.late_holders, holders.astype(np.int32)]),
        )

    def settled(self) -> "Postings":
        """Give the same with the tail sorted in."""
        owner = np.repeat(np.arange(self.lists.count, dtype=np.int64), self.lists.sizes)
        merged = lists_of(
            np.concatenate([owner, self.late_persons]),
            np.concatenate([self.lists.members, self.late_holders]),
            count=self.lists.count,
        )
        return Postings(lists=merged, holders=self.holders)

    def overlap(self, persons: Whole) -> Whole:
        """Give how many of some persons each holder has seen.

        Args:
            persons: distinct numbers. Where they are most of all persons, the others are counted instead.
        """
        inside = np.zeros(self.lists.count, dtype=np.bool_)
        inside[persons] = True
        found = np.zeros(self.holders, dtype=np.int64)
        if 2 * len(persons) > self.lists.count:
            found += np.bincount(self.lists.members, minlength=self.holders)
            found -= self._counted(~inside)
        else:
            found += self._counted(inside)
        late = self.late_holders[inside[self.late_persons]]
        return found + np.bincount(late, minlength=self.holders) if len(late) else found

    def _counted(self, inside: npt.NDArray[np.bool_]) -> Whole:
        """Count over the persons that are inside, a step of persons at a time: few are gathered, many are masked."""
        found, lists = np.zeros(self.holders, dtype=np.int64), self.lists
        for start in range(0, lists.count, _PERSONS_PER_STEP):
            chosen = inside[start : start + _PERSONS_PER_STEP]
            count = int(chosen.sum())
            if not count:
                continue
            if _FEW * count < len(chosen):
                members = lists.gather(start + np.flatnonzero(chosen))
            else:
                edges = lists.starts[start : start + len(chosen) + 1]
                members = lists.members[edges[0] : edges[-1]][np.repeat(chosen, np.diff(edges))]
            found += np.bincount(members, minlength=self.holders)
        return found
