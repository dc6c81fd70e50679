"""Bank card numbers: 13 to 19 digits with a right Luhn digit, as the card networks number them."""

import re
from collections.abc import Sequence

import polars as pl

from suyuan.kinds.kind import NOT_A, Canonical, FormColumns, FormTable, NotA, Part, Span
from suyuan.kinds.plain import EDGES, plain, plain_column
from suyuan.kinds.product import PartColumns, product, product_columns
from suyuan.kinds.resident_id import ResidentId
from suyuan.terms import KindName

_GAPS = "[ \\-\u2010-\u2015\u2212]"
# First digits that ISO/IEC 7812 gives to banking and that networks use: 2221-2720, 3 to 6, 81.
# Any number below them is taken, issued or not: invented cards lie in blocks that no bank was given.
_SHAPE = r"^(?:22[2-9]|2[3-6][0-9]|27[01]|2720|[3-6][0-9]{2}|81[0-9])[0-9]{9,16}$"
_LENGTHS = r"^[0-9]{13,19}$"
_ONE_DIGIT = r"^(.)\1+$"
# What a network really issues; it only raises confidence.
# Source: UnionPay 62 and 81 (16 to 19), Visa 4 (13, 16, 19), Mastercard 51-55 and 2221-2720 (16), American Express 34 and
# 37 (15), JCB 3528-3589 (16), Diners 30, 36, 38, 39 (14), Discover 6011 and 65 (16), as their public rules state.
ISSUED = re.compile(
    r"(?:62|81)[0-9]{14,17}|4(?:[0-9]{12}|[0-9]{15}|[0-9]{18})|5[1-5][0-9]{14}|2(?:22[1-9]|2[3-9][0-9]|[3-6][0-9]{2}"
    r"|7[01][0-9]|720)[0-9]{12}|3[47][0-9]{13}|35(?:2[89]|[3-8][0-9])[0-9]{12}|3(?:0|6|8|9)[0-9]{12}|6(?:011|5[0-9]{2})[0-9]{12}"
)
_GROUPED = rf"[2-68][0-9]{{3}}(?:{_GAPS}[0-9]{{4}}){{2,3}}(?:{_GAPS}?[0-9]{{1,4}}){{0,2}}"
_IN_TEXT = re.compile(rf"(?<![0-9A-Za-z.+\-])(?:{_GROUPED}|[2-68][0-9]{{12,18}})(?![0-9A-Za-z]|[.\-][0-9])")
_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
_SEPARATORS = ("", " ", "-")
_WIDEST = 19


