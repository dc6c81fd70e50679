"""Resident ID numbers of China: eighteen characters with a check digit, and the fifteen-digit ones before 1999."""

import re
from collections.abc import Sequence
from datetime import date

import polars as pl

from suyuan.kinds.kind import NOT_A, Canonical, FormColumns, FormTable, NotA, Part, Span
from suyuan.kinds.plain import EDGES, plain, plain_column
from suyuan.kinds.product import product, single_form_columns
from suyuan.terms import KindName

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_EIGHTEEN = r"^([1-9][0-9]{5})((?:1[89]|2[01])[0-9]{6})([0-9]{3})([0-9Xx])$"
_FIFTEEN = r"^([1-9][0-9]{5})([0-9]{6})([0-9]{3})$"
_IN_TEXT = re.compile(
    r"(?<![0-9A-Za-z])[1-9][0-9]{5}(?:1[89]|2[01])[0-9]{9}[0-9Xx](?![0-9A-Za-z])|(?<![0-9A-Za-z.+])[1-9][0-9]{14}(?![0-9A-Za-z])"
)


class ResidentId:
    """Resident ID numbers. One form only: an ID is never altered."""

    name: KindName = KindName.RESIDENT_ID
    version: int = 1
    slot_names: tuple[str, ...] = ()

    def recognise(self, text: str) -> tuple[Span, ...]:
        """Find IDs by date and check digit; a legacy one has only the date, and half the confidence."""
        return tuple(
            Span(start=found.start(), end=found.end(), confidence=0.99 if len(found[0]) == 18 else 0.5)
            for found in _IN_TEXT.finditer(text)
            if not isinstance(self.canonical(found[0]), NotA)
        )

    def canonical(self, text: str) -> Canonical | NotA:
        """Give eighteen characters with an upper-case X; any well-formed region code is taken."""
        text = re.sub(EDGES, "", plain(text)).replace(" ", "")
        if found := re.search(_FIFTEEN, text):
            body = f"{found[1]}19{found[2]}{found[3]}"
            text = body + _check_digit(body)
        found = re.search(_EIGHTEEN, text)
        if not found or not _is_date(found[2]) or _check_digit(text[:17]) != text[17].upper():
            return NOT_A
        return Canonical(text.upper())

    def mask(self, canonical: Canonical) -> str:
        """Show the first three and the last two characters."""
        return f"{canonical[:3]}*************{canonical[16:]}"

    def parts(self, canonical: Canonical) -> Sequence[Part]:
        """Give the ID itself."""
        return (Part((str(canonical),)),)

    def forms(self, canonical: Canonical) -> FormTable:
        """Give the ID itself."""
        return product(self.parts(canonical), slots=0)

    def canonical_column(self, column: pl.Series) -> pl.Series:
        """`canonical` over a column."""
        text = pl.col("text")
        frame = pl.DataFrame({"text": plain_column(column.cast(pl.String))}).select(
            text.str.replace_all(EDGES, "").str.replace_all(" ", "", literal=True)
        )
        widened = text.str.slice(0, 6) + pl.lit("19") + text.str.slice(6)
        is_legacy = text.str.contains(_FIFTEEN)
        frame = frame.select(
            pl.when(is_legacy)
            .then(widened)
            .when(text.str.contains(_EIGHTEEN))
            .then(text.str.to_uppercase())
            .alias("text"),
            is_legacy.alias("legacy"),
        )
        number = text.str.slice(0, 17).cast(pl.Int64)
        digits = [(number // 10 ** (16 - i)) % 10 for i in range(17)]
        total = pl.sum_horizontal([digit * weight for digit, weight in zip(digits, _WEIGHTS, strict=True)])
        check = (total % 11).replace_strict(dict(enumerate(_CHECKS)), default=None, return_dtype=pl.String)
        is_date = text.str.slice(6, 8).str.to_date("%Y%m%d", strict=False).is_not_null()
        fits = pl.col("legacy") | (text.str.slice(17) == check)
        return frame.select(pl.when(is_date & fits).then(text.str.slice(0, 17) + check).alias(column.name)).to_series()

    def mask_column(self, canonical: pl.Series) -> pl.Series:
        """`mask` over a column."""
        value = pl.col("value")
        masked = value.str.slice(0, 3) + pl.lit("*" * 13) + value.str.slice(16)
        return pl.DataFrame({"value": canonical.cast(pl.String)}).select(masked.alias(canonical.name)).to_series()

    def forms_column(self, canonical: pl.Series) -> FormColumns:
        """`forms` over a column: every ID once."""
        return single_form_columns(canonical, slots=0)


def _check_digit(body: str) -> str:
    """Give the check character of seventeen digits. Source: GB 11643-1999, ISO 7064 MOD 11-2."""
    return _CHECKS[sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True)) % 11]


def _is_date(digits: str) -> bool:
    try:
        date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return True
