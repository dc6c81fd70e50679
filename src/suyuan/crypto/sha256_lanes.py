"""SHA-256 of many short messages side by side, one vector lane each.

Only for messages of one block (at most 55 bytes): canonical values before they become tokens.
Source: FIPS 180-4 sections 4.1.2, 5.1.1 and 6.2. Test: tests/properties/test_sha256_lanes.py holds it to hashlib.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from suyuan.crypto.compiled import compiled

BLOCK_BYTES: Final = 64
LONGEST: Final = 55
"""What one block holds besides its padding: a set bit and the length."""

LANES: Final = 16

Bytes = npt.NDArray[np.uint8]
Words = npt.NDArray[np.uint32]


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


START: Final = np.array([_fraction(prime, root=2) for prime in _primes(8)], dtype=np.uint32)
ROUND: Final = np.array([_fraction(prime, root=3) for prime in _primes(64)], dtype=np.uint32)


@compiled
def turned(word: np.uint32, bits: int) -> np.uint32:
    """Give a word rotated right."""
    return np.uint32(np.uint32(word >> np.uint32(bits)) | np.uint32(word << np.uint32(32 - bits)))


@compiled
def swapped(word: np.uint32) -> np.uint32:
    """Give a word with its bytes in the other order."""
    u = np.uint32
    outer = u(u(word >> u(24)) | u(word << u(24)))
    return u(outer | u(u(u(word >> u(8)) & u(0xFF00)) | u(u(word << u(8)) & u(0xFF0000))))


@compiled
def digest_heads(
    words: Words, count: int, start: Words, constants: Words, out: Bytes, places: npt.NDArray[np.int64]
) -> None:
    """Write the first 15 bytes of the SHA-256 of `count` padded blocks to `out[places[i]]`.

    Each value is cast back to 32 bits after each operation: Numba widens it otherwise, to half as many lanes.

    Args:
        words: shape (count rounded up to `LANES`, 16), the blocks' bytes read as little-endian words.
        out: shape (rows, 16); byte 15 is left alone.
    """
    u = np.uint32
    schedule = np.empty((64, LANES), dtype=np.uint32)
    state = np.empty((8, LANES), dtype=np.uint32)
    for first in range(0, count, LANES):
        for t in range(16):
            for j in range(LANES):
                schedule[t, j] = swapped(words[first + j, t])
        for t in range(16, 64):
            for j in range(LANES):
                x, y = schedule[t - 15, j], schedule[t - 2, j]
                small = u(u(turned(x, 7) ^ turned(x, 18)) ^ u(x >> u(3)))
                large = u(u(turned(y, 17) ^ turned(y, 19)) ^ u(y >> u(10)))
                schedule[t, j] = u(u(schedule[t - 16, j] + small) + u(schedule[t - 7, j] + large))
        for k in range(8):
            for j in range(LANES):
                state[k, j] = start[k]
        for t in range(64):
            # The eight words change places each round; their names do instead.
            a, b, c, d = state[-t & 7], state[(1 - t) & 7], state[(2 - t) & 7], state[(3 - t) & 7]
            e, f, g, h = state[(4 - t) & 7], state[(5 - t) & 7], state[(6 - t) & 7], state[(7 - t) & 7]
            constant = constants[t]
            for j in range(LANES):
                v, w = a[j], e[j]
                one = u(u(turned(w, 6) ^ turned(w, 11)) ^ turned(w, 25))
                choice = u(u(w & f[j]) ^ u(u(~w) & g[j]))
                left = u(u(u(h[j] + one) + choice) + u(constant + schedule[t, j]))
                two = u(u(turned(v, 2) ^ turned(v, 13)) ^ turned(v, 22))
                most = u(u(u(v & b[j]) ^ u(v & c[j])) ^ u(b[j] & c[j]))
                d[j] = u(d[j] + left)
                h[j] = u(u(left + two) + most)
        for j in range(min(LANES, count - first)):
            row = places[first + j]
            for k in range(4):
                word = u(state[k, j] + start[k])
                for byte in range(4 if k < 3 else 3):
                    out[row, 4 * k + byte] = u(word >> u(24 - 8 * byte)) & u(0xFF)


@compiled
def pad_messages(data: Bytes, starts: npt.NDArray[np.int64], lengths: npt.NDArray[np.int64], padded: Bytes) -> None:
    """Write each message, a stretch of `data` of at most 55 bytes, as a padded block; `padded` is zeros."""
    for i in range(len(starts)):
        size = lengths[i]
        for place in range(size):
            padded[i, place] = data[starts[i] + place]
        padded[i, size] = 0x80
        padded[i, 62], padded[i, 63] = size * 8 >> 8, size * 8 & 0xFF


@compiled
def pack_short(data: Bytes, starts: npt.NDArray[np.int64], lengths: npt.NDArray[np.int64], blocks: Bytes) -> None:
    """Write the token block of every value of at most 15 bytes, and of longer ones its last byte; `blocks` is zeros."""
    for i in range(len(starts)):
        size = lengths[i]
        if size > 15:
            blocks[i, 15] = 0x80
            continue
        for place in range(size):
            blocks[i, place] = data[starts[i] + place]
        blocks[i, 15] = size


def write_heads(padded: Bytes, *, count: int, out: Bytes, places: npt.NDArray[np.int64]) -> None:
    """Write the first 15 bytes of the SHA-256 of every message to `out[places[i], :15]`.

    Args:
        padded: shape (count rounded up to `LANES` or more, 64), contiguous: messages padded as section 5.1.1 says.
    """
    digest_heads(padded.view("<u4"), count, START, ROUND, out, places)


def room_for(messages: int) -> int:
    """Give how many blocks `write_heads` needs for so many messages."""
    return -(-messages // LANES) * LANES
