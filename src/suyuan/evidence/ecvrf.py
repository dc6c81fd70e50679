"""The verifier's own check of ECVRF-EDWARDS25519-SHA512-TAI, in whole numbers: no library decides for it.

It reads what anyone may see, so nothing here need run in constant time. A key or proof outside the
prime-order subgroup is refused, which no honest holder makes.

Source: RFC 9381 sections 5.3 to 5.5, suite 0x03; RFC 8032 section 5.1.3 for points.
Test: tests/properties/test_vrf.py holds it equal to what the platform computes with.
"""

from hashlib import sha512
from typing import Final, TypeAlias

from suyuan.errors import VerificationError

PROOF_BYTES: Final = 80
_P: Final = 2**255 - 19
_Q: Final = 2**252 + 27742317777372353535851937790883648493
_D: Final = -121665 * pow(121666, -1, _P) % _P
_D2: Final = 2 * _D % _P
_ROOT: Final = pow(2, (_P - 1) // 4, _P)
"""A square root of -1."""

Point: TypeAlias = tuple[int, int, int, int]
"""X, Y, Z, T with x = X/Z, y = Y/Z, x·y = T/Z."""

_IDENTITY: Final[Point] = (0, 1, 1, 0)
_SUITE: Final = b"\x03"


def verify(public: bytes, alpha: bytes, proof: bytes) -> bytes:
    """Check a proof and give the 64-byte output that it proves.

    Raises: VerificationError: a key or proof that is malformed, not canonical or of small order, or a proof
        that is not this key's for this input.
    """
    key = _require_member(public, what="public key")
    if len(proof) != PROOF_BYTES:
        raise VerificationError(f"vrf: a proof has {PROOF_BYTES} bytes")
    gamma = _require_member(proof[:32], what="proof's point")
    challenge, scalar = int.from_bytes(proof[32:48], "little"), int.from_bytes(proof[48:], "little")
    if scalar >= _Q:
        raise VerificationError("vrf: the proof's scalar is not reduced")
    point = encode_to_curve(alpha, salt=public)
    u = _combine(scalar, _BASE, challenge, _negate(key))
    v = _combine(scalar, point, challenge, _negate(gamma))
    shown = [public, _encode(point), proof[:32], _encode(u), _encode(v)]
    computed = sha512(_SUITE + b"\x02" + b"".join(shown) + b"\x00").digest()[:16]
    if computed != proof[32:48]:
        raise VerificationError("vrf: the proof does not hold")
    return sha512(_SUITE + b"\x03" + _encode(_times_cofactor(gamma)) + b"\x00").digest()


def encode_to_curve(alpha: bytes, *, salt: bytes) -> Point:
    """Give the point that an input is hashed to, by trying counters.

    Source: RFC 9381 section 5.4.1.1.
    """
    for counter in range(256):
        hashed = sha512(_SUITE + b"\x01" + salt + alpha + bytes((counter, 0))).digest()
        found = decode(hashed[:32])
        if found is not None:
            point = _times_cofactor(found)
            if not _is_identity(point):
                return point
    raise VerificationError("vrf: this input has no point")


def decode(text: bytes) -> Point | None:
    """Give the point of its 32 bytes; None where they are the one spelling of no point.

    Source: RFC 8032 section 5.1.3.
    """
    if len(text) != 32:
        return None
    number = int.from_bytes(text, "little")
    y, sign = number & (1 << 255) - 1, number >> 255
    if y >= _P:
        return None
    u, v = (y * y - 1) % _P, (_D * y * y + 1) % _P
    x = u * v**3 * pow(u * v**7 % _P, (_P - 5) // 8, _P) % _P
    if v * x * x % _P != u:
        x = x * _ROOT % _P
        if v * x * x % _P != u:
            return None
    if x == 0 and sign:
        return None
    if x & 1 != sign:
        x = _P - x
    return x, y, 1, x * y % _P


def _require_member(text: bytes, *, what: str) -> Point:
    """Require a canonical point of the prime-order subgroup, other than its neutral one."""
    point = decode(text)
    if point is None or _is_identity(point) or not _is_identity(_combine(_Q, point, 0, _IDENTITY)):
        raise VerificationError(f"vrf: the {what} is not a point of the prime-order group")
    return point


def _encode(point: Point) -> bytes:
    x, y, z, _ = point
    inverse = pow(z, -1, _P)
    return (y * inverse % _P | (x * inverse % _P & 1) << 255).to_bytes(32, "little")


def _is_identity(point: Point) -> bool:
    x, y, z, _ = point
    return x % _P == 0 and (y - z) % _P == 0


def _negate(point: Point) -> Point:
    x, y, z, t = point
    return _P - x, y, z, _P - t


def _add(one: Point, other: Point) -> Point:
    """Add any two points: the formula is complete on this curve.

    Source: Hisil, Wong, Carter and Dawson, Twisted Edwards Curves Revisited, section 3.1.
    """
    x1, y1, z1, t1 = one
    x2, y2, z2, t2 = other
    a, b = (y1 - x1) * (y2 - x2) % _P, (y1 + x1) * (y2 + x2) % _P
    c, d = t1 * _D2 * t2 % _P, 2 * z1 * z2 % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _double(point: Point) -> Point:
    """Double a point. Source: as `_add`, section 3.3."""
    x, y, z, _ = point
    a, b = x * x % _P, y * y % _P
    h = a + b
    e, g = h - (x + y) * (x + y), a - b
    f = 2 * z * z + g
    e, f = e % _P, f % _P
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _times_cofactor(point: Point) -> Point:
    return _double(_double(_double(point)))


def _combine(first: int, one: Point, second: int, other: Point) -> Point:
    """Give first · one + second · other, both numbers walked through together."""
    both, total = _add(one, other), _IDENTITY
    for place in range(max(first.bit_length(), second.bit_length()) - 1, -1, -1):
        total = _double(total)
        match first >> place & 1, second >> place & 1:
            case 1, 1:
                total = _add(total, both)
            case 1, 0:
                total = _add(total, one)
            case 0, 1:
                total = _add(total, other)
            case _:
                pass
    return total


def _base() -> Point:
    point = decode((4 * pow(5, -1, _P) % _P).to_bytes(32, "little"))
    assert point is not None
    return point


_BASE: Final = _base()
