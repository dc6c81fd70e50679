"""What a dump's text surely holds is counted beside its rows: what stands in no column is told, what is somebody else's is not."""

import json
from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest
from tests.leaked_people import FIELDS

from suyuan.errors import RefusedError
from suyuan.terms import FieldName, KindName
from suyuan.trace.doubts import beside, beside_lines
from suyuan.trace.doubts.beside import Keys
from suyuan.trace.doubts.identifiers import COUNTED, identifiers
from suyuan.trace.dump import Dump
from suyuan.trace.ingest import ingest

NAMES = ("张伟菲", "李娜明", "王芳华", "刘洋国", "陈静菲", "杨帆明", "赵磊华", "黄丽国", "周杰菲", "吴敏明")
ID = "11010519491231002X"


def phone(number: int) -> str:
    return f"1400{number:07}"


def name(number: int) -> str:
    return NAMES[number % len(NAMES)]


def read(folder: Path, lines: Sequence[str], *, ending: str = ".csv") -> Dump:
    path = folder / f"dump{ending}"
    path.write_text("\n".join(lines), encoding="utf-8")
    return ingest(path, fields=FIELDS)


def missed(dump: Dump) -> dict[KindName, tuple[int, int, tuple[int, ...]]]:
    assert [one.text for one in dump.missed] == [note for note in dump.notes if "stand in no column" in note]
    return {one.kind: (one.missed, one.looked, one.places) for one in dump.missed}


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("张三----14000000001----zhang@post.example", ["phone", "email"]),
        ("手机14000000001号 +86 140-0000-0002, 8614000000003", ["phone"] * 3),
        ("14000000001@post.example", ["email"]),
        ("1,+000014000000001.,x", ["phone"]),
        (f"证件{ID}，{ID[:-1]}1", ["resident_id"]),
        ("a14000000001 140000000012 140****0001 z***9@post.example 0140000000 2024-01-01", []),
        # Two values without anything between them: which is whose cannot be said for certain.
        ("14000000001u1@post.example", []),
    ],
)
def test_what_surely_is_an_identifier(text: str, kinds: list[str]) -> None:
    assert sorted(identifiers(pl.Series([text]), kinds=COUNTED)["kind"].to_list()) == sorted(kinds)


def test_numbers_in_remarks_of_rows_without_one_are_told(tmp_path: Path) -> None:
    rows = [
        f"{name(n)},{phone(n) if n % 5 else ''},u{n}@post.example,{'' if n % 5 else f'call {phone(n)} pm'}"
        for n in range(300)
    ]
    dump = read(tmp_path, ["姓名,手机,邮箱,备注", *rows])
    assert missed(dump) == {KindName.PHONE: (60, 300, (3,))}


@pytest.mark.parametrize("column", ["备用电话", "紧急联系人电话", "订单号"])
def test_further_columns_are_nothing_to_tell(tmp_path: Path, column: str) -> None:
    own = [phone(n) if n % 4 or column == "备用电话" else "" for n in range(200)]
    rows = [f"{name(n)},{own[n]},{phone(n + 5_000)},u{n}@post.example" for n in range(200)]
    dump = read(tmp_path, [f"姓名,手机,{column},邮箱", *rows])
    assert missed(dump) == {}
    records = [{"name": name(n), "mobile": own[n], column: phone(n + 5_000)} for n in range(200)]
    assert missed(read(tmp_path, [json.dumps({"list": records}, ensure_ascii=False, indent=1)], ending=".json")) == {}


def test_what_a_format_passes_over_is_told(tmp_path: Path) -> None:
    rows = [f"({n},'{name(n)}','{phone(n)}','u{n}@post.example');" for n in range(200)]
    sql = [f"INSERT INTO t VALUES {row}" if n % 10 else f"-- {row}" for n, row in enumerate(rows)]
    table = "CREATE TABLE t (id int, name text, phone text, email text);"
    dump = read(tmp_path, [table, *sql], ending=".sql")
    assert missed(dump) == dict.fromkeys((KindName.PHONE, KindName.EMAIL), (20, 200, ()))


