"""Western addresses: one spelling of street type, unit and commas; and the equal spellings of each."""

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

import polars as pl

from suyuan.kinds.kind import AsPart, Span
from suyuan.kinds.product import PartColumns

_TYPES = {
    "avenue": ("ave", "av"),
    "boulevard": ("blvd",),
    "circuit": ("cct",),
    "close": ("cl",),
    "court": ("ct",),
    "crescent": ("cres", "cr"),
    "drive": ("dr", "drv"),
    "esplanade": ("esp",),
    "gardens": ("gdns",),
    "grove": ("gr", "grv"),
    "highway": ("hwy",),
    "lane": ("ln",),
    "parade": ("pde",),
    "parkway": ("pkwy",),
    "place": ("pl",),
    "road": ("rd",),
    "square": ("sq",),
    "street": ("st",),
    "terrace": ("tce", "ter"),
}
"""Street types and their short forms, the usual one first. Source: AS 4590 and USPS Publication 28, appendix C1."""
_LONG = {spelling: long for long, shorts in _TYPES.items() for spelling in (long, *shorts)}
_SHORT = {long: shorts[0] for long, shorts in _TYPES.items()}
_TYPE = "|".join(sorted(_LONG, key=lambda word: (-len(word), word)))
_UNITS = ("Unit ", "Apt ", "Flat ", "#")

# \x1f stands for the unit while the rest is read: plain text never holds it.
_HOLE = "\x1f"
_UNIT_WORD = "(?i)unit|apartment|apt|flat|#"
_UNIT = r"(?i)^((?:.*? )?)(?:(?:unit|apartment|apt|flat)(?:\. ?| )|# ?)([0-9]{1,5}[A-Za-z]?|[A-Za-z])((?: .*)?)$"
_LEAD = rf"^([^A-Za-z]*[^ {_HOLE}]*[A-Za-z][^ ]*)((?: .*)?)$"
_TYPE_TOKEN = rf"(?i) (?:{_TYPE})\.?(?: |$)"
_STREET = rf"(?i)^(.*? )({_TYPE})\.?((?: .*)?)$"
_NUMBER = r"^( ?[0-9]+[A-Za-z]?)( .*[A-Za-z].*)$"
_WORDS = "[A-Za-z].* |[0-9].*[A-Za-z]|[A-Za-z].*[0-9]"
_MASKED = r"(?i)\b(unit|apartment|apt|flat|suite|ste|room|rm|level|lot)((?:\. ?| ))[0-9A-Za-z]+|(#) ?[0-9A-Za-z]+"
# Case is folded in ASCII alone: `re` would otherwise take a dotless i for an i, and Rust would not.
_LEADING_UNIT = "^[0-9A-Za-z]+/"


_UNIT_WORDS, _AT_UNIT = (re.compile(one, re.ASCII) for one in (_UNIT_WORD, _UNIT))
_AT_LEAD, _AT_NUMBER, _LOWER, _UPPER = (re.compile(one) for one in (_LEAD, _NUMBER, "[a-z]", "[A-Z]"))
_IN_TEXT = re.compile(
    r"(?i)\b(?:(?:unit|apartment|apt|flat)\.? ?[0-9]{1,5}[a-z]?[ ,/]+|# ?[0-9]{1,5}[ ,/]+)?"
    r"[0-9]{1,5}(?:[/-][0-9]{1,5})?[a-z]?,? "
    rf"(?:[a-z][a-z'-]+\.? ){{1,4}}?(?:{_TYPE})\b\.?(?:,? (?:unit|apt|flat|#) ?[0-9]{{1,5}}[a-z]?\b)?",
    re.ASCII,
)

WHOLE = (
    rf"(?i)^[^@]*[A-Za-z][^@]*[ ,](?:{_TYPE})\.?(?:[ ,].*)?$"
    r"|^(?:unit|apartment|apt|flat|suite|#|p\.? ?o\.? box) ?[0-9]+[a-z]?(?:[ ,/]|$)"
    r"|^[0-9]{1,5}[a-z]?(?:[/-][0-9]{1,5})? [a-z][a-z' -]{3,}$"
)
"""What a whole Western address looks like: a street type after a name, a unit, or a house number and words."""


def spans(text: str) -> list[Span]:
    """Find runs from a house number to a street type, with the unit beside them."""
    return [Span(start=found.start(), end=found.end(), confidence=0.8) for found in _IN_TEXT.finditer(text)]


