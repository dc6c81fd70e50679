"""Kernels that cut the plain rows of SQL's INSERT and COPY into cells, and stop at the first that is not plain."""

from typing import Final

import numpy as np
import numpy.typing as npt

from suyuan.crypto.compiled import compiled

Bytes = npt.NDArray[np.uint8]
Places = npt.NDArray[np.int64]

AS_IT_STANDS: Final = 0
MARKED: Final = 1
"""Text with backslashes or doubled quotes in it."""

BARE: Final = 2
"""A word or hexadecimal digits: what they say is known to the reader of values."""

NO_ESCAPE: Final = 0x100

TAB: Final = 0x09
LF: Final = 0x0A
CR: Final = 0x0D
BLANK: Final = 0x20
QUOTE: Final = 0x27
OPENS: Final = 0x28
CLOSES: Final = 0x29
PLUS: Final = 0x2B
COMMA: Final = 0x2C
MINUS: Final = 0x2D
POINT: Final = 0x2E
ZERO: Final = 0x30
SEMICOLON: Final = 0x3B
LARGE_N: Final = 0x4E
BACKSLASH: Final = 0x5C
UNDERLINE: Final = 0x5F
SMALL_B: Final = 0x62
SMALL_L: Final = 0x6C
SMALL_N: Final = 0x6E
SMALL_U: Final = 0x75
SMALL_X: Final = 0x78
LOWER: Final = 0x20


@compiled
def is_digit(byte: int) -> bool:
    """Say whether a byte is a digit."""
    return 0x30 <= byte <= 0x39


@compiled
def is_letter(byte: int) -> bool:
    """Say whether a byte is an ASCII letter or an underscore."""
    return 0x61 <= byte | LOWER <= 0x7A or byte == UNDERLINE


@compiled
def past_blanks(data: Bytes, at: int) -> int:
    """Give the first place from here on that is none of blank, tabulator, line feed and carriage return."""
    while data[at] == BLANK or data[at] == LF or data[at] == CR or data[at] == TAB:
        at += 1
    return at


@compiled
def past_text(data: Bytes, at: int, size: int, escape: int, kinds: Bytes, place: int) -> int:
    """Give the place of the quote that ends a text begun before here, and write whether it is marked; -1 where it does not end."""
    kind = AS_IT_STANDS
    while at < size:
        byte = data[at]
        if byte == QUOTE:
            if data[at + 1] != QUOTE:
                kinds[place] = kind
                return at
            kind = MARKED
            at += 2
        elif byte == escape:
            kind = MARKED
            at += 2
        else:
            at += 1
    return -1


@compiled
def past_bare(data: Bytes, at: int, kinds: Bytes, place: int) -> int:
    """Give the place behind a number, hexadecimal digits or a word, and write what it is; -1 where it is none of them."""
    start = at
    if data[at] == MINUS or data[at] == PLUS:
        at += 1
    if is_digit(data[at]):
        kinds[place] = AS_IT_STANDS
        while is_digit(data[at]):
            at += 1
        if data[at] == POINT and is_digit(data[at + 1]):
            at += 1
            while is_digit(data[at]):
                at += 1
        elif data[at] | LOWER == SMALL_X and at == start + 1 and data[start] == ZERO:
            kinds[place] = BARE
            at += 1
            while is_digit(data[at]) or 0x61 <= data[at] | LOWER <= 0x66:
                at += 1
        return at
    if at > start or not is_letter(data[at]):
        return -1
    kinds[place] = BARE
    while is_letter(data[at]) or is_digit(data[at]):
        at += 1
    return at


@compiled
def is_null(data: Bytes, start: int, end: int) -> bool:
    """Say whether the word that stands there is NULL."""
    return (
        end - start == 4
        and data[start] | LOWER == SMALL_N
        and data[start + 1] | LOWER == SMALL_U
        and data[start + 2] | LOWER == SMALL_L
        and data[start + 3] | LOWER == SMALL_L
    )


