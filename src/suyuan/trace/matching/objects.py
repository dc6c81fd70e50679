"""The kernel that finds the wanted values in lines of flat JSON, and leaves every line that is not plain to the reader of lines."""

from typing import Final

import numpy as np
import numpy.typing as npt

from suyuan.crypto.compiled import compiled

Bytes = npt.NDArray[np.uint8]
Places = npt.NDArray[np.int64]

PLAIN: Final = 0
ODD: Final = 1
"""What may be a blank line, no object, one with escapes, an unknown key or something within it: Python's `json` says."""

LF: Final = 0x0A
BLANK: Final = 0x20
TAB: Final = 0x09
QUOTE: Final = 0x22
BACKSLASH: Final = 0x5C


@compiled
def past_blanks(data: Bytes, at: int) -> int:
    """Give the first place from here on that is no blank and no tabulator."""
    while data[at] == BLANK or data[at] == TAB:
        at += 1
    return at


@compiled
def past_text(data: Bytes, at: int) -> int:
    """Give the place of the quote that ends a text begun before here; -1 where it has an escape or a control character."""
    while data[at] != QUOTE:
        if data[at] < BLANK or data[at] == BACKSLASH:
            return -1
        at += 1
    return at


@compiled
def past_digits(data: Bytes, at: int) -> int:
    """Give the first place from here on that is no digit."""
    while 0x30 <= data[at] <= 0x39:
        at += 1
    return at


@compiled
def past_number(data: Bytes, at: int) -> int:
    """Give the place behind a number without an exponent; -1 where it is none."""
    if data[at] == 0x2D:
        at += 1
    end = past_digits(data, at)
    if end == at or (data[at] == 0x30 and end > at + 1):
        return -1
    if data[end] == 0x2E:
        whole = end + 1
        end = past_digits(data, whole)
        if end == whole:
            return -1
    return end


@compiled
def is_word(data: Bytes, at: int, word: Bytes) -> bool:
    """Say whether a word stands here."""
    for place in range(len(word)):  # noqa: SIM110 - a kernel knows no generators
        if data[at + place] != word[place]:
            return False
    return True


@compiled
def key_at(data: Bytes, start: int, end: int, keys: Bytes, ends: Places, guess: int) -> int:
    """Give the number of the key that stands there, looked for from a guess on; -1 where it is none of them."""
    count = len(ends)
    for step in range(count):
        number = guess + step if guess + step < count else guess + step - count
        first = ends[number - 1] if number else 0
        size = ends[number] - first
        if size != end - start:
            continue
        same = True
        for place in range(size):
            if keys[first + place] != data[start + place]:
                same = False
                break
        if same:
            return number
    return -1


@compiled
def read_object(
    data: Bytes, at: int, keys: Bytes, ends: Places, place_of: Places, words: Bytes, starts: Places, stops: Places
) -> int:
    """Write where an object's wanted values stand, in `starts` and `stops`; give the place behind it, or -1.

    Every line ends with a line feed, and no step goes past one: it is none of the marks that are looked for.
    """
    at = past_blanks(data, at)
    if data[at] != 0x7B:
        return -1
    at = past_blanks(data, at + 1)
    if data[at] == 0x7D:
        return at + 1
    guess = 0
    while True:
        if data[at] != QUOTE:
            return -1
        end = past_text(data, at + 1)
        if end < 0:
            return -1
        number = key_at(data, at + 1, end, keys, ends, guess)
        if number < 0:
            return -1
        guess = number + 1 if number + 1 < len(ends) else 0
        at = past_blanks(data, end + 1)
        if data[at] != 0x3A:
            return -1
        at = past_blanks(data, at + 1)
        start = at
        if data[at] == QUOTE:
            start = at + 1
            end = past_text(data, start)
            at = end + 1
        elif data[at] == 0x6E and is_word(data, at, words[0:4]):
            end, at = start, at + 4
        elif data[at] == 0x74 and is_word(data, at, words[4:8]):
            end = at = at + 4
        elif data[at] == 0x66 and is_word(data, at, words[8:13]):
            end = at = at + 5
        else:
            end = at = past_number(data, at)
        if end < 0:
            return -1
        if place_of[number] >= 0:
            starts[place_of[number]], stops[place_of[number]] = start, end
        at = past_blanks(data, at)
        if data[at] == 0x7D:
            return at + 1
        if data[at] != 0x2C:
            return -1
        at = past_blanks(data, at + 1)


@compiled
def read_objects(
    data: Bytes,
    size: int,
    keys: Bytes,
    ends: Places,
    place_of: Places,
    words: Bytes,
    lines: Places,
    starts: Places,
    stops: Places,
    kinds: Bytes,
) -> int:
    """Find the wanted values of every line; give how many lines there are.

    Args:
        data: ends with a line feed at `size` - 1, and with some more behind it. keys: the known keys one after the
        other; `ends` are their ends. place_of: the place of each known key's value among the wanted, or -1.
        words: null, true and false. lines: where each line begins. starts, stops: shape (lines, wanted), zeros.
        kinds: `PLAIN` or `ODD` for each line.
    """
    count, at = 0, 0
    while at < size:
        lines[count] = at
        end = read_object(data, at, keys, ends, place_of, words, starts[count], stops[count])
        if end >= 0:
            end = past_blanks(data, end)
            if data[end] == 0x0D:
                end += 1
        is_plain = end >= 0 and data[end] == LF
        if not is_plain:
            starts[count, :] = 0
            stops[count, :] = 0
            end = at
            while data[end] != LF:
                end += 1
        kinds[count] = PLAIN if is_plain else ODD
        count += 1
        at = end + 1
    return count
