"""Lines and cells in which several values stand without anything that parts them."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest
from tests.leaked_people import FIELDS, humans

from suyuan.trace.columns.glued import taken_apart
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


def test_a_name_right_behind_a_dormitory_is_no_part_of_it(tmp_path: Path) -> None:
    """What stands in the dormitory is."""
    ends = ("农业银行宿舍", "1单元", "铁路局家属院")
    houses = [f"广东省广州市天河区体育东路{n + 1}号{ends[n // 3 % 3]}" for n in range(40)]
    text = "".join(
        f"{house}{p.name}{p.phone}\n" if n % 3 == 0 else f"{p.name}{p.phone}{house}\n"
        for n, (p, house) in enumerate(zip(PEOPLE, houses, strict=True))
    )
    require_people(read(tmp_path, text), houses=houses)
    said = [
        house + (p.name if n else "宿舍楼下") + p.phone for n, (p, house) in enumerate(zip(PEOPLE, HOUSES, strict=True))
    ]
    found = taken_apart(pl.Series(said))
    assert found["name"].to_list() == ["", *(p.name for p in PEOPLE[1:])]
    assert found["address"][0] == f"{HOUSES[0]}宿舍楼下"


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


@pytest.mark.parametrize("header", ["运单号,客户备注,收件信息,物品,运费\n", ""])
def test_labels_in_one_cell_of_a_table_end_with_it(tmp_path: Path, *, header: str) -> None:
    text = header + "".join(
        f"12993500{n:05},易碎,"
        + (
            f'"收件人:{p.name},电话:{p.phone},地址:{house}"'
            if n % 2
            else f"收件人：{p.name} 电话：{p.phone} 地址：{house}"
        )
        + f",文件,{n}.00\n"
        for n, (p, house) in enumerate(zip(PEOPLE, HOUSES, strict=True))
    )
    dump = read(tmp_path, text)
    assert dump.unreadable == 0
    require_people(dump)


def test_cells_beside_the_labelled_one_are_read_by_their_header(tmp_path: Path) -> None:
    text = "订单号;手机;备注;收件信息\n" + "".join(
        f"B{n:05};{p.phone};急;收件人：{p.name} 地址：{house}\n"
        for n, (p, house) in enumerate(zip(PEOPLE, HOUSES, strict=True))
    )
    require_people(read(tmp_path, text))


@pytest.mark.parametrize("behind", ["", ",3栋,B座"])
def test_labels_that_a_comma_parts_and_commas_in_a_value_are_no_cells(tmp_path: Path, behind: str) -> None:
    text = "".join(
        f"姓名：{p.name},电话：{p.phone},地址：{house}{behind if n % 3 else ''}\n"
        for n, (p, house) in enumerate(zip(PEOPLE, HOUSES, strict=True))
    )
    houses = [house + (behind if n % 3 else "") for n, house in enumerate(HOUSES)]
    require_people(read(tmp_path, text), houses=houses)
    logged = "".join(
        f"2026-01-01 10:00:{n:02} 姓名={p.name} 电话={p.phone} 地址={house}\n"
        for n, (p, house) in enumerate(zip(PEOPLE, houses, strict=True))
    )
    require_people(read(tmp_path, logged), houses=houses)


def test_mailboxes_right_behind_telephone_numbers_are_cut_from_them(tmp_path: Path) -> None:
    mails = [f"{700_000 + n * 7919}@qq.com" if n % 3 == 0 else p.email for n, p in enumerate(PEOPLE)]
    text = "".join(f"{n:04}){p.name}{p.phone}{mail}\n" for n, (p, mail) in enumerate(zip(PEOPLE, mails, strict=True)))
    table = read(tmp_path, text).table()
    assert table["name"].to_list() == [p.name for p in PEOPLE]
    assert table["phone"].to_list() == [p.phone for p in PEOPLE]
    assert table["email"].to_list() == mails


def test_mailboxes_that_begin_with_a_number_are_whole_where_the_others_do_not(tmp_path: Path) -> None:
    mails = [f"{p.phone}a@qq.com" if n % 5 == 0 else p.email for n, p in enumerate(PEOPLE)]
    table = read(tmp_path, "".join(f"{p.name} {mail}\n" for p, mail in zip(PEOPLE, mails, strict=True))).table()
    # In doubt: a number and a mailbox that touch, or a mailbox that begins with a number.
    assert table["email"].to_list() == ["" if n % 5 == 0 else mail for n, mail in enumerate(mails)]
    ids = pl.Series([f"{p.name}13010219900101{1000 + n}{p.email}" for n, p in enumerate(PEOPLE)])
    assert not any(taken_apart(ids)["phone"])


def test_a_house_and_room_is_the_address_of_neighbours(tmp_path: Path) -> None:
    homes = [f"{n % 30 + 1}栋{n % 4 + 1}单元{n + 201}室" if n % 2 else f"{n + 1}号楼{n + 1201}" for n in range(40)]
    said = "".join(
        f"{n + 1}. {p.name} {p.phone} {home}\n" for n, (p, home) in enumerate(zip(PEOPLE, homes, strict=True))
    )
    require_people(read(tmp_path, said), houses=homes)


def test_other_words_with_numbers_are_no_house() -> None:
    said = (
        "王伟 16000000001 5座2019款别克",
        "李娜 16000000002 3栋",
        "张敏 16000000003 要2单元的",
        "赵静 16000000004 第3栋2022年",
    )
    assert not any(taken_apart(pl.Series(said))["address"])
    [whole] = taken_apart(pl.Series(["王伟 16000000001 上海市黄浦区中山路8号 3栋201室"]))["address"]
    assert whole == "上海市黄浦区中山路8号 3栋201室"


@pytest.mark.parametrize("behind", [" 收", "收", "先生", " 女士", " 签收"])
def test_a_name_that_is_spoken_to_behind_the_address_is_no_part_of_it(behind: str) -> None:
    said = [f"{house} {p.name}{behind} {p.phone}" for p, house in zip(PEOPLE, HOUSES, strict=True)]
    found = taken_apart(pl.Series(said))
    assert found["address"].to_list() == HOUSES
    assert found["name"].to_list() == [p.name for p in PEOPLE]


def test_an_address_keeps_such_a_word_where_no_name_is_before_it() -> None:
    homes = ["北京市朝阳区建国路620号老师", "北京市朝阳区康志老师"]
    assert taken_apart(pl.Series([f"康志 16000000001 {home}" for home in homes]))["address"].to_list() == homes


@pytest.mark.parametrize("cell", ["{sex} {id}", "{sex}{id}", "({sex}) {id}", "{id}/{sex}"])
def test_a_sex_and_an_id_in_one_cell_give_the_id(tmp_path: Path, cell: str) -> None:
    text = "".join(
        f"{p.name},{cell.format(sex='男女'[n % 2], id=p.resident_id)},{p.phone},{HOUSES[n]}\n"
        for n, p in enumerate(PEOPLE)
    )
    dump = read(tmp_path, text)
    require_people(dump)
    assert dump.table()["resident_id"].to_list() == [p.resident_id for p in PEOPLE]


def test_a_sex_and_a_number_that_is_no_id_give_none(tmp_path: Path) -> None:
    text = "".join(
        f"{p.name},{'男女'[n % 2]} {p.resident_id[:-4]}1399{n:02},{p.phone},{HOUSES[n]}\n" for n, p in enumerate(PEOPLE)
    )
    dump = read(tmp_path, text)
    require_people(dump)
    assert not any(column.field == "resident_id" for column in dump.columns)
