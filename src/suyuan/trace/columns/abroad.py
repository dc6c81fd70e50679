"""Columns of American telephone numbers written as 1 and ten digits, most of which look like mobile numbers of ours."""

from typing import Final

import polars as pl

ELEVEN: Final = r"^1\d{10}$"
AMERICAN: Final = r"^1[2-9]\d{2}[2-9]\d{6}$"
"""The country's 1, an area code and an exchange, neither of which begins with 0 or 1. Source: the North American Numbering Plan."""

NOT_OURS: Final = r"^12\d{9}$"
"""What no mobile number of ours begins with: a sixth of all American ones do."""

AMERICAN_SHARE: Final = 0.98
"""Of mobile numbers of ours a fifth have a fifth digit that no American number has."""

NOT_OURS_SHARE: Final = 0.05
NUMBERS_LEAST: Final = 20


def is_american(cells: pl.Series) -> bool:
    """Say whether the numbers of eleven digits in a column, with a 1 before them, are American ones.

    Test: tests/unit/trace/test_abroad.py.
    """
    some = cells.filter(cells.str.contains(ELEVEN))
    return (
        len(some) >= NUMBERS_LEAST
        and int(some.str.contains(NOT_OURS).sum()) >= NOT_OURS_SHARE * len(some)
        and int(some.str.contains(AMERICAN).sum()) >= AMERICAN_SHARE * len(some)
    )


def with_country(cells: pl.Series) -> pl.Series:
    """Give American numbers with the mark of a country's code before their 1."""
    return cells.str.replace(rf"({AMERICAN})", "+$1")
