import polars as pl
import pytest

from suyuan.kinds import kind_shares
from suyuan.terms import KindName


@pytest.mark.parametrize(
    ("cells", "name"),
    [
        (["张三", "李小明", "欧阳娜娜", "王 伟"], KindName.PERSON_NAME),
        (["黃鈴", "陳美玲", "許文", "歐陽娜娜", "鄒 偉"], KindName.PERSON_NAME),
        (["michaela neumann", "Courtney Painter", "O'Neil, Mary"], KindName.PERSON_NAME),
        (["stanley street", "12 pinkerton circuit", "Flat 4, 12 Invented Rd, X"], KindName.POSTAL_ADDRESS),
        (["浙江省杭州市西湖区未名路8号", "未名路8号3栋", "阳光小区3栋501"], KindName.POSTAL_ADDRESS),
        (["17000000000", "+86 170 0000 0001", "010-00000000"], KindName.PHONE),
        (["990101199003070015", "990101900307001"], KindName.RESIDENT_ID),
        (["19151111", "1987-03-09", "1987年3月9日"], KindName.DATE),
        (["a@example.com", "B@example.org"], KindName.EMAIL),
        (["6200000000000005", "6200 0000 0000 0000 000"], KindName.BANK_CARD),
        (["琼Z12345", "宁Z·D12345"], KindName.PLATE),
    ],
)
def test_every_cell_is_claimed_by_its_kind_alone(cells: list[str], name: KindName) -> None:
    shares = kind_shares(pl.Series([*cells, "", None]))
    assert shares == {other: float(other is name) for other in KindName}


@pytest.mark.parametrize(
    "cells",
    [
        ["5304218", "4066625"],
        ["4223", "4560"],
        ["nsw", "vic"],
        ["SF0000000001"],
        ["已签收", "运输中"],
        ["會員", "繳費中"],
        ["99.50"],
        [],
    ],
)
def test_other_columns_are_claimed_by_none(cells: list[str]) -> None:
    assert set(kind_shares(pl.Series(cells, dtype=pl.String)).values()) == {0.0}


def test_a_long_column_is_sampled() -> None:
    column = pl.Series(["17000000000"] * 50_000 + ["x1"] * 50_000)
    assert kind_shares(column)[KindName.PHONE] == pytest.approx(0.5, abs=0.01)
