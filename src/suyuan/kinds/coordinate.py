"""Coordinates: a place by latitude and longitude, or one of the two, declared to five decimals; the sixth may carry a mark."""

from collections.abc import Sequence

import polars as pl

from suyuan.kinds.angle import (
    DECIMALS,
    LATITUDE_AT_MOST,
    LONGITUDE_AT_MOST,
    PAIR_IN_TEXT,
    TELLING_PAIR,
    spelled,
    spelled_column,
    units_of,
    units_of_column,
    written,
    written_column,
)
from suyuan.kinds.kind import NOT_A, Canonical, FormColumns, FormTable, NotA, Part, Span
from suyuan.kinds.plain import plain_column
from suyuan.kinds.product import PartColumns, product, product_columns
from suyuan.terms import KindName

_ABOVE = "01234"
_UNDER = "6789"
"""Sixth decimals of a form: behind the value itself, and behind the next one towards zero. Never a 5: every usual way of
rounding to five decimals gives the value back."""

_CHOICES = len(_ABOVE) + len(_UNDER)
_JOINTS = (",", ", ")
_SHOWN = r"^(-?[0-9]{1,3}\.[0-9]{2})[0-9]{3}(?:,(-?[0-9]{1,3}\.[0-9]{2})[0-9]{3})?$"
_HIDDEN = "***"
_EDGES = (0, LATITUDE_AT_MOST, LONGITUDE_AT_MOST)
"""At a pole and at the date line there is nothing beyond, and at zero no sign: the slot has one choice there."""


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
        first, *second = (_finer(number) for number in canonical.split(","))
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
            halves.field("field_0").alias("first"),
            halves.field("field_1").alias("second"),
        )
        frame = frame.with_columns(
            part
            for name in ("first", "second")
            for part in (
                units_of_column(pl.col(name)).abs().alias(f"{name}:"),
                pl.col(name).str.extract("^(-?)").alias(f"{name}-"),
            )
        )
        frame = frame.with_columns(
            part
            for name in ("first", "second")
            for part in (
                (pl.col(f"{name}-") + written_column(pl.col(f"{name}:") - 1)).alias(f"{name}<"),
                pl.when(pl.col(f"{name}:").is_in(list(_EDGES))).then(1).otherwise(_CHOICES).alias(f"{name}#"),
            )
        )  # fmt: skip
        is_pair = pl.col("second").is_not_null()
        frame = frame.select(
            "given",
            *(text for name in ("first", "second") for text in _finer_columns(name)),
            *(
                pl.when(is_pair).then(pl.lit(text)).otherwise(pl.lit("")).alias(f"joint{i}")
                for i, text in enumerate(_JOINTS)
            ),
            pl.col("first#").alias("r0"),
            pl.when(is_pair).then(len(_JOINTS)).otherwise(1).alias("r1"),
            pl.when(is_pair).then("second#").otherwise(1).alias("r2"),
        )
        parts = (
            PartColumns(slot=0, choices=tuple(f"first{i}" for i in range(_CHOICES))),
            PartColumns(slot=1, choices=("joint0", "joint1")),
            PartColumns(slot=2, choices=tuple(f"second{i}" for i in range(_CHOICES))),
        )
        return product_columns(frame, parts=parts, radices=("r0", "r1", "r2"))


def looks_like_coordinates(cells: pl.Series) -> pl.Series:
    """Say of each cell whether it is surely a place: a pair in range, of four decimals or more each."""
    return plain_column(cells).str.contains(TELLING_PAIR) & spelled_column(cells).is_not_null()


def _finer(number: str) -> tuple[str, ...]:
    """Give the spellings of a number to six decimals."""
    size = abs(units_of(number))
    if size in _EDGES:
        return (f"{number}{_ABOVE[0]}",)
    under = f"{'-' if number[0] == '-' else ''}{written(size - 1)}"
    return (*(number + digit for digit in _ABOVE), *(under + digit for digit in _UNDER))


def _finer_columns(name: str) -> list[pl.Expr]:
    """`_finer` over a column; empty texts where there is no number."""
    texts = [(name, digit) for digit in _ABOVE] + [(f"{name}<", digit) for digit in _UNDER]
    return [
        (pl.col(head) + pl.lit(digit)).fill_null("").alias(f"{name}{place}")
        for place, (head, digit) in enumerate(texts)
    ]
