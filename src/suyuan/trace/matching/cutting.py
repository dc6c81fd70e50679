"""The kernel that cuts separated text into records and keeps where the wanted cells stand."""

from typing import Final

import numpy as np
import numpy.typing as npt

from suyuan.crypto.compiled import compiled

Bytes = npt.NDArray[np.uint8]
Places = npt.NDArray[np.int64]

ODD: Final = -1
"""The text is no plain separated text: a lone carriage return, a quote that does not end its cell, a cell too long."""

WORD_BITS: Final = 64
GATHER: Final = 0x0102040810204080
"""What gathers the lowest bits of eight bytes in the highest byte of the product, the first byte's lowest."""

_SPREAD = 0x03F79D71B4CB0A89
BIT_OF: Final = np.zeros(64, dtype=np.uint8)
"""The place of a word's only bit, by the top six bits of its product with `_SPREAD` (a de Bruijn sequence)."""
BIT_OF[[(_SPREAD << place & 0xFFFFFFFFFFFFFFFF) >> 58 for place in range(64)]] = np.arange(64)


@compiled
def find_ends(data: Bytes, size: int, delimiter: int, flags: Bytes, marks: npt.NDArray[np.int32]) -> int:
    """Write where delimiters, line feeds and carriage returns stand, ascending, and `size` behind them; give how many.

    Args:
        flags: room for `size` bytes and `WORD_BITS` more.
    """
    # Bytes are compared to bytes: to wider numbers only an eighth as many are at once. Indexes are without a sign.
    mark, feed, back = np.uint8(delimiter), np.uint8(0x0A), np.uint8(0x0D)
    for i in range(size):
        flags[i] = (data[i] == mark) | (data[i] == feed) | (data[i] == back)
    whole = (size + WORD_BITS - 1) // WORD_BITS
    flags[size : WORD_BITS * whole] = 0
    words = flags[: WORD_BITS * whole].view(np.uint64)
    count = np.uint64(0)
    for block in range(np.uint64(whole)):
        found = np.uint64(0)
        for place in range(np.uint64(8)):
            lowest_bits = (words[block * np.uint64(8) + place] * np.uint64(GATHER)) >> np.uint64(56)
            found |= lowest_bits << (place * np.uint64(8))
        while found != np.uint64(0):
            lowest = found & (~found + np.uint64(1))
            bit = BIT_OF[(lowest * np.uint64(_SPREAD)) >> np.uint64(58)]
            marks[count] = np.int32(block * np.uint64(WORD_BITS) + np.uint64(bit))
            count += np.uint64(1)
            found ^= lowest
    marks[count] = size
    return int(count)


@compiled
def cut_records(
    data: Bytes,
    size: int,
    delimiter: int,
    quote: int,
    width: int,
    place_of: Places,
    longest: int,
    final: bool,  # noqa: FBT001 - kernels take no keywords
    starts: Places,
    ends: Places,
    ordinals: Places,
    odd: Places,
    marks: npt.NDArray[np.int32],
) -> tuple[int, int, int, int]:
    """Find the records of a block that begins at one, and the wanted cells of those that are `width` wide.

    A quote counts where it opens a cell, as for the csv module; a doubled one within stays doubled.

    Args:
        data: longer than `size`, with a line feed behind it.
        quote: -1 if there is none.
        place_of: for each column its place among the wanted ones, or -1.
        longest: bytes of the longest cell.
        final: nothing follows the block, so its end ends a record.
        starts, ends: shape (wanted, room); a quoted cell's stretch is what its quotes hold.
        ordinals: of the records written, from 0 for the block's first.
        marks: as `find_ends` gave them.
        odd: shape (room, 3): ordinal, first byte and end of the records of another width.
    Returns: records, records written, odd records, and bytes consumed or `ODD`.
    """
    records = written = strange = consumed = 0
    i = 0
    mark = 0
    while i < size:
        # One record from here.
        column = 0
        begin = i
        is_complete = False
        while True:
            start = i
            if i < size and data[i] == quote:
                i += 1
                start = i
                while True:
                    while i < size and data[i] != quote:
                        i += 1
                    if i + 1 < size and data[i + 1] == quote:
                        i += 2
                        continue
                    break
                if i >= size:
                    if final:
                        return records, written, strange, ODD
                    return records, written, strange, consumed
                end = i
                i += 1
                byte = data[i] if i < size else 0x0A
                if i < size and byte != delimiter and byte != 0x0A and byte != 0x0D:
                    return records, written, strange, ODD
            else:
                while marks[mark] < i:
                    mark += 1
                i = int(marks[mark])
                byte = data[i]
                end = i
            if end - start > longest:
                return records, written, strange, ODD
            if column < width and place_of[column] >= 0:
                starts[place_of[column], written] = start
                ends[place_of[column], written] = end
            column += 1
            if i >= size:
                is_complete = final
                break
            if byte == delimiter:
                i += 1
                continue
            if byte == 0x0D:
                if i + 1 < size and data[i + 1] != 0x0A:
                    return records, written, strange, ODD
                if i + 1 >= size and not final:
                    break
                i += 1
            i += 1
            is_complete = True
            break
        if not is_complete:
            return records, written, strange, consumed
        is_blank = column == 1 and (data[begin] == 0x0A or data[begin] == 0x0D)
        if not is_blank:
            if column == width:
                ordinals[written] = records
                written += 1
            else:
                odd[strange, 0], odd[strange, 1], odd[strange, 2] = records, begin, end
                strange += 1
            records += 1
        consumed = min(i, size)
    return records, written, strange, consumed


@compiled
def gather_cells(data: Bytes, starts: Places, ends: Places, quote: int, out: Bytes) -> int:
    """Copy cells one behind the other, each with a line feed after it; give how many bytes were written.

    A quoted cell's doubled quotes become single ones, and its line feeds blanks.

    Args:
        out: room for every cell and its line feed.
    """
    written = 0
    for cell in range(len(starts)):
        start, end = starts[cell], ends[cell]
        is_quoted = start > 0 and data[start - 1] == quote
        i = start
        while i < end:
            byte = data[i]
            if is_quoted and byte == quote:
                i += 1
            out[written] = 0x20 if byte == 0x0A else byte
            written += 1
            i += 1
        out[written] = 0x0A
        written += 1
    return written


@compiled
def is_double_bytes(data: Bytes, size: int, pairs: Bytes) -> bool:
    """Say whether a block is ASCII and two-byte characters alone.

    Args:
        pairs: 65,536 flags: whether two bytes, the first the high one, are a character.
    """
    i = 0
    while i < size:
        if data[i] < 0x80:
            i += 1
            continue
        if i + 1 >= size or pairs[(np.int64(data[i]) << 8) | np.int64(data[i + 1])] == 0:
            return False
        i += 2
    return True
