"""Writes form tables from recipes, and finds in each the text of a dump's row; for `mark.table`.

Only what a fold leaves alone but for capitals is written: Han and printable ASCII, without a space at an end of a form or
beside another. Every other row is left to the columnar road.

Test: tests/properties/test_read_columns.py holds it equal to that road.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from suyuan.crypto.compiled import compiled

Bytes = npt.NDArray[np.uint8]
Whole = npt.NDArray[np.int64]

UNFIT: Final = -2
"""What is found of a row that is left to the other road."""

NOTHING: Final = -1
"""What is found where the text is none of the forms."""

MOST_PARTS: Final = 48
MOST_CHOICES: Final = 192

_PART: Final = 0x7C
_CHOICE: Final = 0x5E
_FIXED: Final = 0x2D
_ZERO: Final = 0x30
_SLOTS: Final = 4
_SPACE: Final = 0x20
_LINE: Final = 0x0A
_HEAD: Final = np.frombuffer(b"radices ", dtype=np.uint8)


@compiled
def cut(data: Bytes, at: int, stop: int, slots: Whole, first: Whole, begin: Whole, end: Whole) -> int:
    """Cut a recipe into its parts: part p has slot `slots[p]` (-1: none) and choices first[p] to first[p + 1].

    Choice c is data[begin[c] : end[c]]. Returns: how many parts; -1 where it is no recipe, or holds what a fold might change.
    """
    parts, choices = 0, 0
    first[0] = 0
    while at < stop:
        if data[at] != _PART or at + 1 >= stop or parts >= MOST_PARTS:
            return -1
        slot = data[at + 1]
        if slot != _FIXED and (slot < _ZERO or slot >= _ZERO + _SLOTS):
            return -1
        slots[parts] = -1 if slot == _FIXED else slot - _ZERO
        at += 2
        while True:
            if choices >= MOST_CHOICES:
                return -1
            begin[choices] = at
            while at < stop and data[at] != _PART and data[at] != _CHOICE:
                width = 1
                byte = data[at]
                if byte >= 0xE4 and byte <= 0xE9:
                    # U+4E00 to U+9FFF, in three bytes; the text is UTF-8, so the two that follow are there.
                    if byte == 0xE4 and data[at + 1] < 0xB8:
                        return -1
                    width = 3
                elif byte < _SPACE or byte > 0x7E:
                    return -1
                at += width
            end[choices] = min(at, stop)
            choices += 1
            if at >= stop or data[at] == _PART:
                break
            at += 1
        parts += 1
        first[parts] = choices
    return parts


@compiled
def lowered(data: Bytes, begin: Whole, end: Whole, choices: int, low: Bytes, edges: Bytes) -> bool:
    """Write the choices to `low` as a fold leaves them, each where it was; say whether none has two spaces together.

    Args:
        edges: for each choice, 1 where a space begins it and 2 where one ends it, together.
    """
    plain = True
    for choice in range(choices):
        before = 0
        for at in range(begin[choice], end[choice]):
            byte = data[at]
            plain = plain and (byte != _SPACE or before != _SPACE)
            before = byte
            low[at - begin[0]] = byte + 32 if byte >= 65 and byte <= 90 else byte
        edges[choice] = 0
        if end[choice] > begin[choice]:
            edges[choice] = (1 if data[begin[choice]] == _SPACE else 0) + (2 if before == _SPACE else 0)
    return plain


@compiled
def copy(low: Bytes, begin: int, end: int, out: Bytes, put: int) -> int:
    """Copy a stretch, and give where it ends. An index without a sign is not looked at for counting from the end."""
    to = np.uint64(put)
    for at in range(np.uint64(begin), np.uint64(end)):
        out[to] = low[at]
        to += np.uint64(1)
    return put + end - begin


@compiled
def measure(
    data: Bytes, starts: Whole, sizes: Whole, given: npt.NDArray[np.bool_], radices: Bytes, lengths: Whole
) -> None:
    """Note how long each row's table is; 0 for a row that is left to the other road."""
    slots, first = np.empty(MOST_PARTS, np.int64), np.empty(MOST_PARTS + 1, np.int64)
    begin, end = np.empty(MOST_CHOICES, np.int64), np.empty(MOST_CHOICES, np.int64)
    for row in range(len(starts)):
        total, head = 1, len(_HEAD)
        for slot in range(radices.shape[1]):
            total *= radices[row, slot]
            head += 3 if radices[row, slot] > 9 else 2
        if not given[row]:
            lengths[row] = head
            continue
        lengths[row] = 0
        if sizes[row] == 0:
            continue
        parts = cut(data, starts[row], starts[row] + sizes[row], slots, first, begin, end)
        length, fine = head + total - 1, parts >= 0
        for part in range(max(0, parts)):
            count = first[part + 1] - first[part]
            if slots[part] < 0:
                fine = fine and count == 1
            else:
                fine = fine and slots[part] < radices.shape[1] and count == radices[row, slots[part]]
            for choice in range(first[part], first[part + 1]):
                length += (end[choice] - begin[choice]) * (total // max(1, count))
        if fine:
            lengths[row] = length


@compiled
def write_head(radices: Bytes, out: Bytes, put: int) -> int:
    """Write the line of the radices; give what is behind it."""
    for i in range(len(_HEAD)):
        out[put + i] = _HEAD[i]
    put += len(_HEAD)
    for slot in range(len(radices)):
        radix = radices[slot]
        if radix > 9:
            out[put] = _ZERO + radix // 10
            put += 1
        out[put], out[put + 1] = _ZERO + radix % 10, 0x2C
        put += 2
    out[put - 1] = _LINE
    return put


@compiled
def write(
    data: Bytes, starts: Whole, sizes: Whole, given: npt.NDArray[np.bool_], radices: Bytes, wanted: Bytes,
    wanted_starts: Whole, wanted_sizes: Whole, out: Bytes, places: Whole, found: Whole,
) -> None:  # fmt: skip
    """Write each row's table to `out` from its place on, and note which form the wanted text is: a number, `NOTHING` or `UNFIT`.

    Args:
        places: where each row's table begins, and one more, where the last ends; as long as `measure` said.
    """
    slots, first = np.empty(MOST_PARTS, np.int64), np.empty(MOST_PARTS + 1, np.int64)
    begin, end = np.empty(MOST_CHOICES, np.int64), np.empty(MOST_CHOICES, np.int64)
    digits, edges, low = np.zeros(_SLOTS, np.int64), np.zeros(MOST_CHOICES, np.uint8), np.empty(0, np.uint8)
    for row in range(len(starts)):
        found[row] = NOTHING
        if places[row + 1] == places[row]:
            found[row] = UNFIT
            continue
        put = write_head(radices[row], out, places[row])
        if not given[row]:
            continue
        parts = cut(data, starts[row], starts[row] + sizes[row], slots, first, begin, end)
        if len(low) < sizes[row]:
            low = np.empty(2 * sizes[row], np.uint8)
        origin = begin[0] if parts else 0
        plain = lowered(data, begin, end, first[parts], low, edges)
        total = 1
        for slot in range(radices.shape[1]):
            total *= radices[row, slot]
            digits[slot] = 0
        size, start = wanted_sizes[row], wanted_starts[row]
        for form in range(total):
            line, spaced = put, True
            for part in range(parts):
                choice = first[part]
                if slots[part] >= 0:
                    choice += digits[slots[part]]
                if end[choice] > begin[choice]:
                    plain = plain and not (spaced and edges[choice] & 1)
                    spaced = edges[choice] & 2 != 0
                    put = copy(low, begin[choice] - origin, end[choice] - origin, out, put)
            plain = plain and not spaced
            if put - line == size and found[row] == NOTHING:
                same = True
                for i in range(size):
                    if out[line + i] != wanted[start + i]:
                        same = False
                        break
                if same:
                    found[row] = form
            if form + 1 < total:
                out[put] = _LINE
                put += 1
            slot = radices.shape[1] - 1
            while slot >= 0:
                digits[slot] += 1
                if digits[slot] < radices[row, slot]:
                    break
                digits[slot] = 0
                slot -= 1
        if not plain:
            found[row] = UNFIT
