"""How a number from abroad is grouped with spaces: as `phonenumbers` would, without reading it again.

A canonical number was read when it was admitted, and what follows its country code is its national number as it stands.
So the grouping is one look into the tables of `phonenumbers`, at a tenth of the cost of its parser and formatter.

Test: tests/properties/test_phone_groups.py holds it equal to them.
"""

import re
from functools import cache
from typing import Final, NamedTuple

import phonenumbers
from phonenumbers.phonemetadata import PhoneMetadata
from phonenumbers.phonenumberutil import COUNTRY_CODE_TO_REGION_CODE, region_code_for_country_code

_SHORTEST: Final = 3
"""Digits after the country code below which `phonenumbers` is asked: it refuses some, and reads others otherwise."""

_LONGEST: Final = 15

_AT_GROUP: Final = re.compile(r"\\([0-9])")
_NOTHING: Final = "(?!)"
"""Matches nothing."""


class _Country(NamedTuple):
    """What `phonenumbers` knows of a country code.

    Args:
        prefix: what its parser may take off the front of a national number.
        lengths: how many digits a national number with its area code may have.
        rules: what a number begins with, what all of it is like, and how such a one is written; in order.
    """

    prefix: "re.Pattern[str]"
    lengths: frozenset[int]
    rules: "tuple[tuple[re.Pattern[str], re.Pattern[str], str], ...]"


def is_whole(digits: str) -> bool:
    """Say whether `+` and these digits are a number of a country, of a possible length, just as `phonenumbers` would write it.

    No says nothing: `phonenumbers` itself is asked then.
    """
    for size in (1, 2, 3):
        country = _country(digits[:size]) if len(digits) <= _LONGEST else None
        if country is not None:
            national = digits[size:]
            return _as_it_stands(national, country=country) and len(national) in country.lengths
    return False


def spaced_out(canonical: str) -> str | None:
    """Give a canonical number (`+4930123456`) as it is usually grouped (`+49 30 123456`); None if it is no number."""
    digits = canonical[1:]
    if canonical[:1] == "+" and len(digits) <= _LONGEST and digits.isascii() and digits.isdecimal():
        for size in (1, 2, 3):
            country = _country(digits[:size])
            if country is None:
                continue
            national = digits[size:]
            if not _as_it_stands(national, country=country):
                break
            return f"+{digits[:size]} {_grouped(national, rules=country.rules)}"
    try:
        number = phonenumbers.parse(canonical, None)
    except phonenumbers.NumberParseException:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def _as_it_stands(national: str, *, country: _Country) -> bool:
    """Say whether `phonenumbers` takes nothing off the front, and finds no zeros there, of which it keeps some."""
    return len(national) >= _SHORTEST and national[0] != "0" and not country.prefix.match(national)


def _grouped(national: str, *, rules: "tuple[tuple[re.Pattern[str], re.Pattern[str], str], ...]") -> str:
    for leading, whole, written in rules:
        if leading.match(national) and (found := whole.fullmatch(national)):
            return written.format(*found.groups(""))
    return national


@cache
def _country(code: str) -> _Country | None:
    """Give what is known of a country code; None where it is none."""
    if code.startswith("0") or int(code) not in COUNTRY_CODE_TO_REGION_CODE:
        return None
    metadata = PhoneMetadata.metadata_for_region_or_calling_code(int(code), region_code_for_country_code(int(code)))
    general = None if metadata is None else metadata.general_desc
    if metadata is None or general is None:
        return None
    rules = metadata.intl_number_format or metadata.number_format
    return _Country(
        prefix=re.compile(metadata.national_prefix_for_parsing or _NOTHING),
        lengths=frozenset(general.possible_length) - frozenset(general.possible_length_local_only),
        rules=tuple(
            # The last pattern of several is the most detailed, and the only one that counts.
            (
                re.compile(rule.leading_digits_pattern[-1] if rule.leading_digits_pattern else ""),
                re.compile(rule.pattern or _NOTHING),
                _AT_GROUP.sub(lambda found: f"{{{int(found[1]) - 1}}}", rule.format or ""),
            )
            for rule in rules
        ),
    )
