"""Coordinates: a place by latitude and longitude, or one of the two, declared to five decimals; the sixth may carry a mark."""

from collections.abc import Sequence

import polars as pl

from suyuan.kinds.angle import (
    DECIMALS,
    LATITUDE_AT_MOST,
    LONGITUDE_AT_MOST,
    PAIR_IN_TEXT,
    TELLING_PAIR,
    readings,
    spelled,
    spelled_column,
    units_of,
    units_of_column,
)
from suyuan.kinds.kind import NOT_A, Canonical, FormColumns, FormTable, NotA, Part, Span
from suyuan.kinds.plain import plain_column
from suyuan.kinds.product import PartColumns, product, product_columns
from suyuan.terms import KindName

_BELOW = (0, 1, 2, 3, 4, -4, -3, -2, -1)
"""What a form adds, in the sixth decimal. Never a half: every usual way of rounding to five gives the value back."""

_FINER = 10
_JOINTS = (",", ", ")
_SHOWN = r"^(-?[0-9]{1,3}\.[0-9]{2})[0-9]{3}(?:,(-?[0-9]{1,3}\.[0-9]{2})[0-9]{3})?$"
_HIDDEN = "***"
_EDGES = (LATITUDE_AT_MOST, LONGITUDE_AT_MOST)
"""At a pole and at the date line there is nothing beyond: the slot has one choice there."""


class Coordinate:
    """A place whose declared precision is five decimals of a degree, about 1.1 m; what lies below is none of its value.

    Which datum it is of (WGS-84, GCJ-02, BD-09) no digits tell: two spellings of one datum are compared, and no
    value is ever converted.
    """

    name: KindName = KindName.COORDINATE
    version: int = 1
    slot_names: tuple[str, ...] = ("first", "joint", "second")

    def recognise(self, text: str) -> tuple[Span, ...]:
        """Find pairs of four decimals or more, surer where degree signs or points of the compass stand beside them."""
        return tuple(
            Span(start=found.start(), end=found.end(), confidence=0.9 if found["sign"] else 0.7)
            for found in PAIR_IN_TEXT.finditer(text)
            if not isinstance(self.canonical(found[0]), NotA)
        )

    def canonical(self, text: str) -> Canonical | NotA:
        """Give `31.23042,121.47370`, latitude first, or one number alone; rounded to five decimals, halves away from 0.

        Two bare numbers are latitude and longitude, unless the first can only be a longitude.
        """
        found = spelled(text)
        return NOT_A if found is None else Canonical(found)

    def mask(self, canonical: Canonical) -> str:
        """Show two decimals: a cell of about a kilometre."""
        return ",".join(f"{number[: -DECIMALS + 2]}{_HIDDEN}" for number in canonical.split(","))

    def parts(self, canonical: Canonical) -> Sequence[Part]:
        """Give each number to six decimals, and what stands between."""
        first, *second = (_finer(units_of(number)) for number in canonical.split(","))
        if not second:
            return (Part(slot=0, choices=first),)
        return Part(slot=0, choices=first), Part(slot=1, choices=_JOINTS), Part(slot=2, choices=second[0])

    def forms(self, canonical: Canonical) -> FormTable:
        """Give every sixth decimal that rounds back, of each number, with each joint."""
        return product(self.parts(canonical), slots=3)

    def canonical_column(self, column: pl.Series) -> pl.Series:
        """`canonical` over a column."""
        return spelled_column(column)

    def mask_column(self, canonical: pl.Series) -> pl.Series:
        """`mask` over a column."""
        first, second = (pl.col("value").str.extract(_SHOWN, group) for group in (1, 2))
        masked = first + pl.lit(_HIDDEN) + pl.coalesce(pl.lit(",") + second + pl.lit(_HIDDEN), pl.lit(""))
        return pl.DataFrame({"value": canonical.cast(pl.String)}).select(masked.alias(canonical.name)).to_series()

    def forms_column(self, canonical: pl.Series) -> FormColumns:
        """`forms` over a column."""
        halves = pl.col("value").str.splitn(",", 2).struct
        frame = pl.DataFrame({"value": canonical.cast(pl.String)}).select(
            pl.col("value").is_not_null().alias("given"),
            units_of_column(halves.field("field_0")).alias("first"),
            units_of_column(halves.field("field_1")).alias("second"),
        )
        first, second = pl.col("first"), pl.col("second")
        is_pair = second.is_not_null()
        frame = frame.select(
            "given",
            *(text.alias(f"first{i}") for i, text in enumerate(_finer_columns(first))),
            *(text.alias(f"second{i}") for i, text in enumerate(_finer_columns(second))),
            *(
                pl.when(is_pair).then(pl.lit(text)).otherwise(pl.lit("")).alias(f"joint{i}")
                for i, text in enumerate(_JOINTS)
            ),
            _radix(first).alias("r0"),
            pl.when(is_pair).then(len(_JOINTS)).otherwise(1).alias("r1"),
            pl.when(is_pair).then(_radix(second)).otherwise(1).alias("r2"),
        )
        parts = (
            PartColumns(slot=0, choices=tuple(f"first{i}" for i in range(len(_BELOW)))),
            PartColumns(slot=1, choices=("joint0", "joint1")),
            PartColumns(slot=2, choices=tuple(f"second{i}" for i in range(len(_BELOW)))),
        )
        return product_columns(frame, parts=parts, radices=("r0", "r1", "r2"))


def looks_like_coordinates(cells: pl.Series) -> pl.Series:
    """Say of each cell whether it is surely a place: a pair in range, of four decimals or more each."""
    return plain_column(cells).str.contains(TELLING_PAIR) & spelled_column(cells).is_not_null()


def _finer(units: int) -> tuple[str, ...]:
    """Give the spellings of a number to six decimals."""
    away = -1 if units < 0 else 1
    below = (0,) if abs(units) in _EDGES else _BELOW
    return tuple(_written(_FINER * units + away * digit) for digit in below)


def _written(finer: int) -> str:
    whole, rest = divmod(abs(finer), _FINER * 10**DECIMALS)
    return f"{'-' if finer < 0 else ''}{whole}.{rest:0{DECIMALS + 1}}"


def _finer_columns(units: pl.Expr) -> list[pl.Expr]:
    """`_finer` over a column; empty texts where there is no number."""
    away = pl.when(units < 0).then(-1).otherwise(1)
    return [readings(_FINER * units + away * digit, decimals=DECIMALS + 1).fill_null("") for digit in _BELOW]


def _radix(units: pl.Expr) -> pl.Expr:
    return pl.when(units.abs().is_in(list(_EDGES))).then(1).otherwise(len(_BELOW))
