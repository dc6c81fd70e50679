"""How every row of a dump stands: linked, unknown, without an identifier, or contradicting itself; gathered by batches."""

from collections.abc import Callable, Iterator
from typing import Final

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

BLOCK_NUMBERS: Final = 1 << 20
"""Numbers that are gathered lie in blocks of so many: large enough that the system has them back when they are let go."""

Tally = Callable[[npt.NDArray[np.int64], Numbers, Bytes, Bytes, Bytes, npt.NDArray[np.bool_]], int]
"""Writes the linked rows and says which contradict themselves; `tally_plainly` and `probing.tally`."""


class Gathering:
    """Numbers of 0 or more in the order in which they came, in blocks of 8 or 32 bits where they fit."""

    __slots__ = ("_blocks", "_filled", "_narrow", "length")

    def __init__(self, narrow: type[np.unsignedinteger]) -> None:
        self._narrow = narrow
        self._blocks: list[npt.NDArray[np.integer]] = []
        self._filled = 0
        self.length = 0

    def extend(self, numbers: npt.NDArray[np.integer]) -> None:
        """Take the next numbers."""
        self.length += len(numbers)
        fits = not len(numbers) or int(numbers.max()) <= np.iinfo(self._narrow).max
        width = self._narrow if fits else np.int64
        while len(numbers):
            if not self._blocks or self._filled == len(self._blocks[-1]) or self._blocks[-1].dtype != width:
                self._close()
                self._blocks.append(np.empty(BLOCK_NUMBERS, dtype=width))
            some = numbers[: len(self._blocks[-1]) - self._filled]
            self._blocks[-1][self._filled : self._filled + len(some)] = some
            self._filled += len(some)
            numbers = numbers[len(some) :]

    def blocks(self) -> Iterator[npt.NDArray[np.integer]]:
        """Give the blocks, and let go of each when the next is asked for."""
        self._close()
        self._blocks.reverse()
        while self._blocks:
            yield self._blocks.pop()

    def _close(self) -> None:
        if self._blocks:
            self._blocks[-1] = self._blocks[-1][: self._filled].copy()
        self._filled = 0


class Standings:
    """What rows' identifiers say, batch by batch; 12 bytes for a linked row and one for any other, below 2^32 of each.

    A row goes to the person that more of its fields name than any other; a tie is contradicting.
    """

    def __init__(self, *, fields: tuple[FieldName, ...], by_kernel: bool = False) -> None:
        self._by_kernel = by_kernel
        self.fields = fields
        self._ordinals, self._persons = Gathering(np.uint32), Gathering(np.uint32)
        self._by, self._most, self._total = (Gathering(np.uint8) for _ in range(3))
        self._standing = Gathering(np.uint8)

    def add(self, ordinals: Numbers, *, votes: npt.NDArray[np.int64], has_token: npt.NDArray[np.bool_]) -> None:
        """Take the votes of the next rows.

        Args:
            ordinals: ascending, above all that came before.
            votes: shape (fields, rows), strongest field first, -1 where a field names no one.
        """
        rows = len(ordinals)
        counted = self._standing.length
        if rows and int(ordinals[0]) < counted:
            raise ValueError("rows are taken in the file's order")
        linked, contradicting = np.empty(rows, dtype=np.int64), np.empty(rows, dtype=np.bool_)
        by, most, total = (np.empty(rows, dtype=np.uint8) for _ in range(3))
        count = _tally(by_kernel=self._by_kernel or pays(rows))(votes, linked, by, most, total, contradicting)
        linked = linked[:count]
        standing = np.where(has_token, np.uint8(UNKNOWN), np.uint8(KEYLESS))
        standing[contradicting] = CONTRADICTING
        standing[linked] = LINKED
        placed = np.zeros(int(ordinals[-1]) + 1 - counted if rows else 0, dtype=np.uint8)
        placed[ordinals - counted] = standing
        self._standing.extend(placed)
        self._ordinals.extend(ordinals[linked])
        self._persons.extend(votes[by[:count], linked])
        for gathered, numbers in ((self._by, by), (self._most, most), (self._total, total)):
            gathered.extend(numbers[:count])

    def table(self, schema: pl.Schema) -> pl.DataFrame:
        """Give the linked rows as a table; what was gathered of them is gone then."""
        if not self._ordinals.length:
            return pl.DataFrame(schema=schema)
        names = pl.Series([*map(str, self.fields), "*"], dtype=pl.Categorical)
        row, person, by, share = schema
        # Block by block, so that what was gathered and the table are never both whole.
        shares = (
            most / np.maximum(total, 1) for most, total in zip(self._most.blocks(), self._total.blocks(), strict=True)
        )
        columns = (
            pl.concat(pl.Series(row, block.astype(np.uint64)) for block in self._ordinals.blocks()),
            pl.concat(pl.Series(person, block.astype(np.int64)) for block in self._persons.blocks()),
            pl.concat(names.gather(block.astype(np.uint32)).alias(by) for block in self._by.blocks()),
            pl.concat(pl.Series(share, block) for block in shares),
        )
        return pl.DataFrame(columns, schema=schema)

    def standing(self, read: int) -> Bytes:
        """Give one byte for every row that was read, in the file's order; once."""
        whole, filled = np.zeros(read, dtype=np.uint8), 0
        for block in self._standing.blocks():
            whole[filled : filled + len(block)] = block
            filled += len(block)
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
