"""Cells that touch, rows with too much or too little at their end, and formats in which no cell can move."""

import json
from pathlib import Path

import polars as pl
import pytest
from tests.leaked_people import FIELDS, Human, humans, lines
from tests.ugly_files import workbook

from suyuan.errors import RefusedError
from suyuan.trace.dump import Dump
from suyuan.trace.formats.fixed_width import dated_places
from suyuan.trace.formats.labels import Labels, labelled
from suyuan.trace.ingest import ingest

H = humans(60, seed=61)


def read(folder: Path, content: str, *, name: str = "dump.txt", codec: str = "utf-8") -> Dump:
    path = folder / name
    path.write_text(content, encoding=codec)
    return ingest(path, fields=FIELDS)


def require_people(dump: Dump, *fields: str) -> None:
    for field in fields:
        assert dump.table()[field].to_list() == [getattr(p, field) for p in H], field


def fixed(text: str, width: int) -> str:
    return text + " " * (width - len(text.encode("gb18030")))


def test_a_date_that_touches_an_address_is_none_of_it(tmp_path: Path) -> None:
    """Some have no address, so not all lines turn from the date to words."""
    rows = [
        f"{p.number:08d}{fixed(p.name, 12)}{p.resident_id}{p.phone}19{50 + n % 50}0{n % 9 + 1}1{n % 9}"
        f"{fixed(p.address if n % 8 else '', 80)}{p.number:015d}"
        for n, p in enumerate(H)
    ]
    dump = read(tmp_path, lines(rows), codec="gb18030")
    assert dump.unreadable == 0
    require_people(dump, "name", "resident_id", "phone")
    assert dump.table()["address"].to_list() == [p.address if n % 8 else "" for n, p in enumerate(H)]


def test_no_other_code_ends_at_a_place_where_some_lines_turn_to_words() -> None:
    dated = ["20010808北京市", "19991231上海市", "20000101      "]
    assert dated_places(dated, few=0) == {8}
    assert dated_places([*dated[:2], "        重庆市"], few=0) == set()
    assert dated_places(["20019908北京市", *dated[1:]], few=0) == set()
    assert dated_places([*dated[:2], "200001017     "], few=0) == set()


def row(p: Human, n: int, *cells: str) -> str:
    return "\t".join((f"{('13', '19', '47')[n % 3]}{p.number:016d}", p.name, *cells))


def test_rows_that_end_in_the_same_cells_too_many(tmp_path: Path) -> None:
    rows = [
        row(p, n, p.phone, p.resident_id, p.address, p.email) + ("\t备注：加急\t\\N" if n % 10 == 3 else "")
        for n, p in enumerate(H)
    ]
    dump = read(tmp_path, lines(rows))
    assert dump.unreadable == 0
    require_people(dump, *FIELDS)


@pytest.mark.parametrize("extra", ["{0.second}", "remark {0.number}", "{0.email}\tx"])
def test_cells_too_many_that_are_not_alike_or_somebodys_are_counted(tmp_path: Path, extra: str) -> None:
    rows = [
        row(p, n, p.phone, p.resident_id, p.address, p.email) + (f"\t{extra.format(p)}" if n % 10 == 3 else "")
        for n, p in enumerate(H)
    ]
    assert read(tmp_path, lines(rows)).reasons == {"width": 6}


def test_the_last_cell_pushed_out_by_a_comma_is_no_cell_too_many(tmp_path: Path) -> None:
    """Other rows end in it too: no address ends where a comma tears it."""
    torn = [p.address.replace("市", "市,", 1) if n % 10 == 3 else p.address for n, p in enumerate(H)]
    rows = [f"{p.name},{p.phone},{address},备注,是" for p, address in zip(H, torn, strict=True)]
    dump = read(tmp_path, lines(rows), name="dump.csv")
    assert dump.unreadable == 0
    assert dump.table()["address"].to_list() == torn


def test_short_rows_with_a_word_for_nothing_or_a_long_order_number_are_read(tmp_path: Path) -> None:
    """An order's number that begins as a mobile number does holds none."""
    rows = [
        row(p, n, p.phone, ("NULL", "-", "", "\\N")[n % 4] if n % 3 == 1 else p.resident_id, p.address)
        + (f"\t{p.email}" if n % 5 else "")
        for n, p in enumerate(H)
    ]
    dump = read(tmp_path, lines(rows))
    assert dump.unreadable == 0
    require_people(dump, "name", "phone", "address")


def test_a_short_row_whose_number_stands_in_another_column_is_counted(tmp_path: Path) -> None:
    rows = [
        row(p, n, p.phone, p.resident_id, p.address, p.email) if n % 10 != 3 else f"{p.phone}\t{p.name}\t-\t{p.address}"
        for n, p in enumerate(H)
    ]
    assert read(tmp_path, lines(rows)).unreadable == 6


