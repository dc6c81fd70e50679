"""Every written form of the same rows reads alike, and Python's standard library alone can replay it."""

import csv
import io
import json
from collections.abc import Callable
from hashlib import sha256
from itertools import chain
from pathlib import Path

import polars as pl
import pytest

from suyuan.terms import FieldName, KindName
from suyuan.trace.dump import Dump
from suyuan.trace.files.dialect import Dialect, DumpFormat, Given
from suyuan.trace.ingest import ingest

FIELDS = {
    FieldName("customer"): KindName.IDENTIFIER,
    FieldName("name"): KindName.PERSON_NAME,
    FieldName("phone"): KindName.PHONE,
    FieldName("email"): KindName.EMAIL,
    FieldName("address"): KindName.POSTAL_ADDRESS,
}

ROWS = [
    ["张伟", "13800000001", "zhang@example.com", "北京市朝阳区建国路88号"],
    ["李娜", "13800000002", "li@example.com", "上海市浦东新区世纪大道1号"],
    ["王芳", "13800000003", "wang@example.com", "广东省深圳市南山区科技路5号"],
    ["赵强", "13800000004", "zhao@example.com", "四川省成都市武侯区人民路9号"],
]
HEADER = ["姓名", "手机号", "邮箱", "收货地址"]


def replayed(content: bytes, *, dialect: Dialect) -> list[list[str]]:
    """Read the file by the recipe of docs/reference/dump-formats.md; only the standard library."""
    body = content[dialect.bom :]
    if dialect.codecs[0].startswith("utf-16"):
        text = body.decode(dialect.codecs[0])
    else:
        text = "\n".join(decoded(line, codecs=dialect.codecs) for line in body.split(b"\n"))
    lines = io.StringIO(text, newline="")
    if len(dialect.delimiter) > 1:
        rows = [line.rstrip("\r\n").split(dialect.delimiter) for line in lines if line.rstrip("\r\n")]
    else:
        quoting = csv.QUOTE_MINIMAL if dialect.quote else csv.QUOTE_NONE
        reader = csv.reader(
            lines, delimiter=dialect.delimiter, quotechar=dialect.quote or None, quoting=quoting, strict=True
        )
        rows = [row for row in reader if row]
    return rows[dialect.header :]


def decoded(line: bytes, *, codecs: tuple[str, ...]) -> str:
    for codec in codecs:
        try:
            return line.decode(codec)
        except UnicodeDecodeError:
            continue
    return min((line.decode(codec, "replace") for codec in codecs), key=lambda text: text.count("\ufffd"))


def require_replay(dump: Dump, *, content: bytes) -> None:
    """The cells of every wanted column are those of the replay, row by row, and the counts add up."""
    rows = replayed(content, dialect=dump.dialect)
    fit = [(place, row) for place, row in enumerate(rows) if len(row) == dump.dialect.width]
    table = dump.table()
    assert table["row"].to_list() == [place for place, _ in fit]
    for column in dump.columns:
        if column.field is not None:
            assert table[column.field].to_list() == [row[column.index] for _, row in fit]
    assert dump.read == len(rows)
    assert dump.unreadable == len(rows) - len(fit)
    assert dump.sha256 == sha256(content).digest()
    assert dump.size_bytes == len(content)


def text_of(delimiter: str, *, header: bool, end: str = "\n", quoting: int = csv.QUOTE_MINIMAL) -> str:
    rows = [HEADER, *ROWS] if header else ROWS
    if len(delimiter) > 1:
        return end.join(delimiter.join(row) for row in rows) + end
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows(rows)
    return out.getvalue()