class _Pieces(NamedTuple):
    """An address as read: `before` [type] `after`, with \\x1f in one of them where the unit stands."""

    before: str
    type: str
    after: str
    unit: str
    style: str


def _read(text: str) -> _Pieces:
    """Find the unit and the street type, each only when exactly one word could be it."""
    unit = ""
    if _unit_words(text) == 1 and (found := _AT_UNIT.search(text)):
        text, unit = f"{found[1]}{_HOLE}{found[3]}", found[2]
    before, kind, after = text, "", ""
    # The first word that holds a letter is a name, never a type: St Georges Road.
    if lead := _AT_LEAD.search(text):
        words = lead[2].split(" ")
        # `_STREET`, word by word; lowering makes ASCII letters of some others, and they are none.
        at = [i for i, word in enumerate(words) if word.removesuffix(".").lower() in _LONG and word.isascii()]
        if len(at) == 1:
            before, kind = " ".join((lead[1], *words[1 : at[0]], "")), _LONG[words[at[0]].removesuffix(".").lower()]
            after = " ".join(("", *words[at[0] + 1 :]))
    rest = before + after
    lower, upper = _LOWER.search(rest), _UPPER.search(rest)
    style = "lower" if not upper else "title" if lower else "upper"
    return _Pieces(before=before, type=kind, after=after, unit=unit, style=style)


def _unit_words(text: str) -> int:
    """Count what `_UNIT_WORD` finds; none of its words begins as another ends."""
    if not text.isascii():
        return len(_UNIT_WORDS.findall(text))
    lower = text.lower()
    return sum([lower.count(word) for word in ("unit", "apartment", "apt", "flat", "#")])


def _styled(word: str, *, style: str) -> str:
    return word.upper() if style == "upper" else word.capitalize() if style == "title" else word.lower()


_STYLED_UNITS = {style: tuple([_styled(word, style=style) for word in _UNITS]) for style in ("lower", "title", "upper")}


_STYLED_TYPES: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    (long, style): tuple(_styled(word, style=style) for word in (long, short, f"{short}."))
    for long, short in _SHORT.items()
    for style in _STYLED_UNITS
} | {("", style): ("",) for style in _STYLED_UNITS}

_COMMAS: Final[Mapping[tuple[bool, bool], tuple[tuple[str, ...], tuple[str, ...]]]] = {
    (False, False): (("",), ("",)),
    (True, False): (("", ","), ("", "")),
    (False, True): (("", ""), ("", ",")),
    (True, True): (("", ",", "", ","), ("", "", ",", ",")),
}
"""What stands between the parts, and behind the house number, in each form; by whether there are such places."""


def canonical(text: str) -> str | None:
    """Give the one spelling of plain text without Han; None for a lone word, a bare number or an e-mail."""
    text = re.sub("[, ]+", " ", text).strip(" ")
    pieces = _read(text)
    spelled = pieces.before + _styled(pieces.type, style=pieces.style) + pieces.after
    text = spelled.replace(_HOLE, _styled(_UNITS[0], style=pieces.style) + pieces.unit)
    # Judged last, so that every form is judged as its canonical is.
    return text if 3 <= len(text) <= 200 and "@" not in text and re.search(_WORDS, text) else None


def mask(canonical: str) -> str:
    """Hide the unit or room, and the unit part of `4/12`."""
    masked = re.sub(_MASKED, lambda m: f"{m[3]}***" if m[3] else f"{m[1]}{m[2]}***", canonical, flags=re.ASCII)
    return re.sub(_LEADING_UNIT, "***/", masked)


def form_parts(canonical: str) -> list[AsPart]:
    """Give the parts of the forms: separator (slot 1), designator (2), unit (3)."""
    pieces = _read(canonical)
    head, leads, body = pieces.before.partition(_HOLE)
    if not leads:
        head, body = "", pieces.before
    middle, trails, tail = pieces.after.partition(_HOLE)
    number = "" if head else (m[1] if (m := _AT_NUMBER.search(body + pieces.type + pieces.after)) else "")
    body = body[len(number) :]
    commas_at = (
        bool(leads) and bool(body + number + pieces.type + pieces.after),
        bool(pieces.type) and bool(pieces.after),
        bool(trails) and bool(tail),
    )
    between, numbered = _COMMAS[any(commas_at), bool(number)]
    comma: AsPart = (between, 1)
    parts: list[AsPart] = [((head,), None)]
    unit: list[AsPart] = []
    if pieces.unit:
        unit.append((tuple([word + pieces.unit for word in _STYLED_UNITS[pieces.style]]), 3))
    if leads:
        parts += unit
    if commas_at[0]:
        parts.append(comma)
    if number:
        parts += (((number,), None), (numbered, 1))
    parts += (((body,), None), (_STYLED_TYPES[pieces.type, pieces.style], 2))
    if commas_at[1]:
        parts.append(comma)
    if middle:
        parts.append(((middle,), None))
    if trails:
        parts += unit
    if commas_at[2]:
        parts.append(comma)
    parts.append(((tail,), None))
    return parts


