"""The kernel that says of cells what surely need not be looked for in them: most cells of most dumps are plain."""

from typing import Final

import numpy as np
import numpy.typing as npt

from suyuan.crypto.compiled import compiled

Bytes = npt.NDArray[np.uint8]
Places = npt.NDArray[np.int64]

CLEAN: Final = 1
"""`damage.cleaned` gives the cell as it is."""

SOMEBODY: Final = 2
"""It holds what `nobody.OF_SOMEBODY` looks for, so that its row is neither a header nor a line of nobody's."""

TELLING: Final = 4
"""It may hold an identifier that `identifiers.identifiers` finds; no other cell does."""

SINGLE: Final = 8
"""It is clean, and `crowded.crowded` does not look at it twice."""

HOLED: Final = 16
"""A zero byte is in it."""

MOBILE: Final = 32
"""It is a mobile number of eleven digits and nothing else."""

MAIL: Final = 64
"""It is a mailbox in small letters in its plainest form, and nothing else."""

FEW_DIGITS: Final = 14
LOCAL_AT_MOST: Final = 40
DOMAIN_AT_MOST: Final = 50
DOTS_AT_MOST: Final = 4


@compiled
def is_plain_mail(data: Bytes, start: int, end: int) -> bool:
    """Say whether a cell is a mailbox: a letter, then letters, digits and underscores in pieces; a domain without dashes."""
    if not 0x61 <= data[start] <= 0x7A:
        return False
    at, dots, since = start, 0, 0
    while at < end and data[at] != 0x40:
        byte = data[at]
        if byte == 0x2E:
            if not since:
                return False
            dots, since = dots + 1, 0
        elif 0x61 <= byte <= 0x7A or 0x30 <= byte <= 0x39 or byte == 0x5F:
            since += 1
        else:
            return False
        at += 1
    if at == end or not since or dots > DOTS_AT_MOST or at - start > LOCAL_AT_MOST or end - at > DOMAIN_AT_MOST:
        return False
    dots, since, letters = 0, 0, 0
    for place in range(at + 1, end):
        byte = data[place]
        if byte == 0x2E:
            if not since:
                return False
            dots, since, letters = dots + 1, 0, 0
        elif 0x61 <= byte <= 0x7A:
            since, letters = since + 1, letters + 1
        elif 0x30 <= byte <= 0x39:
            since += 1
        else:
            return False
    return 0 < dots <= DOTS_AT_MOST and since == letters and letters > 1


DIGIT: Final = 1
SPACE: Final = 2
LETTER: Final = 4
UNDERLINE: Final = 8
POINT: Final = 16
AT: Final = 32
HIGH: Final = 64
OTHER: Final = 128


def class_of(byte: int) -> int:
    """Give the class of a byte."""
    character = chr(byte)
    if byte >= 0x80:
        return HIGH
    if character.isdigit():
        return DIGIT
    if character.isalpha():
        return LETTER
    return {" ": SPACE, "-": SPACE, "_": UNDERLINE, ".": POINT, "@": AT}.get(character, OTHER)


CLASSES: Final = np.array([class_of(byte) for byte in range(256)], dtype=np.uint8)


@compiled
def is_chinese(data: Bytes, start: int, end: int) -> bool:
    """Say whether all characters beyond ASCII are Chinese: U+4E00 to U+9FFF."""
    at = start
    while at < end:
        byte = data[at]
        if byte < 0x80:
            at += 1
        elif 0xE4 < byte <= 0xE9 or (byte == 0xE4 and data[at + 1] >= 0xB8):
            at += 3
        else:
            return False
    return True


@compiled
def glance(data: Bytes, start: int, end: int, classes: Bytes) -> int:
    """Say of a cell of valid UTF-8 what is certain."""
    if start == end:
        return CLEAN | SINGLE
    # No branch in here: what a byte is cannot be foreseen.
    seen = digits = run = longest = spaced = widest = 0
    for at in range(start, end):
        of = int(classes[data[at]])
        digit = of & DIGIT
        seen |= of
        digits += digit
        run = (run + digit) * digit
        spaced = (spaced + digit) * int(of & (DIGIT | SPACE) != 0)
        longest, widest = max(longest, run), max(widest, spaced)
    flags = 0
    if longest >= 7 or seen & AT:
        flags |= SOMEBODY
    is_plain = not seen & HIGH or is_chinese(data, start, end)
    if widest >= 11 or seen & AT or not is_plain:
        flags |= TELLING
    if seen & OTHER:
        for at in range(start, end):
            if data[at] == 0:
                return flags | HOLED
        return flags
    first, begins = data[start], int(classes[data[start]])
    is_number = begins == DIGIT and (seen & POINT or (end - start > 1 and data[start + 1] | 0x20 == 0x65))
    is_word = begins == LETTER and end - start <= 4
    is_edged = begins & (SPACE | POINT | AT) or data[end - 1] == 0x20
    if is_plain and not is_number and not is_word and not is_edged:
        flags |= CLEAN
        if digits < FEW_DIGITS or not seen & ~(DIGIT | LETTER):
            flags |= SINGLE
    if digits == end - start and digits == 11 and first == 0x31 and data[start + 1] >= 0x33:
        flags |= MOBILE
    elif seen & AT and is_plain_mail(data, start, end):
        flags |= MAIL
    return flags


@compiled
def glance_at(data: Bytes, starts: Places, stops: Places, count: int, classes: Bytes, flags: Bytes) -> None:
    """Write what is certain of the cells of the first `count` rows.

    Args:
        starts, stops, flags: shape (rows, width). classes: `CLASSES`.
    """
    for row in range(count):
        for place in range(starts.shape[1]):
            flags[row, place] = glance(data, starts[row, place], stops[row, place], classes)


@compiled
def write_views(data: Bytes, starts: Places, stops: Places, layout: Bytes) -> None:
    """Write Arrow's views of cells: the size, then the cell itself if it has twelve bytes at most, else where it begins.

    Args:
        layout: shape (cells, 16), zeros.
    """
    for cell in range(len(starts)):
        start, size = starts[cell], stops[cell] - starts[cell]
        for place in range(4):
            layout[cell, place] = size >> 8 * place & 0xFF
        if size <= 12:
            for place in range(size):
                layout[cell, 4 + place] = data[start + place]
        else:
            for place in range(4):
                layout[cell, 4 + place] = data[start + place]
                layout[cell, 12 + place] = start >> 8 * place & 0xFF
