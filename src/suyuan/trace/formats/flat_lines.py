"""Blocks of flat JSON Lines read by columns: plain lines by a kernel, every other by Python's `json`, with one outcome."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from suyuan.crypto.compiled import can_compile
from suyuan.errors import RefusedError
from suyuan.trace.files.cells import INLINE_BYTES, views

LEAST_BYTES: Final = 1 << 20
"""A smaller block is read before the kernel is there."""

ODD_AT_MOST: Final = 8
"""Where more than one line in so many is not plain, all of them are read by lines."""

WORDS: Final = np.frombuffer(b"nulltruefalse", dtype=np.uint8)

Records = Sequence["dict[str, str] | RefusedError | None"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """The rows of a block of lines.

    `cells` are the wanted values of its readable rows, whose numbers among all its rows are `places`; `others` the rows
    that were read by themselves, with their numbers: what is wrong with them, or which keys they have.
    """

    rows: int
    places: npt.NDArray[np.int64]
    cells: tuple[pl.Series, ...] = field(repr=False)
    others: tuple[tuple[int, "dict[str, str] | RefusedError | None"], ...] = field(repr=False)


def block_of_records(records: Records, *, wanted: Sequence[str]) -> Block:
    """Give a block of rows that were all read by themselves."""
    readable = [(place, record) for place, record in enumerate(records) if isinstance(record, dict)]
    cells = tuple(pl.Series([record.get(key, "") for _, record in readable], dtype=pl.String) for key in wanted)
    places = np.fromiter((place for place, _ in readable), dtype=np.int64, count=len(readable))
    return Block(rows=len(records), places=places, cells=cells, others=tuple(enumerate(records)))


def plain_block(
    block: bytes, *, known: Sequence[str], wanted: Sequence[str], read: Callable[[bytes, int], Records]
) -> Block | None:
    """Read a block by the kernel; None where it does not pay, or too few lines are plain.

    Args:
        block: whole lines of valid UTF-8.
        known: the keys that a plain line may have.
        read: reads one line by itself, behind so many rows of the block: its row, or none where it is blank.
    """
    # A lone carriage return ends a line, too.
    if len(block) < LEAST_BYTES or not can_compile() or block.count(b"\r") != block.count(b"\r\n"):
        return None
    from suyuan.trace.matching.objects import ODD, read_objects

    padded = b"".join((block, b"" if block.endswith(b"\n") else b"\n", b"\n" * INLINE_BYTES))
    size = len(padded) - INLINE_BYTES
    count = padded.count(b"\n", 0, size)
    spelled = [key.encode() for key in known]
    keys = np.frombuffer(b"".join(spelled) or b"\0", dtype=np.uint8)
    place_of = np.array([wanted.index(key) if key in wanted else -1 for key in known], dtype=np.int64)
    lines, kinds = np.empty(count, dtype=np.int64), np.empty(count, dtype=np.uint8)
    starts, stops = (np.zeros((count, len(wanted)), dtype=np.int64) for _ in range(2))
    data = np.frombuffer(padded, dtype=np.uint8)
    ends = np.cumsum([len(key) for key in spelled], dtype=np.int64)
    read_objects(data, size, keys, ends, place_of, WORDS, lines, starts, stops, kinds)
    odd = np.flatnonzero(kinds == ODD)
    if len(odd) * ODD_AT_MOST > count:
        return None
    return _with_odd(
        padded, lines=np.append(lines, size), odd=odd, starts=starts, stops=stops, wanted=wanted, read=read
    )


def _with_odd(
    padded: bytes,
    *,
    lines: npt.NDArray[np.int64],
    odd: npt.NDArray[np.int64],
    starts: npt.NDArray[np.int64],
    stops: npt.NDArray[np.int64],
    wanted: Sequence[str],
    read: Callable[[bytes, int], Records],
) -> Block:
    """Read the lines that are not plain, and put their rows among the others."""
    is_row, is_readable = np.ones(len(lines) - 1, dtype=np.bool_), np.ones(len(lines) - 1, dtype=np.bool_)
    others: list[tuple[int, dict[str, str] | RefusedError | None]] = []
    at: list[int] = []
    found: list[dict[str, str]] = []
    blank = 0
    for line in odd.tolist():
        records = read(padded[lines[line] : lines[line + 1]], line - blank)
        if not records:
            is_row[line] = is_readable[line] = False
            blank += 1
            continue
        others.append((line - blank, records[0]))
        is_readable[line] = isinstance(records[0], dict)
        if isinstance(records[0], dict):
            at.append(line)
            found.append(records[0])
    places = (np.cumsum(is_row) - 1)[is_readable]
    cells: list[pl.Series] = []
    for place, key in enumerate(wanted):
        column = views(padded, start=starts[:, place], end=stops[:, place])
        if at:
            column = column.scatter(at, [record.get(key, "") for record in found])
        cells.append(column if is_readable.all() else column.filter(pl.Series(is_readable)))
    return Block(rows=int(is_row.sum()), places=places, cells=tuple(cells), others=tuple(others))
