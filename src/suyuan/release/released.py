"""What the door lets out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NoReturn, overload

from suyuan.ledger.receipt import Receipt
from suyuan.terms import CaseId, Clear, FieldName, KindName


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """One person's fields, minimised and marked, with the receipt of the entry that was written first."""

    receipt: Receipt
    fields: Mapping[FieldName, Clear]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A yes or no, with the receipt of the entry that was written first."""

    receipt: Receipt
    answer: bool = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasedFile:
    """A file handed over: how many rows of people, left out by key, and planted, under which receipt.

    Args:
        withheld: rows that a check withheld, by its code; their persons are not named.
    """

    receipt: Receipt
    rows: int
    omitted: int
    decoys: int
    aliases: int
    unmarked_cells: int
    bits_per_row: float
    withheld: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedRow:
    """One row of a list: the case by which the account may see the person, and what it sees."""

    case: CaseId
    fields: Mapping[FieldName, Clear]


class ListedRows(Sequence[ListedRow]):
    """The rows of a page, kept as they were written; a row is made when it is looked at. Prints without values."""

    __slots__ = ("_cases", "_kinds", "_told")

    def __init__(
        self,
        cases: Sequence[CaseId],
        *,
        told: Sequence[dict[str, str]],
        kinds: Mapping[FieldName, KindName],
    ) -> None:
        """Take the case of each row, what is told of it by field, and the kind of each field."""
        self._cases = cases
        self._told = told
        self._kinds = kinds

    def __len__(self) -> int:
        return len(self._cases)

    @overload
    def __getitem__(self, place: int) -> ListedRow: ...

    @overload
    def __getitem__(self, place: slice) -> "ListedRows": ...

    def __getitem__(self, place: int | slice) -> "ListedRow | ListedRows":
        if isinstance(place, slice):
            return type(self)(self._cases[place], told=self._told[place], kinds=self._kinds)
        told, kinds = self._told[place], self._kinds
        fields = {name: Clear(told[name], kind=kind) for name, kind in kinds.items() if name in told}
        return ListedRow(case=self._cases[place], fields=fields)

    def __repr__(self) -> str:
        return f"<{len(self)} listed rows>"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError(f"{self!r} do not serialise")

    def reveal(self) -> Iterator[tuple[CaseId, dict[str, str]]]:
        """Give the texts of each row behind its case; the caller answers for where they go."""
        return zip(self._cases, self._told, strict=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasedList:
    """A page of a list, with the receipt of the one entry that names every person in it; None where it is empty.

    Args:
        after: what to ask for the next page; empty where this was the last.
        withheld: persons whom a check withheld, by its code.
    """

    receipt: Receipt | None
    rows: ListedRows
    after: str = ""
    withheld: Mapping[str, int] = field(default_factory=dict)
