"""How every row of a dump stands: linked, unknown, without an identifier, or contradicting itself; gathered by batches."""

from collections.abc import Callable
from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt
import polars as pl

from suyuan.crypto.compiled import pays
from suyuan.terms import FieldName
from suyuan.trace.ports import Numbers

Bytes = npt.NDArray[np.uint8]

UNREADABLE: Final = 0
LINKED: Final = 1
UNKNOWN: Final = 2
"""An identifier was read, and it is nobody's of ours."""
KEYLESS: Final = 3
"""No identifier could be read."""
CONTRADICTING: Final = 4

NOBODY: Final = -1

Number = TypeVar("Number", bound=np.generic)

Tally = Callable[[npt.NDArray[np.int64], Numbers, Bytes, Bytes, Bytes, npt.NDArray[np.bool_]], int]
"""Writes the linked rows and says which contradict themselves; `tally_plainly` and `probing.tally`."""


class Standings:
    """What rows' identifiers say, batch by batch; 12 bytes for a linked row and one for any other, below 2^32 of each.

    A row goes to the person that more of its fields name than any other; a tie is contradicting.
    """

    def __init__(self, *, fields: tuple[FieldName, ...], by_kernel: bool = False) -> None:
        self._by_kernel = by_kernel
        self.fields = fields
        self._ordinals: list[npt.NDArray[np.integer]] = []
        self._persons: list[npt.NDArray[np.integer]] = []
        self._by: list[Bytes] = []
        self._most: list[Bytes] = []
        self._total: list[Bytes] = []
        self._standing: list[Bytes] = []
        self._counted = 0

    def add(self, ordinals: Numbers, *, votes: npt.NDArray[np.int64], has_token: npt.NDArray[np.bool_]) -> None:
        """Take the votes of the next rows.

        Args:
            ordinals: ascending, above all that came before.
            votes: shape (fields, rows), strongest field first, -1 where a field names no one.
        """
        rows = len(ordinals)
        if rows and int(ordinals[0]) < self._counted:
            raise ValueError("rows are taken in the file's order")
        linked, contradicting = np.empty(rows, dtype=np.int64), np.empty(rows, dtype=np.bool_)
        by, most, total = (np.empty(rows, dtype=np.uint8) for _ in range(3))
        count = _tally(by_kernel=self._by_kernel or pays(rows))(votes, linked, by, most, total, contradicting)
        linked = linked[:count]
        standing = np.where(has_token, np.uint8(UNKNOWN), np.uint8(KEYLESS))
        standing[contradicting] = CONTRADICTING
        standing[linked] = LINKED
        size = int(ordinals[-1]) + 1 - self._counted if rows else 0
        placed = np.zeros(size, dtype=np.uint8)
        placed[ordinals - self._counted] = standing
        self._standing.append(placed)
        self._counted += size
        self._ordinals.append(narrowed(ordinals[linked]))
        self._persons.append(narrowed(votes[by[:count], linked]))
        # Copies, so that no more than these stays in memory.
        self._by.append(by[:count].copy())
        self._most.append(most[:count].copy())
        self._total.append(total[:count].copy())

    def table(self, schema: pl.Schema) -> pl.DataFrame:
        """Give the linked rows as a table; what was gathered of them is gone then."""
        if not self._ordinals:
            return pl.DataFrame(schema=schema)
        names = pl.Series([*map(str, self.fields), "*"], dtype=pl.Categorical)
        row, person, by, share = schema
        # One after the other, so that what was gathered and the table are never both whole.
        columns = [pl.Series(row, emptied(self._ordinals).astype(np.uint64))]
        columns.append(pl.Series(person, emptied(self._persons).astype(np.int64)))
        columns.append(names.gather(pl.Series(emptied(self._by).astype(np.uint32))).alias(by))
        columns.append(pl.Series(share, emptied(self._most) / np.maximum(emptied(self._total), 1), dtype=pl.Float64))
        return pl.DataFrame(columns, schema=schema)

    def standing(self, read: int) -> Bytes:
        """Give one byte for every row that was read, in the file's order."""
        whole = np.zeros(read, dtype=np.uint8)
        if self._standing:
            found = np.concatenate(self._standing)
            whole[: len(found)] = found
        self._standing.clear()
        return whole


def narrowed(numbers: Numbers) -> npt.NDArray[np.integer]:
    """Give numbers of 0 or more in 32 bits where they fit."""
    return numbers.astype(np.uint32) if not len(numbers) or int(numbers.max()) < 1 << 32 else numbers


def emptied(parts: list[npt.NDArray[Number]]) -> npt.NDArray[Number]:
    """Give all parts, at least one, in one, and let go of them."""
    whole = np.concatenate(parts)
    parts.clear()
    return whole


def _tally(*, by_kernel: bool) -> Tally:
    if by_kernel:
        from suyuan.trace.matching.probing import tally

        return tally
    return tally_plainly


def tally_plainly(
    votes: npt.NDArray[np.int64],
    linked: Numbers,
    by: Bytes,
    most: Bytes,
    total: Bytes,
    contradicting: npt.NDArray[np.bool_],
) -> int:
    """Do as `probing.tally`, by whole columns."""
    fields, rows = votes.shape
    contradicting[:] = False
    if not fields:
        return 0
    names_someone = votes != NOBODY
    counts = np.zeros((fields, rows), dtype=np.uint8)
    for place in range(fields):
        counts[place] = (votes == votes[place]).sum(axis=0) * names_someone[place]
    best = counts.argmax(axis=0)
    winner = votes[best, np.arange(rows)]
    highest = counts.max(axis=0)
    rival = np.where(votes == winner, 0, counts).max(axis=0)
    contradicting[:] = (highest > 0) & (rival == highest)
    found = np.flatnonzero((highest > 0) & ~contradicting)
    count = len(found)
    linked[:count], by[:count], most[:count] = found, best[found], highest[found]
    total[:count] = names_someone.sum(axis=0)[found]
    return count
