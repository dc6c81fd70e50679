"""Cells that are not of their column's kind are told from those that are, by one pattern where it can be."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from suyuan.kinds.registry import KINDS
from suyuan.terms import KindName
from suyuan.trace.doubts.straying import NEAR, is_no_name, parted

USUAL = NEAR[KindName.PHONE].replace(r"\d", "[0-9]")


@given(cells=st.lists(st.from_regex(USUAL, fullmatch=True).map(str.rstrip), min_size=1, max_size=20))
def test_what_the_pattern_of_mobile_numbers_lets_off_is_a_number(cells: list[str]) -> None:
    assert KINDS[KindName.PHONE].canonical_column(pl.Series(cells)).null_count() == 0


def test_what_is_nobodys_name() -> None:
    names = [
        "张伟",
        "欧阳静",
        "Sarah Carter",
        "José Nuñez",
        "Nguyễn Thị Thơ",
        "Дмитрий",
        "Ελένη",
        "买买提·艾力",
        "张*",
        "O'Neil-Smith",
        "",
    ]
    others = [
        "性别",
        "手机号码：",
        "合计",
        "Sarah Carter----",
        "лƽ",
        "л˼",
        "лϼ",
        "张\ufffd",
        "------",
        "李娜|女",
        "a@post.example",
        "Name",
    ]
    assert not is_no_name(pl.Series(names)).any()
    assert is_no_name(pl.Series(others)).all()


def test_words_for_no_number_are_nothing_and_other_words_are_something() -> None:
    none = ["无", "没有", "（空）", "N/A", "-", "未知 ", "", "NULL"]
    some = ["无锡", "同上", "见备注", "空调", "-1", "无13800"]
    astray, blank = parted(pl.Series([*none, *some]), kind=KindName.PHONE)
    assert blank.to_list() == [True] * len(none) + [False] * len(some)
    assert astray.to_list() == [False] * len(none) + [True] * len(some)
