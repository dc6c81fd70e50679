"""Second numbers of a person: told where they are not read, and of nobody who is another."""

from pathlib import Path

import pytest
from tests.leaked_people import FIELDS, humans, lines

from suyuan.terms import FieldName, KindName
from suyuan.trace.ingest import ingest

H = humans(60, seed=95)
TOLD = "20 of 60 rows looked at hold a second telephone number, which is not read"


def notes(folder: Path, content: str, *, name: str = "dump.csv") -> tuple[str, ...]:
    (folder / name).write_text(content, encoding="utf-8")
    dump = ingest(folder / name, fields=FIELDS)
    assert dump.table()["phone"].to_list() == [p.phone for p in H]
    return dump.notes


@pytest.mark.parametrize("mark", ["/", " ::: ", "、"])
def test_a_second_number_in_the_cell_is_told(tmp_path: Path, mark: str) -> None:
    rows = [f"{p.name},{p.phone}{mark + p.second if n % 3 == 0 else ''},{p.address}" for n, p in enumerate(H)]
    assert TOLD in notes(tmp_path, lines(["姓名,手机,地址", *rows]))


def test_a_second_number_in_a_column_of_its_own_is_told(tmp_path: Path) -> None:
    rows = [f"{p.name},{p.phone},{p.second if n % 3 == 0 else ''}" for n, p in enumerate(H)]
    assert TOLD in notes(tmp_path, lines(["姓名,手机1,手机2", *rows]))


def test_a_second_number_on_a_card_is_told(tmp_path: Path) -> None:
    cards = [
        ["BEGIN:VCARD", f"FN:{p.name}", f"TEL;TYPE=CELL:{p.phone}", f"TEL;TYPE=HOME:{p.second}"[: 0 if n % 3 else None]]
        for n, p in enumerate(H)
    ]
    assert TOLD in notes(
        tmp_path, lines([*filter(None, (x for c in cards for x in (*c, "END:VCARD")))]), name="dump.vcf"
    )


def test_the_same_number_again_and_another_s_are_not_told(tmp_path: Path) -> None:
    rows = [f"{p.name},{p.phone},{p.phone if n % 3 == 0 else ''},{p.second}" for n, p in enumerate(H)]
    assert not notes(tmp_path, lines(["姓名,手机1,手机2,紧急联系人电话", *rows]))


def test_a_second_number_that_has_a_field_is_read(tmp_path: Path) -> None:
    rows = [f"{p.name},{p.phone},{p.second if n % 3 == 0 else ''}" for n, p in enumerate(H)]
    (tmp_path / "dump.csv").write_text(lines(["姓名,手机1,手机2", *rows]), encoding="utf-8")
    dump = ingest(tmp_path / "dump.csv", fields={**FIELDS, FieldName("phone2"): KindName.PHONE})
    assert dump.table()["phone2"].to_list() == [p.second if n % 3 == 0 else "" for n, p in enumerate(H)]
    assert not dump.notes


@pytest.mark.parametrize("mark", [" ::: ", "/", "；"])
def test_the_first_column_is_read_though_some_of_its_cells_hold_two(tmp_path: Path, mark: str) -> None:
    firsts = [p.phone + (mark + p.second if n % 5 == 0 else "") for n, p in enumerate(H)]
    rows = [f"{p.name},{a},{p.second if n % 3 == 1 else ''}" for n, (p, a) in enumerate(zip(H, firsts, strict=True))]
    told = len([n for n in range(60) if n % 5 == 0 or n % 3 == 1])
    found = notes(tmp_path, lines(["Name,Phone 1 - Value,Phone 2 - Value", *rows]))
    assert found == (f"{told} of 60 rows looked at hold a second telephone number, which is not read",)


def test_the_first_of_two_is_read_where_only_the_spare_column_has_any(tmp_path: Path) -> None:
    firsts = ["" if n % 5 == 0 else p.phone for n, p in enumerate(H)]
    others = [f"{p.phone} ::: {p.second}" if n % 5 == 0 else p.second[: 11 * (n % 2)] for n, p in enumerate(H)]
    rows = [f"{p.name},{a},{b}" for p, a, b in zip(H, firsts, others, strict=True)]
    notes(tmp_path, lines(["Name,Phone 1 - Value,Phone 2 - Value", *rows]))


def test_a_column_of_numbers_and_words_is_not_the_first(tmp_path: Path) -> None:
    rows = [f"{p.name},{p.second} 转给 {p.email if n % 5 == 0 else '他'},{p.phone}" for n, p in enumerate(H)]
    assert notes(tmp_path, lines(["姓名,备注,手机", *rows]))
