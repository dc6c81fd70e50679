"""Every dump that cannot be read is refused in one clear line that holds nothing of a person."""

import io
import os
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from suyuan.errors import SuyuanError
from suyuan.terms import FieldName, KindName
from suyuan.trace.files.source import HEAD_BYTES, LINE_BYTES
from suyuan.trace.ingest import ingest

FIELDS = {
    FieldName("name"): KindName.PERSON_NAME,
    FieldName("phone"): KindName.PHONE,
    FieldName("email"): KindName.EMAIL,
}
PLANTED = ("13800000001", "zhangwei@example.com", "张伟", "张伟".encode("gb18030").decode("latin-1"))
ROW = "张伟,13800000001,zhangwei@example.com\n"


def parquet() -> bytes:
    out = io.BytesIO()
    pl.DataFrame({"phone": ["13800000001"] * 100}).write_parquet(out)
    return out.getvalue()


BAD: list[tuple[str, Callable[[], bytes], str]] = [
    ("empty", lambda: b"", "trace.empty"),
    ("blank", lambda: b"\n\n \n", "trace.empty"),
    ("only a mark", lambda: b"\xef\xbb\xbf", "trace.empty"),
    ("binary", lambda: bytes(range(256)) * 50 + PLANTED[0].encode(), "trace.binary"),
    ("a 7z archive", lambda: b"7z\xbc\xaf" + ROW.encode() * 5, "trace.binary"),
    ("no zip", lambda: b"PK\x03\x04" + ROW.encode() * 5, "trace.archive"),
    ("no gzip", lambda: b"\x1f\x8b\x08" + ROW.encode() * 5, "trace.archive"),
    ("long line first", lambda: b"13800000001," * (LINE_BYTES // 10), "trace.long-line"),
    ("too many columns", lambda: b"13800000001,x\n" + (b"a," * 2_000 + b"\n") * 3, "trace.format"),
    ("header only", lambda: b"name,phone,email\n", "trace.header-only"),
    ("no known column", lambda: b"a1,b2\n!!!,???\n###,$$$\n", "trace.no-column"),
    ("truncated parquet", lambda: parquet()[:-20], "trace.parquet"),
    ("damaged parquet", lambda: parquet()[:4] + b"x" * 200 + parquet()[-8:], "trace.parquet"),
    (
        "mostly broken quotes",
        lambda: (ROW + '"张伟"x,13800000001,zhangwei@example.com\n' * 2).encode(),
        "trace.quoting",
    ),
    ("nothing but broken quotes", lambda: '"张伟"x,13800000001\n'.encode() * 3, "trace.quoting"),
    ("mostly long cells", lambda: (ROW + ("x" * 140_000 + "\n") * 2).encode(), "trace.long-line"),
    ("json without objects", lambda: b'["13800000001", "zhangwei@example.com"]\n', "trace.format"),
    ("json that breaks off", lambda: b'[{"phone": "13800000001", "x": [[\n', "trace.format"),
    ("broken utf-16", lambda: (ROW * 5).encode("utf-16")[:-1], "trace.encoding"),
]


def require_clear_line(error: SuyuanError, *, code: str) -> None:
    assert error.code == code
    message = f"{error} {error.hint} {error!r}"
    assert "\n" not in message
    assert not [value for value in PLANTED if value in message]
    cause: BaseException | None = error.__cause__
    assert cause is None or not [value for value in PLANTED if value in str(cause)]


@pytest.mark.parametrize(("content", "code"), [pytest.param(make, code, id=name) for name, make, code in BAD])
def test_refused_in_one_line_without_values(tmp_path: Path, content: Callable[[], bytes], code: str) -> None:
    path = tmp_path / "dump"
    path.write_bytes(content())
    with pytest.raises(SuyuanError) as refused:
        ingest(path, fields=FIELDS)
    require_clear_line(refused.value, code=code)


JSON_ROW = '{"name": "张伟", "phone": "13800000001"}\n'

HOSTILE: list[tuple[str, str, str]] = [
    ("open quote alone", ROW, '"\n'),
    ("text after a quote", ROW, '"张伟"x,13800000001,zhangwei@example.com\n'),
    ("long cell", ROW, "张伟,13800000001," + "x" * 140_000 + "\n"),
    ("long quoted cell", ROW, '张伟,13800000001,"' + "x" * 140_000 + '"\n'),
    ("long line", ROW, "13800000001," * (LINE_BYTES // 10) + "\n"),
    ("nested value", JSON_ROW, '{"phone": ["13800000001"]}\n'),
    ("nested value of an unwanted key", JSON_ROW, '{"phone": "13800000001", "x": {"y": 1}}\n'),
    ("deep value", JSON_ROW, '{"phone": ' + "[" * 9_000 + "]" * 9_000 + "}\n"),
    ("half a character", JSON_ROW, '{"phone": "13800000001", "name": "\\ud800"}\n'),
    ("half a character in a key", JSON_ROW, '{"phone": "13800000001", "\\udfff": "x"}\n'),
    ("no object", JSON_ROW, "[1]\n"),
    ("no JSON", JSON_ROW, '{"phone\n'),
    ("long object", JSON_ROW, '{"phone": "' + "1" * LINE_BYTES + '"}\n'),
]


@pytest.mark.parametrize("place", [0, 3, 8])
@pytest.mark.parametrize(("good", "bad"), [pytest.param(good, bad, id=name) for name, good, bad in HOSTILE])
def test_one_hostile_row_is_unreadable_and_stops_nothing(tmp_path: Path, good: str, bad: str, place: int) -> None:
    if place == 0 and len(bad) > HEAD_BYTES:
        pytest.skip("the first line ends within the head, or the file is refused")
    path = tmp_path / "dump"
    path.write_text(good * place + bad + good * (8 - place))
    dump = ingest(path, fields=FIELDS)
    assert (dump.rows, dump.unreadable) == (8, 1)
    assert dump.table()["row"].to_list() == [row for row in range(9) if row != place]
    assert set(dump.table()["phone"]) == {"13800000001"}


@pytest.mark.parametrize("place", [0, 3, 8])
def test_a_bracket_with_nothing_in_it_is_told_and_no_row(tmp_path: Path, place: int) -> None:
    path = tmp_path / "dump"
    path.write_text(JSON_ROW * place + "{\n" + JSON_ROW * (8 - place))
    dump = ingest(path, fields=FIELDS)
    assert (dump.rows, dump.unreadable) == (8, 0)
    assert dump.notes == ("lines that are titles, rules or totals, and no rows: 1",)
    assert set(dump.table()["phone"]) == {"13800000001"}


def test_a_few_zero_bytes_stop_nothing(tmp_path: Path) -> None:
    path = tmp_path / "dump.csv"
    path.write_text(ROW * 5 + ROW.replace("张伟", "张\0伟") + ROW * 5)
    dump = ingest(path, fields=FIELDS)
    assert (dump.rows, dump.unreadable) == (11, 0)


def test_an_open_quote_far_from_the_end(tmp_path: Path) -> None:
    path = tmp_path / "dump.csv"
    path.write_text(ROW * 5 + '"' + ROW * 50_000)
    dump = ingest(path, fields=FIELDS)
    assert (dump.rows, dump.unreadable) == (50_005, 0)
    assert set(dump.table()["phone"]) == {"13800000001"}


@pytest.mark.parametrize(
    ("text", "where"),
    [
        (ROW + '"张伟"x,13800000001\n' * 2, "row 2 (line 2)"),
        ("name,phone,email\n" + ROW + '\n"张伟"x,13800000001\n' * 3, "row 2 (line 4)"),
    ],
)
def test_broken_quoting_names_the_first_row(tmp_path: Path, text: str, where: str) -> None:
    path = tmp_path / "dump.csv"
    path.write_text(text)
    with pytest.raises(SuyuanError, match="quoting is broken") as refused:
        ingest(path, fields=FIELDS)
    assert where in str(refused.value)


def test_nested_json_is_read_under_dotted_keys(tmp_path: Path) -> None:
    path = tmp_path / "dump.jsonl"
    path.write_text('{"phone": ["13800000001"], "id": {"$oid": "1"}}\n\n' * 2)
    dump = ingest(path, fields=FIELDS)
    assert dump.table()["phone"].to_list() == ["13800000001"] * 2
    assert [column.name for column in dump.columns] == ["phone.0", "id"]


def test_a_hundred_megabyte_line_takes_bounded_memory(tmp_path: Path) -> None:
    path = tmp_path / "dump.csv"
    with path.open("wb") as file:
        file.write(ROW.encode() * 1000)
        for _ in range(100):
            file.write(b"13800000001," * 87_400)
        file.write(b"\n" + ROW.encode() * 1000)
    tracemalloc.start()
    dump = ingest(path, fields=FIELDS)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (dump.rows, dump.unreadable) == (2000, 1)
    assert peak < 60 << 20


def test_missing_and_directory(tmp_path: Path) -> None:
    with pytest.raises(SuyuanError) as missing:
        ingest(tmp_path / "none", fields=FIELDS)
    require_clear_line(missing.value, code="trace.missing")
    with pytest.raises(SuyuanError) as folder:
        ingest(tmp_path, fields=FIELDS)
    require_clear_line(folder.value, code="trace.directory")


def test_a_file_without_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "dump.csv"
    path.write_text(ROW)
    path.chmod(0)
    if os.access(path, os.R_OK):
        # The superuser reads everything, so the system's answer is played.
        def refuse(*_: object, **__: object) -> None:
            raise PermissionError(13, "Permission denied", str(path))

        monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(SuyuanError) as refused:
        ingest(path, fields=FIELDS)
    require_clear_line(refused.value, code="trace.permission")


def test_a_disk_that_fails_while_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Path, "open", fail)
    with pytest.raises(SuyuanError) as refused:
        ingest(tmp_path / "dump.csv", fields=FIELDS)
    require_clear_line(refused.value, code="trace.unreadable-file")


@pytest.mark.parametrize(
    "columns", [{9: (FieldName("phone"), KindName.PHONE)}, {"13800000001": (FieldName("phone"), KindName.PHONE)}]
)
def test_a_column_that_is_not_there(tmp_path: Path, columns: dict[int | str, tuple[FieldName, KindName]]) -> None:
    path = tmp_path / "dump.csv"
    path.write_text("name,phone,email\n" + ROW)
    with pytest.raises(SuyuanError) as refused:
        ingest(path, fields=FIELDS, columns=columns)
    require_clear_line(refused.value, code="trace.column")


def test_a_field_given_twice(tmp_path: Path) -> None:
    path = tmp_path / "dump.csv"
    path.write_text("name,phone,email\n" + ROW)
    phone = (FieldName("phone"), KindName.PHONE)
    with pytest.raises(SuyuanError) as refused:
        ingest(path, fields=FIELDS, columns={0: phone, 1: phone})
    require_clear_line(refused.value, code="trace.column")


@pytest.mark.parametrize("name", ["row", "person", "omission", "planted"])
def test_a_field_with_a_reserved_name(tmp_path: Path, name: str) -> None:
    path = tmp_path / "dump.csv"
    path.write_text("name,phone,email\n" + ROW)
    with pytest.raises(SuyuanError) as refused:
        ingest(path, fields={FieldName(name): KindName.PHONE})
    require_clear_line(refused.value, code="trace.column")
