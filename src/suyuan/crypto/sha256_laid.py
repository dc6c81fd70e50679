"""SHA-256 and HMAC of many rows whose messages are one template but for a stretch that is each row's own.

The words of a message are laid into the lanes as they are hashed: no array of padded messages is written and read.
Source: FIPS 180-4 sections 5.1.1 and 6.2.2, RFC 2104; the rounds are `sha256_kernel`'s.
Test: tests/properties/test_side_by_side.py holds both to hashlib and hmac.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from suyuan.crypto.compiled import compiled
from suyuan.crypto.sha256_kernel import LANES, START, begin, end, swapped, turn

Bytes = npt.NDArray[np.uint8]
Words = npt.NDArray[np.uint32]

_STATE: Final = 8 * LANES
_SET_BIT: Final = np.uint32(0x80)
_BITS: Final = np.uint32(0x00030000)
"""As they lie in a message: the bit behind it, and the 768 bits of a key's block with a digest behind it."""


@compiled
def _lay(template: Bytes, rows: Bytes, at: int, block: int, first: int, room: Words) -> None:
    """Give each lane its words of a block: the template's, with the bytes of the lane's row in them from `at` on."""
    u = np.uint32
    last, size = len(rows) - 1, rows.shape[1]
    for i in range(16):
        p, put = 64 * block + 4 * i, _STATE + LANES * i
        q = p - at
        if q <= -4 or q >= size:
            t = template[p : p + 4]
            word = u(t[0]) | u(t[1]) << u(8) | u(t[2]) << u(16) | u(t[3]) << u(24)
            for j in range(LANES):
                room[put + j] = word
        elif q >= 0 and q + 4 <= size:
            for j in range(LANES):
                t = rows[min(first + j, last)]
                room[put + j] = u(t[q]) | u(t[q + 1]) << u(8) | u(t[q + 2]) << u(16) | u(t[q + 3]) << u(24)
        else:
            for j in range(LANES):
                t, word = rows[min(first + j, last)], u(0)
                for byte in range(4):
                    here = t[q + byte] if 0 <= q + byte < size else template[p + byte]
                    word |= u(here) << u(8 * byte)
                room[put + j] = word


@compiled
def compress_laid(starts: Words, template: Bytes, rows: Bytes, at: int, digests: Words) -> None:
    """Give the state behind the blocks of each row.

    Args:
        starts: as `compress` takes them.
        template: whole blocks.
        rows: what stands in them from `at` on, row by row: shape (rows, size), a size of 0 among them.
        digests: shape (rows, 8); what it held is lost.
    """
    room, state = np.empty(3 * _STATE, np.uint32), np.empty(_STATE, np.uint32)
    for first in range(0, len(rows), LANES):
        begin(starts, first, len(rows), state)
        for block in range(len(template) // 64):
            _lay(template, rows, at, block, first, room)
            turn(room, state)
        end(state, first, digests)


@compiled
def sign_laid(inner: Words, outer: Words, template: Bytes, rows: Bytes, at: int, digests: Words) -> None:
    """Give the HMAC of each row, by the states behind its padded key; otherwise as `compress_laid`."""
    room, state = np.empty(3 * _STATE, np.uint32), np.empty(_STATE, np.uint32)
    for first in range(0, len(rows), LANES):
        begin(inner, first, len(rows), state)
        for block in range(len(template) // 64):
            _lay(template, rows, at, block, first, room)
            turn(room, state)
        for i in range(_STATE):
            room[_STATE + i] = swapped(state[i])
        room[2 * _STATE :] = np.uint32(0)
        room[2 * _STATE : 2 * _STATE + LANES] = _SET_BIT
        room[3 * _STATE - LANES :] = _BITS
        begin(outer, first, len(rows), state)
        turn(room, state)
        end(state, first, digests)


@compiled
def climb(template: Bytes, room: Bytes, leaves: int) -> None:
    """Write every level of a tree behind the one before it: the hashes of pairs, and an odd last one as it is.

    Args:
        template: a node's two blocks. room: shape (rows, 32); the first rows are the leaves.
    """
    start, size = 0, leaves
    while size > 1:
        pairs, above = size // 2, start + size
        children = room[start : start + 2 * pairs].reshape(pairs, 64)
        compress_laid(START, template, children, 1, room[above : above + pairs].view(np.uint32))
        if size % 2:
            room[above + pairs] = room[above - 1]
        start, size = above, pairs + size % 2
