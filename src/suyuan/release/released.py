"""What the door lets out."""

from collections.abc import Mapping
from dataclasses import dataclass

from suyuan.ledger.receipt import Receipt
from suyuan.terms import Clear, FieldName


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """One person's fields, minimised and marked, with the receipt of the entry that was written first."""

    receipt: Receipt
    fields: Mapping[FieldName, Clear]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasedFile:
    """A file handed over: how many rows of people, left out by key, and planted, under which receipt."""

    receipt: Receipt
    rows: int
    omitted: int
    decoys: int
    aliases: int
    unmarked_cells: int
    bits_per_row: float
