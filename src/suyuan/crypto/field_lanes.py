"""Numbers modulo p = 2^255 - 19, many side by side, one vector lane each: the arithmetic of `curve_lanes`.

A number is ten limbs of 26 bits, each below 2^26 + 2^12 between operations; 2^260 = 608 modulo p. Limb i of lane j stands
at i * LANES + j. `w` is room to work in, where no number lies: what a loop writes it never reads, or the compiler could not
take the lanes together.

Source: Bernstein, "Curve25519: new Diffie-Hellman speed records" (2006), section 4, with other limbs.
Test: tests/properties/test_vrf_lanes.py
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from suyuan.crypto.compiled import compiled

LANES: Final = 16

ROOM: Final = 19 * LANES
"""The size of `w`: the limbs of a product."""

_LIMBS: Final = 10
P: Final = 2**255 - 19
BITS: Final = np.uint64(26)
MASK: Final = np.uint64(2**26 - 1)
FOLD: Final = np.uint64(608)
_TOP: Final = np.uint64(2**21 - 1)
_TOP_BITS: Final = np.uint64(21)
_NINETEEN: Final = np.uint64(19)
_ZERO: Final = np.uint64(0)
# 64 p in limbs: what a difference is taken from, so that no limb goes below zero.
_ABOVE: Final = np.uint64(2**27 - 2)
_ABOVE_LOWEST: Final = np.uint64(2**27 - 1216)

Lanes = npt.NDArray[np.uint64]
Bytes = npt.NDArray[np.uint8]


def constant(number: int) -> Lanes:
    """Give a number in every lane."""
    limbs = [number >> 26 * i & 2**26 - 1 for i in range(_LIMBS)]
    return np.repeat(np.array(limbs, np.uint64), LANES)


@compiled
def _fold(w: Lanes, out: Lanes) -> None:
    """Carry the nineteen limbs of a product, and fold those above the tenth."""
    for j in range(LANES):
        c0, c1, c2, c3, c4 = w[j], w[LANES + j], w[2 * LANES + j], w[3 * LANES + j], w[4 * LANES + j]
        c5, c6, c7, c8, c9 = w[5 * LANES + j], w[6 * LANES + j], w[7 * LANES + j], w[8 * LANES + j], w[9 * LANES + j]
        c10, c11, c12, c13 = w[10 * LANES + j], w[11 * LANES + j], w[12 * LANES + j], w[13 * LANES + j]
        c14, c15, c16, c17, c18 = (
            w[14 * LANES + j],
            w[15 * LANES + j],
            w[16 * LANES + j],
            w[17 * LANES + j],
            w[18 * LANES + j],
        )
        c1, c0 = c1 + (c0 >> BITS), c0 & MASK
        c2, c1 = c2 + (c1 >> BITS), c1 & MASK
        c3, c2 = c3 + (c2 >> BITS), c2 & MASK
        c4, c3 = c4 + (c3 >> BITS), c3 & MASK
        c5, c4 = c5 + (c4 >> BITS), c4 & MASK
        c6, c5 = c6 + (c5 >> BITS), c5 & MASK
        c7, c6 = c7 + (c6 >> BITS), c6 & MASK
        c8, c7 = c8 + (c7 >> BITS), c7 & MASK
        c9, c8 = c9 + (c8 >> BITS), c8 & MASK
        c10, c9 = c10 + (c9 >> BITS), c9 & MASK
        c11, c10 = c11 + (c10 >> BITS), c10 & MASK
        c12, c11 = c12 + (c11 >> BITS), c11 & MASK
        c13, c12 = c13 + (c12 >> BITS), c12 & MASK
        c14, c13 = c14 + (c13 >> BITS), c13 & MASK
        c15, c14 = c15 + (c14 >> BITS), c14 & MASK
        c16, c15 = c16 + (c15 >> BITS), c15 & MASK
        c17, c16 = c17 + (c16 >> BITS), c16 & MASK
        c18, c17 = c18 + (c17 >> BITS), c17 & MASK
        c19, c18 = c18 >> BITS, c18 & MASK
        c0 += FOLD * c10
        c1 += FOLD * c11
        c2 += FOLD * c12
        c3 += FOLD * c13
        c4 += FOLD * c14
        c5 += FOLD * c15
        c6 += FOLD * c16
        c7 += FOLD * c17
        c8 += FOLD * c18
        c9 += FOLD * c19
        c1, c0 = c1 + (c0 >> BITS), c0 & MASK
        c2, c1 = c2 + (c1 >> BITS), c1 & MASK
        c3, c2 = c3 + (c2 >> BITS), c2 & MASK
        c4, c3 = c4 + (c3 >> BITS), c3 & MASK
        c5, c4 = c5 + (c4 >> BITS), c4 & MASK
        c6, c5 = c6 + (c5 >> BITS), c5 & MASK
        c7, c6 = c7 + (c6 >> BITS), c6 & MASK
        c8, c7 = c8 + (c7 >> BITS), c7 & MASK
        c9, c8 = c9 + (c8 >> BITS), c8 & MASK
        c0, c9 = c0 + FOLD * (c9 >> BITS), c9 & MASK
        c1, c0 = c1 + (c0 >> BITS), c0 & MASK
        out[j], out[LANES + j], out[2 * LANES + j], out[3 * LANES + j], out[4 * LANES + j] = c0, c1, c2, c3, c4
        out[5 * LANES + j], out[6 * LANES + j], out[7 * LANES + j], out[8 * LANES + j], out[9 * LANES + j] = (
            c5,
            c6,
            c7,
            c8,
            c9,
        )


@compiled
def multiply(a: Lanes, b: Lanes, out: Lanes, w: Lanes) -> None:
    """Give a b."""
    for j in range(LANES):
        a0, a1, a2, a3, a4 = a[j], a[LANES + j], a[2 * LANES + j], a[3 * LANES + j], a[4 * LANES + j]
        a5, a6, a7, a8, a9 = a[5 * LANES + j], a[6 * LANES + j], a[7 * LANES + j], a[8 * LANES + j], a[9 * LANES + j]
        b0, b1, b2, b3, b4 = b[j], b[LANES + j], b[2 * LANES + j], b[3 * LANES + j], b[4 * LANES + j]
        b5, b6, b7, b8, b9 = b[5 * LANES + j], b[6 * LANES + j], b[7 * LANES + j], b[8 * LANES + j], b[9 * LANES + j]
        c0 = a0 * b0
        c1 = a0 * b1 + a1 * b0
        c2 = a0 * b2 + a1 * b1 + a2 * b0
        c3 = a0 * b3 + a1 * b2 + a2 * b1 + a3 * b0
        c4 = a0 * b4 + a1 * b3 + a2 * b2 + a3 * b1 + a4 * b0
        c5 = a0 * b5 + a1 * b4 + a2 * b3 + a3 * b2 + a4 * b1 + a5 * b0
        c6 = a0 * b6 + a1 * b5 + a2 * b4 + a3 * b3 + a4 * b2 + a5 * b1 + a6 * b0
        c7 = a0 * b7 + a1 * b6 + a2 * b5 + a3 * b4 + a4 * b3 + a5 * b2 + a6 * b1 + a7 * b0
        c8 = a0 * b8 + a1 * b7 + a2 * b6 + a3 * b5 + a4 * b4 + a5 * b3 + a6 * b2 + a7 * b1 + a8 * b0
        c9 = a0 * b9 + a1 * b8 + a2 * b7 + a3 * b6 + a4 * b5 + a5 * b4 + a6 * b3 + a7 * b2 + a8 * b1 + a9 * b0
        c10 = a1 * b9 + a2 * b8 + a3 * b7 + a4 * b6 + a5 * b5 + a6 * b4 + a7 * b3 + a8 * b2 + a9 * b1
        c11 = a2 * b9 + a3 * b8 + a4 * b7 + a5 * b6 + a6 * b5 + a7 * b4 + a8 * b3 + a9 * b2
        c12 = a3 * b9 + a4 * b8 + a5 * b7 + a6 * b6 + a7 * b5 + a8 * b4 + a9 * b3
        c13 = a4 * b9 + a5 * b8 + a6 * b7 + a7 * b6 + a8 * b5 + a9 * b4
        c14 = a5 * b9 + a6 * b8 + a7 * b7 + a8 * b6 + a9 * b5
        c15 = a6 * b9 + a7 * b8 + a8 * b7 + a9 * b6
        c16 = a7 * b9 + a8 * b8 + a9 * b7
        c17 = a8 * b9 + a9 * b8
        c18 = a9 * b9
        w[j], w[LANES + j], w[2 * LANES + j], w[3 * LANES + j], w[4 * LANES + j] = c0, c1, c2, c3, c4
        w[5 * LANES + j], w[6 * LANES + j], w[7 * LANES + j], w[8 * LANES + j], w[9 * LANES + j] = c5, c6, c7, c8, c9
        w[10 * LANES + j], w[11 * LANES + j], w[12 * LANES + j], w[13 * LANES + j] = c10, c11, c12, c13
        w[14 * LANES + j], w[15 * LANES + j], w[16 * LANES + j], w[17 * LANES + j], w[18 * LANES + j] = (
            c14,
            c15,
            c16,
            c17,
            c18,
        )
    _fold(w, out)


@compiled
def square(a: Lanes, out: Lanes, w: Lanes) -> None:
    """Give a^2."""
    for j in range(LANES):
        a0, a1, a2, a3, a4 = a[j], a[LANES + j], a[2 * LANES + j], a[3 * LANES + j], a[4 * LANES + j]
        a5, a6, a7, a8, a9 = a[5 * LANES + j], a[6 * LANES + j], a[7 * LANES + j], a[8 * LANES + j], a[9 * LANES + j]
        d0, d1, d2 = a0 + a0, a1 + a1, a2 + a2
        d3, d4, d5 = a3 + a3, a4 + a4, a5 + a5
        d6, d7, d8 = a6 + a6, a7 + a7, a8 + a8
        c0 = a0 * a0
        c1 = d0 * a1
        c2 = d0 * a2 + a1 * a1
        c3 = d0 * a3 + d1 * a2
        c4 = d0 * a4 + d1 * a3 + a2 * a2
        c5 = d0 * a5 + d1 * a4 + d2 * a3
        c6 = d0 * a6 + d1 * a5 + d2 * a4 + a3 * a3
        c7 = d0 * a7 + d1 * a6 + d2 * a5 + d3 * a4
        c8 = d0 * a8 + d1 * a7 + d2 * a6 + d3 * a5 + a4 * a4
        c9 = d0 * a9 + d1 * a8 + d2 * a7 + d3 * a6 + d4 * a5
        c10 = d1 * a9 + d2 * a8 + d3 * a7 + d4 * a6 + a5 * a5
        c11 = d2 * a9 + d3 * a8 + d4 * a7 + d5 * a6
        c12 = d3 * a9 + d4 * a8 + d5 * a7 + a6 * a6
        c13 = d4 * a9 + d5 * a8 + d6 * a7
        c14 = d5 * a9 + d6 * a8 + a7 * a7
        c15 = d6 * a9 + d7 * a8
        c16 = d7 * a9 + a8 * a8
        c17 = d8 * a9
        c18 = a9 * a9
        w[j], w[LANES + j], w[2 * LANES + j], w[3 * LANES + j], w[4 * LANES + j] = c0, c1, c2, c3, c4
        w[5 * LANES + j], w[6 * LANES + j], w[7 * LANES + j], w[8 * LANES + j], w[9 * LANES + j] = c5, c6, c7, c8, c9
        w[10 * LANES + j], w[11 * LANES + j], w[12 * LANES + j], w[13 * LANES + j] = c10, c11, c12, c13
        w[14 * LANES + j], w[15 * LANES + j], w[16 * LANES + j], w[17 * LANES + j], w[18 * LANES + j] = (
            c14,
            c15,
            c16,
            c17,
            c18,
        )
    _fold(w, out)


@compiled
def _settle(w: Lanes, out: Lanes) -> None:
    """Carry once, every limb at the same time: enough after a sum or a difference."""
    for j in range(LANES):
        out[j] = (w[j] & MASK) + FOLD * (w[9 * LANES + j] >> BITS)
    for k in range(LANES, 10 * LANES):
        out[k] = (w[k] & MASK) + (w[k - LANES] >> BITS)


@compiled
def add(a: Lanes, b: Lanes, out: Lanes, w: Lanes) -> None:
    """Give a + b."""
    for k in range(10 * LANES):
        w[k] = a[k] + b[k]
    _settle(w, out)


@compiled
def subtract(a: Lanes, b: Lanes, out: Lanes, w: Lanes) -> None:
    """Give a - b."""
    for j in range(LANES):
        w[j] = a[j] + _ABOVE_LOWEST - b[j]
    for k in range(LANES, 10 * LANES):
        w[k] = a[k] + _ABOVE - b[k]
    _settle(w, out)


@compiled
def reduce(a: Lanes) -> None:
    """Give the one spelling below p, in place."""
    for j in range(LANES):
        for _ in range(3):
            over = a[9 * LANES + j] >> _TOP_BITS
            a[9 * LANES + j] &= _TOP
            a[j] += _NINETEEN * over
            for i in range(9):
                a[(i + 1) * LANES + j] += a[i * LANES + j] >> BITS
                a[i * LANES + j] &= MASK
        # It is below 2^255 now; at p or above, 19 more reach 2^255.
        carry = _NINETEEN
        for i in range(9):
            carry = (a[i * LANES + j] + carry) >> BITS
        over = (a[9 * LANES + j] + carry) >> _TOP_BITS
        a[j] += _NINETEEN * over
        for i in range(9):
            a[(i + 1) * LANES + j] += a[i * LANES + j] >> BITS
            a[i * LANES + j] &= MASK
        a[9 * LANES + j] &= _TOP


@compiled
def is_zero(a: Lanes, j: int) -> bool:
    """Say whether the reduced number of a lane is 0."""
    found = _ZERO
    for i in range(10):
        found |= a[i * LANES + j]
    return bool(found == _ZERO)


@compiled
def read(data: Bytes, first: int, out: Lanes) -> None:
    """Read little-endian rows from `first` on, without their highest bit; beyond the last row stands the last."""
    for j in range(LANES):
        row = min(first + j, len(data) - 1)
        for i in range(10):
            value = _ZERO
            for k in range(5):
                place = (26 * i) // 8 + k
                if place < 32:
                    value |= np.uint64(data[row, place]) << np.uint64(8 * k)
            out[i * LANES + j] = (value >> np.uint64((26 * i) % 8)) & MASK
        out[9 * LANES + j] &= _TOP


@compiled
def write(a: Lanes, j: int, out: Bytes, row: int) -> None:
    """Write a reduced number as 32 little-endian bytes."""
    held, bits, place = _ZERO, 0, 0
    for i in range(10):
        held |= a[i * LANES + j] << np.uint64(bits)
        bits += 26
        while bits >= 8 and place < 32:
            out[row, place] = np.uint8(held & np.uint64(255))
            held >>= np.uint64(8)
            bits -= 8
            place += 1
    if place < 32:
        out[row, place] = np.uint8(held & np.uint64(255))
