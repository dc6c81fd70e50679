"""Recipes: what the written forms of a value are put together from, as one short text that is read without knowing its kind.

A record keeps them beside its values, sealed with them, so that showing a form is picking pieces and not reading the value
again. A recipe is `VERSION` of its kind, then for each part `|`, its slot (`-` for none) and its choices with `^` between.
Its bytes stand in JSON as they are: a value that holds one of the marks, or what JSON escapes, has no recipe.

Test: tests/properties/test_recipes.py holds them equal to `parts`.
"""

from collections.abc import Sequence
from typing import Final, Protocol

import polars as pl

from suyuan.kinds.kind import AsPart

PART: Final = "|"
CHOICE: Final = "^"
FIXED: Final = "-"

_UNFIT: Final = r'[|^"\\\x00-\x1f]'
"""What a value must not hold to have a recipe."""


class _Part(Protocol):
    @property
    def choices(self) -> tuple[str, ...]: ...

    @property
    def slot(self) -> int | None: ...


def recipes(frame: pl.DataFrame, *, parts: Sequence[_Part], radices: Sequence[str]) -> pl.Series:
    """Give the recipe of every row, without its kind's version; null where it has none.

    Args:
        frame: the String columns that `parts` name, the radix columns, and `given`.
        radices: name of the radix column of each slot.
    """
    written = pl.concat_str([_written(part, radices=radices) for part in parts])
    used = sorted({name for part in parts for name in part.choices})
    unfit = pl.any_horizontal(pl.col(name).str.contains(_UNFIT).fill_null(False) for name in used)
    return frame.select(pl.when(pl.col("given") & ~unfit).then(written).alias("recipe")).to_series()


def single_recipes(canonical: pl.Series) -> pl.Series:
    """Give the recipes of values that have one form, themselves; null stays null."""
    text = pl.col("text")
    fixed = pl.lit(PART + FIXED) + text
    return pl.DataFrame({"text": canonical}).select(pl.when(~text.str.contains(_UNFIT)).then(fixed)).to_series()


def read_recipe(recipe: str) -> list[AsPart]:
    """Give the parts that a recipe was made of, but for empty ones, and one choice stands outside every slot."""
    found: list[AsPart] = []
    for part in recipe.split(PART)[1:]:
        found.append((tuple(part[1:].split(CHOICE)), None if part[0] == FIXED else int(part[0])))
    return found


def _written(part: _Part, *, radices: Sequence[str]) -> pl.Expr:
    first = pl.col(part.choices[0])
    alone = pl.when(first == "").then(pl.lit("")).otherwise(pl.lit(PART + FIXED) + first)
    if part.slot is None:
        return alone
    radix = pl.col(radices[part.slot])
    rest = [
        pl.when(radix > place).then(pl.lit(CHOICE) + pl.col(name)).otherwise(pl.lit(""))
        for place, name in enumerate(part.choices)
        if place
    ]
    several = pl.concat_str([pl.lit(f"{PART}{part.slot}") + first, *rest])
    return pl.when(radix == 1).then(alone).otherwise(several)
