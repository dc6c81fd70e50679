"""Points of edwards25519, many side by side: what `vrf_outputs` does with Python's integers, before and after the multiplications.

No secret comes here: inputs are hashed to points, and the sign of x is found again for products.

Source: as `vrf_outputs`; RFC 8032 section 5.1.3 for x from y. Test: tests/properties/test_vrf_lanes.py
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from suyuan.crypto.compiled import compiled
from suyuan.crypto.field_lanes import (
    LANES,
    ROOM,
    Bytes,
    Lanes,
    P,
    add,
    constant,
    is_zero,
    multiply,
    read,
    reduce,
    square,
    subtract,
    write,
)

Flags = npt.NDArray[np.uint8]
Steps = npt.NDArray[np.int64]
File = npt.NDArray[np.uint64]

_ZERO: Final = np.uint64(0)
_ONE: Final = np.uint64(1)

# ---- programs: what is computed, in operations on named numbers --------------------------------------------------------

_MULTIPLY, _SQUARE, _ADD, _SUBTRACT, _REDUCE = range(5)
_CODES: Final = {"*": _MULTIPLY, "^": _SQUARE, "+": _ADD, "-": _SUBTRACT}
_PLACES: Final = {name: place for place, name in enumerate("0 1 d i x y z u v p q a b c e f g h r s t k m n".split())}
_X, _Y, _Z, _U, _P1, _Q, _A, _B, _C, _F, _G, _H, _N = (_PLACES[name] for name in "x y z u p q a b c f g h n".split())


def _program(text: str) -> "Steps":
    """Read `out = a * b`, `+`, `-`, `out = a ^ n` (squared n times) and `reduce out`."""
    steps: list[tuple[int, int, int, int]] = []
    for line in filter(None, text.splitlines()):
        match line.split():
            case ["reduce", out]:
                steps.append((_REDUCE, 0, 0, _PLACES[out]))
            case [out, "=", one, "^", times]:
                steps.append((_SQUARE, _PLACES[one], int(times), _PLACES[out]))
            case [out, "=", one, sign, other]:
                steps.append((_CODES[sign], _PLACES[one], _PLACES[other], _PLACES[out]))
            case _:
                raise AssertionError(line)
    return np.array(steps, np.int64)


# k becomes a to the power 2^250 - 1, m a to the power 11.
_POWER: Final = """
s = {a} ^ 1
t = s ^ 2
t = {a} * t
m = s * t
s = m ^ 1
t = t * s
s = t ^ 5
t = s * t
s = t ^ 10
s = s * t
k = s ^ 20
s = k * s
s = s ^ 10
t = s * t
s = t ^ 50
s = s * t
k = s ^ 100
s = k * s
s = s ^ 50
k = s * t
"""
# x = u v^3 (u v^7)^((p-5)/8), or `h`, which is that times the root of -1; b or c is zero where y has an x at all.
_ROOT: Final = _program(
    """
p = y ^ 1
u = p - 1
v = p * d
v = v + 1
a = v ^ 1
a = a * v
b = a ^ 1
b = b * v
q = b * u
"""
    + _POWER.format(a="q").strip()
    + """
k = k ^ 2
k = k * q
a = a * u
x = a * k
a = x ^ 1
a = a * v
b = a - u
c = a + u
h = x * i
reduce b
reduce c
reduce y
"""
)
# u = (1 + y) / (1 - y), and both roots.
_TO_MONTGOMERY: Final = _program(
    """
reduce x
n = 0 - x
reduce n
a = 1 - y
"""
    + _POWER.format(a="a").strip()
    + """
k = k ^ 5
k = k * m
b = 1 + y
u = b * k
reduce u
"""
)
_DOUBLE: Final = """
a = x + y
a = a ^ 1
b = x ^ 1
c = y ^ 1
f = c - b
g = b + c
a = a - g
h = z ^ 1
h = h + h
h = f - h
x = a * h
g = 0 - g
y = f * g
z = f * h
"""
_EIGHTFOLD: Final = _program(3 * _DOUBLE)
# Step 4: rest = (b z g + d a y f) x; the denominator q = b rest; over it x is (f b z - a y g) z b and y is a rest.
_SOLVE: Final = _program(
    """
a = p - 1
b = p + 1
f = q - 1
g = q + 1
e = b * z
c = a * y
r = c * d
r = r * f
s = e * g
r = s + r
r = r * x
q = b * r
s = f * e
t = c * g
s = s - t
s = s * z
x = s * b
y = a * r
"""
    + _POWER.format(a="q").strip()
    + """
