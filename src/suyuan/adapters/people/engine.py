"""What the verbs of a people store stand on: named statements, asked and run in whole transactions."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt

from suyuan.hold.ports import Numbers

Row = tuple[Any, ...]
"""What a database gives; the schemas are strict, so each column's type is known to the statement that asks."""

Column = npt.NDArray[np.int64] | npt.NDArray[np.int16] | list[bytes] | bytes | str
"""A column of rows to be added; bytes or a text by itself stands in every row. int16 is for a `smallint`."""

NUMBERS_AT_A_TIME: Final = 50_000


class Writes(Protocol):
    """The statements of one transaction under way."""

    def rows(self, name: str, parameters: Sequence[object] = ()) -> list[Row]:
        """Give every row of a named statement, as this transaction sees them."""
        ...

    def run(self, name: str, parameters: Sequence[object]) -> int:
        """Run a named statement; give how many rows it touched."""
        ...

    def run_each(self, name: str, parameters: Iterable[Sequence[object]]) -> int:
        """Run a named statement for each set of parameters; give how many rows it touched."""
        ...

    def add(self, name: str, columns: Sequence[Column], *, rows: int) -> None:
        """Add rows that are known to be new, as columns, by a named statement: the fast way in, which nothing asks of."""
        ...


class Engine(ABC):
    """A database of named statements."""

    @property
    @abstractmethod
    def place(self) -> str:
        """What the store is called in an error."""

    @abstractmethod
    def rows(self, name: str, parameters: Sequence[object] = ()) -> list[Row]:
        """Give every row of a named statement."""

    @abstractmethod
    def choose(
        self,
        name: str,
        *,
        condition: str,
        values: Sequence[object],
        before: Sequence[object] = (),
        after: Sequence[object] = (),
    ) -> list[Row]:
        """Give every row of a named statement in which `{condition}` stands for a condition of SQL.

        Args:
            condition: as a `Predicate` gives it: fixed words and marks for parameters, never a value.
            values: its parameters; `before` and `after` are those of the statement around it.
        """

    @abstractmethod
    def listed(self, values: Sequence[int] | Sequence[str] | Numbers) -> object:
        """Give a list as the one parameter that a statement takes for it."""

    @abstractmethod
    def writing(self) -> AbstractContextManager[Writes]:
        """Run one transaction: durable when the block ends, and gone, all of it, when the block raises."""

    def among(
        self,
        name: str,
        numbers: Sequence[int] | Numbers,
        *,
        before: Sequence[object] = (),
        within: Writes | None = None,
        times: int = 1,
    ) -> Iterator[Row]:
        """Give the rows of a statement whose last parameter is a list of numbers, a stretch of the list at a time.

        Args:
            before: its other parameters.
            within: the transaction to ask in.
            times: how often the statement names the list, as its last parameters.
        """
        asked = within or self
        for stretch in _stretches(numbers):
            yield from asked.rows(name, (*before, *(self.listed(stretch),) * times))

    def run_among(
        self, writes: Writes, name: str, numbers: Sequence[int] | Numbers, *, before: Sequence[object] = ()
    ) -> None:
        """Run a statement whose last parameter is a list of numbers, a stretch of the list at a time."""
        for stretch in _stretches(numbers):
            writes.run(name, (*before, self.listed(stretch)))


def _stretches(numbers: Sequence[int] | Numbers) -> Iterator[Numbers]:
    wanted = np.asarray(numbers, np.int64)
    if len(wanted) > 1:
        wanted = distinct(wanted)
    for start in range(0, len(wanted), NUMBERS_AT_A_TIME):
        yield wanted[start : start + NUMBERS_AT_A_TIME]


def distinct(numbers: Numbers) -> Numbers:
    """Give the numbers once each, ascending. Sorting beats `np.unique`, which hashes: they often come sorted."""
    ordered = np.sort(numbers, kind="stable")
    first = np.ones(len(ordered), np.bool_)
    first[1:] = ordered[1:] != ordered[:-1]
    return ordered[first]
