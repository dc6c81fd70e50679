"""The kernel that tells how the lines of a block decode; what it does not know for certain it leaves to `encoding`."""

from typing import Final

import numpy as np
import numpy.typing as npt

from suyuan.crypto.compiled import compiled
from suyuan.trace.files.own_codecs import BIG5_TRAILS

Bytes = npt.NDArray[np.uint8]

MULTIBYTE: Final = 0
LATIN: Final = 1
CHINESE: Final = 2

HIGH: Final = 0x8080808080808080
ONES: Final = 0x0101010101010101
LINE_FEEDS: Final = 0x0A0A0A0A0A0A0A0A
FROM_A1: Final = 0x5F5F5F5F5F5F5F5F
"""What sets the high bit of a byte's lower seven where they are 0x21 or more; `ONES` does so for 0x7F alone."""
GATHER: Final = 0x0102040810204080
"""What gathers the lowest bits of eight bytes in the highest byte of the product, the first byte's lowest."""


def _steps() -> Bytes:
    steps = np.zeros(512, dtype=np.uint8)
    for state in range(512):
        pending, is_odd = state >> 8, False
        for place in range(8):
            is_high = state >> place & 1
            is_odd |= bool(pending) and not is_high
            pending = is_high and 1 - pending
        steps[state] = pending | is_odd << 1
    return steps


STEPS: Final = _steps()
"""By whether a first byte awaits its second, and which of the next eight are beyond ASCII: whether one does after them, and 2 if one never came."""


@compiled
def count_lines(
    data: Bytes, start: int, size: int, pairs: Bytes, counts: npt.NDArray[np.int64], doubtful: npt.NDArray[np.int64]
) -> int:
    """Count the lines beyond ASCII by what they are, and give how many are in doubt.

    Eight bytes are looked at as one word where no line feed is among them, and nothing branches on what they are:
    in Chinese text that changes every few bytes.

    Args:
        start, size: where the first line begins and the last one ends.
        pairs: 65,536 flags: whether two bytes, the first the high one, are a character of GB18030.
        counts: three, by `MULTIBYTE`, `LATIN` and `CHINESE`; added to.
        doubtful: shape (lines, 2): where each line in doubt begins and ends.
    """
    doubts = 0
    words = data[: len(data) // 8 * 8].view(np.uint64)
    i = line = start
    first = -1  # No later than the line's first byte beyond ASCII.
    pending = 0  # Whether the bytes beyond ASCII, the last one among them, are odd in number.
    unusual = False
    while i <= size:
        if i & 7 == 0 and i + 8 <= size:
            word = words[i >> 3]
            other = word ^ np.uint64(LINE_FEEDS)
            if (other - np.uint64(ONES)) & ~other & np.uint64(HIGH) == np.uint64(0):
                high = word & np.uint64(HIGH)
                low = word ^ high
                wrong = high & (~(low + np.uint64(FROM_A1)) | (low + np.uint64(ONES)))
                step = STEPS[pending << 8 | np.int64(((high >> np.uint64(7)) * np.uint64(GATHER)) >> np.uint64(56))]
                unusual |= (wrong != np.uint64(0)) | (step > 1)
                pending = int(step & 1)
                first = i if (first < 0) & (high != np.uint64(0)) else first
                i += 8
                continue
        byte = data[i] if i < size else 0x0A
        if byte == 0x0A:
            if first >= 0:
                known, _ = utf8_line(data, first, i)
                if known < 0:
                    is_usual = not unusual and pending == 0
                    known = CHINESE if is_usual else chinese_line(data, first, i, pairs)
                if known >= 0:
                    counts[known] += 1
                else:
                    doubtful[doubts, 0], doubtful[doubts, 1] = line, i
                    doubts += 1
            line, first, pending, unusual = i + 1, -1, 0, False
        elif byte >= 0x80:
            first = i if first < 0 else first
            unusual |= byte < 0xA1 or byte == 0xFF
            pending ^= 1
        else:
            unusual |= pending == 1
            pending = 0
        i += 1
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
def chinese_line(data: Bytes, start: int, end: int, pairs: Bytes) -> int:
    """Give `CHINESE` for a line that is for certain GB18030 of two-byte characters, and not rather Big5 or Latin, else -1.

    Source: `own_codecs.looks_like_big5`, `encoding.looks_western`.
    """
    count = common = simplified = low = 0
    i = start
    while i < end:
        lead = data[i]
        if lead < 0x80:
            i += 1
            continue
        if i + 1 >= end:
            return -1
        trail = data[i + 1]
        if pairs[np.int64(lead) << 8 | np.int64(trail)] == 0:
            return -1
        count += 1
        common += 0xA4 <= lead <= 0xC6
        simplified += 0xB0 <= lead <= 0xF7 and trail >= 0xA1
        low += trail < 0x7F
        i += 2
    is_big5 = low >= BIG5_TRAILS * count and common >= 0.9 * count and simplified <= 0.9 * count
    # Where no character has both bytes beyond ASCII they may be letters of Latin words.
    return -1 if is_big5 or low == count else CHINESE
