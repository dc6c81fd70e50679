"""What stands in rows beside what was read is told: further columns, names and addresses; nothing where nothing is."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest
from tests.leaked_people import FIELDS
from tests.unit.trace.test_beside import name, phone

from suyuan.terms import FieldName
from suyuan.trace.ingest import ingest
from suyuan.trace.unread import unread_notes

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
