"""SHA-256 of many rows of any length side by side, one vector lane each; for what `side_by_side` and `sha256_lanes` make of it.

Sixteen rows are worked on in one array of words, `room`: words 0 to 127 are the eight of the state, lane by lane, the other
256 those of the block. A loop over the lanes without a branch, of one array and with places that are known when it is
compiled, is what LLVM makes vectors of, and keeps in registers: hence the rounds are written out.

Source: FIPS 180-4 sections 4.1.2, 5.3.3 and 6.2.2.
Test: tests/properties/test_side_by_side.py and test_sha256_lanes.py hold it to hashlib.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from suyuan.crypto.compiled import compiled

Words = npt.NDArray[np.uint32]

LANES: Final = 16


def _primes(count: int) -> list[int]:
    found: list[int] = []
    number = 2
    while len(found) < count:
        if all(number % prime for prime in found):
            found.append(number)
        number += 1
    return found


def _fraction(prime: int, *, root: int) -> int:
    """Give the first 32 bits of the fraction of a prime's square or cube root, exactly."""
    low, high = 0, prime << 32
    while high - low > 1:
        middle = (low + high) // 2
        if middle**root <= prime << (32 * root):
            low = middle
        else:
            high = middle
    return low & 0xFFFFFFFF


START: Final = np.array([_fraction(prime, root=2) for prime in _primes(8)], dtype=">u4").view("<u4").reshape(1, 8)
"""Where every hash begins, as `compress` takes it."""

ROUND: Final = np.array([_fraction(prime, root=3) for prime in _primes(64)], dtype=np.uint32)


@compiled
def swapped(word: np.uint32) -> np.uint32:
    """Give a word with its bytes the other way round."""
    u = np.uint32
    middle = u(u(word & u(0xFF00)) << u(8)) | u(u(word >> u(8)) & u(0xFF00))
    return u(word << u(24)) | middle | u(word >> u(24))


_WORDS: Final = 8 * LANES
"""Where the block's words begin in the room."""


@compiled
def _turned(
    a: np.uint32, b: np.uint32, c: np.uint32, d: np.uint32, e: np.uint32, f: np.uint32, g: np.uint32, h: np.uint32,
    word: np.uint32, constant: np.uint32,
) -> tuple[np.uint32, np.uint32]:  # fmt: skip
    """Give what d and h are after a round; the others move on.

    Each value is cast back to 32 bits after each operation: numba widens sums otherwise.
    """
    u = np.uint32
    high = u(u(e >> u(6)) | u(e << u(26))) ^ u(u(e >> u(11)) | u(e << u(21))) ^ u(u(e >> u(25)) | u(e << u(7)))
    low = u(u(a >> u(2)) | u(a << u(30))) ^ u(u(a >> u(13)) | u(a << u(19))) ^ u(u(a >> u(22)) | u(a << u(10)))
    chosen = u(e & f) ^ u(u(~e) & g)
    most = u(a & b) ^ u(a & c) ^ u(b & c)
    added = u(u(h + high) + u(chosen + u(word + constant)))
    return u(d + added), u(added + u(low + most))


@compiled
def _next(now: np.uint32, after: np.uint32, ninth: np.uint32, fourteenth: np.uint32) -> np.uint32:
    """Give the word sixteen after `now`, of those that stand one, nine and fourteen after it."""
    u, x, y = np.uint32, after, fourteenth
    low = u(u(x >> u(7)) | u(x << u(25))) ^ u(u(x >> u(18)) | u(x << u(14))) ^ u(x >> u(3))
    high = u(u(y >> u(17)) | u(y << u(15))) ^ u(u(y >> u(19)) | u(y << u(13))) ^ u(y >> u(10))
    return u(u(now + low) + u(ninth + high))


@compiled
def _rounds(room: Words, first: int) -> None:
    """Turn every lane's state by its sixteen words; `first` is the number of the first of these rounds."""
    for j in range(LANES):
        a, b, c, d = room[j], room[16 + j], room[32 + j], room[48 + j]
        e, f, g, h = room[64 + j], room[80 + j], room[96 + j], room[112 + j]
        d, h = _turned(a, b, c, d, e, f, g, h, room[128 + j], ROUND[first + 0])
        c, g = _turned(h, a, b, c, d, e, f, g, room[144 + j], ROUND[first + 1])
        b, f = _turned(g, h, a, b, c, d, e, f, room[160 + j], ROUND[first + 2])
        a, e = _turned(f, g, h, a, b, c, d, e, room[176 + j], ROUND[first + 3])
        h, d = _turned(e, f, g, h, a, b, c, d, room[192 + j], ROUND[first + 4])
        g, c = _turned(d, e, f, g, h, a, b, c, room[208 + j], ROUND[first + 5])
        f, b = _turned(c, d, e, f, g, h, a, b, room[224 + j], ROUND[first + 6])
        e, a = _turned(b, c, d, e, f, g, h, a, room[240 + j], ROUND[first + 7])
        d, h = _turned(a, b, c, d, e, f, g, h, room[256 + j], ROUND[first + 8])
        c, g = _turned(h, a, b, c, d, e, f, g, room[272 + j], ROUND[first + 9])
        b, f = _turned(g, h, a, b, c, d, e, f, room[288 + j], ROUND[first + 10])
        a, e = _turned(f, g, h, a, b, c, d, e, room[304 + j], ROUND[first + 11])
        h, d = _turned(e, f, g, h, a, b, c, d, room[320 + j], ROUND[first + 12])
        g, c = _turned(d, e, f, g, h, a, b, c, room[336 + j], ROUND[first + 13])
        f, b = _turned(c, d, e, f, g, h, a, b, room[352 + j], ROUND[first + 14])
        e, a = _turned(b, c, d, e, f, g, h, a, room[368 + j], ROUND[first + 15])
        room[j], room[16 + j], room[32 + j], room[48 + j] = a, b, c, d
        room[64 + j], room[80 + j], room[96 + j], room[112 + j] = e, f, g, h