class BankCard:
    """Bank card numbers. The forms differ in grouping alone; never in a digit. A valid resident ID is no card."""

    name: KindName = KindName.BANK_CARD
    version: int = 1
    slot_names: tuple[str, ...] = ("grouping",)

    def recognise(self, text: str) -> tuple[Span, ...]:
        """Find card numbers by prefix, length and check digit; the length its network issues raises confidence."""
        spans: list[Span] = []
        for found in _IN_TEXT.finditer(text):
            canonical = self.canonical(found[0])
            if not isinstance(canonical, NotA):
                confidence = 0.9 if ISSUED.fullmatch(canonical) else 0.5
                spans.append(Span(start=found.start(), end=found.end(), confidence=confidence))
        return tuple(spans)

    def canonical(self, text: str) -> Canonical | NotA:
        """Give the bare digits; a number that is also a valid resident ID is left to that kind."""
        text = re.sub(_GAPS, "", re.sub(EDGES, "", plain(text)))
        text = re.sub(r"^([0-9]{13,19})\.0$", r"\1", text)
        if not re.search(_LENGTHS, text) or not re.search(_SHAPE, text) or not passes_luhn(text):
            return NOT_A
        if re.search(_ONE_DIGIT, text) or not isinstance(ResidentId().canonical(text), NotA):
            return NOT_A
        return Canonical(text)

    def mask(self, canonical: Canonical) -> str:
        """Show the last four digits, as receipts do."""
        return "*" * (len(canonical) - 4) + canonical[-4:]

    def parts(self, canonical: Canonical) -> Sequence[Part]:
        """Give the digits together, and in fours with spaces or dashes."""
        fours = _fours(canonical)
        return (Part(slot=0, choices=tuple([s.join(fours) for s in _SEPARATORS])),)

    def forms(self, canonical: Canonical) -> FormTable:
        """Give the digits together, and in fours with spaces or dashes."""
        return product(self.parts(canonical), slots=1)

    def canonical_column(self, column: pl.Series) -> pl.Series:
        """`canonical` over a column; check digits are computed for the rows of the right shape alone."""
        text = pl.col("text")
        frame = pl.DataFrame({"text": plain_column(column.cast(pl.String))}).select(
            text.str.replace_all(EDGES, "").str.replace_all(_GAPS, "").str.replace(r"^([0-9]{13,19})\.0$", "${1}")
        )
        frame = frame.select(
            pl.when(text.str.contains(_LENGTHS) & text.str.contains(_SHAPE)).then(text).alias("text")
        ).with_row_index("row")
        shaped = frame.drop_nulls("text")
        if shaped.is_empty():
            return pl.Series(column.name, [None] * column.len(), dtype=pl.String)
        kept = shaped.filter(_luhn_total(text) % 10 == 0, ~_is_one_digit(text))
        kept = kept.filter(ResidentId().canonical_column(kept["text"]).is_null())
        joined = frame.select("row").join(kept, on="row", how="left", maintain_order="left")
        return joined["text"].alias(column.name)

    def mask_column(self, canonical: pl.Series) -> pl.Series:
        """`mask` over a column."""
        value = pl.col("value")
        size = value.str.len_chars().cast(pl.Int64)
        stars = value.str.slice(0, (size - 4).clip(0)).str.replace_all(".", "*")
        masked = stars + value.str.slice((size - 4).clip(0))
        return pl.DataFrame({"value": canonical.cast(pl.String)}).select(masked.alias(canonical.name)).to_series()

    def forms_column(self, canonical: pl.Series) -> FormColumns:
        """`forms` over a column."""
        value = pl.col("form0")
        frame = pl.DataFrame({"form0": canonical.cast(pl.String)}).with_columns(
            value.is_not_null().alias("given"),
            pl.lit(3).alias("r0"),
            *(
                (value.str.replace_all("([0-9]{4})", f"${{1}}{gap}").str.strip_chars_end(gap)).alias(f"form{i}")
                for i, gap in ((1, " "), (2, "-"))
            ),
        )
        frame = frame.with_columns(pl.when("given").then(pl.col("r0")).otherwise(1).alias("r0"))
        return product_columns(
            frame, parts=(PartColumns(slot=0, choices=("form0", "form1", "form2")),), radices=("r0",)
        )


def passes_luhn(digits: str) -> bool:
    """Tell whether the last digit is the check digit of those before it. Source: ISO/IEC 7812-1, annex B."""
    total = sum(map(int, digits[-1::-2])) + sum(_DOUBLED[int(digit)] for digit in digits[-2::-2])
    return total % 10 == 0


def _fours(digits: str) -> list[str]:
    return [digits[i : i + 4] for i in range(0, len(digits), 4)]


def _luhn_total(text: pl.Expr) -> pl.Expr:
    """Give the Luhn sum: leading zeros add nothing, so that every text is nineteen digits wide."""
    wide = text.str.zfill(_WIDEST)
    digits = [wide.str.slice(i, 1).cast(pl.Int64) for i in range(_WIDEST)]
    return pl.sum_horizontal(
        [d if (_WIDEST - i) % 2 else d * 2 - pl.when(d > 4).then(9).otherwise(0) for i, d in enumerate(digits)]
    )


def _is_one_digit(text: pl.Expr) -> pl.Expr:
    """Tell `_ONE_DIGIT` without a back reference, which the columnar engine does not know."""
    return text.str.contains(r"^(?:2+|3+|4+|5+|6+)$")
