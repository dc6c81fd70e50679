"""Which of several columns of a kind is the person's: by what headers say, and by how often the same value comes again."""

from pathlib import Path

import pytest
from tests.leaked_people import FIELDS, humans, lines

from suyuan.trace.dump import Dump
from suyuan.trace.ingest import ingest

H = humans(60, seed=97)
OTHERS = humans(60, seed=98)


def read(folder: Path, rows: list[str]) -> Dump:
    (folder / "dump.csv").write_text(lines(rows), encoding="utf-8")
    return ingest(folder / "dump.csv", fields=FIELDS)


def require(dump: Dump, *fields: str) -> None:
    for field in fields:
        assert dump.table()[field].to_list() == [getattr(p, field) for p in H], field


@pytest.mark.parametrize("town", ["住宅地址 市", "地区", "门店"])
def test_a_town_is_nobodys_name(tmp_path: Path, town: str) -> None:
    """It has the shape of a name, and stands in every row."""
    rows = [f"姓,名,移动电话,{town}", *(f"{p.name[:1]},{p.name[1:]},{p.phone},杭州" for p in H)]
    require(read(tmp_path, rows), "name", "phone")


def test_names_that_come_again_in_every_row_of_a_person_are_names(tmp_path: Path) -> None:
    few = H[:6]
    rows = [f"{n:06d},{few[n % 6].name},{few[n % 6].phone},2020-01-{n % 28 + 1:02d}" for n in range(120)]
    dump = read(tmp_path, rows)
    assert dump.table()["name"].to_list() == [few[n % 6].name for n in range(120)]


@pytest.mark.parametrize(
    ("role", "person"), [("司机", "乘客"), ("房东", "租客"), ("商家", "买家"), ("seller ", "buyer ")]
)
def test_who_has_to_do_with_the_person_is_not_the_person(tmp_path: Path, role: str, person: str) -> None:
    rows = [
        f"单号,{role}电话,{role}地址,{person},{person}电话,{person}地址".replace(
            "电话", "phone" if " " in role else "电话"
        )
    ]
    rows += [
        f"{n},{o.phone},{o.address},{p.name},{p.phone},{p.address}"
        for n, (p, o) in enumerate(zip(H, OTHERS, strict=True))
    ]
    require(read(tmp_path, rows), "name", "phone", "address")


def test_in_a_list_of_their_own_they_are_the_people(tmp_path: Path) -> None:
    rows = ["2020年司机名册,,", "司机姓名,司机电话,司机住址", *(f"{p.name},{p.phone},{p.address}" for p in H)]
    require(read(tmp_path, rows), "name", "phone", "address")


@pytest.mark.parametrize("who", ["借款人", "投保人", "患者", "户主"])
def test_the_contacts_of_a_person_are_others(tmp_path: Path, who: str) -> None:
    rows = [f"{who},手机,联系人1,关系1,联系人1电话"]
    rows += [
        f"{p.name},{p.phone if n % 4 else ''},{o.name},同事,{o.phone}"
        for n, (p, o) in enumerate(zip(H, OTHERS, strict=True))
    ]
    dump = read(tmp_path, rows)
    require(dump, "name")
    assert dump.table()["phone"].to_list() == [p.phone if n % 4 else "" for n, p in enumerate(H)]


def test_a_contact_is_the_person_where_no_other_is_named(tmp_path: Path) -> None:
    rows = ["公司,联系人1,联系人1手机", *(f"第{p.number}厂,{p.name},{p.phone}" for p in H)]
    require(read(tmp_path, rows), "name", "phone")


def test_a_hotline_in_every_row_is_not_taken_for_the_person_s_number(tmp_path: Path) -> None:
    rows = ["姓名,联系电话,会员手机", *(f"{p.name},400-800-1234,{p.phone}" for p in H)]
    require(read(tmp_path, rows), "name", "phone")


def test_one_number_in_every_row_stays_where_the_other_is_anothers(tmp_path: Path) -> None:
    rows = ["姓名,联系电话,推荐人手机", *(f"{p.name},{H[0].phone},{o.phone}" for p, o in zip(H, OTHERS, strict=True))]
    assert read(tmp_path, rows).table()["phone"].unique().to_list() == [H[0].phone]


def test_tags_of_a_web_page_are_no_part_of_cells(tmp_path: Path) -> None:
    rows = ["id,name,mobile,addr"]
    rows += [f"{p.number},<b>{p.name}</b>,<a href='tel:{p.phone}'>{p.phone}</a>,{p.address}<br/>" for p in H]
    require(read(tmp_path, rows), "name", "phone", "address")


def test_angles_without_tags_stay(tmp_path: Path) -> None:
    rows = [f"{p.name},{p.phone},{p.address} <3 层" for p in H]
    dump = read(tmp_path, rows)
    require(dump, "phone")
    assert dump.table()["address"].to_list() == [f"{p.address} <3 层" for p in H]