def read(folder: Path, *, content: bytes, name: str = "dump.csv", **options: object) -> Dump:
    path = folder / name
    path.write_bytes(content)
    return ingest(path, fields=FIELDS, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("delimiter", [",", "\t", "|", ";", "----", "|+|"])
@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("header", [True, False])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_every_dialect_reads_alike(tmp_path: Path, delimiter: str, codec: str, header: bool, end: str) -> None:
    content = text_of(delimiter, header=header, end=end).encode(codec)
    dump = read(tmp_path, content=content)
    assert dump.dialect.delimiter == delimiter
    assert dump.dialect.header is header
    assert dump.kinds == {name: FIELDS[FieldName(name)] for name in ("name", "phone", "email", "address")}
    assert [list(row[1:]) for row in dump.table().rows()] == ROWS
    require_replay(dump, content=content)


@pytest.mark.parametrize(
    ("edit", "unreadable"),
    [
        pytest.param(lambda text: text, 0, id="as written"),
        pytest.param(lambda text: text.replace("张伟", '"张\n伟"'), 0, id="line end in quotes"),
        pytest.param(lambda text: text.replace("张伟", '"张""伟"""'), 0, id="doubled quotes"),
        pytest.param(lambda text: text.replace("张伟", '张"伟'), 0, id="a quote within a word"),
        pytest.param(lambda text: text.replace("李娜", "李,娜"), 1, id="a row too wide"),
        pytest.param(lambda text: text.replace("李娜,", ""), 1, id="a row too narrow"),
        pytest.param(lambda text: text.replace("\n", "\n\n"), 0, id="blank lines"),
        pytest.param(lambda text: text.replace("\n", "\r"), 0, id="old Macintosh"),
        pytest.param(lambda text: text.replace("李娜", "李\r娜"), 1, id="a stray return"),
        pytest.param(lambda text: text.rstrip("\n"), 0, id="no last line end"),
        pytest.param(lambda text: text.replace("13800000002", ""), 0, id="an empty cell"),
    ],
)
@pytest.mark.parametrize("header", [True, False])
def test_odd_files_are_read_as_the_csv_module_reads_them(
    tmp_path: Path, edit: Callable[[str], str], unreadable: int, header: bool
) -> None:
    content = edit(text_of(",", header=header)).encode()
    dump = read(tmp_path, content=content)
    require_replay(dump, content=content)
    assert dump.unreadable == unreadable


def test_columns_in_any_order_without_header(tmp_path: Path) -> None:
    content = "".join(",".join(reversed(row)) + "\n" for row in ROWS).encode()
    dump = read(tmp_path, content=content)
    assert list(dump.kinds) == ["address", "email", "phone", "name"]
    require_replay(dump, content=content)


def test_a_header_that_is_a_fields_name_decides(tmp_path: Path) -> None:
    fields = {FieldName("given_name"): KindName.PERSON_NAME, FieldName("surname"): KindName.PERSON_NAME}
    path = tmp_path / "dump.csv"
    path.write_text("Surname , Given Name\nWhite,Anna\nBlack,Tom\n")
    assert ingest(path, fields=fields).table().columns == ["row", "surname", "given_name"]


def test_fields_of_one_kind_are_filled_in_order_without_header(tmp_path: Path) -> None:
    fields = {FieldName("holder"): KindName.PERSON_NAME, FieldName("recipient"): KindName.PERSON_NAME}
    path = tmp_path / "dump.csv"
    path.write_text("Anna White,Tom Black\nEve Green,Ann Grey\n")
    assert ingest(path, fields=fields).table()["recipient"].to_list() == ["Tom Black", "Ann Grey"]


def test_the_callers_word_on_columns_wins(tmp_path: Path) -> None:
    content = text_of(",", header=True).encode()
    dump = read(tmp_path, content=content, columns={"邮箱": (FieldName("customer"), KindName.IDENTIFIER)})
    assert dump.kinds[FieldName("customer")] is KindName.IDENTIFIER
    assert dump.table()["customer"].to_list() == [row[2] for row in ROWS]


def test_the_callers_word_on_the_dialect_wins(tmp_path: Path) -> None:
    content = text_of(",", header=False).replace("张伟", '"张伟').encode()
    dump = read(tmp_path, content=content, given=Given(quote="", delimiter=",", header=False))
    assert dump.table()["name"].to_list()[0] == '"张伟'
    require_replay(dump, content=content)


def test_lines_of_two_encodings_are_read_line_by_line(tmp_path: Path) -> None:
    lines = text_of(",", header=False).splitlines(keepends=True) * 50
    content = b"".join(line.encode("gb18030" if place % 2 else "utf-8") for place, line in enumerate(lines))
    dump = read(tmp_path, content=content)
    assert dump.dialect.codecs == ("utf-8", "gb18030")
    assert dump.damaged_lines == 0
    assert dump.table()["name"].to_list() == [row[0] for row in ROWS] * 50
    require_replay(dump, content=content)


def test_a_line_in_no_encoding_is_counted_and_its_other_cells_survive(tmp_path: Path) -> None:
    lines = text_of(",", header=False).splitlines(keepends=True) * 5
    content = b"".join(line.encode() for line in lines) + b"\xff\x81\xfa,13800000009,x@example.com,?\n"
    dump = read(tmp_path, content=content)
    assert dump.damaged_lines == 1
    assert dump.table()["phone"].to_list()[-1] == "13800000009"
    require_replay(dump, content=content)


def test_chinese_that_passes_for_utf8_by_chance_is_read_as_the_rest_of_the_file(tmp_path: Path) -> None:
    content = text_of(",", header=False).encode("gb18030") * 20 + "联通,13800000009,x@example.com,?\n".encode("gb18030")
    dump = read(tmp_path, content=content)
    assert dump.dialect.codecs == ("gb18030",)
    assert dump.table()["name"].to_list()[-1] == "联通"
    require_replay(dump, content=content)


def test_western_legacy_text(tmp_path: Path) -> None:
    content = "name,phone\nJosé,13800000001\nRené,13800000002\n".encode("cp1252")
    dump = read(tmp_path, content=content)
    assert dump.table()["name"].to_list() == ["José", "René"]
    require_replay(dump, content=content)


def test_encoding_that_changes_after_the_head(tmp_path: Path) -> None:
    ascii_rows = "Anna White,13800000001,a@example.com,1 High Road\n" * 8_000
    content = ascii_rows.encode() + "张伟,13800000002,z@example.com,北京路1号\n".encode("gb18030")
    dump = read(tmp_path, content=content)
    assert dump.dialect.codecs == ("gb18030",)
    assert dump.table()["name"].to_list()[-1] == "张伟"


def test_json_lines_keep_numbers_as_spelled(tmp_path: Path) -> None:
    people = ROWS * 4
    records = [
        {"name": row[0], "phone": int(row[1]), "email": row[2] if place else None} for place, row in enumerate(people)
    ]
    lines = [json.dumps(record, ensure_ascii=False) for record in records]
    content = "\n".join([*lines, "", '{"name": "broken', '{"phone": 1.50}', "17"]).encode()
    dump = read(tmp_path, content=content, name="dump.jsonl")
    assert dump.dialect.format is DumpFormat.JSONL
    assert dump.table()["phone"].to_list() == [*(row[1] for row in people), "1.50"]
    assert dump.table()["email"].to_list() == ["", *(row[2] for row in people[1:]), ""]
    assert dump.table()["row"].to_list() == [*range(len(people)), len(people) + 1]
    assert (dump.read, dump.unreadable) == (len(people) + 3, 2)


def test_parquet_as_text(tmp_path: Path) -> None:
    path = tmp_path / "dump.parquet"
    pl.DataFrame({"phone": [int(row[1]) for row in ROWS], "name": [row[0] for row in ROWS[:3]] + [None]}).write_parquet(
        path
    )
    dump = ingest(path, fields=FIELDS)
    assert dump.table()["phone"].to_list() == [row[1] for row in ROWS]
    assert dump.table()["name"].to_list() == ["张伟", "李娜", "王芳", ""]
    assert dump.sha256 == sha256(path.read_bytes()).digest()


def test_progress_ends_at_the_file_size(tmp_path: Path) -> None:
    seen: list[int] = []
    dump = read(tmp_path, content=text_of(",", header=True).encode(), progress=seen.append)
    assert seen[-1] == dump.size_bytes


def test_blocks_do_not_show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("suyuan.trace.files.source.BLOCK_BYTES", 100)
    edits = ("", '"a\nb"', '"x""y"')
    rows = [[*row, edits[place % 3]] for place, row in enumerate(chain.from_iterable([ROWS] * 20))]
    content = "".join(",".join(row) + "\n" for row in rows).encode()
    dump = read(tmp_path, content=content)
    require_replay(dump, content=content)
    assert dump.rows == 80


def test_a_dump_prints_no_value(tmp_path: Path) -> None:
    dump = read(tmp_path, content=text_of(",", header=True).encode())
    assert not any(cell in repr(dump) for row in [HEADER, *ROWS] for cell in row)
