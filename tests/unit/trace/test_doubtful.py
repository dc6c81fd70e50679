"""What was read and is hardly what it seems is told, or refused: generated rows of each kind, and rows in order."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest
from tests.leaked_people import FIELDS
from tests.unit.trace.test_beside import phone
from tests.unit.trace.test_unread import person

from suyuan.errors import RefusedError
from suyuan.kinds.registry import KINDS
from suyuan.terms import FieldName, KindName
from suyuan.trace.columns.glued import taken_apart
from suyuan.trace.doubts.doubtful import doubt_notes, letter_notes
from suyuan.trace.doubts.identifiers import identifiers
from suyuan.trace.doubts.straying import is_no_name
from suyuan.trace.ingest import ingest

NAME = FieldName("name")


def resident(number: int) -> str:
    body = f"110101{1960 + number % 40}0{number % 9 + 1}1{number % 10}{number % 1000:03}"
    every = pl.Series([body + end for end in "0123456789X"])
    return str(every.filter(KINDS[KindName.RESIDENT_ID].canonical_column(every).is_not_null())[0])


def told(rows: Sequence[Sequence[str]], **places: int) -> tuple[str, ...]:
    values = {FieldName(field): pl.Series([row[at] for row in rows]) for field, at in places.items()}
    return doubt_notes(rows, values=values, fields=FIELDS)


def test_rows_in_order_are_not_told_of() -> None:
    # Couples share a telephone.
    rows = [[person(n), phone(n // 2), resident(n), f"a{n}@example.com"] for n in range(200)]
    assert told(rows, name=0, phone=1, resident_id=2, email=3) == ()


@pytest.mark.parametrize("tail", ["", "wx{n}_a@example.org", "00002466032020042{n}云南省大理市下关镇{n}号"])
def test_columns_without_a_gap_are_read_by_their_places_and_what_is_not_is_told(tmp_path: Path, tail: str) -> None:
    path = tmp_path / "dump.txt"
    lines = [f"{n:06}{person(n)}\u3000\u3000{resident(n)}{phone(n)}8{tail.format(n=n)}" for n in range(80)]
    path.write_text("\n".join(lines), encoding="utf-8")
    dump = ingest(path, fields=FIELDS)
    assert dump.table()["phone"].to_list() == [phone(n) for n in range(80)]
    assert dump.table()["resident_id"].to_list() == [resident(n) for n in range(80)]
    assert bool(dump.notes) == bool(tail)


def test_numbers_that_touch_in_most_rows_are_refused_unless_the_columns_were_named() -> None:
    rows = [[person(n), f"{resident(n)}{phone(n)}" if n else phone(n)] for n in range(9)]
    with pytest.raises(RefusedError) as refused:
        told(rows, name=0, phone=1)
    assert refused.value.code == "trace.format"
    values = {NAME: pl.Series([row[0] for row in rows])}
    assert doubt_notes(rows, values=values, fields=FIELDS, is_named=True) == (
        "8 of 9 rows looked at hold numbers that touch others and are not read",
    )


def test_a_mailbox_that_swallowed_an_id_is_told() -> None:
    rows = [[person(n), f"{resident(n)}{phone(n)}a{n}@example.org" if n < 3 else f"a{n}@example.org"] for n in range(9)]
    assert told(rows, name=0, email=1) == ("3 of 9 rows looked at hold numbers that touch others and are not read",)


def test_a_number_of_many_people_is_told() -> None:
    rows = [[f"{person(n)}[4{n}]", phone(n % 4 if n < 50 else n)] for n in range(100)]
    assert told(rows, name=0, phone=1) == (
        "50 of 100 rows looked at share 4 mobile numbers with rows of other names: these may be nobody's own",
    )


def test_a_column_without_values_is_told() -> None:
    rows = [["" if n else "Ann Lee", phone(n), ""] for n in range(50)]
    assert told(rows, name=0, phone=1, email=2) == (
        "49 of 50 rows looked at have nothing in the column that is read as name",
        "50 of 50 rows looked at have nothing in the column that is read as email",
    )


def test_two_people_in_a_cell_are_told() -> None:
    rows = [[f"{person(n)}\n{person(n + 1)}" if n < 7 else person(n), phone(n)] for n in range(40)]
    assert told(rows, name=0, phone=1) == (
        "7 of 40 rows looked at hold two people in a cell; one of them is read at most",
    )
    same = [[person(n), f"{resident(n)}/{resident(n)}"] for n in range(5)]
    assert told(same, name=0) == ()
    rows = [[person(n), f"{resident(n)}/{resident(n + 1)}"] for n in range(5)]
    assert "5 of 5 rows looked at hold two people in a cell; one of them is read at most" in told(rows, name=0)


def test_a_number_that_is_said_to_be_anothers_is_told() -> None:
    said = (
        f"配偶:{phone(1)} 本人:{phone(2)}",
        f"{phone(1)}（父亲） {phone(2)}（本人）",
        f"本人{phone(1)}，妻子电话：{phone(2)}",
    )
    rows = [[person(n), cell, phone(1)] for n, cell in enumerate(said)]
    assert told(rows, name=0, phone=2) == ("2 of 3 rows looked at show a number that its cell says is somebody else's",)


def test_landlines_of_rows_without_a_telephone_number_are_told(tmp_path: Path) -> None:
    rows = [
        f"{person(n)},{'' if n % 4 else phone(n)},{f'010-7{n:07}' if n % 4 else ''},0571-88001234" for n in range(80)
    ]
    path = tmp_path / "dump.csv"
    path.write_text("\n".join(["姓名,手机,x,y", *rows]), encoding="utf-8")
    assert [note for note in ingest(path, fields=FIELDS).notes if "landline" in note] == [
        "60 of 60 rows looked at that show no telephone number have a landline in column 2, which is not read"
    ]


def test_names_abroad_and_text_encoded_twice_are_told_where_they_are_not_read() -> None:
    abroad = pl.Series([f"{first}{last}" for first in ("Núñ", "Mül", "Car", "Lop") for last in ("ez", "ler", "ter")])
    twice = pl.Series([person(n).encode().decode("latin-1") for n in range(12)])
    as_gbk = pl.Series([f"{person(n)}住在北京市{n}号".encode().decode("gbk", "replace") for n in range(12)])
    chinese = pl.Series([f"{person(n)}联通{n}" for n in range(12)])
    words = pl.Series([f"item{'abcdefghijkl'[n]}" for n in range(12)])
    calls = pl.Series([f"2021-01-{n + 10} 打电话 133****20{n + 10} 未接\n二次回访：考虑中" for n in range(12)])
    thanks = pl.Series(["不要电话, 谢谢(周末)"] * 12)
    free = {0: abroad, 1: twice, 2: words, 3: as_gbk, 4: chinese, 5: calls, 6: thanks}
    notes = letter_notes(free, values={}, fields=FIELDS, names=["x", "", "y", "", "", "", ""])
    assert notes == [
        "columns that hold text which was encoded twice, and are not read: 1, 3",
        "columns of words in Latin letters with accents, names or addresses perhaps, are not read: 0; "
        "--column names one for reading",
    ]
    read = {NAME: abroad, FieldName("address"): abroad}
    assert letter_notes({0: abroad}, values=read, fields=FIELDS, names=["x"]) == []


@pytest.mark.parametrize("odd", ["{}[4364]", "{}（12）", "姓名：{}", "{} 1990-01-02", "{}\t1"])
def test_a_name_with_a_label_a_date_or_a_number_in_brackets_is_none(odd: str) -> None:
    cells = pl.Series([odd.format(person(3)), person(3), f"{person(3)}（小）", "Ann-Mary O'Neil Jr."])
    assert is_no_name(cells).to_list() == [True, False, False, False]


@pytest.mark.parametrize("mark", [r"\x22", r"\u0022", r"\n"])
def test_an_escaped_mark_is_no_part_of_a_mailbox(mark: str) -> None:
    gap = mark if mark == r"\x22" else " "
    texts = pl.Series([f"{mark}u76@example.net{gap}{phone(1)}{mark}", f"u76@example.net {phone(1)}"])
    found = identifiers(texts, kinds=(KindName.EMAIL, KindName.PHONE))
    first, second = (found.filter(pl.col("place") == at).select("kind", "key").rows() for at in (0, 1))
    assert sorted(first) == sorted(second)
    assert len(first) == 2


def test_an_escaped_quote_is_no_part_of_a_glued_mailbox() -> None:
    cells = pl.Series([r"{\x22mail\x22: \x22u76@example.net\x22}", r"{\u0022mail\u0022: \u0022u76@example.net\u0022}"])
    assert taken_apart(cells)["email"].to_list() == ["u76@example.net"] * 2


def test_a_name_or_two_among_blank_cells_are_no_sure_column_of_names(tmp_path: Path) -> None:
    path = tmp_path / "dump.csv"
    lines = [f"{person(n) if n % 25 == 0 else ''},{phone(n)}" for n in range(50)]
    path.write_text("\n".join(["姓名,手机", *lines]), encoding="utf-8")
    column = ingest(path, fields=FIELDS).columns[0]
    assert column.field == NAME
    assert not column.is_sure
