"""Reads a number where one may begin: a resident ID, a bank card, a telephone number, or none of them."""

import re
from typing import Final

from suyuan.discovery.finding import Finding, What
from suyuan.discovery.labels import Label, label_before
from suyuan.kinds.bank_card import ISSUED
from suyuan.kinds.kind import NotA
from suyuan.kinds.phone import UNUSED_BLOCKS, Phone

_AFTER = rb"(?![0-9A-Za-z])(?!\.[1-9]|\.0[0-9])"
_ID18 = re.compile(rb"[1-9][0-9]{5}([ -]?)(?:18|19|20|21)[0-9]{6}\1[0-9]{3}[0-9Xx]" + _AFTER)
_ID15 = re.compile(rb"[1-9][0-9]{14}" + _AFTER)
_CARD = re.compile(
    rb"(?:[2-68][0-9]{12,18}|[2-68][0-9]{3}([ -])[0-9]{4}\1[0-9]{4}(?:\1[0-9]{4}){0,1}(?:\1[0-9]{1,4})?)" + _AFTER
)
_MOBILE = re.compile(rb"(?:(?:\+|00)?86\)?[ -]?)?(1[3-9][0-9])[ -]?[0-9]{4}[ -]?[0-9]{4}" + _AFTER)
_LANDLINE = re.compile(rb"(?:\+86[ -]?)?0?(?:10|2[0-9]|[3-9][0-9]{2})([ -]|\)[ -]?)?[0-9]{7,8}" + _AFTER)
_ABROAD = re.compile(rb"\+[1-9][0-9]{0,2}(?:[ .\-]{0,2}[(]?[0-9]{1,4}[)]?){2,5}" + _AFTER)

_UNUSED: Final = frozenset(block.encode("ascii") for block in UNUSED_BLOCKS)
_REGIONS: Final = frozenset(
    b"11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 91".split()
)
"""The first two digits of region codes in use. Source: GB/T 2260."""

