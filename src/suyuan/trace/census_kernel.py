"""The kernel that tells how the lines of a block decode; what it does not know for certain it leaves to `encoding`."""

from typing import Final

import numpy as np
import numpy.typing as npt

from suyuan.crypto.compiled import compiled
from suyuan.trace.encoding import BIG5_TRAILS

Bytes = npt.NDArray[np.uint8]

MULTIBYTE: Final = 0
LATIN: Final = 1
CHINESE: Final = 2


@compiled
def count_lines(
    data: Bytes, size: int, pairs: Bytes, counts: npt.NDArray[np.int64], doubtful: npt.NDArray[np.int64]
) -> int:
    """Count the lines beyond ASCII by what they are, and give how many are in doubt.

    Args:
        pairs: 65,536 flags: whether two bytes, the first the high one, are a character of GB18030.
        counts: three, by `MULTIBYTE`, `LATIN` and `CHINESE`; added to.
        doubtful: shape (lines, 2): where each line in doubt begins and ends.
    """
    doubts = 0
    start = 0
    while start < size:
        first = start
        while first < size and data[first] < 0x80 and data[first] != 0x0A:
            first += 1
        end = first
        if first < size and data[first] >= 0x80:
            known, end = utf8_line(data, first, size)
            if known < 0:
                known, end = chinese_line(data, first, size, pairs)
            if known >= 0:
                counts[known] += 1
            else:
                while end < size and data[end] != 0x0A:
                    end += 1
                doubtful[doubts, 0], doubtful[doubts, 1] = start, end
                doubts += 1
        start = end + 1
    return doubts


@compiled
def utf8_line(data: Bytes, start: int, size: int) -> tuple[int, int]:
    """Give `MULTIBYTE` or `LATIN` for a line of UTF-8, -1 for any other, and where it ends, or stopped being of UTF-8.

    Source: RFC 3629 section 4. `MULTIBYTE` is what `encoding.THREE_BYTES` finds.
    """
    found = LATIN
    i = start
    while i < size and data[i] != 0x0A:
        lead = data[i]
        if lead < 0x80:
            i += 1
            continue
        if 0xC2 <= lead <= 0xDF:
            more = 1
        elif 0xE0 <= lead <= 0xEF:
            more = 2
        elif 0xF0 <= lead <= 0xF4:
            more = 3
        else:
            return -1, i
        if i + more >= size:
            return -1, i
        low, top = 0x80, 0xBF
        if lead == 0xE0:
            low = 0xA0
        elif lead == 0xED:
            top = 0x9F
        elif lead == 0xF0:
            low = 0x90
        elif lead == 0xF4:
            top = 0x8F
        if data[i + 1] < low or data[i + 1] > top:
            return -1, i
        for place in range(2, more + 1):
            if data[i + place] < 0x80 or data[i + place] > 0xBF:
                return -1, i
        if lead >= 0xE2:
            found = MULTIBYTE
        i += more + 1
    return found, i


@compiled
def chinese_line(data: Bytes, start: int, size: int, pairs: Bytes) -> tuple[int, int]:
    """Give `CHINESE` for a line that is for certain GB18030 of two-byte characters, and not rather Big5, else -1; and where it ends.

    Source: `encoding.looks_like_big5`.
    """
    count = common = simplified = low = 0
    i = start
    while i < size and data[i] != 0x0A:
        lead = data[i]
        if lead < 0x80:
            i += 1
            continue
        if i + 1 >= size:
            return -1, i
        trail = data[i + 1]
        if pairs[np.int64(lead) << 8 | np.int64(trail)] == 0:
            return -1, i
        count += 1
        common += 0xA4 <= lead <= 0xC6
        simplified += 0xB0 <= lead <= 0xF7 and trail >= 0xA1
        low += trail < 0x7F
        i += 2
    is_big5 = low >= BIG5_TRAILS * count and common >= 0.9 * count and simplified <= 0.9 * count
    return -1 if is_big5 else CHINESE, i