k = k ^ 5
k = k * m
x = x * k
y = y * k
reduce q
reduce x
reduce y
a = y ^ 1
b = a * d
b = b + 1
c = x ^ 1
b = b * c
b = b + 1
b = b - a
reduce b
"""
)


@compiled
def _run(steps: Steps, file: File, w: Lanes) -> None:
    """Run the steps of a program on the numbers of a file. Each operation is compiled once, however often it is used."""
    for step in range(len(steps)):
        code, out = steps[step, 0], file[steps[step, 3]]
        a, b = file[steps[step, 1]], file[steps[step, 2]]
        if code == _MULTIPLY:
            multiply(a, b, out, w)
        elif code == _SQUARE:
            for _ in range(steps[step, 2]):
                square(a, out, w)
                a = out
        elif code == _ADD:
            add(a, b, out, w)
        elif code == _SUBTRACT:
            subtract(a, b, out, w)
        else:
            reduce(out)


def _file() -> File:
    """Give room for every named number, with the constants in their places."""
    found = np.zeros((len(_PLACES), 10 * LANES), np.uint64)
    found[_PLACES["1"]] = constant(1)
    found[_PLACES["d"]] = constant(-121665 * pow(121666, -1, P) % P)
    found[_PLACES["i"]] = constant(pow(2, (P - 1) // 4, P))
    return found


def hashed(candidates: Bytes) -> tuple[Flags, Bytes, Lanes]:
    """Give steps 1 and 2 of `vrf_outputs` for candidates, each the 32 bytes of a hash.

    Returns: 1 where a candidate is a point, 0 where it is none, 2 where it is a special one; u of H, 32 bytes a row; x, y and
        z of 8 H, shape (rows, 3, 10). The last two mean nothing where a candidate is no point.
    """
    rows = len(candidates)
    found, us, points = np.empty(rows, np.uint8), np.empty((rows, 32), np.uint8), np.empty((rows, 3, 10), np.uint64)
    if rows:
        _hash(candidates, _file(), _ROOT, _TO_MONTGOMERY, _EIGHTFOLD, found, us, points)
    return found, us, points


def encoded(ones: Bytes, others: Bytes, points: Lanes, *, negative: bool) -> tuple[Flags, Bytes]:
    """Give step 4 of `vrf_outputs` for the products of points.

    Args:
        ones: u of n H, others: of (n + 8) H, 32 bytes a row. points: as `hashed` gave them.
    Returns: 1 where there is an encoding, 0 where it is to be computed in the plain way; the encodings.
    """
    found, out = np.empty(len(ones), np.uint8), np.empty((len(ones), 32), np.uint8)
    if len(ones):
        _encode(ones, others, points, np.uint64(negative), _file(), _SOLVE, found, out)
    return found, out


@compiled
def _hash(
    candidates: Bytes,
    file: File,
    root: Steps,
    montgomery: Steps,
    eightfold: Steps,
    found: Flags,
    us: Bytes,
    points: Lanes,
) -> None:
    x, y, z, u, b, c, h, n = file[_X], file[_Y], file[_Z], file[_U], file[_B], file[_C], file[_H], file[_N]
    w, state = np.empty(ROOM, np.uint64), np.empty(LANES, np.uint8)
    for first in range(0, len(candidates), LANES):
        read(candidates, first, y)
        _run(root, file, w)
        for j in range(LANES):
            state[j] = 1
            if not is_zero(b, j):
                state[j] = 1 if is_zero(c, j) else 0
                for i in range(10):
                    x[i * LANES + j] = h[i * LANES + j]
        _run(montgomery, file, w)
        for j in range(LANES):
            row = min(first + j, len(candidates) - 1)
            if (np.uint64(candidates[row, 31]) >> np.uint64(7)) != (x[j] & _ONE):
                for i in range(10):
                    x[i * LANES + j] = n[i * LANES + j]
            # p and above are written as numbers below; 0 and 1 and p - 1 are left to the plain way.
            if not _is_canonical(candidates, row):
                state[j] = 0
            elif is_zero(n, j):
                state[j] = 2
        for k in range(10 * LANES):
            z[k] = _ZERO
        for j in range(LANES):
            z[j] = _ONE
        _run(eightfold, file, w)
        for j in range(min(LANES, len(candidates) - first)):
            found[first + j] = state[j]
            write(u, j, us, first + j)
            for i in range(10):
                points[first + j, 0, i] = x[i * LANES + j]
                points[first + j, 1, i] = y[i * LANES + j]
                points[first + j, 2, i] = z[i * LANES + j]


@compiled
def _encode(
    ones: Bytes, others: Bytes, points: Lanes, negative: np.uint64, file: File, solve: Steps, found: Flags, out: Bytes
) -> None:
    x, y, z, p, q, b = file[_X], file[_Y], file[_Z], file[_P1], file[_Q], file[_B]
    w = np.empty(ROOM, np.uint64)
    for first in range(0, len(ones), LANES):
        for j in range(LANES):
            row = min(first + j, len(ones) - 1)
            for i in range(10):
                x[i * LANES + j] = points[row, 0, i]
                y[i * LANES + j] = points[row, 1, i]
                z[i * LANES + j] = points[row, 2, i]
        read(ones, first, p)
        read(others, first, q)
        _run(solve, file, w)
        for j in range(min(LANES, len(ones) - first)):
            row = first + j
            found[row] = not is_zero(q, j) and not is_zero(x, j) and is_zero(b, j)
            write(y, j, out, row)
            if (x[j] & _ONE) != negative:
                out[row, 31] |= np.uint8(128)


@compiled
def _is_canonical(data: Bytes, row: int) -> bool:
    """Say whether the number of a row is below p."""
    if data[row, 31] & 127 < 127:
        return True
    for i in range(1, 31):
        if data[row, i] != 255:
            return True
    return bool(data[row, 0] < 237)
