"""VRF outputs in bulk: the bytes that `VrfKey.output` gives, for two thirds of its work.

libsodium checks with a second multiplication that a point is in the prime-order group before it multiplies it, and
clears the cofactor by adding. X25519 multiplies by a multiple of the cofactor and asks for no such check, but forgets
the sign of x. Two of its answers, for scalars that differ by 8, and the law of addition between them give it back:

1. the point H that an input is hashed to, before its cofactor is cleared; its x from the y of H + B, B the base point
2. R = 8 H, in projective coordinates
3. the Montgomery u of n H and of (n + 8) H, where n H is what `output` hashes, or its negative
4. x and y of n H from those and R, and whether they are a point at all

What is secret, n, is only touched by libsodium. Inversions are shared by the rows of a batch.

Source: RFC 9381 section 5.4.1.1; RFC 7748 sections 4.1 and 5; Bernstein, Birkner, Joye, Lange and Peters, "Twisted
Edwards Curves" (2008), sections 3 and 6. Test: tests/properties/test_vrf.py holds it equal to `VrfKey.output`.
"""

from collections.abc import Sequence
from hashlib import sha512
from typing import Final, NamedTuple

from nacl import bindings
from nacl.exceptions import RuntimeError as SodiumError

_P: Final = 2**255 - 19
_MASK: Final = 2**255 - 1
_D: Final = -121665 * pow(121666, -1, _P) % _P
_BASE: Final = bindings.crypto_scalarmult_ed25519_base_noclamp((1).to_bytes(32, "little"))
_BASE_Y: Final = 4 * pow(5, -1, _P) % _P
_BASE_X: Final = 15112221349535400772501151409588531511454012693041857206046113283949847762202
_HALF: Final = 0x08
_WHOLE: Final = 0x10
"""The last byte of 2^251, and of 2^252: a quarter of a clamped scalar's bounds."""


class Ladder(NamedTuple):
    """The scalars of step 3, and whether n H is the negative of what is wanted. Never printed."""

    first: bytes
    second: bytes
    negative: bool


class Hashed(NamedTuple):
    """An input after steps 1 and 2: u of H, and R as (x, y, z)."""

    u: bytes
    x: int
    y: int
    z: int


def ladder(scalar: bytes) -> Ladder | None:
    """Give the scalars for a reduced VRF scalar; None for one in 2^120 that have none.

    n is a multiple of 8 with bit 254 set, as X25519 requires: 64 times the scalar modulo the order, or its negative.
    """
    eighth = bindings.crypto_core_ed25519_scalar_mul(scalar, (8).to_bytes(32, "little"))
    negative = eighth[31] < _HALF
    if negative:
        eighth = bindings.crypto_core_ed25519_scalar_negate(eighth)
    if not _HALF <= eighth[31] < _WHOLE or eighth[1:31] == b"\xff" * 30:
        return None
    first = int.from_bytes(eighth, "little") << 3
    return Ladder(first.to_bytes(32, "little"), (first + 8).to_bytes(32, "little"), negative)


def hashed(alphas: Sequence[bytes], *, head: bytes) -> list[Hashed | None]:
    """Give steps 1 and 2 for inputs; None where the batch's formulas do not hold.

    Args:
        head: suite, domain and salt, in front of every input.
    """
    found = [_start(head + alpha) for alpha in alphas]
    inverses = iter(_inverses([1 - y for _, _, _, y in filter(None, found)]))
    points: list[Hashed | None] = []
    for start in found:
        if start is None:
            points.append(None)
            continue
        x, whole, z, y = start
        u = (1 + y) * next(inverses) % _P
        points.append(Hashed(u.to_bytes(32, "little"), *_eightfold(x, whole, z)))
    return points


def multiplied(points: Sequence[Hashed | None], *, by: Ladder) -> list[tuple[bytes, bytes] | None]:
    """Give step 3 for every point: all that takes the secret, and nearly all of the time."""
    multiply, first, second = bindings.crypto_scalarmult, by.first, by.second
    found: list[tuple[bytes, bytes] | None] = []
    for point in points:
        try:
            found.append(None if point is None else (multiply(first, point.u), multiply(second, point.u)))
        except SodiumError:
            found.append(None)
    return found


def encoded(
    points: Sequence[Hashed | None], *, products: Sequence[tuple[bytes, bytes] | None], negative: bool
) -> list[bytes | None]:
    """Give step 4: the encoding of each product; None where it is to be computed in the plain way."""
    rows = [
        None if point is None or product is None else _solved(point, product)
        for point, product in zip(points, products, strict=True)
    ]
    inverses = iter(_inverses([row[0] for row in rows if row is not None]))
    found: list[bytes | None] = []
    for row in rows:
        if row is None:
            found.append(None)
            continue
        _, over_x, over_y = row
        inverse = next(inverses)
        x, y = over_x * inverse % _P, over_y * inverse % _P
        square = y * y % _P
        if not x or x * x % _P * (_D * square + 1) % _P != square - 1:
            found.append(None)
            continue
        found.append((y | ((x & 1) ^ negative) << 255).to_bytes(32, "little"))
    return found


def _start(message: bytes) -> tuple[int, int, int, int] | None:
    """Give the point that an input is hashed to, as (x, y, z) and its affine y; None where it is a special one."""
    for counter in range(256):
        candidate = sha512(message + bytes((counter, 0))).digest()[:32]
        y = int.from_bytes(candidate, "little") & _MASK
        if y >= _P:
            continue
        if y in (1, _P - 1):
            return None
        try:
            beside = bindings.crypto_core_ed25519_add(candidate, _BASE)
        except SodiumError:
            continue
        return _with_x(y, beside=int.from_bytes(beside, "little") & _MASK)
    return None


def _with_x(y: int, *, beside: int) -> tuple[int, int, int, int] | None:
    """Give the point of a y, by the y of its sum with the base point."""
    product = y * _BASE_Y % _P
    z = (1 + product * beside % _P * _D) * _BASE_X % _P
    return (beside - product, y * z % _P, z, y) if z else None


def _eightfold(x: int, y: int, z: int) -> tuple[int, int, int]:
    for _ in range(3):
        sum_square, xx, yy = (x + y) ** 2, x * x % _P, y * y % _P
        f = yy - xx
        j = f - 2 * z * z
        x, y, z = (sum_square - xx - yy) * j % _P, -f * (xx + yy) % _P, f * j % _P
    return x, y, z


def _solved(point: Hashed, product: tuple[bytes, bytes]) -> tuple[int, int, int] | None:
    """Give denominator and numerators of x and y of n H; None where there is no denominator."""
    first, second = (int.from_bytes(u, "little") for u in product)
    a, b, f, g = first - 1, first + 1, second - 1, second + 1
    be, ac = b * point.z % _P, a * point.y % _P
    rest = (be * g + _D * ac % _P * f) % _P * point.x % _P
    below = b * rest % _P
    if not below:
        return None
    return below, (f * be - ac * g) % _P * point.z % _P * b, a * rest


def _inverses(values: Sequence[int]) -> list[int]:
    """Give the inverses of values, none of them zero, for one inversion and three multiplications each."""
    running, product = list[int](), 1
    for value in values:
        running.append(product)
        product = product * value % _P
    inverse = pow(product, -1, _P)
    found: list[int] = []
    for value, before in zip(reversed(values), reversed(running), strict=True):
        found.append(inverse * before % _P)
        inverse = inverse * value % _P
    found.reverse()
    return found
