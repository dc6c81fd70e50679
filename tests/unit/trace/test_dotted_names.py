"""Names with a dot, 买买提·艾力: whole among other words, and never a street's, a town's or two values."""

from pathlib import Path

import polars as pl
import pytest
from tests.leaked_people import FIELDS, humans, lines

from suyuan.kinds.person_name import PersonName
from suyuan.trace.columns.glued import taken_apart
from suyuan.trace.ingest import ingest

H = humans(40, seed=83)
UYGHUR = ("买买提·艾力", "古丽娜尔·买买提", "迪力木拉提·阿布都", "扎西·多吉")
NAMES = [UYGHUR[n % 4] if n % 7 == 3 else p.name for n, p in enumerate(H)]
DOTS = "·•・．"


def names(texts: list[str]) -> list[str]:
    return taken_apart(pl.Series(texts))["name"].to_list()


@pytest.mark.parametrize("dot", DOTS)
def test_lines_of_a_numbered_list_give_the_whole_name(tmp_path: Path, dot: str) -> None:
    marks = ("、", " , ", "，")
    rows = [
        marks[n % 3].join((f"{n + 1}.{name.replace('·', dot)}", p.phone, p.address))
        for n, (p, name) in enumerate(zip(H, NAMES, strict=True))
    ]
    (tmp_path / "list.txt").write_text(lines(rows), encoding="utf-8")
    table = ingest(tmp_path / "list.txt", fields=FIELDS).table()
    assert PersonName().canonical_column(table["name"]).to_list() == NAMES
    assert table["phone"].to_list() == [p.phone for p in H]


@pytest.mark.parametrize("dot", DOTS)
def test_a_column_of_names_with_dots_alone_is_one_of_names(tmp_path: Path, dot: str) -> None:
    rows = [f"{n},{UYGHUR[n % 4].replace('·', dot)},{p.phone}" for n, p in enumerate(H)]
    (tmp_path / "dump.csv").write_text(lines(rows), encoding="utf-8")
    table = ingest(tmp_path / "dump.csv", fields=FIELDS).table()
    assert PersonName().canonical_column(table["name"]).to_list() == [UYGHUR[n % 4] for n in range(40)]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("迪力木拉提·阿布都19852848328", "迪力木拉提·阿布都"),
        ("19852848328古丽娜尔·买买提", "古丽娜尔·买买提"),
        ("古丽娜尔·买买提新疆乌鲁木齐市天山区解放路5号 19852848328", "古丽娜尔·买买提"),
        ("收件人：买买提・艾力先生 19852848328", "买买提・艾力"),
    ],
)
def test_a_glued_name_with_a_dot_is_whole(text: str, name: str) -> None:
    assert names([text, "张伟 13800138000"])[0] == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("恒大·绿洲 3栋 张伟 19852848328", "张伟"),
        ("恒大·绿洲 3栋 19852848328", ""),
        ("四川·成都 19852848328", ""),
        ("成都·锦江 19852848328", ""),
        ("武汉市洪山区万科·金色 19852848328", ""),
        ("绿地·中央花园 19852848328", ""),
        ("张伟·男·19852848328", "张伟"),
        ("张伟·19852848328·北京", "张伟"),
    ],
)
def test_towns_houses_and_dots_between_values_are_no_part_of_a_name(text: str, name: str) -> None:
    assert names([text, "王芳 13800138000"])[0] == name


def test_dots_between_all_values_part_them(tmp_path: Path) -> None:
    assert names([f"{p.name}·会员·{p.phone}" for p in H]) == [p.name for p in H]
