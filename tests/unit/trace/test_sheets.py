"""Sheets of a workbook: columns in another order, merged cells, separated text that was pasted in."""

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

from tests.leaked_people import FIELDS, Human, humans
from tests.ugly_files import workbook

from suyuan.trace.dump import Dump
from suyuan.trace.ingest import ingest

WHO = humans(24)


def read(tmp_path: Path, content: bytes, name: str = "dump.xlsx") -> Dump:
    path = tmp_path / name
    path.write_bytes(content)
    return ingest(path, fields=FIELDS)


def shown(dump: Dump, name: str) -> list[str]:
    return dump.table()[name].to_list()


def month(people: Sequence[Human], columns: Sequence[str]) -> list[list[str]]:
    cells = {
        "姓名": [p.name for p in people],
        "手机": [p.phone for p in people],
        "邮箱": [p.email for p in people],
        "地址": [p.address for p in people],
        "金额": [str(n * 7) for n in range(len(people))],
        "备注": ["已回访" for _ in people],
        "寄件人": ["本店" for _ in people],
        "联系人": [p.name for p in people],
    }
    return [list(columns), *(list(row) for row in zip(*(cells[name] for name in columns), strict=True))]


def test_sheets_whose_columns_changed_places_are_one_list(tmp_path: Path) -> None:
    sheets = {
        "1月": month(WHO[:8], ("姓名", "手机", "邮箱", "地址", "金额")),
        "2月": month(WHO[8:16], ("地址", "金额", "手机", "姓名", "邮箱")),
        # One column more, and no mailbox.
        "3月": month(WHO[16:], ("姓名", "手机", "地址", "金额")),
    }
    dump = read(tmp_path, workbook(sheets))  # type: ignore[arg-type]
    assert shown(dump, "name") == [p.name for p in WHO]
    assert shown(dump, "phone") == [p.phone for p in WHO]
    assert shown(dump, "address") == [p.address for p in WHO]
    assert shown(dump, "email") == [p.email for p in WHO[:16]] + [""] * 8
    assert "read: 1月, 2月, 3月" in dump.notes


def test_a_sheet_that_names_a_field_otherwise_is_left_out_and_told(tmp_path: Path) -> None:
    sheets = {
        "客户": month(WHO[:16], ("姓名", "手机", "邮箱", "地址", "金额")),
        "其他": month(WHO[16:], ("寄件人", "手机", "邮箱", "地址", "金额")),
    }
    dump = read(tmp_path, workbook(sheets))  # type: ignore[arg-type]
    assert shown(dump, "phone") == [p.phone for p in WHO[:16]]
    assert any("left out, with people in it: 其他" in note for note in dump.notes)


def test_sheets_that_say_the_same_in_other_words_are_one_list(tmp_path: Path) -> None:
    words = {"姓名": "客户姓名", "手机": "联系电话", "地址": "收货地址"}
    first, second = (month(people, tuple(words)) for people in (WHO[:12], WHO[12:]))
    second[0] = [*words.values()]
    dump = read(tmp_path, workbook({"1月": first, "2月": [[*row, "x"] for row in second]}))  # type: ignore[dict-item]
    assert shown(dump, "name") == [p.name for p in WHO]
    assert shown(dump, "address") == [p.address for p in WHO]


def test_a_header_that_comes_again_in_the_first_order_is_followed_too(tmp_path: Path) -> None:
    columns = ("姓名", "手机", "邮箱", "地址")
    rows = [*month(WHO[:8], columns), *month(WHO[8:16], columns[::-1]), *month(WHO[16:], columns)]
    dump = read(tmp_path, workbook({"a": rows}))  # type: ignore[dict-item]
    assert shown(dump, "phone") == [p.phone for p in WHO]
    assert shown(dump, "address") == [p.address for p in WHO]


def test_titles_before_and_remarks_behind_a_table_are_no_rows(tmp_path: Path) -> None:
    above = [["公司名称", "某某科技有限公司"], ["联系人", "张经理"], ["电话", "010-88886666"], ["说明：", "会员信息"]]
    body = month(WHO, ("姓名", "手机", "邮箱", "地址"))
    below = [
        ["", "", "以上数据仅供内部使用，请勿外传"],
        ["2023年客户名单"],
        ["第2部分"],
        ["王小明"],
        ["李𠮷"],
        ["", "", "", "文三路12号"],
    ]
    rows = [[*row, "", "", "", ""][:4] for row in (*above, *body, *below)]
    dump = read(tmp_path, workbook({"a": rows}))  # type: ignore[dict-item]
    # A name or an address alone is somebody's.
    assert shown(dump, "name") == [*(p.name for p in WHO), "王小明", "李𠮷", ""]
    assert any("no rows: 3" in note for note in dump.notes)


