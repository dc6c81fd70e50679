"""Rows that stray quotes, escapes, commas and pages tear apart or glue together: each person once, with her own values."""

from pathlib import Path

import pytest
from tests.leaked_people import FIELDS, Human, humans, lines

from suyuan.trace.dump import Dump
from suyuan.trace.ingest import ingest

H = humans(40, seed=31)


def read(folder: Path, text: str) -> Dump:
    path = folder / "dump.txt"
    path.write_text(text, encoding="utf-8")
    return ingest(path, fields=FIELDS)


def require_people(dump: Dump, *fields: str, people: list[Human] = H) -> None:
    for field in fields:
        assert dump.table()[field].to_list() == [getattr(p, field) for p in people], field


def stray_quotes() -> str:
    """A quote opened and not closed in every ninth line, closed and not opened in another."""
    rows = ["name,phone,address"]
    for n, p in enumerate(H):
        row = f"{p.name},{p.phone},{p.address}"
        rows.append(f'"{row}' if n % 9 == 4 else f'{row}"' if n % 9 == 7 else row)
    return lines(rows)


def escaped_line_ends() -> str:
    return "".join(f"{p.number},{p.name},{p.phone},\\N,第{p.number}批\\\n次\\,急\n" for p in H)


def commas_within_addresses() -> str:
    rows = ["姓名,地址,电话,身份证,备注"]
    for n, p in enumerate(H):
        address = p.address.replace("市", "市,").replace("号", "号,") if n % 6 == 1 else p.address
        rows.append(f"{p.name},{address},{p.phone},{p.resident_id},{'晚上送,放门口' if n % 6 == 3 else '无'}")
    return lines(rows)


def commas_too_many_and_too_few() -> str:
    rows = ["编号,姓名,电话,备注,渠道"]
    rows += [f"{p.number},{p.name},{p.phone}" + ("", ",,", ",,,,", ",老客户")[p.number % 4] for p in H]
    return lines(rows)


def quoted_as_a_whole() -> str:
    rows = ['"id,""name"",""phone"",""address"""']
    return lines(rows + [f'"{p.number},""{p.name}"",""{p.phone}"",""{p.address},中国""",,' for p in H])


def quoted_by_r() -> str:
    return lines(['"name" "phone" "note"', *(f'"{p.number}" "{p.name}" {p.phone} "a b"' for p in H)])


def ruled_by_dashes() -> str:
    rows = ["NAME         PHONE       NOTE", "------------ ----------- ---------"]
    return lines([*rows, *(f"{p.pinyin:<12} {p.phone} {'x y':<9}" for p in H), "", "(40 rows affected)"])


def entities() -> str:
    spelled = ["".join(f"&#{ord(c)};" if p.number % 2 else c for c in p.name) for p in H]
    return lines(["realname,tel", *(f"{name},{p.phone}" for name, p in zip(spelled, H, strict=True))])


@pytest.mark.parametrize(
    ("make", "fields"),
    [
        (stray_quotes, ("name", "phone", "address")),
        (escaped_line_ends, ("name", "phone")),
        (commas_within_addresses, ("name", "phone", "resident_id")),
        (commas_too_many_and_too_few, ("name", "phone")),
        (quoted_as_a_whole, ("name", "phone")),
        (quoted_by_r, ("name", "phone")),
        (entities, ("name", "phone")),
    ],
    ids=lambda one: getattr(one, "__name__", ""),
)
def test_every_person_is_read_once(tmp_path: Path, make: object, fields: tuple[str, ...]) -> None:
    assert callable(make)
    dump = read(tmp_path, make())
    require_people(dump, *fields)
    assert dump.unreadable == 0


def test_commas_that_are_an_address_s_stay_in_it(tmp_path: Path) -> None:
    dump = read(tmp_path, commas_within_addresses())
    assert [a.replace(",", "") for a in dump.table()["address"].to_list()] == [p.address for p in H]


def test_a_rule_of_dashes_tells_the_columns(tmp_path: Path) -> None:
    dump = read(tmp_path, ruled_by_dashes())
    assert dump.table()["name"].to_list() == [p.pinyin for p in H]
    require_people(dump, "phone")


def test_pages_of_a_report_are_not_people(tmp_path: Path) -> None:
    text = ""
    for page in range(4):
        text += f"          客户资料一览表\n打印日期: 2021-03-01     第 {page + 1} 页\n{'-' * 50}\n序号   姓名     联系电话\n{'-' * 50}\n"
        text += "".join(f"{p.number:<6} {p.name}\u3000 {p.phone}\n" for p in H[page * 10 : page * 10 + 10])
        text += f"本页小计: 10 人  金额 {3400 + page}.00\n\x0c\n"
    dump = read(tmp_path, text + "总计: 40 人\n")
    require_people(dump, "phone")
    assert not {"金额", "小计"} & set(dump.table()["name"].to_list())


def test_a_column_of_phones_and_mailboxes_is_both(tmp_path: Path) -> None:
    dump = read(tmp_path, lines([p.phone if p.number % 2 else p.email for p in H]))
    assert dump.table()["phone"].to_list() == [p.phone if p.number % 2 else "" for p in H]
    assert dump.table()["email"].to_list() == ["" if p.number % 2 else p.email for p in H]


def test_a_masked_mailbox_is_nobody_s(tmp_path: Path) -> None:
    dump = read(tmp_path, lines(["phone,email", *(f"{p.phone},{p.email[0]}***@example.com" for p in H)]))
    column = next(column for column in dump.columns if column.field == "email")
    assert 0.99 <= column.share <= 1.0
    require_people(dump, "phone")


def test_a_remark_that_looks_like_a_name_is_none(tmp_path: Path) -> None:
    """Names stand before the number; `易碎` behind it looks like one, and only a Western name stands before."""
    rows = [
        f"{'John Smith' if p.number % 5 == 0 else p.name},{p.phone}" + ",加急,易碎" * (p.number % 5 == 0) for p in H
    ]
    rows = [row + "," * (n % 3) for n, row in enumerate(rows)]
    names = read(tmp_path, lines(rows)).table()["name"].to_list()
    assert names == ["John Smith" if p.number % 5 == 0 else p.name for p in H]