@compiled
def _expand(room: Words) -> None:
    """Put the next sixteen words of the message schedule in the place of the sixteen before them."""
    for j in range(LANES):
        w0, w1, w2, w3 = room[128 + j], room[144 + j], room[160 + j], room[176 + j]
        w4, w5, w6, w7 = room[192 + j], room[208 + j], room[224 + j], room[240 + j]
        w8, w9, w10, w11 = room[256 + j], room[272 + j], room[288 + j], room[304 + j]
        w12, w13, w14, w15 = room[320 + j], room[336 + j], room[352 + j], room[368 + j]
        w0 = _next(w0, w1, w9, w14)
        w1 = _next(w1, w2, w10, w15)
        w2 = _next(w2, w3, w11, w0)
        w3 = _next(w3, w4, w12, w1)
        w4 = _next(w4, w5, w13, w2)
        w5 = _next(w5, w6, w14, w3)
        w6 = _next(w6, w7, w15, w4)
        w7 = _next(w7, w8, w0, w5)
        w8 = _next(w8, w9, w1, w6)
        w9 = _next(w9, w10, w2, w7)
        w10 = _next(w10, w11, w3, w8)
        w11 = _next(w11, w12, w4, w9)
        w12 = _next(w12, w13, w5, w10)
        w13 = _next(w13, w14, w6, w11)
        w14 = _next(w14, w15, w7, w12)
        w15 = _next(w15, w0, w8, w13)
        room[128 + j], room[144 + j], room[160 + j], room[176 + j] = w0, w1, w2, w3
        room[192 + j], room[208 + j], room[224 + j], room[240 + j] = w4, w5, w6, w7
        room[256 + j], room[272 + j], room[288 + j], room[304 + j] = w8, w9, w10, w11
        room[320 + j], room[336 + j], room[352 + j], room[368 + j] = w12, w13, w14, w15


@compiled
def turn(room: Words, state: Words) -> None:
    """Add to every lane's state what the block makes of it whose words stand in the room.

    Args:
        room: shape (384,): see above; the words as they lie in the message. What it held is lost.
        state: shape (128,).
    """
    for i in range(_WORDS, 3 * _WORDS):
        room[i] = swapped(room[i])
    for i in range(_WORDS):
        room[i] = state[i]
    _rounds(room, 0)
    for first in range(16, 64, 16):
        _expand(room)
        _rounds(room, first)
    for i in range(_WORDS):
        state[i] = np.uint32(state[i] + room[i])


@compiled
def begin(starts: Words, first: int, rows: int, state: Words) -> None:
    """Give each lane the state before its first block: that of its row, or the one that all begin with."""
    for j in range(LANES):
        row = 0 if len(starts) == 1 else min(first + j, rows - 1)
        for i in range(8):
            state[LANES * i + j] = swapped(starts[row, i])


@compiled
def end(state: Words, first: int, digests: Words) -> None:
    """Write the states of the lanes that are rows."""
    for j in range(min(LANES, len(digests) - first)):
        for i in range(8):
            digests[first + j, i] = swapped(state[LANES * i + j])


@compiled
def compress(starts: Words, data: Words, digests: Words) -> None:
    """Hash rows of blocks.

    Args:
        starts: the state before the first block, shape (rows, 8), or (1, 8) for all. Here and below the bytes of a word
            stand as section 3.1 writes them, the most significant first, whatever the machine's order is.
        data: shape (rows, 16 * blocks).
        digests: shape (rows, 8); what it held is lost.
    """
    rows, blocks = data.shape[0], data.shape[1] // 16
    room, state = np.empty(3 * _WORDS, np.uint32), np.empty(_WORDS, np.uint32)
    for first in range(0, rows, LANES):
        begin(starts, first, rows, state)
        for block in range(blocks):
            for j in range(LANES):
                row = min(first + j, rows - 1)
                for i in range(16):
                    room[_WORDS + LANES * i + j] = data[row, 16 * block + i]
            turn(room, state)
        end(state, first, digests)
