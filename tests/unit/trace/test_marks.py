"""Marks beside names: 收 and 先生 behind, `Mr` before; and 收 that is the name's own."""

from pathlib import Path

import polars as pl
import pytest
from tests.leaked_people import FIELDS, humans

from suyuan.trace.columns.marks import without_marks
from suyuan.trace.ingest import ingest

WHO = humans(40)


def bare(*names: str) -> list[str]:
    return without_marks(pl.Series(names, dtype=pl.String)).to_list()


@pytest.mark.parametrize(
    "written",
    [
        "张小伟收",
        "张小伟先生",
        "张小伟（收）",
        "张小伟 收",
        "张小伟-女士",
        "张小伟(先生)",
        "张小伟老师",
        "张小伟总",
        "收件人：张小伟",
        "张小伟（放小区门口）",
    ],
)
def test_a_mark_beside_a_name_is_no_part_of_it(written: str) -> None:
    assert bare(written) == ["张小伟"]


def test_a_title_before_a_western_name_is_no_part_of_it() -> None:
    assert bare("Mr. John Smith", "Dr Anna Bell", "Miss Li") == ["John Smith", "Anna Bell", "Miss Li"]


def test_what_is_left_must_be_a_whole_name() -> None:
    kept = (
        "王先生",
        "李老师",
        "李总",
        "刘张丰收",
        "陈女士",
        "项目经理部",
        "李伟总",
        "慕容文启",
        "大门（东侧）",
        "李伟（2号机）",
    )
    assert bare(*kept) == list(kept)


def test_the_last_of_three_characters_is_a_mark_only_where_another_name_has_one() -> None:
    assert bare("姜艳收", "王秋收") == ["姜艳收", "王秋收"]
    others = [p.name for p in WHO]
    assert bare("姜艳收", "王秋收", "张丰收", "张小伟收", *others)[:4] == ["姜艳", "王秋收", "张丰收", "张小伟"]
    # Where marks are usual 秋收 is one too.
    assert bare("姜艳收", "王秋收", "张丰收", "张小伟收") == ["姜艳", "王秋", "张丰收", "张小伟"]


def test_names_of_a_file_lose_their_marks_and_other_columns_keep_theirs(tmp_path: Path) -> None:
    ranks = ("高级经理", "项目经理", "大堂经理")
    path = tmp_path / "dump.csv"
    rows = [f"{p.name}{('', '收', '先生')[n % 3]},{p.phone},{ranks[n % 3]}\n" for n, p in enumerate(WHO)]
    path.write_text("收货人,电话,职务\n" + "".join(rows), encoding="utf-8")
    table = ingest(path, fields=FIELDS).table()
    assert table["name"].to_list() == [p.name for p in WHO]
    path.write_text("".join(rows), encoding="utf-8")
    table = ingest(path, fields=FIELDS).table()
    assert table["name"].to_list() == [p.name for p in WHO]


def test_the_receivers_mark_in_lines_without_columns_goes(tmp_path: Path) -> None:
    path = tmp_path / "dump.txt"
    rows = [f"{p.address}，{p.name[:2] if n % 2 else p.name}收，{p.phone}\n" for n, p in enumerate(WHO)]
    path.write_text("".join(rows), encoding="utf-8")
    table = ingest(path, fields=FIELDS).table()
    assert table["name"].to_list() == [p.name[:2] if n % 2 else p.name for n, p in enumerate(WHO)]
