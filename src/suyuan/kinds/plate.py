"""Number plates of mainland China: ordinary, new-energy, and those that end in 警, 学, 挂, 港, 澳, 试, 超, 领 or 应急."""

import re
from collections.abc import Sequence

import polars as pl

from suyuan.kinds.kind import NOT_A, Canonical, FormColumns, FormTable, NotA, Part, Span
from suyuan.kinds.plain import EDGES, plain, plain_column
from suyuan.kinds.product import PartColumns, product, product_columns
from suyuan.terms import KindName

PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
"""The short names of the 31 regions of the mainland. Source: GA 36-2018, table of the provincial abbreviations."""

_OFFICE = "[A-HJ-Z]"
_SIGN = "[A-HJ-NP-Z0-9]"
# GA 36-2018, chapter 5: five signs with two letters at most; new energy has six, with a letter first or last.
_SERIAL = rf"(?:[0-9]{{5}}[A-HJK]|[A-HJK]{_SIGN}[0-9]{{4}}|{_SIGN}{{4}}[警学挂港澳试超领]|[0-9]{{4}}应急|{_SIGN}{{5}})"
_CIVIL = rf"^([{PROVINCES}]{_OFFICE})({_SERIAL})$"
_STATE = rf"^(使[0-9]{{6}}|WJ[{PROVINCES}]?[0-9]{{4}}[0-9A-Z])$"
_HAS_DIGIT = "[0-9]"
_JOINTS = "[ .\\-\u00b7\u2022\u2027\u2219\u22c5\u30fb]"
_SEPARATORS = ("", "\u00b7", " ")

_IN_TEXT = re.compile(
    rf"(?<![0-9A-Za-z])(?:[{PROVINCES}]{_OFFICE}{_JOINTS}?{_SERIAL}|使[0-9]{{3}}{_JOINTS}?[0-9]{{3}}"
    rf"|WJ{_JOINTS}?[{PROVINCES}]?{_JOINTS}?[0-9]{{4}}[0-9A-Z])(?![0-9A-Za-z])",
    re.IGNORECASE,
)
_WORDS = re.compile("[最更全创重刷革]新$|[阿白腾风]云$|富贵$|黝黑$|漆黑$|年青$|安宁$")
"""Words that end like the beginning of a plate."""


class Plate:
    """Number plates. The forms differ in what stands after the office's letter: nothing, the dot, a space."""

    name: KindName = KindName.PLATE
    version: int = 1
    slot_names: tuple[str, ...] = ("joint",)

    def recognise(self, text: str) -> tuple[Span, ...]:
        """Find plates by region, office and serial; after a word that ends in a region's name only weakly."""
        spans: list[Span] = []
        for found in _IN_TEXT.finditer(text):
            if not isinstance(self.canonical(found[0]), NotA):
                in_word = _WORDS.search(text[max(0, found.start() - 1) : found.start() + 1])
                upper = found[0] == found[0].upper()
                confidence = 0.3 if in_word else 0.95 if upper else 0.7
                spans.append(Span(start=found.start(), end=found.end(), confidence=confidence))
        return tuple(spans)

    def canonical(self, text: str) -> Canonical | NotA:
        """Give the plate in upper case without dot or space, `京A12345`."""
        text = re.sub(_JOINTS, "", re.sub(EDGES, "", plain(text))).upper()
        fits = re.search(_CIVIL, text) or re.search(_STATE, text)
        return Canonical(text) if fits and re.search(_HAS_DIGIT, text) else NOT_A

    def mask(self, canonical: Canonical) -> str:
        """Show region, office and the last two characters: `京A***45`."""
        return canonical[:2] + "*" * (len(canonical) - 4) + canonical[-2:]

    def parts(self, canonical: Canonical) -> Sequence[Part]:
        """Give the plate with nothing, the dot or a space after its office; one form where it has no office."""
        found = re.search(_CIVIL, canonical)
        choices = tuple([found[1] + gap + found[2] for gap in _SEPARATORS]) if found else (str(canonical),)
        return (Part(slot=0, choices=choices),)

    def forms(self, canonical: Canonical) -> FormTable:
        """Give the plate with nothing, the dot or a space after its office; one form where it has no office."""
        return product(self.parts(canonical), slots=1)

    def canonical_column(self, column: pl.Series) -> pl.Series:
        """`canonical` over a column."""
        text = pl.col("text")
        frame = pl.DataFrame({"text": plain_column(column.cast(pl.String))}).select(
            text.str.replace_all(EDGES, "").str.replace_all(_JOINTS, "").str.to_uppercase()
        )
        fits = (text.str.contains(_CIVIL) | text.str.contains(_STATE)) & text.str.contains(_HAS_DIGIT)
        return frame.select(pl.when(fits).then(text).alias(column.name)).to_series()

    def mask_column(self, canonical: pl.Series) -> pl.Series:
        """`mask` over a column."""
        value = pl.col("value")
        size = value.str.len_chars().cast(pl.Int64)
        stars = value.str.slice(2, (size - 4).clip(0)).str.replace_all(".", "*")
        masked = value.str.slice(0, 2) + stars + value.str.slice((size - 2).clip(0))
        return pl.DataFrame({"value": canonical.cast(pl.String)}).select(masked.alias(canonical.name)).to_series()

    def forms_column(self, canonical: pl.Series) -> FormColumns:
        """`forms` over a column."""
        value = pl.col("form0")
        civil = value.str.contains(_CIVIL)
        frame = pl.DataFrame({"form0": canonical.cast(pl.String)}).with_columns(
            value.is_not_null().alias("given"),
            pl.when(civil).then(3).otherwise(1).alias("r0"),
            *(
                pl.when(civil).then(value.str.slice(0, 2) + pl.lit(gap) + value.str.slice(2)).alias(f"form{i}")
                for i, gap in ((1, _SEPARATORS[1]), (2, _SEPARATORS[2]))
            ),
        )
        return product_columns(
            frame, parts=(PartColumns(slot=0, choices=("form0", "form1", "form2")),), radices=("r0",)
        )
