"""Dates and times of day: ISO from every usual spelling that can mean one day only."""

import calendar
import re
from collections.abc import Sequence

import polars as pl

from suyuan.kinds.kind import NOT_A, Canonical, FormColumns, FormTable, NotA, Part, Span
from suyuan.kinds.plain import plain, plain_column
from suyuan.kinds.product import PartColumns, product, product_columns
from suyuan.terms import KindName

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTH_NAMES = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    "|nov(?:ember)?|dec(?:ember)?"
)
_YEAR = "((?:1[5-9]|2[01])[0-9]{2})"
_TIME = (
    r"(?:(?:[Tt]| ?, ?| )([01]?[0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9]))?(\.[0-9]{1,9})?"
    r" ?([Zz]|[+-](?:0[0-9]|1[0-4]):?[0-5][0-9])?)?$"
)
# Every pattern has its year, month and day in three of the first groups and the time in the five that follow.
_YEAR_FIRST = rf"^{_YEAR}[\-/.]([0-9]{{1,2}})[\-/.]([0-9]{{1,2}}){_TIME}"
_COMPACT = rf"^{_YEAR}([0-9]{{2}})([0-9]{{2}})(?:\.0)?{_TIME}"
_CHINESE = rf"^{_YEAR} ?年 ?([0-9]{{1,2}}) ?月 ?([0-9]{{1,2}}) ?[日号]{_TIME}"
_DAY_NAME = rf"(?i)^([0-9]{{1,2}})(?:st|nd|rd|th)?[ \-.]({_MONTH_NAMES})\.?,?[ \-.]{_YEAR}{_TIME}"
_NAME_DAY = rf"(?i)^({_MONTH_NAMES})\.? ([0-9]{{1,2}})(?:st|nd|rd|th)?,? {_YEAR}{_TIME}"
_YEAR_LAST = rf"^([0-9]{{1,2}})[\-/.]([0-9]{{1,2}})[\-/.]{_YEAR}{_TIME}"
_CANONICAL = r"^([0-9]{4})-([0-9]{2})-([0-9]{2})(?:T(.+))?$"

_IN_TEXT = re.compile(
    r"(?<![0-9A-Za-z.\-/])(?:(?:19|20)[0-9]{2}[\-/.][0-9]{1,2}[\-/.][0-9]{1,2}|(?:19|20)[0-9]{2}年[0-9]{1,2}月[0-9]{1,2}[日号]"
    r"|[0-9]{1,2}[\-/.][0-9]{1,2}[\-/.](?:19|20)[0-9]{2}|(?:19|20)[0-9]{6}"
    rf"|[0-9]{{1,2}} (?:{_MONTH_NAMES}) (?:19|20)[0-9]{{2}}|(?:{_MONTH_NAMES}) [0-9]{{1,2}},? (?:19|20)[0-9]{{2}})"
    r"(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2})?)?(?![0-9A-Za-z\-/])",
    re.IGNORECASE | re.ASCII,
)


class Date:
    """Dates, alone or with a time of day. The precision and the zone stay as they were written."""

    name: KindName = KindName.DATE
    version: int = 1
    slot_names: tuple[str, ...] = ("style", "joint")

    def recognise(self, text: str) -> tuple[Span, ...]:
        """Find dates of the years 1900 to 2099; eight bare digits only with half the confidence."""
        return tuple(
            Span(start=found.start(), end=found.end(), confidence=0.5 if found[0].isdigit() else 0.9)
            for found in _IN_TEXT.finditer(text)
            if not isinstance(self.canonical(found[0]), NotA)
        )

    def canonical(self, text: str) -> Canonical | NotA:
        """Give `1987-03-09` or `1987-03-09T08:05:00+08:00`; 03/04/1987 has two meanings and is refused."""
        text = plain(text)
        read = _read(text)
        if read is None:
            return NOT_A
        year, month, day, hour, minute, second, fraction, zone = read
        if (fraction and not second) or not 1 <= int(month) <= 12:
            return NOT_A
        if not 1 <= int(day) <= calendar.monthrange(int(year), int(month))[1]:
            return NOT_A
        spelled = f"{year}-{month.zfill(2)}-{day.zfill(2)}"
        if hour:
            zone = zone.upper() if len(zone) != 5 else f"{zone[:3]}:{zone[3:]}"
            spelled += f"T{hour.zfill(2)}:{minute}" + (f":{second}" if second else "") + fraction + zone
        return Canonical(spelled)

    def mask(self, canonical: Canonical) -> str:
        """Show the year."""
        return f"{canonical[:4]}-**-**"

    def parts(self, canonical: Canonical) -> Sequence[Part]:
        """Give the spellings of the day, and of its joint with the time."""
        found = re.search(_CANONICAL, canonical)
        if not found:
            return (Part((str(canonical),)),)
        year, month, day, time = found[1], found[2], found[3], found[4]
        styles = [f"{year}-{month}-{day}", f"{year}/{month}/{day}", f"{year}.{month}.{day}"]
        if time:
            return Part(slot=0, choices=tuple(styles)), Part(slot=1, choices=("T", " ")), Part(choices=(time,))
        styles.append(f"{day.removeprefix('0')} {_MONTHS[int(month) - 1]} {year}")
        return (Part(slot=0, choices=tuple(styles)),)

    def forms(self, canonical: Canonical) -> FormTable:
        """Give every spelling of the day, with each joint with the time."""
        return product(self.parts(canonical), slots=2)

    def canonical_column(self, column: pl.Series) -> pl.Series:
        """`canonical` over a column: one pattern after the other, each on what the ones before left."""
        text = pl.col("text")
        frame = pl.DataFrame({"text": plain_column(column.cast(pl.String))})
        readings: list[pl.Expr] = []
        for index, (pattern, order) in enumerate(_PATTERNS):
            if not frame["text"].str.contains(pattern).any():
                continue
            name = f"groups{index}"
            frame = frame.with_columns(text.str.extract_groups(pattern).alias(name))
            readings.append(_reading(pl.col(name), order=order))
        if not readings:
            return pl.Series(column.name, [None] * column.len(), dtype=pl.String)
        return frame.select(pl.coalesce(readings).alias(column.name)).to_series()

    def mask_column(self, canonical: pl.Series) -> pl.Series:
        """`mask` over a column."""
        masked = pl.col("value").str.slice(0, 4) + pl.lit("-**-**")
        return pl.DataFrame({"value": canonical.cast(pl.String)}).select(masked.alias(canonical.name)).to_series()

    def forms_column(self, canonical: pl.Series) -> FormColumns:
        """`forms` over a column."""
        value = pl.col("value")
        frame = pl.DataFrame({"value": canonical.cast(pl.String)}).with_columns(
            value.str.extract_groups(_CANONICAL).alias("found")
        )
        year, month, day, time = (pl.col("found").struct.field(str(i)) for i in (1, 2, 3, 4))
        short = {f"{number:02}": name for number, name in enumerate(_MONTHS, start=1)}
        named = month.replace_strict(short, default=None, return_dtype=pl.String)
        frame = frame.select(
            value.is_not_null().alias("given"),
            *(pl.coalesce(year + s + month + s + day, value).alias(f"style{i}") for i, s in enumerate(("-", "/", "."))),
            (day.str.replace("^0", "") + pl.lit(" ") + named + pl.lit(" ") + year).alias("style3"),
            pl.when(time.is_not_null()).then(pl.lit("T")).otherwise(pl.lit("")).alias("joint0"),
            pl.lit(" ").alias("joint1"),
            pl.coalesce(time, pl.lit("")).alias("time"),
            pl.when(year.is_null()).then(1).when(time.is_not_null()).then(3).otherwise(4).alias("r0"),
            pl.when(time.is_not_null()).then(2).otherwise(1).alias("r1"),
        )
        parts = (
            PartColumns(slot=0, choices=("style0", "style1", "style2", "style3")),
            PartColumns(slot=1, choices=("joint0", "joint1")),
            PartColumns(choices=("time",)),
        )
        return product_columns(frame, parts=parts, radices=("r0", "r1"))


