"""Two exports in one file, the second with its columns in another order: read where every cell says so, else counted."""

from pathlib import Path

import pytest
from tests.leaked_people import FIELDS, humans, lines

from suyuan.trace.dump import Dump
from suyuan.trace.ingest import ingest

H = humans(60, seed=91)


def read(folder: Path, rows: list[str]) -> Dump:
    path = folder / "dump.txt"
    path.write_text(lines(rows), encoding="utf-8")
    return ingest(path, fields=FIELDS)


def user(number: int) -> str:
    """Give a user's number of ten digits, which a landline without its 0 has too."""
    return str(2_097_553_196 + 7_919 * number)


def test_two_columns_that_change_places_are_read_from_there_on(tmp_path: Path) -> None:
    """Ten digits where the others have a mobile number are no landline when that stands beside them."""
    rows = [f"{p.phone}\t{user(p.number)}" for p in H[:40]] + [f"{user(p.number)}\t{p.phone}" for p in H[40:]]
    dump = read(tmp_path, rows)
    assert dump.table()["phone"].to_list() == [p.phone for p in H]
    assert not dump.unreadable


def test_far_down_the_file_too(tmp_path: Path) -> None:
    many = humans(2_400, seed=92)
    rows = [f"{p.phone}\t{user(p.number)}" for p in many[:2_000]]
    rows += [f"{user(p.number)}\t{p.phone}" for p in many[2_000:]]
    dump = read(tmp_path, rows)
    assert dump.table()["phone"].to_list() == [p.phone for p in many]


def test_a_second_list_in_another_order_is_read_in_that(tmp_path: Path) -> None:
    rows = ["姓名,身份证,手机号,地址"]
    rows += [f"{p.name},{p.resident_id},{p.phone},{p.address}" for p in H[:40]]
    rows += [f"{p.phone if n % 5 else 'NULL'},{p.name},{p.address},{p.resident_id}" for n, p in enumerate(H[40:])]
    dump = read(tmp_path, rows)
    assert not dump.unreadable
    table = dump.table()
    for field in ("name", "resident_id", "address"):
        assert table[field].to_list() == [getattr(p, field) for p in H], field
    assert table["phone"].to_list()[41:45] == [p.phone for p in H[41:45]]


def test_few_rows_in_another_order_are_counted(tmp_path: Path) -> None:
    rows = [f"{p.name},{p.phone},{p.address}" for p in H[:52]] + [f"{p.phone},{p.name},{p.address}" for p in H[52:]]
    dump = read(tmp_path, rows)
    assert dump.reasons == {"shifted": 8}


def test_ten_digits_beside_a_mobile_number_are_never_shown_as_a_landline(tmp_path: Path) -> None:
    rows = [f"{p.phone}\t{user(p.number)}" for p in H[:55]] + [f"{user(p.number)}\t{p.phone}" for p in H[55:]]
    dump = read(tmp_path, rows)
    assert dump.reasons == {"shifted": 5}
    assert dump.table()["phone"].to_list() == [p.phone for p in H[:55]]


def test_a_number_under_a_header_that_is_anothers_is_not_taken(tmp_path: Path) -> None:
    """What stands under the person's own is a user's number in some rows; the other column stays the referrer's."""
    rows = ["手机号,推荐人手机,姓名"]
    rows += [f"{p.phone},{user(p.number)},{p.name}" for p in H[:40]]
    rows += [f"{user(p.number)},{p.phone},{p.name}" for p in H[40:]]
    dump = read(tmp_path, rows)
    assert not {p.phone for p in H[40:]} & set(dump.table()["phone"].to_list())


def test_landlines_without_their_0_stay_where_no_mobile_number_stands_beside(tmp_path: Path) -> None:
    rows = [f"{p.name},{p.phone},{p.address}" for p in H[:40]]
    rows += [f"{p.name},2188{600_000 + p.number:06d},{p.address}" for p in H[40:]]
    dump = read(tmp_path, rows)
    assert not dump.unreadable
    assert dump.table()["phone"].to_list()[40:] == [f"2188{600_000 + p.number:06d}" for p in H[40:]]


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_header_that_is_run_on_to_the_last_row_of_the_list_before(tmp_path: Path, mark: str) -> None:
    first = "\n".join(["姓名,手机号,地址", *(f"{p.name},{p.phone},{p.address}" for p in H[:30])])
    second = "\n".join([mark + "手机号,姓名,地址", *(f"{p.phone},{p.name},{p.address}" for p in H[30:])])
    (tmp_path / "dump.csv").write_text(first + second + "\n", encoding="utf-8")
    dump = ingest(tmp_path / "dump.csv", fields=FIELDS)
    assert not dump.unreadable
    for field in ("name", "phone", "address"):
        assert dump.table()[field].to_list() == [getattr(p, field) for p in H], field


def test_a_row_with_too_many_words_is_no_header_run_on(tmp_path: Path) -> None:
    rows = ["姓名,手机号,备注", *(f"{p.name},{p.phone},老客户" for p in H[:50])]
    rows += [f"{p.name},{p.phone},改过地址,姓,{p.name[:1]}" for p in H[50:]]
    dump = read(tmp_path, rows)
    assert dump.table()["phone"].to_list()[:50] == [p.phone for p in H[:50]]
    assert dump.read == len(H)