def test_numbers_that_lost_digits_are_told_and_never_guessed(tmp_path: Path) -> None:
    rows = month(WHO, ("姓名", "手机", "邮箱", "地址"))
    for row in rows[1:7]:
        row[1] = f"{row[1][0]}.{row[1][1:3]}E+10"
    rows[8][1] = f"{rows[8][1][0]}.{rows[8][1][1:]}E+10"
    dump = read(tmp_path, workbook({"a": rows}))  # type: ignore[dict-item]
    assert shown(dump, "phone") == [""] * 6 + [p.phone for p in WHO[6:]]
    assert any(note.startswith("phone: 6 cells hold a number of which") for note in dump.notes)


def test_groups_above_a_header_say_whose_a_column_is(tmp_path: Path) -> None:
    lower = ["单号", "姓名", "电话", "地址", "姓名", "电话", "地址"]
    for upper in (["运单信息", "寄件人", "", "", "收件人", "", ""], ["", "寄件人", "", "", "收件人", "", "收货地址"]):
        rows = [upper, lower]
        for n, p in enumerate(WHO):
            rows.append([f"SF{n:09}", "某店", "0571-88273345", "杭州市五常大道168号", p.name, p.phone, p.address])
        # A page later both rows come again.
        rows[12:12] = [upper, lower]
        dump = read(tmp_path, workbook({"a": rows}))  # type: ignore[dict-item]
        assert shown(dump, "name") == [p.name for p in WHO]
        assert shown(dump, "phone") == [p.phone for p in WHO]
        assert shown(dump, "address") == [p.address for p in WHO]


def test_a_title_with_two_cells_above_a_header_names_no_groups(tmp_path: Path) -> None:
    rows = [["客户表", "", "内部", ""], *month(WHO, ("姓名", "手机", "邮箱", "地址"))]
    dump = read(tmp_path, workbook({"a": rows}))  # type: ignore[dict-item]
    assert [c.name for c in dump.columns] == ["姓名", "手机", "邮箱", "地址"]


def form(person: Human) -> list[list[str]]:
    return [
        ["客户登记表", "", "", ""],
        ["姓名", person.name, "性别", "男"],
        ["手机：", person.phone, "邮箱", person.email],
        ["住址", person.address, "", ""],
    ]


def test_forms_are_one_row_for_each_person(tmp_path: Path) -> None:
    each = workbook({person.name + str(n): form(person) for n, person in enumerate(WHO[:6])})  # type: ignore[misc]
    below = workbook({"a": [row for person in WHO[:6] for row in (*form(person), [""] * 4)]})  # type: ignore[dict-item]
    for content in (each, below):
        dump = read(tmp_path, content)
        for field in ("name", "phone", "email", "address"):
            assert shown(dump, field) == [str(getattr(p, field)) for p in WHO[:6]]
        assert dump.read == 6


def test_a_label_that_comes_again_in_a_form_is_somebody_elses(tmp_path: Path) -> None:
    rows: list[list[str]] = []
    for n, p in enumerate(WHO[:6]):
        rows += [
            ["姓名", "" if n == 3 else p.name, "手机", p.phone],
            ["紧急联系人", WHO[20].name, "手机", WHO[20].phone],
        ]
        rows += [["住址", p.address, "", ""]]
    dump = read(tmp_path, workbook({"a": rows}))  # type: ignore[dict-item]
    assert shown(dump, "name") == ["" if n == 3 else p.name for n, p in enumerate(WHO[:6])]
    assert shown(dump, "phone") == [p.phone for p in WHO[:6]]
    assert shown(dump, "address") == [p.address for p in WHO[:6]]


def test_a_table_turned_round_is_turned_back(tmp_path: Path) -> None:
    rows = month(WHO, ("姓名", "手机", "邮箱", "地址"))
    dump = read(tmp_path, workbook({"a": list(zip(*rows, strict=True))}))  # type: ignore[dict-item]
    for field in ("name", "phone", "email", "address"):
        assert shown(dump, field) == [str(getattr(p, field)) for p in WHO]


def test_rows_that_begin_with_a_word_for_their_kind_are_no_form(tmp_path: Path) -> None:
    rows = [[("手机", "电话", "联系方式")[n % 3], p.phone, p.name, p.address] for n, p in enumerate(WHO)]
    dump = read(tmp_path, workbook({"a": rows}))  # type: ignore[dict-item]
    assert shown(dump, "phone") == [p.phone for p in WHO]
    assert shown(dump, "name") == [p.name for p in WHO]


