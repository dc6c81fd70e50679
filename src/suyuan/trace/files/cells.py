"""The bulk path: a block of UTF-8 into columns of cells, exactly as Python's csv module reads them, or not at all.

Every separator's place is found by whole-array passes and the cells become Arrow string views on the block itself.
Where quoting or line ends are odd the block is declined, and the slow reader of `csv_rows` decides.
"""

from dataclasses import dataclass
from enum import Enum

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from suyuan.trace.files.records import CELL_CHARACTERS
from suyuan.trace.files.source import LINE_BYTES

LF, CR = 10, 13
INLINE_BYTES = 12
"""A string view holds up to twelve bytes itself; longer ones point into the block."""

KEEP = np.array([[0xFF if place < size else 0 for place in range(INLINE_BYTES)] for size in range(INLINE_BYTES + 1)])
KEEP_VIEWS = KEEP.astype(np.uint8).view(np.uint32)

Places = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]


class Declined(Enum):
    """The block is no plain RFC 4180 text; `DECLINED` is the only value."""

    ODD = 1


DECLINED = Declined.ODD


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What the bulk path needs of a dialect. `wanted` are the indices of the columns to build."""

    delimiter: int
    quote: int | None
    width: int
    wanted: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """The records of a block: `ordinals` of the readable ones among the `records` found, and their columns.

    `consumed` bytes hold whole records; what follows belongs to the next block. `odd` are the records of another number
    of cells: ordinal, first byte and last.
    """

    records: int
    ordinals: Places
    columns: tuple[pl.Series, ...]
    consumed: int
    odd: Places


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotes:
    """Where a block's quotes stand: inside[i] says whether byte i lies in a quoted cell."""

    inside: npt.NDArray[np.bool_]
    doubled: bool
    open_at_end: bool


def cut(block: bytes, *, shape: Shape, final: bool) -> Cut | Declined:
    """Cut a block of valid UTF-8 that starts at a record into columns.

    The claim: where it is not declined, the cells are those of `csv.reader(strict=True)` over the same text.

    Args:
        block: ends at a line feed unless `final`.
        final: nothing follows; an open quote is then declined.
    Test: tests/properties/test_dump_cells.py.
    """
    padded = block + bytes(INLINE_BYTES)
    data = np.frombuffer(padded, dtype=np.uint8)[: len(block)]
    quotes: Quotes | None = None
    # 1. Quotes, if any, must open after a separator and close before one.
    if shape.quote is not None and bytes((shape.quote,)) in block:
        found = find_quotes(data, shape=shape)
        if found is DECLINED or (final and found.open_at_end):
            return DECLINED
        quotes = found
    # 2. A carriage return ends a record for the csv module, so it must stand before a line feed.
    has_returns = b"\r" in block
    if has_returns and not (data_after(padded, places=np.flatnonzero(data == CR)) == LF).all():
        return DECLINED
    # 3. Separators outside quotes; the end of the file ends a record.
    is_separator = (data == shape.delimiter) | (data == LF)
    if quotes is not None:
        is_separator &= ~quotes.inside
    ends = np.flatnonzero(is_separator)
    is_line_end = data[ends] == LF
    consumed = len(block)
    if final and len(block) and not (len(ends) and ends[-1] == len(block) - 1 and is_line_end[-1]):
        ends = np.append(ends, len(block))
        is_line_end = np.append(is_line_end, True)
    elif not final:
        last = np.flatnonzero(is_line_end)
        consumed = int(ends[last[-1]]) + 1 if len(last) else 0
        ends = ends[: last[-1] + 1] if len(last) else ends[:0]
        is_line_end = is_line_end[: len(ends)]
    # 4. Records, and which of them have the right number of cells.
    starts = np.concatenate((np.zeros(1, dtype=np.int64), ends[:-1] + 1)) if len(ends) else ends
    if len(ends) and int((ends - starts).max()) > CELL_CHARACTERS:
        return DECLINED
    if quotes is not None and longest_record(ends, is_line_end=is_line_end) > LINE_BYTES:
        return DECLINED
    if has_returns:
        ends = without_returns(ends, data=data, starts=starts, is_line_end=is_line_end)
    first, ordinals, records, odd = readable_records(starts, ends=ends, is_line_end=is_line_end, width=shape.width)
    # 5. The wanted columns as views.
    columns = tuple(
        column_of_cells(padded, data=data, start=starts[first + index], end=ends[first + index], quotes=quotes)
        for index in shape.wanted
    )
    return Cut(records=records, ordinals=ordinals, columns=columns, consumed=consumed, odd=odd)


