"""What stands in rows beside what was read is told: further columns, names and addresses; nothing where nothing is."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest
from tests.leaked_people import FIELDS
from tests.unit.trace.test_beside import name, phone

from suyuan.terms import FieldName
from suyuan.trace.doubts.unread import unread_notes
from suyuan.trace.ingest import ingest

GIVEN = "明华国菲伟娜芳洋静帆磊丽杰敏强军勇艳涛超"


def person(number: int) -> str:
    return name(number)[:2] + GIVEN[number // 10 % len(GIVEN)]


def notes(folder: Path, lines: Sequence[str]) -> tuple[str, ...]:
    path = folder / "dump.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return ingest(path, fields=FIELDS).notes


def test_further_columns_are_told(tmp_path: Path) -> None:
    rows = [f"{person(n)},{phone(n)},{phone(n + 5_000)},{person(n + 7)}" for n in range(200)]
    assert notes(tmp_path, ["姓名,手机,备用电话,x", *rows]) == (
        "column 2 also holds mobile numbers and is not read; --column names one for reading",
        "column 3 also holds names and is not read; --column names one for reading",
    )


@pytest.mark.parametrize("column", ["紧急联系人电话", "订单号"])
def test_columns_that_are_somebody_elses_are_not(tmp_path: Path, column: str) -> None:
    rows = [f"{person(n)},{phone(n)},{phone(n + 5_000)}" for n in range(200)]
    assert notes(tmp_path, [f"姓名,手机,{column}", *rows]) == ()


def test_numbers_of_orders_are_no_addresses(tmp_path: Path) -> None:
    rows = [f"{person(n)},{phone(n)},#{1001 + n},#{n + 1} Pine Rd" for n in range(200)]
    assert notes(tmp_path, ["姓名,手机,x,地址", *rows]) == ()


@pytest.mark.parametrize("nothing", ["(Null)", "(空)", "（跳过）"])
def test_what_programs_write_where_nothing_is_is_not_told(tmp_path: Path, nothing: str) -> None:
    rows = [f"{person(n)},{phone(n)},{nothing if n % 3 else f'user{n}@example.com'}" for n in range(90)]
    assert notes(tmp_path, ["姓名,手机,邮箱", *rows]) == ()
    assert notes(tmp_path, ["姓名,手机,邮箱", *[row.replace(nothing, "Null") for row in rows]]) == (
        "column 2: 60 of 90 rows hold something there that is no email",
    )


def test_houses_and_rooms_in_columns_of_their_own_are_no_address_and_told(tmp_path: Path) -> None:
    rows = [
        f"世纪城----{n % 30 + 1}栋----{n % 4 + 1}单元----{n + 101}----{person(n)}----{phone(n)}" for n in range(200)
    ]
    assert notes(tmp_path, rows) == (
        "pieces of an address (a house, a unit, a room) stand in columns 1 and 2 and are not put together",
    )
    dump = ingest(tmp_path / "dump.csv", fields=FIELDS)
    assert {column.field for column in dump.columns} == {None, "name", "phone"}


def test_a_house_that_the_address_has_in_it_is_not_told(tmp_path: Path) -> None:
    rows = [f"北京市朝阳区建国路8号{n % 30 + 1}栋{n + 101}室,{n % 30 + 1}栋,{person(n)},{phone(n)}" for n in range(200)]
    assert notes(tmp_path, ["地址,楼栋,姓名,手机", *rows]) == ()
    whole = [f"{n % 30 + 1}栋{n + 101}室,{person(n)},{phone(n)}" for n in range(200)]
    assert notes(tmp_path, whole) == ()
    assert "address" in ingest(tmp_path / "dump.csv", fields=FIELDS).table().columns


def test_cities_and_states_are_no_names(tmp_path: Path) -> None:
    rows = [f"{person(n)},{phone(n)},{('江苏', '高明', '马尾')[n % 3]}" for n in range(200)]
    assert notes(tmp_path, ["姓名,手机,x", *rows]) == ()


def test_names_and_addresses_that_stand_elsewhere_are_told() -> None:
    rows = [
        ["" if n % 2 else person(n), f"^{person(n)}^" if n % 2 else "", f"北京市海淀区幸福里大街{n}号"]
        for n in range(200)
    ]
    values = {FieldName("name"): pl.Series([row[0] for row in rows])}
    names = ("name", "x", "")
    assert unread_notes(rows, values=values, names=names, taken=(0,), fields=FIELDS) == (
        "100 of 100 rows looked at that show no name hold what looks like one elsewhere; --column names its column",
        "column 2 also holds addresses and is not read; --column names one for reading",
    )
    blank = [[row[0], "", ""] for row in rows]
    assert unread_notes(blank, values=values, names=names, taken=(0,), fields=FIELDS) == ()
    mixed = [[row[0], "", row[2] if n % 2 else f"x{n}"] for n, row in enumerate(rows)]
    assert unread_notes(mixed, values=values, names=names, taken=(0,), fields=FIELDS) == (
        "100 of 200 rows looked at that show no address hold what looks like one elsewhere; --column names its column",
    )


def test_a_column_of_labels_and_totals_is_told(tmp_path: Path) -> None:
    rows = [f"{person(n)},{phone(n)}" if n % 40 else "小计,40" for n in range(1, 201)]
    assert "column 0: 5 of 200 rows hold something there that is no name" in notes(tmp_path, ["姓名,手机", *rows])


def test_cells_of_a_row_that_was_mended_are_no_further_column(tmp_path: Path) -> None:
    """A comma within the address, in a fifth of the rows: there each mailbox stands a column farther on, and is read all the same."""
    rows = [
        f"{person(n)},{phone(n)},浙江省杭州市{',' if n % 5 == 0 else ''}西湖区文三路{n}号,u{n}@example.com,,{n}"
        for n in range(300)
    ]
    assert notes(tmp_path, ["姓名,手机,地址,邮箱,x,y", *rows]) == ()


def test_the_rest_of_an_address_in_the_next_column_is_told(tmp_path: Path) -> None:
    rows = [f"{person(n)},{phone(n)},浙江省杭州市西湖区文三路{n}号,{n:06},{n}" for n in range(300)]
    for n in (20, 150, 151, 290):
        rows[n] = f"{person(n)},{phone(n)},浙江省杭州市,西湖区文三路{n}号,{n:06}"
    assert notes(tmp_path, ["姓名,手机,地址,邮编,x", *rows]) == (
        "4 of 4 rows looked at that show no address, or not its end, hold what looks like one in column 3, which is not read",
    )


def test_addresses_that_others_have_too_are_no_rest_of_one() -> None:
    values = {
        FieldName("address"): pl.Series([f"云南省大理市{'' if n % 9 else f'人民路{n}号'}" for n in range(200)]),
        FieldName("name"): pl.Series([person(n) if n % 9 else "" for n in range(200)]),
    }
    mixed = ("", "", "", "北京市海淀区幸福里大街{}号", "高明")
    rows = [[*(str(cells[n]) for cells in values.values()), mixed[n % 5].format(n)] for n in range(200)]
    assert unread_notes(rows, values=values, names=("a", "b", "c"), taken=(0, 1), fields=FIELDS) == ()
