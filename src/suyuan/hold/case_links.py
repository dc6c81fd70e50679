"""The links of many cases, kept as the rows they are; a link is made when it is looked at."""

from collections.abc import Callable, Sequence
from typing import Any, overload

from suyuan.hold.ports import CaseLink
from suyuan.terms import CaseId, PersonNumber

Row = tuple[Any, ...]  # What a database gives carries no types; its schema is strict.


class CaseLinks(Sequence[CaseLink]):
    """Links by case, account and person. A page of a list needs of most of them the case and the person alone."""

    __slots__ = ("_make", "_rows")

    def __init__(self, rows: Sequence[Row], *, make: Callable[[Row], CaseLink]) -> None:
        """Take rows that begin with case, account and person, and what makes a link of one."""
        self._rows = rows
        self._make = make

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, place: int) -> CaseLink: ...

    @overload
    def __getitem__(self, place: slice) -> "CaseLinks": ...

    def __getitem__(self, place: int | slice) -> "CaseLink | CaseLinks":
        if isinstance(place, slice):
            return CaseLinks(self._rows[place], make=self._make)
        return self._make(self._rows[place])

    @property
    def cases(self) -> list[CaseId]:
        """The case of each link."""
        return [row[0] for row in self._rows]

    @property
    def persons(self) -> list[PersonNumber]:
        """The person of each link."""
        return [row[2] for row in self._rows]
