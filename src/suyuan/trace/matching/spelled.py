"""Kernels that read a cell as a phone number, a resident ID or an e-mail address, straight from its bytes.

Each gives one of three words on a cell: it holds this canonical value; it holds none; or `kinds` must decide. Only spellings
that are common in dumps and whose reading is plain are decided here; tests/properties/test_spelled.py holds them to `kinds`.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from suyuan.crypto.compiled import compiled

Bytes = npt.NDArray[np.uint8]
Places = npt.NDArray[np.int64]

SHORT_BYTES: Final = 15
LONGEST: Final = 55
"""A token's message is hashed in one block up to here (`crypto.sha256_lanes`)."""

BLANK, APOSTROPHE, QUOTE, GRAVE, EQUALS = 0x20, 0x27, 0x22, 0x60, 0x3D
MOBILE_DIGITS: Final = 11
MOST_DIGITS: Final = 17
"""Of a telephone number, its country's and a way out of another among them."""

OTHER, DIGIT, PLUS, DOT, SEPARATOR, DOUBT = 0, 1, 2, 3, 4, 5
PHONE_PART: Final = np.zeros(256, dtype=np.uint8)
"""What a byte is in a phone number; `DOUBT` are white space, other scripts, and the T of `tel:`."""
PHONE_PART[:0x20] = PHONE_PART[0x7F:] = PHONE_PART[[ord("T"), ord("t")]] = DOUBT
PHONE_PART[0x30:0x3A] = DIGIT
PHONE_PART[[ord(mark) for mark in " -()/"]] = SEPARATOR
PHONE_PART[ord("+")], PHONE_PART[ord(".")] = PLUS, DOT

WIDE_ZERO: Final = {
    codec: np.frombuffer("\N{FULLWIDTH DIGIT ZERO}".encode(codec), dtype=np.uint8) for codec in ("utf-8", "gb18030")
}
"""The full-width zero by codec; the other digits differ from it in their last byte alone."""

