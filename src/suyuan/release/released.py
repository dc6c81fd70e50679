"""What the door lets out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from suyuan.ledger.receipt import Receipt
from suyuan.terms import CaseId, Clear, FieldName


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


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasedList:
    """A page of a list, with the receipt of the one entry that names every person in it; None where it is empty.

    Args:
        after: what to ask for the next page; empty where this was the last.
        withheld: persons whom a check withheld, by its code.
    """

    receipt: Receipt | None
    rows: Sequence[ListedRow]
    after: str = ""
    withheld: Mapping[str, int] = field(default_factory=dict)
