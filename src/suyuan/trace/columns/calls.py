"""Whose number is the person's in a list of calls: of a centre that rings people, the called one's."""

import re
from collections.abc import Sequence
from typing import Final

import polars as pl

from suyuan.trace.columns.headers import plain_name

CALLER: Final = re.compile(r"^(?:主叫|外显|caller|calling|ani$|src$)")
CALLED: Final = re.compile(r"^(?:被叫|callee|called|dialled|dialed|dnis$|dst$)")

DIALLED: Final = r"^\s*(?:(?:\+|00)?86[- ]?|0)?1[3-9]\d(?:[- ]?\d{4}){2}\s*$"
"""A mobile number as it is dialled: outside its town with a 0 before it."""

MOSTLY, HARDLY = 0.8, 0.05
"""The share of mobile numbers from which a column is of people, and to which it is of a centre's lines."""


def called_person(names: Sequence[str], columns: Sequence[pl.Series]) -> int | None:
    """Give which column holds the numbers of the people that a centre rang; None of other tables.

    In a subscriber's list the caller is the person. A centre calls from landlines, and those it calls have mobile
    telephones: then, and only then, the called one is. Where several columns are of either side nothing is said.
    """
    plain = [plain_name(name) for name in names]
    callers = [place for place, name in enumerate(plain) if CALLER.match(name) and has_numbers(columns[place])]
    called = [place for place, name in enumerate(plain) if CALLED.match(name) and has_numbers(columns[place])]
    if len(callers) != 1 or len(called) != 1:
        return None
    is_centre = mobile_share(columns[callers[0]]) <= HARDLY and mobile_share(columns[called[0]]) >= MOSTLY
    return called[0] if is_centre else None


def has_numbers(cells: pl.Series) -> bool:
    """Say whether any cell of a column has digits enough for a telephone number."""
    return bool(cells.str.contains(r"\d{5}").any())


def mobile_share(cells: pl.Series) -> float:
    """Give the share of mobile numbers among the cells of a column that are not blank."""
    filled = cells.filter(cells.str.strip_chars() != "")
    return int(filled.str.contains(DIALLED).sum()) / max(1, len(filled))
