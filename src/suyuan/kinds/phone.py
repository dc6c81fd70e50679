"""Phone numbers: E.164 from every usual spelling; Chinese ones by shape, the rest by `phonenumbers`."""

import re
from collections.abc import Sequence
from typing import Final

import phonenumbers
import polars as pl

from suyuan.kinds.kind import NOT_A, AsPart, Canonical, FormColumns, FormTable, NotA, Span
from suyuan.kinds.phone_groups import is_whole, spaced_out
from suyuan.kinds.plain import QUOTES, plain, plain_column
from suyuan.kinds.product import PartColumns, product, product_columns
from suyuan.terms import KindName

_DASHES = "\\-\u2010-\u2015\u2212"
_OPENING = rf"^[{QUOTES} ]*(?:[Tt][Ee][Ll]:)? ?"
_CLOSING = rf"[{QUOTES} ]+$"
# A spreadsheet that took the number for a float writes `.0`; any other lone point is a decimal, not a phone.
_FLOAT = r"^(\+?[0-9]{7,})\.0$"
_DECIMAL = r"^\+?[0-9]+\.[0-9]*$"
_SEPARATORS = rf"[ ().{_DASHES}/]+"
_COMPACT = r"^\+?[0-9]{7,17}$"
# Any block from 13x to 19x is a mobile number here, assigned or not: invented persons live in unassigned ones.
_MOBILE = r"^(?:(?:\+|00)?86)?0?(1[3-9][0-9]{9})$"
# 400 and 800 numbers have three leading digits but no area code, and are left to `phonenumbers`.
_AREA = "(?:[35679][0-9]|4[1-9]|8[1-9])[0-9]|[48]0[1-9]"
_LANDLINE = rf"^(?:(?:\+|00)860?|0)((?:10|2[0-9])[0-9]{{8}}|(?:{_AREA})[0-9]{{7,8}})$"
_CANONICAL_MOBILE = r"^\+86(1[3-9][0-9])([0-9]{4})([0-9]{4})$"
_CANONICAL_LANDLINE = rf"^\+86(10|2[0-9]|{_AREA})([0-9]{{6}})([0-9]{{1,2}})$"
_LANDLINE_LENGTH = len("+86") + 10
_SEPARATOR_FORMS = ("", " ", "-")
_IS_MOBILE, _IS_LANDLINE = re.compile(_CANONICAL_MOBILE), re.compile(_CANONICAL_LANDLINE)
_AS_MOBILE, _AS_LANDLINE = re.compile(_MOBILE), re.compile(_LANDLINE)
_E164 = re.compile(r"\+[0-9]{7,15}")
_OF_MOBILES: Final[AsPart] = (("", "+86 "), 0)
_OF_LANDLINES: Final[AsPart] = (("0", "+86 "), 0)

_IN_TEXT = re.compile(
    r"(?<![0-9A-Za-z.+])(?:\(?(?:\+|00)?86\)?SEP)?(1[3-9][0-9]SEP[0-9]{4}SEP[0-9]{4})(?:\.0)?(?![0-9A-Za-z])"
    r"|(?<![0-9A-Za-z.+])0(?:10|2[0-9]|[3-9][0-9]{2})SEP[0-9]{7,8}(?![0-9A-Za-z])"
    r"|(?<![0-9A-Za-z.+])\+[0-9](?:[ ().\-]?[0-9]){7,14}(?![0-9A-Za-z])".replace("SEP", f"[ {_DASHES}]?")
)
_NO_GAPS = str.maketrans("", "", " -")
_TO_ASCII = {0xFF10 + i: 0x30 + i for i in range(10)} | {0xFF0B: "+", 0xFF0D: "-", 0x3000: " "}
# The blocks in public use; they only raise confidence. Source: MIIT numbering plan, as `phonenumbers` 9.0 carries it.
UNUSED_BLOCKS = frozenset({"140", "141", "142", "143", "144", "154", "160", "161", "163", "164", "168", "169", "179"})


