"""Characters that few names have are as Chinese as any other, in every pattern that asks for one."""

import polars as pl
import pytest

from suyuan.terms import KindName
from suyuan.trace.columns.columns import MASKED
from suyuan.trace.columns.mending import HAN_WORDS
from suyuan.trace.files.damage import cleaned
from suyuan.trace.formats.line_shapes import address_of

RARE = ("㐂", "𠮷", "〇")


@pytest.mark.parametrize("rare", RARE)
def test_a_rare_character_counts_as_chinese(rare: str) -> None:
    assert cleaned(pl.Series([f"12、{rare}田"])).to_list() == [f"{rare}田"]
    assert HAN_WORDS.search(rare)
    assert pl.Series([f"{rare}*"]).str.contains(MASKED[KindName.PERSON_NAME]).all()
    assert address_of(["", "", f"{rare}1", "", ""]) == f"{rare}1"
    assert address_of(["", "", rare, "B", "A"]) == f"AB{rare}"


def test_another_script_does_not() -> None:
    assert cleaned(pl.Series(["12、ア"])).to_list() == ["12、ア"]
    assert not pl.Series(["Ж*"]).str.contains(MASKED[KindName.PERSON_NAME]).any()
    assert not HAN_WORDS.search("ア가Ж")
    assert address_of(["", "", "1 Ж St", "Town", ""]) == "1 Ж St, Town"
