"""Names in two columns, order numbers that pass as IDs, and numbers of others in remarks."""

from pathlib import Path

import pytest
from tests.leaked_people import FIELDS
from tests.resident_ids import with_check

from suyuan.trace.dump import Dump
from suyuan.trace.ingest import ingest

GIVEN = ("Linda", "Matthew", "Jessica", "Olga", "Ann", "Peter", "Robert", "Sinéad", "Mary", "Hugo")
SURNAMES = ("Wilson", "Martin", "Hernandez", "Petrova", "O'Brien", "Baker", "Dupont", "Smith-Jones", "Klein")
TOWNS = (("Austin", "Texas"), ("Boston", "Massachusetts"), ("Portland", "Oregon"), ("Salem", "Oregon"))


def resident_id(number: int) -> str:
    return with_check(f"1101051980{1 + number % 12:02}{1 + number % 28:02}{number:03}")


def read(tmp_path: Path, text: str) -> Dump:
    path = tmp_path / "dump.csv"
    path.write_text(text, encoding="utf-8")
    return ingest(path, fields=FIELDS)


def people(count: int = 60) -> list[tuple[str, str, str]]:
    return [(GIVEN[n % 10], SURNAMES[n // 3 % 9], f"138{n:08}") for n in range(count)]


@pytest.mark.parametrize("header", ["first_name,last_name,phone,city\n", "名,姓,手机,城市\n", ""])
def test_a_given_name_and_a_surname_are_one_name(tmp_path: Path, header: str) -> None:
    rows = people()
    text = header + "".join(
        f"{first},{last},{phone},{TOWNS[n % 4][0]}\n" for n, (first, last, phone) in enumerate(rows)
    )
    table = read(tmp_path, text).table()
    assert table["name"].to_list() == [f"{first} {last}" for first, last, _ in rows]
    assert table["phone"].to_list() == [phone for _, _, phone in rows]


def test_a_han_surname_stands_before_the_given_name(tmp_path: Path) -> None:
    text = "姓,名,手机\n" + "".join(f"{'王李张'[n % 3]},{'伟芳秀英'[n % 4]},138{n:08}\n" for n in range(20))
    assert read(tmp_path, text).table()["name"].to_list()[:3] == ["王伟", "李芳", "张秀"]


def test_a_town_and_its_state_are_no_name(tmp_path: Path) -> None:
    text = "".join(f"{phone},{TOWNS[n % 4][0]},{TOWNS[n % 4][1]}\n" for n, (_, _, phone) in enumerate(people()))
    assert "name" not in read(tmp_path, text).kinds
    text = "".join(f'{phone},"{TOWNS[n % 4][0]}, TX"\n' for n, (_, _, phone) in enumerate(people()))
    assert "name" not in read(tmp_path, text).kinds


def test_a_town_and_its_country_beside_a_given_name_and_a_surname_are_no_name(tmp_path: Path) -> None:
    rows = people()
    text = "".join(
        f"{phone}:{first}:{last}:{'Bristol, United Kingdom' if n % 2 else ''}:{TOWNS[n % 4][0]}, {TOWNS[n % 4][1]}\n"
        for n, (first, last, phone) in enumerate(rows)
    )
    assert read(tmp_path, text).table()["name"].to_list() == [f"{first} {last}" for first, last, _ in rows]


def test_surnames_before_given_names_stay_names_though_some_are_of_lands(tmp_path: Path) -> None:
    given = ("Virginia", "Jordan", *GIVEN)
    text = "".join(f'138{n:08},"{SURNAMES[n % 9]}, {given[n % 12]}"\n' for n in range(60))
    assert read(tmp_path, text).table()["name"].to_list()[:2] == ["Wilson, Virginia", "Martin, Jordan"]


def test_an_order_number_is_nobodys_id_and_the_one_in_a_remark_another_persons(tmp_path: Path) -> None:
    ids = [resident_id(n) for n in range(40)]
    text = "ORDERNO,GUESTNAME,CREDNO,MOBILE\n" + "".join(
        f"{resident_id(n + 500)},王伟,{ids[n]},138{n:08}\n" for n in range(40)
    )
    assert read(tmp_path, text).table()["resident_id"].to_list() == ids
    text = "客户,手机,跟进备注\n" + "".join(
        f"王伟,138{n:08},{f'孩子身份证{ids[n]}' if n % 2 else '已回访'}\n" for n in range(40)
    )
    dump = read(tmp_path, text)
    assert "resident_id" not in dump.kinds
    assert dump.table()["phone"].to_list() == [f"138{n:08}" for n in range(40)]
