"""Coordinates: the fifth decimal is the value, the sixth a mark; poles, the date line and zero have one spelling each."""

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

import polars as pl
import pytest

from suyuan.kinds import KINDS, kind_shares
from suyuan.kinds.coordinate import looks_like_coordinates
from suyuan.kinds.kind import Canonical
from suyuan.terms import KindName

COORDINATE = KINDS[KindName.COORDINATE]
FIFTH = Decimal("0.00001")


def test_a_place_has_nine_forms_of_each_number_and_two_joints() -> None:
    table = COORDINATE.forms(Canonical("31.23042,121.47370"))
    assert table.radices == (9, 2, 9)
    assert table.texts[0] == "31.230420,121.473700"
    assert table.texts[-1] == "31.230419, 121.473699"


@pytest.mark.parametrize(
    "value",
    ["31.23042,121.47370", "-33.86882,151.20929", "0.00002,-0.00002", "-0.00001,0.00001", "89.99999,-179.99999"],
)
@pytest.mark.parametrize("rounding", [ROUND_HALF_UP, ROUND_HALF_EVEN, ROUND_HALF_DOWN])
def test_every_usual_rounding_of_every_form_gives_the_value_back(value: str, rounding: str) -> None:
    for form in COORDINATE.forms(Canonical(value)).texts:
        rounded = [Decimal(number).quantize(FIFTH, rounding=rounding) for number in form.split(",")]
        assert rounded == [Decimal(number) for number in value.split(",")], form


@pytest.mark.parametrize("rounding", [ROUND_FLOOR, ROUND_CEILING])
def test_a_number_that_is_cut_off_is_off_by_one_unit_at_most(rounding: str) -> None:
    for form in COORDINATE.forms(Canonical("-33.86882")).texts:
        assert abs(Decimal(form).quantize(FIFTH, rounding=rounding) - Decimal("-33.86882")) <= FIFTH


def test_poles_date_line_and_zero_have_no_form_beyond_them() -> None:
    assert COORDINATE.forms(Canonical("0.00000")).texts == ("0.000000",)
    assert COORDINATE.forms(Canonical("-90.00000,180.00000")).texts == (
        "-90.000000,180.000000",
        "-90.000000, 180.000000",
    )
    assert COORDINATE.forms(Canonical("90.00000")).texts == ("90.000000",)
    assert COORDINATE.canonical("12.5,-180.0") == COORDINATE.canonical("12.5,180.0") == "12.50000,180.00000"


def test_seconds_are_rounded_from_their_digits() -> None:
    # A unit is 0.036 of a second: 0.018 is half of one, and goes away from zero.
    assert COORDINATE.canonical("0°0'0.018\"S 0°0'0.017999\"W") == "-0.00001,0.00000"
    assert COORDINATE.canonical("31°13.8252'N") == "31.23042"


def test_a_mask_is_a_cell_of_a_kilometre_for_whoever_receives_it() -> None:
    assert COORDINATE.mask(Canonical("-33.86882,151.20929")) == "-33.86***,151.20***"
    forms = COORDINATE.forms(Canonical("31.23042,121.47370")).texts
    assert {COORDINATE.mask(Canonical(str(COORDINATE.canonical(form)))) for form in forms} == {"31.23***,121.47***"}


def test_what_two_numbers_must_be_to_be_taken_for_a_place_in_a_column_without_a_header() -> None:
    places = ["31.230416,121.473701", "POINT(121.473701 31.230416)", "N31.230416 E121.473701", "31.2304°, 121.4737°"]
    others = ["31.23,121.47", "12.5000,99.5", "1920.1080,1080.2040", "200.1234,95.1234", "0.5 1.5", "121.473701"]
    others += ["1.2345,2.3456,3.4567", "192.168.10.20", "2026.1122,30.1234"]
    assert looks_like_coordinates(pl.Series(places)).all()
    assert not looks_like_coordinates(pl.Series(others)).any()
    assert kind_shares(pl.Series(places))[KindName.COORDINATE] == 1.0
    assert sum(kind_shares(pl.Series(others)).values()) == 0.0


def test_a_pair_is_found_in_text_and_a_row_of_figures_is_none() -> None:
    text = "at 31.230416, 121.473701; then (31.2304°N, 121.4737°E); loss 1.2345,2.3456,3.4567 and 12.1234,45.1234%"
    plain, signed = COORDINATE.recognise(text)
    assert text[plain.start : plain.end] == "31.230416, 121.473701"
    assert text[signed.start : signed.end] == "31.2304°N, 121.4737°E"
    assert plain.confidence < signed.confidence
