"""Names of persons: never altered. A Chinese name has one form; a Western one may put the surname first."""

import re
from collections.abc import Sequence

import polars as pl

from suyuan.kinds.kind import NOT_A, AsPart, Canonical, FormColumns, FormTable, NotA, Span
from suyuan.kinds.plain import HAN, plain, plain_column
from suyuan.kinds.product import PartColumns, product, product_columns
from suyuan.kinds.surnames import COMPOUNDS, SINGLES
from suyuan.terms import KindName

# Latin, Greek, Cyrillic, Hebrew, Arabic, Kana and Hangul letters, spelled alike for `re` and Rust.
_LETTER = "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0370-\u03ff\u0400-\u052f\u05d0-\u05ea\u0621-\u064a"
_LETTER += "\u1e00-\u1eff\u3041-\u3096\u30a1-\u30fa\u30fc\uac00-\ud7a3"
_WORD = rf"[{_LETTER}][{_LETTER}'.\-]{{0,39}}"
_NAME = rf"^{_WORD}(?: {_WORD}){{0,5}}$"
_SURNAME_FIRST = rf"^({_WORD}(?: {_WORD}){{0,2}}) ?, ?({_WORD}(?: {_WORD}){{0,2}})$"
_TWO_LETTERS = rf"[{_LETTER}].*[{_LETTER}]"
_DOTS = "[\u00b7\u2022\u2027\u2219\u22c5\u30fb.]"
_HAN_NAME = rf"^(?:[{HAN}]{{2,8}}|[{HAN}]{{1,15}}(?:\u00b7[{HAN}]{{1,15}}){{1,4}})$"
_APOSTROPHES = "[\u2019\u02bc`\u00b4]"
# `Smith Jr, John` reads back as `John Smith Jr`, whose last word is no surname: such names have one form.
_SUFFIX = r"(?i) (?:jr|sr|ii|iii|iv|esq|phd|md)\.?$"
_LAST_WORD = "^(.+) ([^ ]+)$"
_AS_IT_IS = re.compile(f"[{HAN}]|{_SUFFIX.replace('(?i)', '(?i:')})", re.ASCII)

_IN_TEXT = re.compile(
    rf"(?<![{HAN}])(?:{COMPOUNDS}[{HAN}]{{1,2}}|{SINGLES}[{HAN}]{{1,2}})(?![{HAN}])"
    rf"|(?<![{HAN}])[{HAN}]{{1,9}}\u00b7[{HAN}]{{1,9}}(?![{HAN}])"
)
_WESTERN_IN_TEXT = re.compile(
    r"(?<![\w@.])[A-Z][a-z'-]+(?: [A-Z]\.)?(?: (?:van|de|der|von|la|di) ?)*(?: [A-Z][a-z'-]+){1,2}(?![\w@])"
)


class PersonName:
    """Names of persons. The only form of a Western name beside itself is `Surname, Given`."""

    name: KindName = KindName.PERSON_NAME
    version: int = 1
    slot_names: tuple[str, ...] = ("order",)

    def recognise(self, text: str) -> tuple[Span, ...]:
        """Find Chinese names by surname and capitalised Western pairs; a whole lower-case cell only weakly."""
        spans = [Span(start=f.start(), end=f.end(), confidence=0.7) for f in _IN_TEXT.finditer(text)]
        spans += [Span(start=f.start(), end=f.end(), confidence=0.4) for f in _WESTERN_IN_TEXT.finditer(text)]
        if not spans and text and re.search(r"^[A-Za-z'-]+,? [A-Za-z'-]+$", text):
            spans = [Span(start=0, end=len(text), confidence=0.3)]
        return tuple(sorted(spans, key=lambda span: span.start))

    def canonical(self, text: str) -> Canonical | NotA:
        """Give the name with single spaces and the given name first; its letters and their case stay."""
        text = re.sub(_APOSTROPHES, "'", plain(text))
        if re.search(f"[{HAN}]", text):
            text = re.sub(_DOTS, "\u00b7", text.replace(" ", ""))
            return Canonical(text) if re.search(_HAN_NAME, text) else NOT_A
        text = re.sub(_SURNAME_FIRST, r"\2 \1", text)
        return Canonical(text) if re.search(_NAME, text) and re.search(_TWO_LETTERS, text) else NOT_A

    def mask(self, canonical: Canonical) -> str:
        """Show the first character: `张*`, `J***`."""
        if re.search(f"[{HAN}]", canonical):
            return canonical[:1] + "*" * (len(canonical) - 1)
        return canonical[:1] + "***"

    def parts(self, canonical: Canonical) -> Sequence[AsPart]:
        """Give `Given Surname` and `Surname, Given`; a Chinese or one-word name as it is."""
        text = str(canonical)
        if " " not in text:
            return (((text,), 0),)
        given, gap, surname = text.rpartition(" ")
        if not given or not gap or not surname or not _flips(text) or _AS_IT_IS.search(text):
            return (((text,), 0),)
        return (((text, f"{surname}, {given}"), 0),)

    def forms(self, canonical: Canonical) -> FormTable:
        """Give `Given Surname` and `Surname, Given`; a Chinese or one-word name as it is."""
        return product(self.parts(canonical), slots=1)

    def canonical_column(self, column: pl.Series) -> pl.Series:
        """`canonical` over a column."""
        text = pl.col("text")
        frame = pl.DataFrame({"text": plain_column(column.cast(pl.String))})
        frame = frame.select(text.str.replace_all(_APOSTROPHES, "'"))
        han = text.str.replace_all(" ", "", literal=True).str.replace_all(_DOTS, "\u00b7")
        western = text.str.replace(_SURNAME_FIRST, "${2} ${1}")
        is_name = western.str.contains(_NAME) & western.str.contains(_TWO_LETTERS)
        chosen = (
            pl.when(text.str.contains(f"[{HAN}]"))
            .then(pl.when(han.str.contains(_HAN_NAME)).then(han))
            .otherwise(pl.when(is_name).then(western))
        )
        return frame.select(chosen.alias(column.name)).to_series()

    def mask_column(self, canonical: pl.Series) -> pl.Series:
        """`mask` over a column."""
        value = pl.col("value")
        stars = value.str.slice(1).str.replace_all("(?s).", "*")
        masked = value.str.slice(0, 1) + pl.when(value.str.contains(f"[{HAN}]")).then(stars).otherwise(pl.lit("***"))
        return pl.DataFrame({"value": canonical.cast(pl.String)}).select(masked.alias(canonical.name)).to_series()

    def forms_column(self, canonical: pl.Series) -> FormColumns:
        """`forms` over a column."""
        value = pl.col("form0")
        one = value.str.contains(f"[{HAN}]") | value.str.contains(_SUFFIX) | (value.str.count_matches(" ") > 3)
        frame = pl.DataFrame({"form0": canonical.cast(pl.String)}).with_columns(
            pl.when(~one & value.str.contains(_LAST_WORD))
            .then(value.str.replace(_LAST_WORD, "${2}, ${1}"))
            .alias("form1"),
            value.is_not_null().alias("given"),
        )
        frame = frame.with_columns(pl.when(pl.col("form1").is_not_null()).then(2).otherwise(1).alias("r0"))
        return product_columns(frame, parts=(PartColumns(slot=0, choices=("form0", "form1")),), radices=("r0",))


def _flips(canonical: str) -> bool:
    """Tell whether `Surname, Given` would still read as a name: at most three given names."""
    return canonical.count(" ") <= 3