class Phone:
    """Telephone numbers. The forms differ in country code and grouping; never in a digit."""

    name: KindName = KindName.PHONE
    version: int = 1
    slot_names: tuple[str, ...] = ("country", "grouping")

    def recognise(self, text: str) -> tuple[Span, ...]:
        """Find phone numbers: a run of digits that touches no letter and no further digit."""
        spans: list[Span] = []
        # Full-width digits become ASCII one for one, so the positions stay those of `text`.
        for found in _IN_TEXT.finditer(text.translate(_TO_ASCII)):
            if isinstance(self.canonical(found.group()), NotA):
                continue
            block = re.sub("[^0-9]", "", found.group(1) or "")[:3]
            confidence = 0.85 if block and (block in UNUSED_BLOCKS or block == "170") else 0.95
            spans.append(Span(start=found.start(), end=found.end(), confidence=confidence))
        return tuple(spans)

    def canonical(self, text: str) -> Canonical | NotA:
        """Give E.164, `+8613800138000`; an extension, a short code or a decimal is not a phone number."""
        compact = _compact(text)
        return NOT_A if compact is None else _settled(compact)

    def mask(self, canonical: Canonical) -> str:
        """Hide six digits or more: `138******00`, `010******78`, `+4********89`."""
        if found := re.search(_CANONICAL_MOBILE, canonical):
            return f"{found[1]}******{found[3][2:]}"
        if found := _landline(canonical):
            return f"0{found[1]}******{found[3]}"
        return canonical[:2] + "*" * 8 + canonical[10:]

    def parts(self, canonical: Canonical) -> Sequence[AsPart]:
        """Give the ways to write the number: with or without +86, digits together, spaced or dashed."""
        if found := _IS_MOBILE.search(canonical):
            a, b, c = found.groups()
            return _OF_MOBILES, ((f"{a}{b}{c}", f"{a} {b} {c}", f"{a}-{b}-{c}"), 1)
        if found := _landline(canonical):
            joined = tuple([found[1] + s + found[2] + found[3] for s in _SEPARATOR_FORMS])
            return _OF_LANDLINES, (joined, 1)
        return ((_international_spellings(canonical), 1),)

    def forms(self, canonical: Canonical) -> FormTable:
        """Give the ways to write the number: with or without +86, digits together, spaced or dashed."""
        return product(self.parts(canonical), slots=2)

    def canonical_column(self, column: pl.Series) -> pl.Series:
        """`canonical` over a column; only rows that are no Chinese number go through `phonenumbers`, once a value."""
        text = pl.col("text")
        frame = pl.DataFrame({"text": plain_column(column.cast(pl.String))})
        frame = frame.select(
            text.str.replace(_OPENING, "").str.replace(_CLOSING, "").str.replace(_FLOAT, "${1}").alias("text")
        )
        frame = frame.select(
            pl.when(~text.str.contains(_DECIMAL)).then(text.str.replace_all(_SEPARATORS, "")).alias("text")
        )
        frame = frame.select(
            pl.when(text.str.contains(_COMPACT)).then(text).alias("text"),
            pl.coalesce(text.str.extract(_MOBILE, 1), text.str.extract(_LANDLINE, 1)).alias("chinese"),
        )
        left = frame.filter(pl.col("chinese").is_null() & text.is_not_null())["text"].unique()
        chinese = pl.lit("+86") + pl.col("chinese")
        if left.is_empty():
            return frame.select(chinese.alias(column.name)).to_series()
        settled = [_settled(compact) for compact in left.to_list()]
        table = pl.DataFrame(
            {"text": left, "other": pl.Series([None if isinstance(s, NotA) else s for s in settled], dtype=pl.String)}
        )
        joined = frame.join(table, on="text", how="left", maintain_order="left")
        return joined.select(pl.coalesce(chinese, pl.col("other")).alias(column.name)).to_series()

    def mask_column(self, canonical: pl.Series) -> pl.Series:
        """`mask` over a column."""
        value = pl.col("value")
        other = value.str.slice(0, 2) + pl.lit("*" * 8) + value.str.slice(10)
        masked = (
            pl.when(value.str.contains(_CANONICAL_MOBILE))
            .then(value.str.replace(_CANONICAL_MOBILE, "${1}******") + value.str.slice(12))
            .when(value.str.contains(_CANONICAL_LANDLINE) & (value.str.len_bytes() >= _LANDLINE_LENGTH))
            .then(value.str.replace(_CANONICAL_LANDLINE, "0${1}******${3}"))
            .otherwise(other)
        )
        return pl.DataFrame({"value": canonical}).select(masked.alias(canonical.name)).to_series()

    def forms_column(self, canonical: pl.Series) -> FormColumns:
        """`forms` over a column; international numbers are spelled by `phonenumbers`, once a value."""
        value = pl.col("value")
        frame = pl.DataFrame({"value": canonical.cast(pl.String)}).with_columns(
            value.is_not_null().alias("given"),
            value.str.extract_groups(_CANONICAL_MOBILE).alias("mobile"),
            pl.when(value.str.len_bytes() >= _LANDLINE_LENGTH)
            .then(value.str.extract_groups(_CANONICAL_LANDLINE))
            .alias("landline"),
        )
        a, b, c = (pl.col("mobile").struct.field(str(i)) for i in (1, 2, 3))
        area, head, tail = (pl.col("landline").struct.field(str(i)) for i in (1, 2, 3))
        frame = frame.with_columns(
            a.is_not_null().alias("is_mobile"),
            (a.is_not_null() | area.is_not_null()).alias("is_chinese"),
            *(
                pl.coalesce(a + s + b + s + c, area + s + head + tail).alias(f"grouping{i}")
                for i, s in enumerate(_SEPARATOR_FORMS)
            ),
        )
        left = frame.filter(~pl.col("is_chinese") & pl.col("given"))["value"].unique()
        spelled = [_international_spellings(text) for text in left.to_list()]
        table = pl.DataFrame(
            {
                "value": left,
                "spellings": pl.Series([len(s) for s in spelled], dtype=pl.Int64),
                **{
                    f"other{i}": pl.Series([s[i] if i < len(s) else None for s in spelled], dtype=pl.String)
                    for i in range(3)
                },
            }
        )
        frame = frame.join(table, on="value", how="left", maintain_order="left").with_columns(
            pl.when("is_chinese")
            .then(pl.when("is_mobile").then(pl.lit("")).otherwise(pl.lit("0")))
            .otherwise(pl.lit(""))
            .alias("country0"),
            pl.lit("+86 ").alias("country1"),
            *(pl.coalesce(f"grouping{i}", f"other{i}").alias(f"grouping{i}") for i in range(3)),
            pl.when("is_chinese").then(2).otherwise(1).alias("r0"),
            pl.when("is_chinese").then(3).otherwise("spellings").alias("r1"),
        )
        parts = (
            PartColumns(slot=0, choices=("country0", "country1")),
            PartColumns(slot=1, choices=("grouping0", "grouping1", "grouping2")),
        )
        return product_columns(frame, parts=parts, radices=("r0", "r1"))