def households(people: Sequence[Human]) -> list[list[str]]:
    rows = [["小区住户登记", "", "", ""], ["姓名", "联系", "", "地址"], ["", "手机", "邮箱", ""]]
    for number, person in enumerate(people):
        rows.append([person.name, person.phone, person.email, "" if number % 3 else person.address])
    return [*rows, ["", "", "", ""], ["", "", "", ""], ["制表人：", "", "", ""], ["", "", "", ""]]


def test_a_merged_cell_is_the_value_of_every_row_that_it_reaches_over(tmp_path: Path) -> None:
    merged = ["A1:D1", "A2:A3", "B2:C2", "D2:D3", *(f"D{4 + n}:D{6 + n}" for n in range(0, 24, 3)), "A30:D31"]
    for sheets in ({"a": households(WHO)}, {"a": [["", "", *row] for row in households(WHO)]}):
        moved = merged if len(sheets["a"][0]) == 4 else [moved_right(one) for one in merged]
        dump = read(tmp_path, workbook(sheets, moved))  # type: ignore[arg-type]
        assert shown(dump, "name") == [p.name for p in WHO]
        assert shown(dump, "email") == [p.email for p in WHO]
        assert shown(dump, "address") == [WHO[n - n % 3].address for n in range(len(WHO))]
        # The box below the table gave no row.
        assert dump.read == len(WHO)


def moved_right(cells: str) -> str:
    return "".join(chr(ord(c) + 2) if c.isalpha() else c for c in cells)


def test_a_merge_overwrites_nothing_and_fills_no_row_of_its_own(tmp_path: Path) -> None:
    rows = [["姓名", "手机", "地址"], *([p.name, p.phone, p.address] for p in WHO)]
    rows += [["合计", "", ""], ["", "", ""]]
    dump = read(tmp_path, workbook({"a": rows}, ["C2:C9", "A26:C27"]))  # type: ignore[dict-item]
    assert shown(dump, "address") == [p.address for p in WHO]
    assert dump.read == len(WHO)


def spreadsheet(rows: Sequence[str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "content.xml",
            '<office:document-content xmlns:office="o" xmlns:table="t" xmlns:text="x"><office:body><office:spreadsheet>'
            f'<table:table table:name="a">{"".join(rows)}</table:table></office:spreadsheet></office:body></office:document-content>',
        )
    return out.getvalue()


def element(text: str, spanned: int = 1) -> str:
    span = f' table:number-rows-spanned="{spanned}" table:number-columns-spanned="1"' if spanned > 1 else ""
    return f"<table:table-cell{span}><text:p>{text}</text:p></table:table-cell>"


def test_merged_cells_of_opendocument_reach_down_as_well(tmp_path: Path) -> None:
    rows = [f"<table:table-row>{''.join(map(element, ('姓名', '地址', '手机')))}</table:table-row>"]
    for number, person in enumerate(WHO):
        address = "<table:covered-table-cell/>" if number % 3 else element(person.address, spanned=3)
        rows.append(f"<table:table-row>{element(person.name)}{address}{element(person.phone)}</table:table-row>")
    dump = read(tmp_path, spreadsheet(rows), name="dump.ods")
    assert shown(dump, "phone") == [p.phone for p in WHO]
    assert shown(dump, "address") == [WHO[n - n % 3].address for n in range(len(WHO))]


def test_text_pasted_into_a_sheet_is_read_by_its_lines(tmp_path: Path) -> None:
    rows = [["客户名单", ""], ["姓名,电话,邮箱,地址", ""]]
    for number, p in enumerate(WHO):
        line = f"{p.name},{p.phone},{p.email}"
        spilt = number % 5 == 0
        rows.append([line, f"{p.address},3楼" if number == 5 else p.address] if spilt else [f"{line},{p.address}", ""])
    dump = read(tmp_path, workbook({"a": rows}))  # type: ignore[dict-item]
    assert [c.name for c in dump.columns] == ["姓名", "电话", "邮箱", "地址"]
    assert shown(dump, "name") == [p.name for p in WHO]
    assert shown(dump, "address") == [f"{p.address},3楼" if n == 5 else p.address for n, p in enumerate(WHO)]
    assert dump.read == len(WHO)


def test_a_sheet_of_cells_with_commas_is_no_pasted_text(tmp_path: Path) -> None:
    rows = [["姓名", "电话", "标签"], *([p.name, p.phone, "a,b,c"] for p in WHO)]
    rows += [[f"{WHO[0].name},{WHO[1].name},{WHO[2].name}", "", ""]] * 3
    dump = read(tmp_path, workbook({"a": rows}))  # type: ignore[dict-item]
    assert [c.name for c in dump.columns] == ["姓名", "电话", "标签"]
    assert shown(dump, "phone")[: len(WHO)] == [p.phone for p in WHO]