# Where year, month and day stand. `None` marks the one pattern whose day and month must be told apart by size.
_PATTERNS: tuple[tuple[str, tuple[int, int, int] | None], ...] = (
    (_YEAR_FIRST, (1, 2, 3)),
    (_COMPACT, (1, 2, 3)),
    (_CHINESE, (1, 2, 3)),
    (_DAY_NAME, (3, 2, 1)),
    (_NAME_DAY, (3, 1, 2)),
    (_YEAR_LAST, None),
)


def _read(text: str) -> tuple[str, ...] | None:
    """Give year, month, day, hour, minute, second, fraction, zone as written; the month as a number."""
    for pattern, order in _PATTERNS:
        found = re.search(pattern, text, re.ASCII)
        if not found:
            continue
        time = tuple(found[i] or "" for i in range(4, 9))
        if order is None:
            first, second = int(found[1]), int(found[2])
            if first <= 12 and second <= 12 and first != second:
                return None
            month, day = (found[2], found[1]) if second <= 12 else (found[1], found[2])
            return (found[3], month, day, *time)
        year, month, day = (found[i] for i in order)
        if not month[0].isdigit():
            month = str(_MONTHS.index(month[:3].capitalize()) + 1)
        return (year, month, day, *time)
    return None


def _reading(groups: pl.Expr, *, order: tuple[int, int, int] | None) -> pl.Expr:
    """Give the ISO text of one pattern's groups; null where they are no day of the calendar."""
    first, second, third = (groups.struct.field(str(i)) for i in (1, 2, 3))
    hour, minute, seconds, fraction, zone = (groups.struct.field(str(i)) for i in range(4, 9))
    if order is None:
        small_first = first.cast(pl.Int64, strict=False) <= 12
        small_second = second.cast(pl.Int64, strict=False) <= 12
        same = first.cast(pl.Int64, strict=False) == second.cast(pl.Int64, strict=False)
        clear = ~(small_first & small_second) | same
        year: pl.Expr = pl.when(clear).then(third)
        month = pl.when(small_second).then(second).otherwise(first)
        day = pl.when(small_second).then(first).otherwise(second)
    else:
        year, month, day = (groups.struct.field(str(i)) for i in order)
        numbers = {name.lower(): f"{number:02}" for number, name in enumerate(_MONTHS, start=1)}
        month = month.str.to_lowercase().str.slice(0, 3).replace(numbers)
    iso = year + pl.lit("-") + month.str.zfill(2) + pl.lit("-") + day.str.zfill(2)
    whole_zone = pl.when(zone.str.len_chars() == 5).then(zone.str.slice(0, 3) + pl.lit(":") + zone.str.slice(3))
    empty = pl.lit("")
    time = (
        pl.lit("T")
        + hour.str.zfill(2)
        + pl.lit(":")
        + minute
        + pl.coalesce(pl.lit(":") + seconds, empty)
        + pl.coalesce(fraction, empty)
        + pl.coalesce(whole_zone, zone.str.to_uppercase(), empty)
    )
    valid = iso.str.to_date("%Y-%m-%d", strict=False).is_not_null() & (fraction.is_null() | seconds.is_not_null())
    return pl.when(valid).then(iso + pl.coalesce(time, empty))