@compiled
def read_tuple(
    data: Bytes, at: int, size: int, width: int, escape: int, starts: Places, stops: Places, kinds: Bytes
) -> int:
    """Write where the cells of `(...)` stand and of which kind they are; give the place behind it, or -1 where it is not plain."""
    at = past_blanks(data, at)
    if data[at] != OPENS:
        return -1
    for place in range(width):
        at = past_blanks(data, at + 1)
        if (data[at] | LOWER == SMALL_N or data[at] | LOWER == SMALL_B) and data[at + 1] == QUOTE:
            at += 1
        if data[at] == QUOTE:
            start = at + 1
            end = past_text(data, start, size, escape, kinds, place)
            at = end + 1
        else:
            start = at
            end = at = past_bare(data, start, kinds, place)
        if end < 0:
            return -1
        if kinds[place] == BARE and is_null(data, start, end):
            kinds[place] = AS_IT_STANDS
            end = start
        starts[place], stops[place] = start, end
        at = past_blanks(data, at)
        if data[at] != (CLOSES if place == width - 1 else COMMA):
            return -1
    return at + 1 if at < size else -1


@compiled
def past_head(data: Bytes, at: int, head: Bytes) -> int:
    """Give the place behind the head of a further statement on a line of its own, blanks before it; -1 where none is there."""
    is_line = False
    while data[at] == BLANK or data[at] == LF or data[at] == CR or data[at] == TAB:
        if data[at] == LF:
            is_line = True
        elif data[at] == CR:
            is_line = False
        at += 1
    if not is_line:
        return -1
    for place in range(len(head)):
        if data[at + place] != head[place]:
            return -1
    return at + len(head) if data[at + len(head)] == OPENS else -1


@compiled
def read_tuples(
    data: Bytes,
    at: int,
    size: int,
    head: Bytes,
    width: int,
    escape: int,
    step: int,
    starts: Places,
    stops: Places,
    kinds: Bytes,
    ends: Places,
) -> int:
    """Find the cells of rows up to the first that is not plain, or breaks off; give how many rows there are.

    Args:
        data: valid UTF-8 up to `size`, and as many zeros behind it as `head` is long and sixteen more.
        at: a row begins there, blanks before it. head: the beginning of the statement, without blanks before it; the rows
        of the statements behind it that begin alike belong to it. escape: the byte that takes the next character within a text, or `NO_ESCAPE`.
        step: 1, or 0 where rows are only counted. starts, stops, kinds: shape (rows at most, width), or (1, width).
        ends: the place behind the last row is written there; shape (1,). Where no row is found it stays.
    Returns: at most `len(starts)` where they are not only counted.
    """
    count = 0
    while count < len(starts) or not step:
        row = count * step
        end = read_tuple(data, at, size, width, escape, starts[row], stops[row], kinds[row])
        if end < 0:
            break
        count += 1
        ends[0] = end
        at = past_blanks(data, end)
        if data[at] == COMMA:
            at += 1
        elif data[at] == SEMICOLON and len(head):
            at = past_head(data, at + 1, head)
            if at < 0:
                break
        else:
            break
    return count


@compiled
def read_copied(
    data: Bytes,
    at: int,
    size: int,
    mark: int,
    width: int,
    starts: Places,
    stops: Places,
    kinds: Bytes,
    ends: Places,
) -> int:
    """Find the cells of lines of COPY up to the first that is not plain: blank, the end, of another width, or cut off.

    Args: as `read_tuples` but for `step`. mark: the byte that parts cells.
    """
    count = 0
    while count < len(starts) and at < size:
        row = count
        place, start, scan = 0, at, at
        kind = AS_IT_STANDS
        while scan < size and data[scan] != LF:
            if data[scan] == mark:
                if place >= width - 1:
                    place = width
                    break
                starts[row, place], stops[row, place], kinds[row, place] = start, scan, kind
                place, start, kind = place + 1, scan + 1, AS_IT_STANDS
            elif data[scan] == BACKSLASH:
                kind = MARKED
            scan += 1
        if scan >= size or place != width - 1 or scan == at:
            break
        end = scan
        while end > at and data[end - 1] == CR:
            end -= 1
        if end < start or end == at or (data[at] == BACKSLASH and data[at + 1] == POINT and end == at + 2):
            break
        starts[row, place], stops[row, place], kinds[row, place] = start, end, kind
        for cell in range(width):
            is_nothing = kinds[row, cell] == MARKED and stops[row, cell] - starts[row, cell] == 2
            if is_nothing and data[starts[row, cell]] == BACKSLASH and data[starts[row, cell] + 1] == LARGE_N:
                kinds[row, cell] = AS_IT_STANDS
                stops[row, cell] = starts[row, cell]
        count += 1
        at = scan + 1
        ends[0] = at
    return count