def _read_columns(text: pl.Series) -> pl.DataFrame:
    frame = pl.DataFrame({"text": text})
    column = pl.col("text")
    frame = frame.with_columns(
        pl.when(column.str.count_matches(_UNIT_WORD) == 1).then(column.str.extract_groups(_UNIT)).alias("found")
    )
    first, unit, last = (pl.col("found").struct.field(str(i)) for i in (1, 2, 3))
    frame = frame.select(
        pl.coalesce(first + pl.lit(_HOLE) + last, column).alias("text"), pl.coalesce(unit, pl.lit("")).alias("unit")
    ).with_columns(column.str.extract_groups(_LEAD).alias("lead"))
    lead, tail = (pl.col("lead").struct.field(str(i)) for i in (1, 2))
    once = tail.str.replace_all(" ", "  ", literal=True).str.count_matches(_TYPE_TOKEN) == 1
    frame = frame.with_columns(
        lead.alias("first"), pl.when(once).then(tail.str.extract_groups(_STREET)).alias("street")
    )
    name, kind, after = (pl.col("street").struct.field(str(i)) for i in (1, 2, 3))
    frame = frame.select(
        pl.coalesce(pl.col("first") + name, column).alias("before"),
        pl.coalesce(
            kind.str.to_lowercase().replace_strict(_LONG, default="", return_dtype=pl.String), pl.lit("")
        ).alias("type"),
        pl.coalesce(after, pl.lit("")).alias("after"),
        "unit",
    )
    rest = pl.col("before") + pl.col("after")
    style = (
        pl.when(~rest.str.contains("[A-Z]"))
        .then(pl.lit("lower"))
        .when(rest.str.contains("[a-z]"))
        .then(pl.lit("title"))
        .otherwise(pl.lit("upper"))
    )
    return frame.with_columns(style.alias("style"))


def _styled_column(word: pl.Expr) -> pl.Expr:
    title = word.str.slice(0, 1).str.to_uppercase() + word.str.slice(1)
    style = pl.col("style")
    return pl.when(style == "upper").then(word.str.to_uppercase()).when(style == "title").then(title).otherwise(word)


def canonical_column(column: pl.Series) -> pl.Series:
    """`canonical` over plain texts without Han; null where it is None."""
    text = pl.col("text")
    cleaned = text.str.replace_all("[, ]+", " ").str.strip_chars(" ")
    frame = pl.DataFrame({"text": column}).select(cleaned)
    read = _read_columns(frame["text"])
    spelled = pl.col("before") + _styled_column(pl.col("type")) + pl.col("after")
    unit = _styled_column(pl.lit(_UNITS[0].lower())) + pl.col("unit")
    head, tail = _cut_at_hole(spelled)
    frame = read.select(pl.when(pl.col("unit") == "").then(spelled).otherwise(head + unit + tail).alias("text"))
    length = text.str.len_chars()
    kept = (length >= 3) & (length <= 200) & ~text.str.contains("@", literal=True) & text.str.contains(_WORDS)
    return frame.select(pl.when(kept).then(text).alias("text")).to_series()


