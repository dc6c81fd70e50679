"""Numbers are rounded to the careful side."""

import math

import pytest

from suyuan.terms import Bits, Probability
from suyuan.trace.report.figures import Count, bits_down, bits_up, columns_of, one_in, percent, shortened


@pytest.mark.parametrize(
    ("value", "down", "up"),
    [
        (26.789, "26.78", "26.79"),
        (26.78, "26.78", "26.78"),
        (-0.001, "−0.01", "0.00"),
        (1_977.204, "1,977.20", "1,977.21"),
        (-3.0, "−3.00", "−3.00"),
        (-math.inf, "−∞", "−∞"),
        (math.inf, "∞", "∞"),
    ],
)
def test_evidence_is_rounded_down_and_the_line_up(value: float, down: str, up: str) -> None:
    assert (bits_down(Bits(value)), bits_up(Bits(value))) == (down, up)


@pytest.mark.parametrize(
    ("chance", "said"), [(1e-6, "1,000,000"), (1e-5, "100,000"), (6 / math.pi**2 * 1e-6, "1,644,934"), (0.0, "∞")]
)
def test_a_chance_is_never_made_smaller(chance: float, said: str) -> None:
    assert one_in(Probability(chance)) == said


def test_a_count_brings_its_word() -> None:
    assert f"{Count(1):row|rows} {Count(1):-is|are}" == "1 row is"
    assert f"{Count(4_000):row|rows} {Count(0):-is|are} {Count(12_345)}" == "4,000 rows are 12,345"


def test_nothing_of_nothing_is_no_share() -> None:
    assert (percent(0, whole=0), percent(1, whole=3)) == ("0.0 %", "33.3 %")


def test_chinese_characters_take_two_columns() -> None:
    assert columns_of("账号 a017") == 9
    assert shortened("账号账号账号", columns=7) == "账号账…"
    assert shortened("a017", columns=4) == "a017"
