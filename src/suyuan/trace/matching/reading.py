"""Cells of one strong kind to tokens: by kernel what a kernel can read, by the kind the rest."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from suyuan.crypto.compiled import can_compile, pays
from suyuan.kinds.registry import KINDS
from suyuan.terms import KindName
from suyuan.trace.ports import Numbers, TokenMaker, Tokens

Bytes = npt.NDArray[np.uint8]

READABLE: Final = frozenset({KindName.PHONE, KindName.RESIDENT_ID, KindName.EMAIL})
"""The kinds that have a kernel; an identifier of a site's own is read by its kind."""

PADDING: Final = 16
"""Bytes that must follow the last cell."""

CHUNK_CELLS: Final = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """Cells of a column where they stand: `data[starts[i]:ends[i]]`, valid in `codec`: "utf-8" or "gb18030".

    `text` gives some of them as a column, as the file means them.
    """

    data: Bytes
    starts: Numbers
    ends: Numbers
    codec: str
    text: Callable[[Numbers], pl.Series]

    def __len__(self) -> int:
        return len(self.starts)


@dataclass(frozen=True, slots=True, kw_only=True)
class TokensRead:
    """The tokens of the cells that hold a value: `tokens[i]` is that of cell `rows[i]`."""

    rows: Numbers
    tokens: Tokens


def can_read(kind: KindName, *, tokenizer: TokenMaker) -> bool:
    """Say whether kernels can read this kind for this tokenizer."""
    return kind in READABLE and not tokenizer.is_national and can_compile()


def column_cells(column: pl.Series) -> Cells:
    """Give a String column's cells; a null is an empty one."""
    text = column.fill_null("").to_arrow(compat_level=pl.CompatLevel.oldest())
    offsets = np.frombuffer(text.buffers()[1], dtype=np.int64)[text.offset : text.offset + len(text) + 1]
    body = text.buffers()[2]
    size = int(offsets[-1]) if len(text) else 0
    data = np.zeros(size + PADDING, dtype=np.uint8)
    if size and body is not None:
        data[:size] = np.frombuffer(body, dtype=np.uint8, count=size)
    return Cells(data=data, starts=offsets[:-1], ends=offsets[1:], codec="utf-8", text=lambda rows: column.gather(rows))


def read_column(column: pl.Series, *, kind: KindName, tokenizer: TokenMaker) -> TokensRead:
    """Give the tokens of a String column's cells, whichever road is the faster.

    Test: tests/properties/test_spelled.py holds both roads to each other.
    """
    if pays(len(column)) and can_read(kind, tokenizer=tokenizer):
        return read_cells(column_cells(column), kind=kind, tokenizer=tokenizer)
    return read_plainly(column, kind=kind, tokenizer=tokenizer)


def read_plainly(column: pl.Series, *, kind: KindName, tokenizer: TokenMaker) -> TokensRead:
    """Give the tokens of a column's cells by the kind itself."""
    canonical = KINDS[kind].canonical_column(column)
    rows = np.flatnonzero(canonical.is_not_null().to_numpy())
    return TokensRead(rows=rows, tokens=tokenizer.column(canonical.drop_nulls()).to_numpy())


def read_cells(cells: Cells, *, kind: KindName, tokenizer: TokenMaker) -> TokensRead:
    """Give the tokens of cells by kernel, and of those it leaves in doubt by the kind."""
    rows: list[Numbers] = []
    tokens: list[Tokens] = []
    doubts: list[Numbers] = []
    for first in range(0, len(cells), CHUNK_CELLS):
        some = slice(first, first + CHUNK_CELLS)
        blocks, found, doubtful = _packed(cells, some=some, kind=kind)
        rows.append(found + first)
        tokens.append(tokenizer.of_blocks(blocks))
        doubts.append(doubtful + first)
    left = np.concatenate(doubts) if doubts else np.empty(0, dtype=np.int64)
    if len(left):
        read = read_plainly(cells.text(left), kind=kind, tokenizer=tokenizer)
        rows.append(left[read.rows])
        tokens.append(read.tokens)
    if not rows:
        return TokensRead(rows=np.empty(0, dtype=np.int64), tokens=np.empty(0, dtype=np.uint64))
    return TokensRead(rows=np.concatenate(rows), tokens=np.concatenate(tokens))


def _packed(cells: Cells, *, some: slice, kind: KindName) -> tuple[Bytes, Numbers, Numbers]:
    """Give the token blocks of some cells, the cells they are of, and the cells in doubt."""
    from suyuan.crypto.sha256_lanes import write_heads
    from suyuan.trace.matching.spelled import WIDE_ZERO, read_emails, read_phones, read_resident_ids

    data, starts, ends, wide = cells.data, cells.starts[some], cells.ends[some], WIDE_ZERO[cells.codec]
    size = len(starts)
    blocks = np.zeros((size, 16), dtype=np.uint8)
    rows, doubtful = np.empty(size, dtype=np.int64), np.empty(size, dtype=np.int64)
    if kind is KindName.PHONE:
        count, doubts = read_phones(data, starts, ends, wide, blocks, rows, doubtful)
        return blocks[:count], rows[:count], doubtful[:doubts]
    padded = np.zeros((size, 64), dtype=np.uint8)
    if kind is KindName.RESIDENT_ID:
        count, doubts = read_resident_ids(data, starts, ends, wide, padded, rows, doubtful)
        blocks[:count, 15] = 0x80
        long, hashed = count, np.arange(count)
    else:
        hashed = np.empty(size, dtype=np.int64)
        count, long, doubts = read_emails(data, starts, ends, blocks, padded, rows, hashed, doubtful)
    write_heads(padded, count=long, out=blocks, places=hashed[:long])
    return blocks[:count], rows[:count], doubtful[:doubts]
