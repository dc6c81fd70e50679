"""A hundred thousand places: no mark changes the value, whatever it is, and the value is the nearest fifth decimal."""

from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import polars as pl

from suyuan.kinds import KINDS
from suyuan.mark.law import choose_columns
from suyuan.terms import KindName

ROWS = 100_000
COORDINATE = KINDS[KindName.COORDINATE]


def texts(dice: np.random.Generator) -> pl.Series:
    """Places with up to nine decimals, one in ten at an edge of what there is."""
    scale = 10**9
    latitude = dice.integers(-90 * scale, 90 * scale, ROWS, endpoint=True)
    longitude = dice.integers(-180 * scale, 180 * scale, ROWS, endpoint=True)
    edge = dice.random(ROWS) < 0.1
    near = dice.integers(-12_000, 12_001, (2, ROWS))
    latitude[edge] = np.clip(dice.choice([-90, 0, 90, 31], edge.sum()) * scale + near[0, edge], -90 * scale, 90 * scale)
    longitude[edge] = np.clip(
        dice.choice([-180, 0, 180, 121], edge.sum()) * scale + near[1, edge], -180 * scale, 180 * scale
    )
    pairs = zip(latitude.tolist(), longitude.tolist(), strict=True)
    return pl.Series([f"{Decimal(one).scaleb(-9):.9f},{Decimal(other).scaleb(-9):.9f}" for one, other in pairs])


def test_no_mark_changes_the_value_of_any_of_a_hundred_thousand_places() -> None:
    dice = np.random.default_rng(20261122)
    canonical = COORDINATE.canonical_column(texts(dice))
    assert canonical.null_count() == 0
    forms = COORDINATE.forms_column(canonical)
    assert int((forms.radices == (9, 2, 9)).all(axis=1).sum()) > 0.9 * ROWS
    seen: set[int] = set()
    for _ in range(2):
        draws = dice.integers(0, 65_536, (ROWS, 3)).astype(np.uint16)
        choices = choose_columns(draws, radices=forms.radices)
        seen |= set(np.unique(choices[:, 0]).tolist())
        written = forms.written(choices)
        assert (written != canonical).all()
        assert (COORDINATE.canonical_column(written) == canonical).all()
        assert (COORDINATE.mask_column(COORDINATE.canonical_column(written)) == COORDINATE.mask_column(canonical)).all()
    assert seen == set(range(9))


def test_the_value_is_the_nearest_fifth_decimal_of_what_was_written() -> None:
    dice = np.random.default_rng(7)
    given = texts(dice).head(5_000)
    for text, value in zip(given, COORDINATE.canonical_column(given), strict=True):
        numbers = [Decimal(part).quantize(Decimal("0.00001"), rounding=ROUND_HALF_UP) + 0 for part in text.split(",")]
        if numbers[1] == -180:
            numbers[1] = Decimal(180)
        assert [Decimal(part) for part in value.split(",")] == numbers
        assert "-0.00000" not in value