def _landline(canonical: str) -> re.Match[str] | None:
    """Give area, six digits and the rest; a two-digit area with seven digits is too short."""
    return _IS_LANDLINE.search(canonical) if len(canonical) >= _LANDLINE_LENGTH else None


def _compact(text: str) -> str | None:
    """Give the digits, with a leading plus if written; None if anything but a number and separators is there."""
    text = re.sub(_CLOSING, "", re.sub(_OPENING, "", plain(text), count=1), count=1)
    text = re.sub(_FLOAT, r"\1", text)
    if re.search(_DECIMAL, text):
        return None
    text = re.sub(_SEPARATORS, "", text)
    return text if re.fullmatch(r"\+?[0-9]{7,17}", text) else None


def _settled(compact: str) -> Canonical | NotA:
    """Give E.164 if reading it again gives the same; `phonenumbers` rewrites some numbers twice."""
    once = _e164(compact)
    return Canonical(once) if once is not None and (once == compact or _e164(once) == once) else NOT_A


def _e164(compact: str) -> str | None:
    if found := _AS_MOBILE.search(compact) or _AS_LANDLINE.search(compact):
        return f"+86{found[1]}"
    abroad = compact.startswith(("+", "00"))
    digits = f"+{compact.lstrip('+').removeprefix('00')}" if abroad else compact
    if abroad and _E164.fullmatch(digits) and is_whole(digits[1:]):
        return digits
    try:
        number = phonenumbers.parse(digits, None if abroad else "CN")
    except phonenumbers.NumberParseException:
        return None
    # With a country code the length decides; without one the number must be of a known Chinese block.
    well_formed = _is_possible(number) if abroad else phonenumbers.is_valid_number(number)
    if not well_formed or number.extension:
        return None
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return e164 if _E164.fullmatch(e164) else None


def _is_possible(number: phonenumbers.PhoneNumber) -> bool:
    """Tell whether the length fits the country; a number without its area code does not."""
    return bool(phonenumbers.is_possible_number_with_reason(number) == phonenumbers.ValidationResult.IS_POSSIBLE)


def _international_spellings(canonical: str) -> tuple[str, ...]:
    """Give E.164, then the usual grouping with spaces and with dashes, as far as they differ and read back."""
    spaced = spaced_out(canonical)
    if spaced is None:
        return (canonical,)
    others = [spelling for spelling in (spaced, spaced.replace(" ", "-")) if spelling != canonical]
    # Its own digits parted by spaces or dashes read back as they stand; `phonenumbers` is asked about any other.
    if spaced.translate(_NO_GAPS) != canonical:
        others = [spelling for spelling in others if _reads_back(spelling, canonical=canonical)]
    return tuple(dict.fromkeys((canonical, *others)))


def _reads_back(spelling: str, *, canonical: str) -> bool:
    compact = _compact(spelling)
    return compact is not None and _settled(compact) == canonical
