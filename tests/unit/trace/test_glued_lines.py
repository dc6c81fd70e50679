"""Lines and cells in which several values stand without anything that parts them."""

from collections.abc import Sequence
from pathlib import Path

from tests.leaked_people import FIELDS, humans

from suyuan.trace.dump import Dump
from suyuan.trace.ingest import ingest

PEOPLE = humans(40, seed=61)
HOUSES = [f"广东省广州市天河区体育东路{n + 1}号幸福里{n % 30 + 1}栋{n % 4 + 1}单元{n + 201}室" for n in range(40)]


def read(folder: Path, text: str) -> Dump:
    path = folder / "dump.csv"
    path.write_text(text, encoding="utf-8")
    return ingest(path, fields=FIELDS)


def require_people(dump: Dump, *, houses: Sequence[str] = HOUSES) -> None:
    table = dump.table()
    assert table["name"].to_list() == [p.name for p in PEOPLE]
    assert table["phone"].to_list() == [p.phone for p in PEOPLE]
    assert table["address"].to_list() == houses


def test_names_right_behind_the_house_are_no_part_of_it_where_others_stand_first(tmp_path: Path) -> None:
    text = "".join(
        f"{house}{p.name}{p.phone}\n" if n % 3 == 0 else f"{p.name}{p.phone}{house}\n"
        for n, (p, house) in enumerate(zip(PEOPLE, HOUSES, strict=True))
    )
    require_people(read(tmp_path, text))


def test_houses_that_end_like_a_name_here_and_there_are_whole(tmp_path: Path) -> None:
    ends = ("单元", "", "金地", "楼下", "")
    houses = [f"广东省广州市天河区体育东路{n + 1}号{ends[n % 5]}" for n in range(40)]
    text = "".join(
        f"{house}{p.phone}\n" if n % 3 == 0 else f"{p.name}{p.phone}{house}\n"
        for n, (p, house) in enumerate(zip(PEOPLE, houses, strict=True))
    )
    table = read(tmp_path, text).table()
    assert table["name"].to_list() == ["" if n % 3 == 0 else p.name for n, p in enumerate(PEOPLE)]
    assert table["address"].to_list() == houses