def _cut_at_hole(text: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Give what stands before and after the unit; all and nothing where there is no unit."""
    cut = text.str.splitn(_HOLE, 2)
    return cut.struct.field("field_0"), pl.coalesce(cut.struct.field("field_1"), pl.lit(""))


def mask_column(canonical: pl.Series) -> pl.Series:
    """`mask` over a column."""
    pattern = _MASKED.replace(r"\b", r"(?-u:\b)")
    masked = pl.col("text").str.replace_all(pattern, "${1}${2}${3}***").str.replace(_LEADING_UNIT, "***/")
    return pl.DataFrame({"text": canonical}).select(masked).to_series()


PART_COLUMNS = (
    PartColumns(choices=("head",)),
    PartColumns(slot=3, choices=("lead0", "lead1", "lead2", "lead3")),
    PartColumns(slot=1, choices=("empty", "a1", "a2", "a3")),
    PartColumns(choices=("number",)),
    PartColumns(slot=1, choices=("empty", "n1", "n2", "n3")),
    PartColumns(choices=("body",)),
    PartColumns(slot=2, choices=("type0", "type1", "type2")),
    PartColumns(slot=1, choices=("empty", "b1", "b2", "b3")),
    PartColumns(choices=("middle",)),
    PartColumns(slot=3, choices=("trail0", "trail1", "trail2", "trail3")),
    PartColumns(slot=1, choices=("empty", "c1", "c2", "c3")),
    PartColumns(choices=("tail",)),
)


def form_columns(canonical: pl.Series) -> pl.DataFrame:
    """Give the columns that `PART_COLUMNS` names, and the radix of every slot."""
    empty = pl.lit("")
    frame = _read_columns(canonical)
    leads = pl.col("before").str.contains(_HOLE, literal=True)
    trails = pl.col("after").str.contains(_HOLE, literal=True)
    head, body = _cut_at_hole(pl.col("before"))
    middle, tail = _cut_at_hole(pl.col("after"))
    frame = frame.select(
        "type",
        "unit",
        "style",
        "after",
        leads.alias("leads"),
        trails.alias("trails"),
        pl.when(leads).then(head).otherwise(empty).alias("head"),
        pl.when(leads).then(body).otherwise("before").alias("body"),
        middle.alias("middle"),
        tail.alias("tail"),
    )
    number = (pl.col("body") + pl.col("type") + pl.col("after")).str.extract(_NUMBER, 1)
    frame = frame.with_columns(
        pl.when(pl.col("head") == "").then(pl.coalesce(number, empty)).otherwise(empty).alias("number")
    )
    has_type, has_unit, has_number = pl.col("type") != "", pl.col("unit") != "", pl.col("number") != ""
    followed = (pl.col("body") + pl.col("type") + pl.col("after")) != ""
    frame = frame.with_columns(
        pl.col("body").str.slice(pl.col("number").str.len_chars()).alias("body"),
        (pl.col("leads") & followed).alias("at_a"),
        (has_type & (pl.col("after") != "")).alias("at_b"),
        (pl.col("trails") & (pl.col("tail") != "")).alias("at_c"),
    ).with_columns((pl.col("at_a") | pl.col("at_b") | pl.col("at_c")).alias("parted"))
    short = pl.col("type").replace_strict(_SHORT, default="", return_dtype=pl.String)
    frame = frame.with_columns(_styled_column(short).alias("short"))
    units = [_styled_column(pl.lit(unit.lower())) + pl.col("unit") for unit in _UNITS]

    def comma(name: str, at: pl.Expr) -> list[pl.Expr]:
        # Choices are (), (parts), (number), (parts, number); without commas between parts: (), (number).
        shown = pl.when(at).then(pl.lit(",")).otherwise(empty)
        return [shown.alias(f"{name}1"), empty.alias(f"{name}2"), shown.alias(f"{name}3")]

    return frame.select(
        *("head", "number", "body", "middle", "tail"),
        *(pl.when("leads").then(unit).otherwise(empty).alias(f"lead{i}") for i, unit in enumerate(units)),
        *(pl.when("trails").then(unit).otherwise(empty).alias(f"trail{i}") for i, unit in enumerate(units)),
        _styled_column(pl.col("type")).alias("type0"),
        pl.col("short").alias("type1"),
        (pl.col("short") + pl.lit(".")).alias("type2"),
        empty.alias("empty"),
        *comma("a", pl.col("at_a")),
        *comma("b", pl.col("at_b")),
        *comma("c", pl.col("at_c")),
        pl.when("parted").then(empty).otherwise(pl.lit(",")).alias("n1"),
        pl.lit(",").alias("n2"),
        pl.lit(",").alias("n3"),
        pl.lit(1).alias("r0"),
        (pl.when("parted").then(2).otherwise(1) * pl.when(has_number).then(2).otherwise(1)).alias("r1"),
        pl.when(has_type).then(3).otherwise(1).alias("r2"),
        pl.when(has_unit).then(4).otherwise(1).alias("r3"),
    )
