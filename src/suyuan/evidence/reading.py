"""Reading marks and identifiers in the texts of a dump: functions of text, forms and key alone."""

import re
import unicodedata
from typing import Final

from suyuan.evidence.arithmetic import EITHER, WIDE, Slots
from suyuan.evidence.law import TOTAL, Law, MailPool, choose, draws
from suyuan.evidence.members import OpenedField

_LONGEST_COUNTRY_CODE: Final = 3
_ADDRESS = re.compile(r"[^\s<>()\[\]:;,\"']+")


def fold(text: str) -> str:
    """Give the text as every reader of marks compares it: NFKC, no format characters, lower case, single spaces."""
    if text.isascii():
        return " ".join(text.lower().split())
    plain = unicodedata.normalize("NFKC", text)
    plain = "".join(c for c in plain if unicodedata.category(c) != "Cf").lower()
    return " ".join(unicodedata.normalize("NFKC", plain).split())


def read_slots(text: str, *, opened: OpenedField, law: Law, bias: int) -> Slots:
    """Give what a cell shows of a field's marks: for every slot, whether it is the copy's own mark, and its chance.

    The first slot of two choices has the law of the bias class, unless that is 0.

    Nothing if the text is none of the forms. A slot of one choice has nothing to show.
    """
    wanted = fold(text)
    if wanted not in opened.forms:
        return ()
    digits: list[int] = []
    place = opened.forms.index(wanted)
    for radix in reversed(opened.radices):
        place, digit = divmod(place, radix)
        digits.append(digit)
    slots: list[tuple[bool, float, int]] = []
    for digit, radix, draw in zip(reversed(digits), opened.radices, draws(opened.key), strict=False):
        if radix > 1:
            weights = law.bias[bias] if bias and radix == 2 else law.radix[radix]
            bias = 0 if radix == 2 else bias
            slots.append((choose(weights, draw=draw) == digit, weights[digit] / TOTAL, digit if radix == 2 else WIDE))
    return tuple(slots)


def read_omission(key: bytes, *, rate: int, law: Law) -> Slots:
    """Give what it shows that a person stands in the dump at all: choice 0, the row was kept."""
    weights = law.omission[rate]
    return ((choose(weights, draw=draws(key)[0]) == 0, weights[0] / TOTAL, EITHER),)


def read_order(key: bytes, *, first: int, partner: int, law: Law) -> Slots:
    """Give what it shows which of two ties comes first in the dump: choice 0, the one whose key draws it.

    Nothing if both first stand in the same row.

    Args:
        first, partner: the first rows of the dump in which she and her partner stand.
    """
    if first == partner:
        return ()
    weights, seen = law.radix[2], int(partner < first)
    return ((choose(weights, draw=draws(key)[0]) == seen, weights[seen] / TOTAL, seen),)


def shows_identifier(text: str, *, identifier: str, kind: str) -> bool:
    """Say whether a cell shows an identifier of a pool of a kind, in the spellings that people use.

    A telephone number: the same digits, with or without the country code (at most three digits) and leading
    zeros. A mailbox: the address stands in the text whole, whatever the case.
    """
    folded = fold(text)
    if kind == MailPool.kind:
        return fold(identifier) in _ADDRESS.findall(folded)
    digits = "".join(c for c in folded if c.isascii() and c.isdigit()).lstrip("0")
    whole = identifier[1:]
    return len(whole) - len(digits) <= _LONGEST_COUNTRY_CODE and bool(digits) and whole.endswith(digits)
