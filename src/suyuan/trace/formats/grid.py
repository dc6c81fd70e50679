"""The rows that fit a table, as columns: of rows that came so, and of rows that were read one by one."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from itertools import accumulate
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from suyuan.crypto.compiled import can_compile
from suyuan.terms import FieldName, KindName
from suyuan.trace.columns.layout import Layout
from suyuan.trace.columns.turning import Order
from suyuan.trace.formats.rows import Block, Row

Flags = npt.NDArray[np.uint8]

BLOCK_ROWS, BLOCK_BYTES = 60_000, 32 << 20
"""How many rows, or how much text, that came as columns are held at a time: enough for kernels to pay."""


class Pieces:
    """Rows and blocks on their way; of a block those rows are given apart that may be a header or nobody's.

    `is_within` says that more of the same block follows.
    """

    __slots__ = ("_order", "_rows", "_width", "is_within")

    def __init__(self, rows: Iterable[Row | Block], *, layout: Layout, order: Order) -> None:
        """Take the rows; where the table has a header, which may come again, all are given apart."""
        self._rows = rows
        self._width = 0 if layout.header is not None else layout.width
        self._order = order
        self.is_within = False

    def __iter__(self) -> Iterator[Row | Block]:
        for piece in self._rows:
            if not isinstance(piece, Block):
                yield piece
                continue
            # Under a header that came again in another order, and in another width, each row is looked at.
            is_plain = self._order.places is None and len(piece.columns) == self._width
            runs = parted(piece) if is_plain else list(piece.rows())
            for number, run in enumerate(runs, start=1):
                self.is_within = number < len(runs)
                yield run


def parted(block: Block) -> list[Row | Block]:
    """Give a block in pieces: rows by themselves that hold no number and no mailbox, or a zero byte, and what is between them."""
    holed, somebody = known_flag("HOLED"), known_flag("SOMEBODY")
    of_somebody = np.zeros(len(block), dtype=np.bool_)
    for column in block.columns:
        of_somebody |= (column.flags & somebody) > 0
    for column in block.columns:
        of_somebody &= (column.flags & holed) == 0
    found: list[Row | Block] = []
    first = 0
    for place in np.flatnonzero(~of_somebody).tolist():
        if place > first:
            found.append(block[first:place])
        found += block[place : place + 1].rows()
        first = place + 1
    if first < len(block):
        found.append(block[first:] if first else block)
    return found


def chunks_of_pieces(data: Iterable[Row | Block], *, pieces: Pieces, chunk_rows: int) -> Iterator[list[Row | Block]]:
    """Give rows in chunks that end where a block does.

    Args:
        data: what is left of `pieces` behind other steps.
        chunk_rows: how many rows that were read one by one are held at a time.
    """
    chunk: list[Row | Block] = []
    alone = together = size = 0
    for piece in data:
        chunk.append(piece)
        if isinstance(piece, Block):
            together += len(piece)
            size += piece.size_bytes
        else:
            alone += 1
        is_full = alone >= chunk_rows or alone + together >= BLOCK_ROWS or size >= BLOCK_BYTES
        if is_full and not pieces.is_within:
            yield chunk
            chunk = []
            alone = together = size = 0
    yield chunk


def rows_in(chunk: Iterable[Row | Block]) -> int:
    """Give how many rows a chunk has."""
    return sum(len(piece) if isinstance(piece, Block) else 1 for piece in chunk)


class Grid:
    """Rows of one width, each by its place: cells by column, and what is certain of them (`matching.glancing`)."""

    def __init__(self, parts: Sequence[list[list[str]] | Block]) -> None:
        self._parts = [part for part in parts if len(part)]
        self._columns: dict[int, pl.Series] = {}
        self._flags: dict[int, Flags] = {}

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *accumulate(map(len, self._parts))]

    def __len__(self) -> int:
        return self._starts[-1]

    @property
    def _alone(self) -> list[list[str]] | None:
        """The rows, where all of them were read one by one."""
        if not self._parts:
            return []
        first = self._parts[0]
        return None if len(self._parts) > 1 or isinstance(first, Block) else first

    def column(self, index: int) -> pl.Series:
        """Give a column."""
        if index not in self._columns:
            parts = [
                part.columns[index].texts
                if isinstance(part, Block)
                else pl.Series([row[index] for row in part], dtype=pl.String)
                for part in self._parts
            ]
            self._columns[index] = pl.concat(parts) if parts else pl.Series(dtype=pl.String)
        return self._columns[index]

    def flags(self, index: int) -> Flags:
        """Give what is certain of the cells of a column: of rows that were read one by one, nothing."""
        if index not in self._flags:
            parts = [
                part.columns[index].flags if isinstance(part, Block) else np.zeros(len(part), dtype=np.uint8)
                for part in self._parts
            ]
            self._flags[index] = np.concatenate([np.zeros(0, dtype=np.uint8), *parts])
        return self._flags[index]

    def has(self, index: int, *, flag: str) -> npt.NDArray[np.bool_]:
        """Say of which cells of a column something is certain."""
        return (self.flags(index) & known_flag(flag)) > 0

    @property
    def has_blocks(self) -> bool:
        """Whether anything is known of some rows."""
        return any(isinstance(part, Block) for part in self._parts)

    def gather(self, index: int, *, places: Sequence[int]) -> pl.Series:
        """Give some cells of a column."""
        if (alone := self._alone) is not None:
            return pl.Series([alone[place][index] for place in places], dtype=pl.String)
        return self.column(index).gather(pl.Series(places, dtype=pl.UInt32))

    def with_rows(self, others: Mapping[int, list[str]]) -> "Grid":
        """Give the rows with others in some places."""
        rows = [row for part in self._parts for row in (part.rows() if isinstance(part, Block) else part)]
        return Grid([[others.get(place, row) for place, row in enumerate(rows)]])

    def row(self, place: int) -> list[str]:
        """Give a row."""
        number = bisect_right(self._starts, place) - 1
        return row_of(self._parts[number], place - self._starts[number])


def row_of(part: list[list[str]] | Block, place: int) -> list[str]:
    """Give a row of several."""
    return next(part[place : place + 1].rows()) if isinstance(part, Block) else part[place]


def where_uncertain(
    cells: pl.Series, *, is_certain: npt.NDArray[np.bool_], change: Callable[[pl.Series], pl.Series]
) -> pl.Series:
    """Give cells as `change` gives them, which leaves those alone of which that is certain."""
    rest = np.flatnonzero(~is_certain)
    if not len(rest):
        return cells
    return change(cells) if len(rest) == len(cells) else cells.scatter(rest, change(cells.gather(rest)))


Plain = Mapping[FieldName, npt.NDArray[np.bool_]]
"""Which cells of a batch are values of their field's kind in its plainest spelling: mobile numbers of eleven digits, mailboxes."""

NOTHING_PLAIN: Final[Plain] = {}

PLAIN_FLAGS: Final = {KindName.PHONE: "MOBILE", KindName.EMAIL: "MAIL"}


def plain_cells(fit: Grid, *, layout: Layout) -> Plain:
    """Say of the fields that stand in columns of the file which cells are plain."""
    if not fit.has_blocks:
        return NOTHING_PLAIN
    kinds = layout.kinds
    return {
        name: fit.has(index, flag=PLAIN_FLAGS[kinds[name]])
        for index, name in layout.fields.items()
        if index < layout.width and index not in layout.abroad and kinds[name] in PLAIN_FLAGS
    }


@cache
def known_flag(name: str) -> int:
    """Give a flag of `matching.glancing`; there is none where no kernel can be."""
    if not can_compile():
        return 0
    from suyuan.trace.matching import glancing

    return int(getattr(glancing, name))
