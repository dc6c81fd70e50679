"""SHA-256 of many rows of many lengths side by side: each a prefix, a head of its own and a stretch of shared bytes.

Source: FIPS 180-4 section 5.1.1; the rounds are `sha256_kernel`'s. Test: tests/properties/test_arrays.py holds it to hashlib.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from suyuan.crypto.compiled import compiled
from suyuan.crypto.sha256_kernel import LANES, START, swapped, turn

Bytes = npt.NDArray[np.uint8]
Whole = npt.NDArray[np.int64]
Words = npt.NDArray[np.uint32]

_STATE: Final = 8 * LANES


@compiled
def place(data: Bytes, start: int, size: int, text: Bytes, put: int) -> int:
    """Copy data[start : start + size] to `text`, and give where it ends.

    In a loop, of which the compiler makes vectors: an assignment of stretches goes byte by byte. An index without a sign
    is not looked at for counting from the end.
    """
    at, to = np.uint64(start), np.uint64(put)
    for i in range(np.uint64(size)):
        text[to + i] = data[at + i]
    return put + size


@compiled
def write_padded(
    prefix: Bytes, head: Bytes, data: Bytes, start: int, size: int, text: Bytes, at: int, stop: int
) -> None:
    """Write prefix || head || data[start : start + size], padded as the standard says, to text[at:stop], whole blocks."""
    put = place(prefix, 0, len(prefix), text, at)
    put = place(head, 0, len(head), text, put)
    put = place(data, start, size, text, put)
    text[put] = 0x80
    text[put + 1 : stop - 8] = 0
    bits = 8 * (put - at)
    for i in range(8):
        text[stop - 1 - i] = bits >> 8 * i & 0xFF


@compiled
def hash_spans(
    prefix: Bytes, heads: Bytes, data: Bytes, starts: Whole, sizes: Whole, order: Whole, digests: Words
) -> None:
    """Hash every row, prefix || heads[i] || data[starts[i] : starts[i] + sizes[i]].

    Args:
        heads: shape (rows, bytes), contiguous.
        order: the rows in the order in which they are hashed, sixteen at a time: well where rows of as many blocks are
            together, since all sixteen take as long as the longest of them.
        digests: shape (rows, 8); what it held is lost.
    """
    rows, fixed = len(starts), len(prefix) + heads.shape[1]
    room, state = np.empty(3 * _STATE, np.uint32), np.empty(_STATE, np.uint32)
    blocks, text = np.empty(LANES, np.int64), np.empty(0, np.uint8)
    for first in range(0, rows, LANES):
        most = 0
        for j in range(LANES):
            blocks[j] = (fixed + sizes[order[min(first + j, rows - 1)]] + 8) // 64 + 1
            most = max(most, blocks[j])
        if len(text) < 64 * LANES * most:
            text = np.empty(64 * LANES * most, np.uint8)
        for j in range(LANES):
            row, at = order[min(first + j, rows - 1)], 64 * most * j
            write_padded(prefix, heads[row], data, starts[row], sizes[row], text, at, at + 64 * blocks[j])
        words = text.view(np.uint32)
        for i in range(8):
            for j in range(LANES):
                state[LANES * i + j] = swapped(START[0, i])
        for block in range(most):
            for j in range(LANES):
                here = words[16 * (most * j + block) : 16 * (most * j + block) + 16]
                for i in range(16):
                    room[_STATE + LANES * i + j] = here[i]
            turn(room, state)
            for j in range(min(LANES, rows - first)):
                if blocks[j] == block + 1:
                    for i in range(8):
                        digests[order[first + j], i] = swapped(state[LANES * i + j])
