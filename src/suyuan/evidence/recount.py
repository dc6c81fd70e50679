"""How many of a pool's identifiers the dump holds, counted anew: a hit is worth M / (2c), so c must not be too low.

The reading is simpler than the platform's and finds no more than it does: a cell that is nothing but one telephone
number in a plain spelling, or nothing but one address. What it does find, the platform must have found as well.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final

from suyuan.errors import VerificationError
from suyuan.evidence.bundle import Bundle
from suyuan.evidence.law import MailPool, PhonePool
from suyuan.evidence.reading import fold

LONGEST: Final = 256
"""A longer cell is no telephone number and no address of a pool."""

_QUOTES: Final = "='\"`\u2018\u2019\u201c\u201d "
_SEPARATORS = re.compile("[ ().\\-\u2010-\u2015\u2212/]+")
_FLOAT = re.compile(r"\+?[0-9]{7,}\.0")
_DECIMAL = re.compile(r"\+?[0-9]+\.[0-9]*")
_MOBILE = re.compile(r"(?:(?:\+|00)?86)?0?(1[3-9][0-9]{9})")
_ABROAD = re.compile(r"(?:\+|00)([1-9][0-9]{6,14})")
_NUMBERED = re.compile(r"(.*[^0-9])(0|[1-9][0-9]{0,14})")


class Recount:
    """Takes the rows of the dump one by one; afterwards says whether a pool was counted too low.

    Only pools that a hit rests on are counted: the count of another is worth nothing.
    """

    __slots__ = ("_counted", "_readers", "_seen")

    def __init__(self, bundle: Bundle) -> None:
        """Take up the pools of the law that the trace was opened under."""
        law = next(law for law in bundle.laws if law.digest == bundle.opened.law)
        names = sorted({hit.found.pool for hit in bundle.planted})
        self._counted = {name: bundle.opened.pools[name].count for name in names}
        self._seen: dict[str, set[int | str]] = {name: set() for name in names}
        self._readers: list[tuple[str, tuple[int | str, ...], Callable[[str], int | str | None]]] = []
        for name in names:
            pool = law.pools[name]
            kind = "phone" if isinstance(pool, PhonePool) else "email"
            places = tuple(column.at for column in bundle.opened.dump.columns if column.kind == kind)
            self._readers.append((name, places, reader_of(pool)))

    def take(self, row: Mapping[int | str, str]) -> None:
        """Count what a row shows."""
        for name, places, read in self._readers:
            for at in places:
                text = row.get(at, "")
                if text and len(text) <= LONGEST and (found := read(text)) is not None:
                    self._seen[name].add(found)

    def require_counted(self) -> None:
        """Check every count against the rows.

        Raises: VerificationError: the dump holds more identifiers of a pool than were counted.
        """
        for name, counted in self._counted.items():
            if len(self._seen[name]) > counted:
                raise VerificationError(
                    f"trace.json.open.pools.{name}: {counted} identifiers were counted, the dump holds more"
                )


def reader_of(pool: PhonePool | MailPool) -> Callable[[str], int | str | None]:
    """Give what reads a cell as one identifier of a pool, or as None."""
    if isinstance(pool, PhonePool):
        block = range(pool.first, pool.first + pool.size)
        return lambda text: number if (number := read_number(text)) is not None and number in block else None
    return _mailbox_reader(pool)


def read_number(text: str) -> int | None:
    """Read a cell that is a Chinese mobile number, or any number with its country code: the digits of its E.164."""
    plain = fold(text).strip(_QUOTES).removeprefix("tel:").strip(" ")
    if _FLOAT.fullmatch(plain):
        plain = plain.removesuffix(".0")
    elif _DECIMAL.fullmatch(plain):
        return None
    compact = _SEPARATORS.sub("", plain)
    if mobile := _MOBILE.fullmatch(compact):
        return int("86" + mobile[1])
    abroad = _ABROAD.fullmatch(compact)
    # A trunk zero after 86 is written and not dialled; such a number is left to the platform's own reading.
    return None if abroad is None or abroad[1].startswith("860") else int(abroad[1])


def _mailbox_reader(pool: MailPool) -> Callable[[str], str | None]:
    given, family, end = frozenset(pool.given), frozenset(pool.family), f"@{pool.domain}"

    def read(text: str) -> str | None:
        address = fold(text).lstrip("<'\"\u2018\u201c ").removeprefix("mailto:").rstrip(">'\"\u2019\u201d ")
        parts = _NUMBERED.fullmatch(address.removesuffix(end)) if address.endswith(end) else None
        if parts is None or int(parts[2]) >= pool.numbers:
            return None
        for separator in pool.separators:
            first, found, last = parts[1].partition(separator)
            if found and first in given and last in family:
                return address
        return None

    return read
