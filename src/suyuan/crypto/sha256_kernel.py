"""SHA-256 of many rows of any length side by side, one vector lane each; for what `side_by_side` and `sha256_lanes` make of it.

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
def _swapped(word: np.uint32) -> np.uint32:
    """Give a word with its bytes the other way round."""
    u = np.uint32
    middle = u(u(word & u(0xFF00)) << u(8)) | u(u(word >> u(8)) & u(0xFF00))
    return u(word << u(24)) | middle | u(word >> u(24))


@compiled
def compress(starts: Words, data: Words, digests: Words) -> None:
    """Hash rows of blocks.

    Each value is cast back to 32 bits after each operation: numba widens sums otherwise.

    Args:
        starts: the state before the first block, shape (rows, 8), or (1, 8) for all. Here and below the bytes of a word
            stand as section 3.1 writes them, the most significant first, whatever the machine's order is.
        data: shape (rows, 16 * blocks).
        digests: shape (rows, 8); what it held is lost.
    """
    u = np.uint32
    rows, blocks = data.shape[0], data.shape[1] // 16
    w, state = np.empty((16, LANES), np.uint32), np.empty((8, LANES), np.uint32)
    a, b, c, d = (
        np.empty(LANES, np.uint32),
        np.empty(LANES, np.uint32),
        np.empty(LANES, np.uint32),
        np.empty(LANES, np.uint32),
    )
    e, f, g, h = (
        np.empty(LANES, np.uint32),
        np.empty(LANES, np.uint32),
        np.empty(LANES, np.uint32),
        np.empty(LANES, np.uint32),
    )
    for first in range(0, rows, LANES):
        for j in range(LANES):
            row = 0 if len(starts) == 1 else min(first + j, rows - 1)
            for i in range(8):
                state[i, j] = _swapped(starts[row, i])
        for block in range(blocks):
            for j in range(LANES):
                row = min(first + j, rows - 1)
                for i in range(16):
                    w[i, j] = _swapped(data[row, 16 * block + i])
            for j in range(LANES):
                a[j], b[j], c[j], d[j] = state[0, j], state[1, j], state[2, j], state[3, j]
                e[j], f[j], g[j], h[j] = state[4, j], state[5, j], state[6, j], state[7, j]
            for t in range(64):
                now, k = t & 15, ROUND[t]
                if t >= 16:
                    at1, at9, at14 = (t + 1) & 15, (t + 9) & 15, (t + 14) & 15
                    for j in range(LANES):
                        x, y = w[at1, j], w[at14, j]
                        low = u(u(x >> u(7)) | u(x << u(25))) ^ u(u(x >> u(18)) | u(x << u(14))) ^ u(x >> u(3))
                        high = u(u(y >> u(17)) | u(y << u(15))) ^ u(u(y >> u(19)) | u(y << u(13))) ^ u(y >> u(10))
                        w[now, j] = u(u(w[now, j] + low) + u(w[at9, j] + high))
                for j in range(LANES):
                    x, y = e[j], a[j]
                    big1 = (
                        u(u(x >> u(6)) | u(x << u(26)))
                        ^ u(u(x >> u(11)) | u(x << u(21)))
                        ^ u(u(x >> u(25)) | u(x << u(7)))
                    )
                    big0 = (
                        u(u(y >> u(2)) | u(y << u(30)))
                        ^ u(u(y >> u(13)) | u(y << u(19)))
                        ^ u(u(y >> u(22)) | u(y << u(10)))
                    )
                    chosen = u(x & f[j]) ^ u(u(~x) & g[j])
                    most = u(y & b[j]) ^ u(y & c[j]) ^ u(b[j] & c[j])
                    t1 = u(u(u(h[j] + big1) + u(chosen + k)) + w[now, j])
                    h[j], g[j], f[j], e[j] = g[j], f[j], x, u(d[j] + t1)
                    d[j], c[j], b[j], a[j] = c[j], b[j], y, u(t1 + u(big0 + most))
            for j in range(LANES):
                state[0, j], state[1, j] = u(state[0, j] + a[j]), u(state[1, j] + b[j])
                state[2, j], state[3, j] = u(state[2, j] + c[j]), u(state[3, j] + d[j])
                state[4, j], state[5, j] = u(state[4, j] + e[j]), u(state[5, j] + f[j])
                state[6, j], state[7, j] = u(state[6, j] + g[j]), u(state[7, j] + h[j])
        for j in range(min(LANES, rows - first)):
            for i in range(8):
                digests[first + j, i] = _swapped(state[i, j])
