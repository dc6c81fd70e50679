"""Moments: a day and a time of day, declared to the minute; the seconds inside that minute may carry a mark."""

import re
from collections.abc import Sequence

import polars as pl

from suyuan.kinds.date import Date
from suyuan.kinds.kind import NOT_A, Canonical, FormColumns, FormTable, NotA, Part, Span
from suyuan.kinds.product import PartColumns, product, product_columns
from suyuan.terms import KindName

_DATE = Date()
_TIMED = r"^([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9]{2}:[0-9]{2})(?::[0-9]{2}(?:\.[0-9]+)?)?(Z|[+-][0-9]{2}:[0-9]{2})?$"
_CANONICAL = r"^([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9]{2}:[0-9]{2})(.*)$"
_JOINTS = ("T", " ")
_TENS = tuple(f":{digit}" for digit in range(6))
_UNITS = tuple(str(digit) for digit in range(10))
_HALF = 0.5
"""What is a moment is a date as well: with half of its confidence a column that nobody declared stays one of dates."""


class Moment:
    """A day and a time whose declared precision is the minute. Seconds and their fractions are none of its value.

    A field belongs here only where what is promised of it is the minute: a recipient then reads seconds that say nothing.
    """

    name: KindName = KindName.MOMENT
    version: int = 1
    slot_names: tuple[str, ...] = ("joint", "tens", "units")

    def recognise(self, text: str) -> tuple[Span, ...]:
        """Find dates with a time of day, half as sure as the kind `date` is of them."""
        return tuple(
            Span(start=span.start, end=span.end, confidence=_HALF * span.confidence)
            for span in _DATE.recognise(text)
            if not isinstance(self.canonical(text[span.start : span.end]), NotA)
        )

    def canonical(self, text: str) -> Canonical | NotA:
        """Give `2026-03-09T08:05` or `2026-03-09T08:05+08:00`: the minute, and the zone as it was written."""
        read = _DATE.canonical(text)
        found = None if isinstance(read, NotA) else re.search(_TIMED, read)
        return Canonical(f"{found[1]}T{found[2]}{found[3] or ''}") if found else NOT_A

    def mask(self, canonical: Canonical) -> str:
        """Show the year."""
        return f"{canonical[:4]}-**-** **:**"

    def parts(self, canonical: Canonical) -> Sequence[Part]:
        """Give the joint of day and time, and the two digits of the seconds."""
        found = re.search(_CANONICAL, canonical)
        if not found:
            return (Part((str(canonical),)),)
        return (
            Part(choices=(found[1],)),
            Part(slot=0, choices=_JOINTS),
            Part(choices=(found[2],)),
            Part(slot=1, choices=_TENS),
            Part(slot=2, choices=_UNITS),
            Part(choices=(found[3],)),
        )

    def forms(self, canonical: Canonical) -> FormTable:
        """Give every second of the minute, with each joint."""
        return product(self.parts(canonical), slots=3)

    def canonical_column(self, column: pl.Series) -> pl.Series:
        """`canonical` over a column."""
        dates = _DATE.canonical_column(column)
        found = pl.col("found").struct
        timed = found.field("1") + pl.lit("T") + found.field("2") + pl.coalesce(found.field("3"), pl.lit(""))
        frame = pl.DataFrame({"text": dates}).with_columns(pl.col("text").str.extract_groups(_TIMED).alias("found"))
        return frame.select(timed.alias(column.name)).to_series()

    def mask_column(self, canonical: pl.Series) -> pl.Series:
        """`mask` over a column."""
        masked = pl.col("value").str.slice(0, 4) + pl.lit("-**-** **:**")
        return pl.DataFrame({"value": canonical.cast(pl.String)}).select(masked.alias(canonical.name)).to_series()

    def forms_column(self, canonical: pl.Series) -> FormColumns:
        """`forms` over a column."""
        value = pl.col("value")
        frame = pl.DataFrame({"value": canonical.cast(pl.String)}).with_columns(
            value.str.extract_groups(_CANONICAL).alias("found")
        )
        day, time, zone = (pl.col("found").struct.field(str(i)) for i in (1, 2, 3))
        is_timed = day.is_not_null()
        slots = {"joint": _JOINTS, "tens": _TENS, "units": _UNITS}
        columns = {f"{slot}{i}": text for slot, choices in slots.items() for i, text in enumerate(choices)}
        frame = frame.select(
            value.is_not_null().alias("given"),
            pl.coalesce(day, value).alias("day"),
            pl.coalesce(time, pl.lit("")).alias("time"),
            pl.coalesce(zone, pl.lit("")).alias("zone"),
            *(pl.when(is_timed).then(pl.lit(text)).otherwise(pl.lit("")).alias(name) for name, text in columns.items()),
            *(
                pl.when(is_timed).then(len(choices)).otherwise(1).alias(f"r{i}")
                for i, choices in enumerate(slots.values())
            ),
        )
        names = {slot: tuple(f"{slot}{i}" for i in range(len(choices))) for slot, choices in slots.items()}
        parts = (
            PartColumns(choices=("day",)),
            PartColumns(slot=0, choices=names["joint"]),
            PartColumns(choices=("time",)),
            PartColumns(slot=1, choices=names["tens"]),
            PartColumns(slot=2, choices=names["units"]),
            PartColumns(choices=("zone",)),
        )
        return product_columns(frame, parts=parts, radices=("r0", "r1", "r2"))