_PHONE = Phone()
_RUN = re.compile(rb"[0-9]+")
_UNDERSCORE, _POINT = b"_."
_APART: Final = b" \"':=,\t\n(["
_GOES_ON: Final = (b"x", b"X", b" ", b"-", b")")
_MOBILE_LENGTH, _CARD_LENGTH, _PHONE_LENGTH = 11, 13, 15
_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS: Final = b"10X98765432"
_DAYS: Final = (0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_FIRST_YEAR, _LAST_YEAR = 1900, 2035
_DOUBLED: Final = bytes.maketrans(b"0123456789", bytes((0, 2, 4, 6, 8, 1, 3, 5, 7, 9)))
_SINGLE: Final = bytes.maketrans(b"0123456789", bytes(range(10)))
_PREFIX: Final = re.compile(rb"22[2-9]|2[3-6]|27[01]|2720|[3-6]|81")
_ISSUED: Final = re.compile(ISSUED.pattern.encode("ascii"))


def read_number(data: bytes, start: int) -> Finding | None:
    """Give what the number that begins at `start` is, or None.

    A resident ID goes before a card and a card before a telephone number; what the number is called just before it
    (order, tracking number, phone) decides where the digits alone do not.
    """
    if data[start] == _UNDERSCORE:
        start += 1
    run = _RUN.match(data, start)
    if run is not None and run.end() - start >= _CARD_LENGTH and data[run.end() : run.end() + 1] not in _GOES_ON:
        # Most long runs are serial numbers of one sort or another: a few operations say that they are nothing else.
        digits = run[0]
        size = len(digits)
        if size == 18 and is_resident_id(digits):
            return _identity(data, start) if _stands_alone(data, start) else None
        if size == 15 and digits[:1] != b"0" and _is_day(b"19" + digits[6:12]):
            return _identity(data, start) if _stands_alone(data, start) else None
        if is_bank_card(digits):
            return _card(data, start) if _stands_alone(data, start) else None
        if size > _PHONE_LENGTH or digits[:2] not in (b"86", b"00"):
            return None
    if not _stands_alone(data, start):
        return None
    if run is not None and run.end() - start == _MOBILE_LENGTH:
        return _telephone(data, start)
    return _identity(data, start) or _card(data, start) or _telephone(data, start)


def _stands_alone(data: bytes, start: int) -> bool:
    """Tell that the number is not the rest of a longer one, of a word, a decimal or a hyphened code."""
    if not start:
        return True
    last = data[start - 1]
    if last in _APART:
        return True
    before = data[max(0, start - 2) : start - 1]
    if last in b".-":
        return not (before.isdigit() if last == _POINT else before.isalnum())
    return not (last < 0x80 and chr(last).isalnum())


def _identity(data: bytes, start: int) -> Finding | None:
    if found := _ID18.match(data, start):
        digits = _digits(found[0])
        if not is_resident_id(digits):
            return None
        if digits[:2] not in _REGIONS and label_before(data, start) is Label.OTHER:
            return None
        return Finding(What.RESIDENT_ID, start, found.end(), 0.99)
    if found := _ID15.match(data, start):
        if not _is_day(b"19" + found[0][6:12]):
            return None
        label = label_before(data, start)
        if label is Label.IDENTITY:
            return Finding(What.RESIDENT_ID, start, found.end(), 0.95)
        if label is None and found[0][:2] in _REGIONS:
            return Finding(What.RESIDENT_ID, start, found.end(), 0.55)
    return None


def _card(data: bytes, start: int) -> Finding | None:
    found = _CARD.match(data, start)
    if found is None:
        return None
    digits = _digits(found[0])
    if not is_bank_card(digits):
        return None
    label = label_before(data, start)
    if label is Label.CARD:
        return Finding(What.BANK_CARD, start, found.end(), 0.97)
    if label not in (None, Label.OPAQUE) or not _ISSUED.fullmatch(digits):
        return None
    return Finding(What.BANK_CARD, start, found.end(), 0.85 if label is None else 0.55)


def is_resident_id(digits: bytes) -> bool:
    """Tell a resident ID of eighteen characters whose holder could be alive. `kinds.resident_id` in one pass of integers.

    Test: tests/unit/discovery/test_numbers.py holds it equal to the kind for the years it takes.
    """
    if not _is_day(digits[6:14]) or not _FIRST_YEAR <= int(digits[6:10]) <= _LAST_YEAR:
        return False
    total = sum(map(int.__mul__, digits[:17].translate(_SINGLE), _WEIGHTS))
    return _CHECKS[total % 11] == digits[17:].upper()[0]


def is_bank_card(digits: bytes) -> bool:
    """Tell a bank card as `kinds.bank_card` does, on bytes of bare digits.

    Test: tests/unit/discovery/test_numbers.py holds it equal to the kind.
    """
    size = len(digits)
    if not 13 <= size <= 19 or not _PREFIX.match(digits) or digits.count(digits[:1]) == size:
        return False
    if (sum(digits[::-2].translate(_SINGLE)) + sum(digits[-2::-2].translate(_DOUBLED))) % 10:
        return False
    if size == 15 and _is_day(b"19" + digits[6:12]):
        return False
    return size != 18 or not is_resident_id(digits)


def _is_day(digits: bytes) -> bool:
    year, month, day = int(digits[:4]), int(digits[4:6]), int(digits[6:8])
    if not 1 <= month <= 12 or not 1 <= day <= _DAYS[month]:
        return False
    return day != 29 or month != 2 or (year % 4 == 0 and (year % 100 != 0 or year % 400 == 0))


def _telephone(data: bytes, start: int) -> Finding | None:
    if found := _MOBILE.match(data, start):
        label = label_before(data, start)
        if label in (Label.OTHER, Label.CARD):
            return None
        assigned = found[1] not in _UNUSED
        sure = 0.97 if label is Label.PHONE else 0.6 if label is Label.OPAQUE else 0.95 if assigned else 0.85
        return Finding(What.PHONE, _with_prefix(data, start), found.end(), sure)
    found, bare = _LANDLINE.match(data, start), False
    if found is not None:
        bare = not found[1] and data[start : start + 1] == b"0"
    else:
        found = _ABROAD.match(data, start)
    if found is None or isinstance(_PHONE.canonical(found[0].decode("ascii").strip(" .")), NotA):
        return None
    label = label_before(data, start)
    if label in (Label.OTHER, Label.CARD) or (bare and label is Label.OPAQUE):
        return None
    sure = 0.97 if label is Label.PHONE else 0.55 if bare else 0.85
    return Finding(What.PHONE, _with_prefix(data, start), found.end(), sure)


def _with_prefix(data: bytes, start: int) -> int:
    """Give where the number begins with the bracket or plus that stands before its first digit."""
    while start and data[start - 1 : start] in (b"(", b"+"):
        start -= 1
    return start


def _digits(text: bytes) -> bytes:
    return text.translate(None, b" -")