def records() -> list[dict[str, str | None]]:
    """People of whom some have no number, under an account's number that may look like one."""
    return [
        {
            "name": p.name,
            "uid": f"17{p.number:09d}" if n == 7 else f"90{p.number:09d}",
            "phone": None if n in (7, 8) else p.phone,
            "address": p.address,
        }
        for n, p in enumerate(H)
    ]


def test_no_cell_moves_where_each_is_bound_to_its_column(tmp_path: Path) -> None:
    who = records()
    path = tmp_path / "dump.parquet"
    pl.DataFrame(who).write_parquet(path)
    sheet = [[*who[0]], *([value or "" for value in one.values()] for one in who)]
    (tmp_path / "dump.xlsx").write_bytes(workbook({"a": sheet}))
    for dump in (
        ingest(tmp_path / "dump.xlsx", fields=FIELDS),
        ingest(path, fields=FIELDS),
        read(tmp_path, lines([json.dumps({"of": {"a": 1}, **one}, indent=1) for one in who]), name="dump.json"),
    ):
        assert dump.reasons == {}
        assert dump.table()["phone"].to_list() == [one["phone"] or "" for one in who]


def test_a_cell_of_separated_text_may_have_moved(tmp_path: Path) -> None:
    rows = ["\t".join((*(value or "" for value in one.values()), "")) for one in records()]
    assert read(tmp_path, lines(["姓名\t编码\t电话\t地址\t", *rows])).reasons == {"shifted": 1}


def test_a_dump_of_rounded_identifiers_is_refused_for_that(tmp_path: Path) -> None:
    """Every row has as many cells as the header: to name a delimiter would not help."""
    rows = ["姓名,证件号,联系方式,房型", *(f"{p.name},1.30402E+17,1.89446E+10,标准间" for p in H)]
    with pytest.raises(RefusedError, match="a spreadsheet has rounded the identifiers") as caught:
        read(tmp_path, lines(rows), codec="gb18030")
    assert caught.value.code == "trace.ragged"
    assert caught.value.hint == "trace the file as it was before a spreadsheet saved it"


def test_rows_of_rounded_identifiers_are_read_by_name_and_address(tmp_path: Path) -> None:
    rows = [
        "姓名,证件号,联系方式,住址",
        *(f"{p.name},1.30402E+17,1.89446E+10,{p.address if n % 6 else ''}" for n, p in enumerate(H)),
    ]
    dump = read(tmp_path, lines(rows), codec="gb18030")
    assert dump.reasons == {"number": 10}
    assert dump.table()["name"].to_list() == [p.name for n, p in enumerate(H) if n % 6]
    assert dump.table()["phone"].unique().to_list() == [""]
    assert "phone: 50 cells hold a number of which a spreadsheet has thrown digits away, and are not read" in dump.notes


def test_a_total_is_no_person_and_a_name_like_one_is(tmp_path: Path) -> None:
    rows = [["姓名", "电话", "地址", "金额"], *([p.name, p.phone, p.address, "380"] for p in H)]
    rows += [["计小共", "", H[0].address, "12"], ["共计", "", "", "380"]]
    (tmp_path / "dump.xlsx").write_bytes(workbook({"a": rows}))
    assert ingest(tmp_path / "dump.xlsx", fields=FIELDS).table()["name"].to_list() == [*(p.name for p in H), "计小共"]


@pytest.mark.parametrize("comma", ["", ","])
def test_the_cards_of_qr_codes_have_names(tmp_path: Path, comma: str) -> None:
    rows = [f"MECARD:N:{p.name[:1]}{comma}{p.name[1:]};TEL:{p.phone};ADR:{p.address};;" for p in H]
    require_people(read(tmp_path, lines(rows)), "name", "phone", "address")


def test_a_dash_between_labels_is_no_part_of_the_name(tmp_path: Path) -> None:
    """One within a name, or at the end of the last value, is."""
    names = ["Lisa" if not n % 9 else "James Taylor-Green" for n in range(len(H))]
    rows = [
        f"Email: who{n}@example.org - Name: {name if n % 7 else ''} - ScreenName: w{n} - Note: a-"
        for n, name in enumerate(names)
    ]
    dump = read(tmp_path, lines(rows))
    assert dump.table()["name"].to_list() == [name if n % 7 else "" for n, name in enumerate(names)]
    found = labelled(rows[1], labels=Labels(words=frozenset({"Email", "Name", "ScreenName", "Note"})))
    assert found[1]["Note"] == "a-"