LOCAL: Final = np.zeros(128, dtype=np.uint8)
"""What an e-mail's local part is made of, the dot left out (`kinds.email`); 2 leaves the cell in doubt, for asterisks may be a mask."""
LOCAL[[ord(c) for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&+/=?^_{|}~-"]] = 1
LOCAL[ord("*")] = 2

ID_CHARACTERS: Final = 18
UNDECIDED, NO_ID, ID = 0, 1, 2
WEIGHTS: Final = np.array((7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2), dtype=np.uint64)
CHECKS: Final = np.frombuffer(b"10X98765432", dtype=np.uint8)
DAYS: Final = np.array((31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31), dtype=np.int64)


@compiled
def is_wide_digit(data: Bytes, place: int, end: int, wide: Bytes) -> bool:
    """Say whether a full-width digit stands at a place before `end`."""
    last = len(wide) - 1
    if place + last >= end:
        return False
    for byte in range(last):
        if data[place + byte] != wide[byte]:
            return False
    return bool(wide[last] <= data[place + last] <= wide[last] + 9)


@compiled
def write_mobile(data: Bytes, begin: np.uint64, blocks: Bytes, row: np.uint64) -> bool:
    """Write eleven bytes as the token block of a Chinese mobile number, +86 before them; say no where they are none."""
    # Indexes without a sign: for others Numba computes a place by several more steps, and this is what most cells are.
    second = data[begin + np.uint64(1)]
    is_mobile = (data[begin] == 0x31) & (second >= 0x33)
    for place in range(np.uint64(MOBILE_DIGITS)):
        byte = data[begin + place]
        is_mobile &= (byte >= 0x30) & (byte <= 0x39)
        blocks[row, np.uint64(3) + place] = byte
    blocks[row, np.uint64(0)], blocks[row, np.uint64(1)], blocks[row, np.uint64(2)] = 0x2B, 0x38, 0x36
    blocks[row, np.uint64(14)], blocks[row, np.uint64(15)] = 0, 14
    return bool(is_mobile)


@compiled
def read_phones(
    data: Bytes, starts: Places, ends: Places, wide: Bytes, blocks: Bytes, rows: Places, doubtful: Places
) -> tuple[int, int]:
    """Write the token block of every cell that is a Chinese mobile number, and the places of cells in doubt.

    Args:
        starts, ends: the cells, as stretches of `data`.
        wide: what a full-width zero is in the cells' codec (`WIDE_ZERO`).
        blocks: shape (cells, 16), zeros; row i belongs to cell `rows[i]`.
    Returns: how many blocks and how many doubtful cells were written.
    """
    count = doubts = 0
    text = np.zeros(MOST_DIGITS + 1, dtype=np.uint8)
    for cell in range(len(starts)):
        i, end = starts[cell], ends[cell]
        if end - i == MOBILE_DIGITS and write_mobile(data, np.uint64(i), blocks, np.uint64(count)):
            rows[count] = cell
            count += 1
            continue
        while i < end and (data[i] == 0x20 or data[i] == 0x27 or data[i] == 0x22 or data[i] == 0x60 or data[i] == 0x3D):
            i += 1
        while end > i and (
            data[end - 1] == 0x20
            or data[end - 1] == 0x27
            or data[end - 1] == 0x22
            or data[end - 1] == 0x60
            or data[end - 1] == 0x3D
        ):
            end -= 1
        digits = dots = before_dot = 0
        plus = separated = hopeless = in_doubt = False
        while i < end:
            byte = data[i]
            part = PHONE_PART[byte]
            if part == DIGIT:
                text[min(digits, MOST_DIGITS)] = byte
                digits += 1
            elif part == PLUS:
                hopeless |= plus or digits > 0
                plus = True
            elif part == DOT:
                dots += 1
                before_dot = digits
            elif part == SEPARATOR:
                separated = True
            elif part == OTHER:
                hopeless = True
            elif is_wide_digit(data, i, end, wide):
                i += len(wide) - 1
                text[min(digits, MOST_DIGITS)] = data[i] - wide[-1] + 0x30
                digits += 1
            else:
                in_doubt = True
                break
            i += 1
        if in_doubt:
            doubtful[doubts] = cell
            doubts += 1
            continue
        if dots == 1 and not separated and before_dot > 0:
            # `.0` is a spreadsheet's; any other lone point is a decimal.
            if before_dot < 7 or digits != before_dot + 1 or digits > MOST_DIGITS or text[before_dot] != 0x30:
                continue
            digits -= 1
        if hopeless or digits < 7 or digits > MOST_DIGITS:
            continue
        is_ours = digits >= MOBILE_DIGITS and is_home(text, digits - MOBILE_DIGITS, plus)
        if is_ours and write_mobile(text, np.uint64(digits - MOBILE_DIGITS), blocks, np.uint64(count)):
            rows[count] = cell
            count += 1
            continue
        if not plus and (digits == 9 or digits == 10) and text[0] == 0x31 and text[1] >= 0x33:
            # A mobile number that lost a digit or two: no Chinese number of nine or ten digits begins so.
            continue
        doubtful[doubts] = cell
        doubts += 1
    return count, doubts


@compiled
def is_home(text: Bytes, size: int, plus: bool) -> bool:  # noqa: FBT001 - kernels take no keywords
    """Say whether so many digits before a mobile number are China's prefix, a trunk zero, or none at all."""
    if size < 2:
        return not plus and (size == 0 or text[0] == 0x30)
    if size > 5 or (size > 3 and (plus or text[0] != 0x30 or text[1] != 0x30)):
        return False
    start = 2 if size > 3 else 0
    is_china = text[start] == 0x38 and text[start + 1] == 0x36
    return is_china and (size == 2 or size == 4 or text[size - 1] == 0x30)


@compiled
def check_of(text: Bytes, begin: np.uint64) -> np.uint8:
    """Give the check character of seventeen digits."""
    total = np.uint64(0)
    for place in range(np.uint64(ID_CHARACTERS - 1)):
        total += np.uint64(text[begin + place] - 0x30) * WEIGHTS[place]
    return np.uint8(CHECKS[total % np.uint64(11)])


@compiled
def write_id(text: Bytes, begin: np.uint64, padded: Bytes, row: np.uint64) -> bool:
    """Write seventeen digits and a digit or X as a padded block, if they are a resident ID."""
    # Indexes without a sign, as in `write_mobile`.
    u = np.uint64
    century = (text[begin + u(6)] - 0x30) * 10 + text[begin + u(7)] - 0x30
    year = century * 100 + (text[begin + u(8)] - 0x30) * 10 + text[begin + u(9)] - 0x30
    month = (text[begin + u(10)] - 0x30) * 10 + text[begin + u(11)] - 0x30
    day = (text[begin + u(12)] - 0x30) * 10 + text[begin + u(13)] - 0x30
    if century < 18 or century > 21 or month < 1 or month > 12 or day < 1:
        return False
    is_leap = month == 2 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if day > DAYS[month - 1] + is_leap or text[begin + u(17)] != check_of(text, begin):
        return False
    for place in range(u(ID_CHARACTERS)):
        padded[row, place] = text[begin + place]
    padded[row, u(18)], padded[row, u(63)] = 0x80, 8 * ID_CHARACTERS
    return True


@compiled
def write_plain_id(data: Bytes, begin: np.uint64, padded: Bytes, row: np.uint64) -> int:
    """Write eighteen bytes as a padded block, if they are a resident ID; say if they are none, or if more is to be asked."""
    last = data[begin + np.uint64(ID_CHARACTERS - 1)]
    is_plain = (last >= 0x30) & (last <= 0x39) | (last == 0x58)
    for place in range(np.uint64(ID_CHARACTERS - 1)):
        byte = data[begin + place]
        is_plain &= (byte >= 0x30) & (byte <= 0x39)
    if not is_plain:
        return UNDECIDED
    return ID if data[begin] != 0x30 and write_id(data, begin, padded, row) else NO_ID


@compiled
def read_resident_ids(
    data: Bytes, starts: Places, ends: Places, wide: Bytes, padded: Bytes, rows: Places, doubtful: Places
) -> tuple[int, int]:
    """Write every resident ID, eighteen characters, as one padded block of SHA-256, and the places of cells in doubt.

    Args: as `read_phones`; `padded`: shape (cells, 64), zeros.
    """
    count = doubts = 0
    text, lead = np.zeros(ID_CHARACTERS, dtype=np.uint8), wide[0]
    for cell in range(len(starts)):
        i, end = starts[cell], ends[cell]
        if end - i == ID_CHARACTERS:
            verdict = write_plain_id(data, np.uint64(i), padded, np.uint64(count))
            if verdict == ID:
                rows[count] = cell
                count += 1
            if verdict != UNDECIDED:
                continue
        size = 0
        hopeless = in_doubt = False
        while i < end and (data[i] == 0x20 or data[i] == 0x27 or data[i] == 0x22 or data[i] == 0x60 or data[i] == 0x3D):
            i += 1
        while end > i and (
            data[end - 1] == 0x20
            or data[end - 1] == 0x27
            or data[end - 1] == 0x22
            or data[end - 1] == 0x60
            or data[end - 1] == 0x3D
        ):
            end -= 1
        while i < end:
            byte = data[i]
            if byte == lead and is_wide_digit(data, i, end, wide):
                i += len(wide) - 1
                byte = data[i] - wide[-1] + 0x30
            if 0x30 <= byte <= 0x39:
                if size < 18:
                    text[size] = byte
                size += 1
            elif (byte == 0x58 or byte == 0x78) and size == 17:
                text[size] = 0x58
                size += 1
            elif byte < 0x20 or byte > 0x7E:
                in_doubt = True
                break
            elif byte != 0x20:
                hopeless = True
            i += 1
        if in_doubt:
            doubtful[doubts] = cell
            doubts += 1
            continue
        if hopeless or (size != 15 and size != 18) or text[0] == 0x30:
            continue
        if size == 15:
            for place in range(16, 7, -1):
                text[place] = text[place - 2]
            text[6], text[7] = 0x31, 0x39
            text[17] = check_of(text, np.uint64(0))
        if write_id(text, np.uint64(0), padded, np.uint64(count)):
            rows[count] = cell
            count += 1
    return count, doubts


@compiled
def read_emails(
    data: Bytes,
    starts: Places,
    ends: Places,
    blocks: Bytes,
    padded: Bytes,
    rows: Places,
    hashed: Places,
    doubtful: Places,
) -> tuple[int, int, int]:
    """Write every e-mail address, in lower case, as a token block or, beyond 15 bytes, as a padded block of SHA-256.

    Args: as `read_phones`; `padded[i]` is the message of block `hashed[i]`, whose last byte is set.
    Returns: how many blocks, padded blocks and doubtful cells were written.
    """
    count = long = doubts = 0
    text = np.zeros(LONGEST + 1, dtype=np.uint8)
    for cell in range(len(starts)):
        i, end = starts[cell], ends[cell]
        while i < end and (data[i] == 0x20 or data[i] == 0x27 or data[i] == 0x22 or data[i] == 0x3C):
            i += 1
        while end > i and (
            data[end - 1] == 0x20 or data[end - 1] == 0x27 or data[end - 1] == 0x22 or data[end - 1] == 0x3E
        ):
            end -= 1
        size = end - i
        at = labels = 0
        label = 0  # Where the part under way began: a dotted piece of the local part, then a label of the domain.
        hopeless = in_doubt = False
        for place in range(size):
            byte = data[i + place]
            if byte < 0x20 or byte > 0x7E or byte == 0x3A:
                # White space, other scripts, and `mailto:`.
                in_doubt = True
                break
            if place < LONGEST:
                text[place] = byte + 0x20 if 0x41 <= byte <= 0x5A else byte
            if byte == 0x40:
                hopeless |= at > 0 or place == label or place > 64
                at, label = place + 1, place + 1
            elif byte == 0x2E:
                hopeless |= place == label or (at > 0 and (place - label > 63 or data[i + place - 1] == 0x2D))
                labels += at > 0
                label = place + 1
            elif at == 0:
                hopeless |= LOCAL[byte] == 0
                in_doubt |= LOCAL[byte] == 2
            else:
                is_letter = 0x41 <= byte <= 0x5A or 0x61 <= byte <= 0x7A
                is_inner = 0x30 <= byte <= 0x39 or (byte == 0x2D and place > label)
                hopeless |= not (is_letter or is_inner)
        if in_doubt or size > LONGEST:
            doubtful[doubts] = cell
            doubts += 1
            continue
        if hopeless or at == 0 or labels == 0 or size - label < 2 or size - label > 63 or data[end - 1] == 0x2D:
            continue
        first = text[label]
        if not 0x61 <= first <= 0x7A:
            continue
        block = blocks[count]
        if size <= SHORT_BYTES:
            for place in range(size):
                block[place] = text[place]
            block[15] = size
        else:
            block[15] = 0x80
            message = padded[long]
            for place in range(size):
                message[place] = text[place]
            message[size] = 0x80
            message[62], message[63] = size * 8 >> 8, size * 8 & 0xFF
            hashed[long] = count
            long += 1
        rows[count] = cell
        count += 1
    return count, long, doubts
