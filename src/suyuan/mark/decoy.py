"""Decoys: invented persons that look like the rows around them, reachable only through the platform's pools."""

import re
from collections.abc import Callable, Mapping, Sequence

from suyuan.crypto.commit import digest
from suyuan.crypto.keystream import lane_bytes
from suyuan.terms import FieldName, KindName

Below = Callable[[int], int]
"""Draws a number from 0 up to, not including, its argument."""

_DIGITS = re.compile(r"[0-9]+")
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def invent(
    donors: Sequence[Mapping[FieldName, str]],
    *,
    kinds: Mapping[FieldName, KindName],
    planted: Mapping[FieldName, str],
    key: bytes,
) -> dict[FieldName, str]:
    """Give the fields of an invented person, from parts of at least two real rows that fit no one.

    Names are recombined, the digits of addresses and identifiers are drawn anew, resident IDs get a region
    code that was never assigned, dates come from another row; phone and e-mail come from the pools. A
    field of a pool's kind that has no pool stays empty: no stranger's number is ever invented.

    Args:
        donors: canonical values of rows of the same release.
        kinds: the kind of every field.
        planted: fields whose value a pool gave.
        key: 32 bytes that fix every choice.
    """
    below = keyed(key)
    invented: dict[FieldName, str] = {}
    for name, kind in kinds.items():
        one, other = (donors[below(len(donors))].get(name, "") for _ in range(2))
        if name in planted:
            invented[name] = planted[name]
        elif kind in (KindName.PHONE, KindName.EMAIL):
            invented[name] = ""
        elif kind is KindName.PERSON_NAME:
            invented[name] = _recombine(one, other=other)
        elif kind is KindName.RESIDENT_ID:
            invented[name] = _resident_id(one, below=below) if one else ""
        elif kind in (KindName.POSTAL_ADDRESS, KindName.IDENTIFIER):
            invented[name] = _DIGITS.sub(lambda match: _fresh(match[0], below=below), one)
        else:
            invented[name] = one
    return invented


def keyed(key: bytes) -> Below:
    """Give draws below n, each from the next 8 bytes of the stream of a 32-byte key."""
    position = 0
    stream = b""

    def below(bound: int) -> int:
        nonlocal position, stream
        if position == len(stream):
            stream += lane_bytes(key, first=len(stream) // 32, count=16, lanes=1)
        position += 8
        return int.from_bytes(stream[position - 8 : position], "big") % bound

    return below


def _recombine(one: str, *, other: str) -> str:
    """Give the family name of one person and the given name of another."""
    if one.isascii() and other.isascii() and " " in one and " " in other:
        return f"{other.split(' ')[0]} {one.split(' ', 1)[1]}"
    if one and other and not one.isascii() and not other.isascii():
        return one[:1] + other[1:]
    return one or other


def fresh_digits(text: str, *, key: bytes) -> str:
    """Give a text of the same shape with every run of digits drawn anew from a key of any length."""
    below = keyed(digest(key))
    return _DIGITS.sub(lambda match: _fresh(match[0], below=below), text)


def _fresh(digits: str, *, below: Below) -> str:
    """Give as many digits, drawn anew; a number keeps a leading digit that is not zero."""
    first = str(1 + below(9)) if digits[0] != "0" else "0"
    return first + "".join(str(below(10)) for _ in digits[1:])


def _resident_id(donor: str, *, below: Below) -> str:
    """Give a number with the donor's date of birth, an unassigned region, a fresh serial and a true check digit."""
    body = f"99{below(10_000):04d}{donor[6:14]}{1 + below(999):03d}"
    if len(body) != 17 or not body.isdigit():
        return ""
    check = sum(int(d) * w for d, w in zip(body, _ID_WEIGHTS, strict=True)) % 11
    return body + "10X98765432"[check]
