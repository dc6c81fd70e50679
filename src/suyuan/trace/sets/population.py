"""The population: every person, who looked her up, and where she lies; and the strata in which people are comparable."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from suyuan.trace.sets.postings import Lists, Postings, among, distinct
from suyuan.trace.sets.tail import Table

Whole = npt.NDArray[np.int64]
Reals = npt.NDArray[np.float64]

_EXACT_COUNTS = 32
_STEP = 1.06
_ITEMS_PER_STEP = 1 << 22
_MANY = 16
"""Of one person in so many it is quicker to flag all persons than to sort these."""


def popularity_classes(most: int) -> Whole:
    """Give the class of each count of look-ups from 0 to `most`: exact up to 32, then steps of about 6 %."""
    counts = np.arange(most + 1)
    far = np.log(np.maximum(counts, _EXACT_COUNTS) / _EXACT_COUNTS) / np.log(_STEP)
    return np.where(counts <= _EXACT_COUNTS, counts, _EXACT_COUNTS + np.ceil(far - 1e-9)).astype(np.int64)


@dataclass(frozen=True)
class Population:
    """Persons 0 .. N-1 and accounts 0 .. A-1.

    Args:
        seen: for each account, the persons whom it looked up. places: for each person a number for where she lies: her
            region or outlet, and the logged queues she was in. Two persons of one place and one popularity are comparable.
    """

    seen: Lists
    places: npt.NDArray[np.int32] = field(repr=False)

    @property
    def persons(self) -> int:
        """How many persons there are."""
        return len(self.places)

    @property
    def accounts(self) -> int:
        """How many accounts there are."""
        return self.seen.count

    @cached_property
    def postings(self) -> Postings:
        """Person -> accounts."""
        return Postings(lists=self.seen.turned(self.persons), holders=self.accounts)

    @cached_property
    def popularity(self) -> Whole:
        """How many accounts looked each person up."""
        return self.postings.lists.sizes

    @cached_property
    def _classes(self) -> Whole:
        return popularity_classes(int(self.popularity.max(initial=0)))

    @cached_property
    def _width(self) -> int:
        return int(self._classes[-1]) + 1

    @cached_property
    def cells(self) -> int:
        """How many strata there can be."""
        return (int(self.places.max(initial=0)) + 1) * self._width

    @cached_property
    def strata(self) -> Whole:
        """The stratum of each person by everybody's look-ups."""
        return self._stratum(np.arange(self.persons), self.popularity)

    @cached_property
    def sizes(self) -> Whole:
        """How many persons each stratum has."""
        return np.bincount(self.strata, minlength=self.cells)

    @cached_property
    def activity(self) -> Reals:
        """The look-ups of each stratum's persons, and one more of each person."""
        weights = (self.popularity + 1).astype(np.float64)
        return np.asarray(np.bincount(self.strata, weights=weights, minlength=self.cells), dtype=np.float64)

    def strata_without_one(self, persons: npt.NDArray[np.integer]) -> Whole:
        """Give the strata of persons by the look-ups of all others than one account that looked them all up."""
        return self._stratum(persons, self.popularity[persons] - 1)

    def _stratum(self, persons: npt.NDArray[np.integer], counts: Whole) -> Whole:
        found: Whole = self.places[persons].astype(np.int64) * self._width + self._classes[counts]
        return found


@dataclass(frozen=True)
class Scene:
    """One dump over a population, with some persons set aside: what a rival had seen explains nothing about another.

    Args:
        dump: distinct persons of the dump. aside: persons left out of everything, ascending.
    """

    population: Population
    dump: Whole = field(repr=False)
    aside: Whole = field(default_factory=lambda: np.empty(0, dtype=np.int64), repr=False)

    @cached_property
    def left(self) -> Whole:
        """The persons of the dump that are not left out, ascending."""
        return np.sort(self.dump[~among(self.aside, self.dump)])

    @cached_property
    def _sizes(self) -> Whole:
        strata = self.population.strata
        if not len(self.aside):
            return self.population.sizes
        return self.population.sizes - np.bincount(strata[self.aside], minlength=self.population.cells)

    @cached_property
    def _dumped(self) -> Whole:
        return np.bincount(self.population.strata[self.left], minlength=self.population.cells)

    @cached_property
    def hits(self) -> Whole:
        """How many persons of what is left of the dump each account looked up."""
        return self.population.postings.overlap(self.left)

    @cached_property
    def expected(self) -> Reals:
        """About how many each account would have by chance: by strata that its own look-ups are part of."""
        share = (self._dumped / np.maximum(self._sizes, 1)).astype(np.float32)
        weight = share[self.population.strata]
        weight[self.aside] = 0
        seen = self.population.seen
        found = np.zeros(self.population.accounts)
        worked = np.flatnonzero(seen.sizes)
        starts = seen.starts[worked]
        first = 0
        while first < len(worked):
            # As many accounts as come to about a step's look-ups, and at least one.
            last = max(first + 1, int(np.searchsorted(starts, starts[first] + _ITEMS_PER_STEP)))
            begin, end = starts[first], seen.starts[worked[min(last, len(worked)) - 1] + 1]
            found[worked[first:last]] = np.add.reduceat(
                weight[seen.members[begin:end]], starts[first:last] - begin, dtype=np.float64
            )
            first = last
        return found

    def table(self, account: int) -> Table:
        """Give an account's strata that matter, by the look-ups of everybody else (leave one out)."""
        population = self.population
        mine = population.seen.of(account)
        mine = mine[~among(self.aside, mine)]
        before, after = population.strata[mine], population.strata_without_one(mine)
        dumped_here = among(self.left, mine)
        touched = distinct(np.concatenate([after[dumped_here], after[self._dumped[after] > 0]]))
        place = np.searchsorted(touched, after)
        place = np.minimum(place, max(len(touched) - 1, 0))
        inside = (touched[place] == after) if len(touched) else np.zeros(len(after), dtype=np.bool_)
        looked = np.bincount(place[inside], minlength=len(touched))
        sizes = self._sizes[touched] + looked - counted(before, cells=touched)
        found = np.bincount(place[inside & dumped_here], minlength=len(touched))
        dumped = self._dumped[touched] + found - counted(before[dumped_here], cells=touched)
        matters = dumped > 0
        return Table(sizes[matters], looked[matters], dumped[matters], found[matters])

    def without(self, *accounts: int) -> "Scene":
        """Give the scene without anybody whom one of these accounts ever saw."""
        if not accounts:
            return self
        seen: list[npt.NDArray[np.integer]] = [self.aside, *(self.population.seen.of(account) for account in accounts)]
        if _MANY * sum(len(persons) for persons in seen) < self.population.persons:
            return Scene(self.population, self.dump, distinct(np.concatenate(seen).astype(np.int64)))
        flags = np.zeros(self.population.persons, dtype=np.bool_)
        for persons in seen:
            flags[persons] = True
        return Scene(self.population, self.dump, np.flatnonzero(flags))


def counted(values: Whole, *, cells: Whole, weights: Whole | None = None) -> Whole | Reals:
    """Give how often each of some ascending cells occurs among values, or what the weights there come to."""
    if not len(cells) or not len(values):
        return np.zeros(len(cells), dtype=np.int64)
    place = np.minimum(np.searchsorted(cells, values), len(cells) - 1)
    is_there = cells[place] == values
    return np.bincount(place[is_there], minlength=len(cells), weights=None if weights is None else weights[is_there])
