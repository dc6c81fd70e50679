"""Columns of telephone numbers of another country without a plus before its code: as they stand nobody would know them."""

from typing import Final

import phonenumbers
import polars as pl
from phonenumbers import PhoneNumberType
from phonenumbers.phonenumberutil import COUNTRY_CODE_TO_REGION_CODE

ELEVEN: Final = r"^1\d{10}$"
AMERICAN: Final = r"^1[2-9]\d{2}[2-9]\d{6}$"
"""The country's 1, an area code and an exchange, neither of which begins with 0 or 1. Source: the North American Numbering Plan."""

NOT_OURS: Final = r"^12\d{9}$"
"""What no mobile number of ours begins with: a sixth of all American ones do."""

ABROAD_SHARE: Final = 0.98
"""Of mobile numbers of ours a fifth have a fifth digit that no American number has."""

NOT_OURS_SHARE: Final = 0.05
NUMBERS_LEAST: Final = 20

WITH_CODE: Final = r"^[2-9]\d{9,14}$"
MOMENT: Final = r"^20[0-3]\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[01]\d|2[0-3])[0-5]\d"
"""A day and a time in digits alone, which may look like a number of Egypt."""

TAIWAN: Final = "886"
TAIWANESE: Final = r"^0(9\d{2})[- ]?(\d{3})[- ]?(\d{3})$"
"""A mobile number of Taiwan as it is written there. Source: the National Communications Commission's numbering plan."""

NOT_XINJIANG: Final = r"^09[1-8]"
"""What few area codes of Xinjiang begin with, which have as many digits with a number of six behind them."""

OURS: Final = "86"
TRIED: Final = 100
"""How many numbers of a column are looked up in the tables of their country."""

BEGINNING_DIGITS: Final = 4
BEGINNINGS_LEAST: Final = 10
"""In how many ways numbers must go on behind the country's code: what was counted up goes on in one or two."""

MOBILES: Final = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})


def country_of(cells: pl.Series) -> str:
    """Give the country's code with which nearly all numbers of a column begin without a plus; empty where they do not.

    Test: tests/unit/trace/test_abroad.py.
    """
    if is_american(cells):
        return "1"
    filled = cells.filter(cells.str.contains(r"\S"))
    if is_taiwanese(filled):
        return TAIWAN
    some = filled.filter(filled.str.contains(WITH_CODE))
    if len(some) < NUMBERS_LEAST or len(some) < ABROAD_SHARE * len(filled):
        return ""
    code = next((c for size in (1, 2, 3) if int(c := some[0][:size]) in COUNTRY_CODE_TO_REGION_CODE), OURS)
    is_of_code = int(some.str.starts_with(code).sum()) >= ABROAD_SHARE * len(some)
    beginnings = some.str.head(len(code) + BEGINNING_DIGITS).value_counts()["count"]
    is_counted_up = len(beginnings) < BEGINNINGS_LEAST or int(beginnings.max() or 0) * 2 > len(some)  # type: ignore[arg-type]
    is_moment = int(some.str.contains(MOMENT).sum()) * 2 > len(some)
    if code == OURS or not is_of_code or is_counted_up or is_moment:
        return ""
    tried = some.gather_every(max(1, len(some) // TRIED)).to_list()
    return code if sum(map(is_mobile, tried)) >= ABROAD_SHARE * len(tried) else ""


def is_american(cells: pl.Series) -> bool:
    """Say whether the numbers of eleven digits in a column, with a 1 before them, are American ones."""
    some = cells.filter(cells.str.contains(ELEVEN))
    return (
        len(some) >= NUMBERS_LEAST
        and int(some.str.contains(NOT_OURS).sum()) >= NOT_OURS_SHARE * len(some)
        and int(some.str.contains(AMERICAN).sum()) >= ABROAD_SHARE * len(some)
    )


def is_taiwanese(filled: pl.Series) -> bool:
    """Say whether nearly all cells are mobile numbers of Taiwan, and most are no number of Xinjiang."""
    some = filled.filter(filled.str.contains(TAIWANESE))
    return (
        len(some) >= NUMBERS_LEAST
        and len(some) >= ABROAD_SHARE * len(filled)
        and int(some.str.contains(NOT_XINJIANG).sum()) * 2 > len(some)
    )


def is_mobile(digits: str) -> bool:
    """Say whether digits are a mobile number of a country, its code before them."""
    try:
        number = phonenumbers.parse(f"+{digits}", None)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.number_type(number) in MOBILES


def with_country(cells: pl.Series, *, code: str) -> pl.Series:
    """Give numbers with the mark of a country's code before it, where they begin with that, or as Taiwan's do."""
    if code == TAIWAN:
        cells = cells.str.replace(TAIWANESE, f"+{TAIWAN}$1$2$3")
    return cells.str.replace(rf"({AMERICAN})" if code == "1" else rf"^({code}\d{{5,13}})$", "+$1")