def find_quotes(data: Bytes, *, shape: Shape) -> Quotes | Declined:
    """Find the quoted stretches, or decline: by parity every first quote opens and every second one closes.

    A doubled quote is a close and an open side by side; any other open must follow a separator and any other
    close must precede one, which is the whole of RFC 4180.
    """
    is_quote = data == shape.quote
    places = np.flatnonzero(is_quote)
    opens, closes = places[0::2], places[1::2]
    joined = closes[: len(opens) - 1] + 1 == opens[1 : len(closes) + 1]
    before = data[opens - 1]
    may_open = (before == shape.delimiter) | (before == LF)
    may_open[:1] |= opens[:1] == 0
    may_open[1:] |= joined
    after = data[np.minimum(closes + 1, len(data) - 1)]
    may_close = (after == shape.delimiter) | (after == LF) | (after == CR) | (closes == len(data) - 1)
    may_close[: len(joined)] |= joined
    if not (bool(may_open.all()) and bool(may_close.all())):
        return DECLINED
    inside = np.bitwise_xor.accumulate(is_quote.view(np.uint8)).view(np.bool_)
    return Quotes(inside=inside, doubled=bool(joined.any()), open_at_end=len(places) % 2 == 1)


def longest_record(ends: Places, *, is_line_end: npt.NDArray[np.bool_]) -> int:
    """Give the size in bytes of the longest record."""
    return int(np.diff(ends[is_line_end], prepend=-1).max(initial=0))


def data_after(padded: bytes, *, places: Places) -> Bytes:
    """Give the byte after each place; after the last byte of the block it is padding."""
    return np.frombuffer(padded, dtype=np.uint8)[places + 1]


def without_returns(ends: Places, *, data: Bytes, starts: Places, is_line_end: npt.NDArray[np.bool_]) -> Places:
    """Give the cells' ends with a carriage return before a line feed left off."""
    has_return = is_line_end & (ends > starts)
    has_return &= data[np.maximum(ends - 1, 0)] == CR
    return ends - has_return


def readable_records(
    starts: Places, *, ends: Places, is_line_end: npt.NDArray[np.bool_], width: int
) -> tuple[Places, Places, int, Places]:
    """Give the first cell of every record of the right width, its ordinal, the number of records, and the odd ones.

    Blank lines are no records.
    """
    last = np.flatnonzero(is_line_end)
    cells = np.diff(last, prepend=-1)
    first = last - cells + 1
    is_blank = (cells == 1) & (ends[last] == starts[last])
    is_readable = cells == width
    if not is_blank.any():
        ordinals = np.flatnonzero(is_readable)
        odd = np.flatnonzero(~is_readable)
        return (
            first[ordinals],
            ordinals,
            len(last),
            spans(odd, ordinals=odd, first=first, last=last, starts=starts, ends=ends),
        )
    kept = ~is_blank
    ordinal_of = np.cumsum(kept) - 1
    odd = np.flatnonzero(~is_readable & kept)
    is_readable &= kept
    of_odd = spans(odd, ordinals=ordinal_of[odd], first=first, last=last, starts=starts, ends=ends)
    return first[is_readable], ordinal_of[is_readable], int(kept.sum()), of_odd


def spans(odd: Places, *, ordinals: Places, first: Places, last: Places, starts: Places, ends: Places) -> Places:
    """Give the ordinal, begin and end of the records of another width: shape (records, 3)."""
    return np.column_stack((ordinals, starts[first[odd]], ends[last[odd]]))


def column_of_cells(padded: bytes, *, data: Bytes, start: Places, end: Places, quotes: Quotes | None) -> pl.Series:
    """Give one column of cells, unquoted, as views on the padded block."""
    if quotes is None:
        return views(padded, start=start, end=end)
    quoted = quotes.inside[np.minimum(start, len(data) - 1)] & (end > start)
    cells = views(padded, start=start + quoted, end=end - quoted)
    if not quotes.doubled:
        return cells
    mark = chr(int(data[start[quoted][0]])) if quoted.any() else '"'
    frame = pl.DataFrame({"cell": cells, "quoted": quoted})
    single = pl.col("cell").str.replace_all(mark * 2, mark, literal=True)
    return frame.select(pl.when("quoted").then(single).otherwise("cell").alias("cell")).to_series()


def views(padded: bytes, *, start: Places, end: Places) -> pl.Series:
    """Give `padded[start:end]` of every row as a String column that keeps the block alive instead of copying it.

    The last `INLINE_BYTES` bytes are padding, so that a window of that size can be read from any cell's start.
    """
    size = (end - start).astype(np.uint32)
    windows = np.ndarray((len(padded) - INLINE_BYTES + 1,), dtype="V12", buffer=padded, strides=(1,))
    layout = np.empty((len(start), 4), dtype=np.uint32)
    layout[:, 0] = size
    layout[:, 1:] = windows[start].view(np.uint32).reshape(-1, 3)
    layout[:, 1:] &= KEEP_VIEWS[np.minimum(size, INLINE_BYTES)]
    long = np.flatnonzero(size > INLINE_BYTES)
    layout[long, 2] = 0
    layout[long, 3] = start[long]
    return column_of_views(padded, layout=layout)


def column_of_views(padded: bytes, *, layout: npt.NDArray[np.uint32]) -> pl.Series:
    """Give a String column whose cells lie in a block as a layout of Arrow's views says; shape (rows, 4)."""
    buffers = [None, pa.py_buffer(layout), pa.py_buffer(padded)]
    array = pa.Array.from_buffers(pa.string_view(), len(layout), buffers)
    return pl.Series(array, dtype=pl.String)