def test_tables_that_are_left_out_were_told(tmp_path: Path) -> None:
    people = [f"INSERT INTO t VALUES ({n},'{name(n)}','{phone(n)}','u{n}@post.example');" for n in range(100)]
    log = [f"INSERT INTO log VALUES ({n},'{phone(n + 5_000)} did it');" for n in range(100)]
    head = ["CREATE TABLE t (id int, name text, phone text, email text);", "CREATE TABLE log (id int, what text);"]
    dump = read(tmp_path, [*head, *people, *log], ending=".sql")
    assert missed(dump) == {}
    assert any(note.startswith("left out") for note in dump.notes)


def test_rows_counted_as_unreadable_are_not_told_twice(tmp_path: Path) -> None:
    rows = [f"{name(n)},{phone(n)}{f',a{n},b,c,d,e,f' if n % 9 == 0 else ''}" for n in range(200)]
    dump = read(tmp_path, ["姓名,手机", *rows])
    assert (dump.unreadable, missed(dump)) == (23, {})


def test_a_reading_that_misses_most_is_refused(tmp_path: Path) -> None:
    rows = [f"('{name(n)}', 'no number');\n-- {phone(n)} {phone(n + 5_000)}" for n in range(100)]
    lines = ["CREATE TABLE t (name text, note text);", *(f"INSERT INTO t VALUES {row}" for row in rows)]
    with pytest.raises(RefusedError, match="200 of 200 mobile numbers") as refused:
        read(tmp_path, lines, ending=".sql")
    assert refused.value.code == "trace.missed"
    # What the caller named is read, and the rest only told.
    told = ingest(tmp_path / "dump.sql", fields=FIELDS, columns={0: (FieldName("name"), KindName.PERSON_NAME)})
    assert missed(told) == {KindName.PHONE: (200, 200, ())}


def test_a_large_file_is_looked_at_in_stretches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside_lines, "WHOLE_BYTES", 1 << 20)
    rows = [
        f"{name(n)},{phone(n) if n % 10 else ''},u{n}@post.example,{'nothing' if n % 10 else 'call ' + phone(n)}"
        for n in range(60_000)
    ]
    dump = read(tmp_path, ["姓名,手机,邮箱,备注", *rows])
    [one] = dump.missed
    assert one.is_part
    assert 0.09 < one.missed / one.looked < 0.11
    assert one.places == (3,)


def test_of_very_many_identifiers_the_same_are_kept_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside, "KEYS_AT_MOST", 1_000)
    counted = beside.Beside(FIELDS)
    counted.text("\n".join(phone(n) for n in range(start, start + 600)) for start in range(0, 6_000, 600))
    counted.told([[phone(n)] for n in range(0, 6_000, 2)])
    found = counted.counted()
    tally = found.tallies[KindName.PHONE]
    assert found.is_part
    assert 0.4 < tally.missed / tally.looked < 0.6
    assert len(Keys()) == 0


def test_a_mailbox_that_a_width_cuts_is_told_to_be_a_part_of_one() -> None:
    mails = [f"long.u{n}@post.example" for n in range(40)]
    kinds = {FieldName("email"): KindName.EMAIL}
    table = pl.DataFrame({"email": mails})
    counted = beside.Beside(FIELDS)
    counted.text(
        ["\n".join([*mails[3:], "long.u0@post.ex", "ample", "long.", "u1@post.example", "other@post.example"])]
    )
    counted.told([[mail] for mail in mails])
    assert counted.counted().tallies[KindName.EMAIL].missed == 3
    assert counted.folded_notes([table], kinds=kinds) == (
        "2 mailboxes that stand in no column are a part of one that is read, as where a line was folded at a page's width",
    )
    apart = beside.Beside(FIELDS)
    apart.text(["\n".join([*mails, "other@post.example"])])
    apart.told([[mail] for mail in mails])
    assert apart.folded_notes([table], kinds=kinds) == ()
