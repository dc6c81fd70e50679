"""What odd formats hold may be made to hurt: no reader takes time beyond its text, makes it large, or fails in words of its own."""

import io
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.leaked_people import FIELDS, humans

from suyuan.errors import SuyuanError
from suyuan.trace.files.coded import of_unicode
from suyuan.trace.formats import drawn, labels, sql_dump
from suyuan.trace.formats.sql_calls import RESULT_CHARACTERS, Known, called
from suyuan.trace.formats.sql_values import Backslash, row_at
from suyuan.trace.ingest import ingest

WHO = humans(24)
LONG = 60_000
CSV = "".join(f"{p.name},{p.phone}\n" for p in WHO).encode()
NESTED = ("{{}}", "{[1]}", "{{'a'}}", "{[1]:2}", "{'a': " + "9" * 5_000 + "}", "{" + "-" * 5_000 + "1}")
SQL = (
    "char(55296)", "chr(55357)||chr(56832)", "unistr('\\d800')", "concat_ws('" + "x" * 60_000 + "'" + ",1" * 30_000 + ")",
    "'a' collate " + "(1 collate " * 900, "cast(" * 900, "cast('a' as " * 900, "convert(1 using " * 900, "q'[", "'\\",
)  # fmt: skip


def read(path: Path, content: bytes | str) -> int | str:
    """Read a file, and give how many rows it has or why it is refused."""
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    try:
        return ingest(path, fields=FIELDS).rows
    except SuyuanError as error:
        return error.code


@pytest.mark.parametrize("odd", NESTED, ids=range(len(NESTED)))
def test_a_literal_that_is_no_value_spoils_its_own_line_alone(tmp_path: Path, odd: str) -> None:
    lines = "".join(f"{{'name': '{p.name}', 'phone': '{p.phone}'}}\n" for p in WHO)
    assert read(tmp_path / "records", f"{lines}{odd}\n") in (len(WHO), len(WHO) + ("9" * 5_000 in odd))
    lines = "".join(f"('{p.name}', '{p.phone}', True)\n" for p in WHO)
    assert read(tmp_path / "tuples", f"{lines}({odd}, 1, 2)\n") in (len(WHO), len(WHO) + 1)


@pytest.mark.parametrize("odd", SQL, ids=range(len(SQL)))
def test_a_value_of_sql_spoils_nothing_but_itself(tmp_path: Path, odd: str) -> None:
    rows = "".join(f"INSERT INTO u (name, phone, note) VALUES ('{p.name}', '{p.phone}', 'x');\n" for p in WHO)
    for form in ("INSERT INTO u (name, phone, note) VALUES ('a', 1, {});\n", "UPDATE u SET name = {};\n"):
        got = read(tmp_path / "dump", f"-- x\n{rows}{form.format(odd)}")
        assert isinstance(got, int)
        assert got >= len(WHO)


def test_half_a_character_is_none_and_two_halves_are_one() -> None:
    assert called("char", [Known("55357"), Known("56832")]) == Known("\U0001f600", is_text=True)
    assert called("chr", [Known("55296")]) == Known("\ufffd", is_text=True)
    assert of_unicode("\\d83d\\de00") == "\U0001f600"


def test_a_call_gives_no_text_that_is_longer_than_a_cell() -> None:
    long = Known("x" * RESULT_CHARACTERS, is_text=True)
    assert called("concat_ws", [long, Known("a"), Known("b"), Known("c")]) is None
    assert called("concat", [long, long]) is None
    assert called("replace", [long, Known("x"), Known("yy")]) is None
    assert called("concat_ws", [Known("-"), Known("a"), Known("b")]) == Known("a-b", is_text=True)


TEXTS: list[tuple[str, Callable[[str], object], str]] = [
    ("long label", labels.found_in, "a-" * LONG),
    ("rule before a word", labels.is_heading_line, "-" * LONG + "a"),
    ("rule behind a number", labels.is_heading_line, "1" + "-" * LONG + "a"),
    ("brackets", labels.is_heading_line, "[" * LONG + "a"),
    ("brackets in turn", labels.is_heading_line, "[-]" * LONG + "a"),
    ("blanks in a keyed line", labels.KEYED.match, "a | x" + " " * LONG + "b"),
    ("blanks in a numbered line", labels.unnumbered, "1) a" + " " * LONG + "b"),
    ("blank lines before a frame", drawn.drawing_of, "\n" * LONG),
    ("blanks in a drawn cell", lambda text: drawn.cells_of(text, has_edges=True), "|" + " " * LONG + "x|"),
    ("blanks that go on", drawn.GOES_ON.search, " " * LONG + "x"),
    ("commas of a table", lambda text: list(sql_dump.COLUMN.finditer(text)), "\n" * LONG),
    ("open comments", lambda text: row_at(text, 0, end=len(text), backslash=Backslash.STANDS), "(" + "1/*" * LONG),
    ("open quotes", lambda text: row_at(text, 0, end=len(text), backslash=Backslash.STANDS), "(" + "q'[ " * LONG),
    ("one label", lambda text: labels.labelled(text, labels=labels.Labels(words=frozenset({"a"}))), "a:1 " * 40_000),
]


@pytest.mark.parametrize(("reader", "text"), [case[1:] for case in TEXTS], ids=[case[0] for case in TEXTS])
def test_time_grows_with_the_text_alone(reader: Callable[[str], object], text: str) -> None:
    """A pattern that looks back over what it has read would take hours."""
    reader(text)


def test_labels_are_told_as_before() -> None:
    for line in ("E-mail: x", "Full Name: x", "- First-Name Of : x", "a b c d: x"):
        assert labels.LONG.match(line) is not None, line
    for line in ("Name: x", "a b c d e: x", "a-1: x", "a  b: x"):
        assert labels.LONG.match(line) is None, line
    for line in (
        "【1】",
        "Row 3:",
        "*** 3. row ***",
        "-[ RECORD 3 ]----",
        "[[users]]",
        "0 => array (",
        "第 3 条记录",
        "array(",
        "[a b]",
    ):
        assert labels.is_heading_line(line) or line == "第 3 条记录", line
    for line in ("3 x", "row x", "[a] x", "array x"):
        assert not labels.is_heading_line(line), line
    assert labels.labelled("a:1 a:2 a:3", labels=labels.Labels(words=frozenset({"a"})))[1] == {
        "a": "1", "a 2": "2", "a 3": "3",
    }  # fmt: skip
    assert labels.unnumbered(' 12) "a b" ') == "a b"


def member(name: str, data: bytes, *, kind: bytes = b"0") -> bytes:
    info = tarfile.TarInfo(name)
    info.type, info.size = kind, len(data)
    return info.tobuf(tarfile.USTAR_FORMAT) + data + bytes(-len(data) % 512)


PROPERTIES = {
    "a length of many digits": b"9" * 5_000 + b" path=a\n",
    "a size of many digits": b"5017 size=" + b"9" * 5_006 + b"\n",
    "properties of nothing": b"3 \n" * 20_000,
}


@pytest.mark.parametrize("told", PROPERTIES.values(), ids=PROPERTIES)
def test_what_a_header_of_tar_claims_is_no_number_of_any_size(tmp_path: Path, told: bytes) -> None:
    content = member("x", told, kind=b"x") + member("a.csv", CSV) + bytes(1_024)
    assert read(tmp_path / "dump", content) == len(WHO)


def spreadsheet() -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", "<table:table></table:table>")
    return whole.getvalue()


def test_every_byte_of_a_spreadsheet_may_be_another(tmp_path: Path) -> None:
    content = spreadsheet()
    for place in range(len(content)):
        changed = bytearray(content)
        changed[place] ^= 0xFF if place % 2 else 0x01
        assert read(tmp_path / "dump", bytes(changed)) is not None
    for end in range(0, len(content), 7):
        assert isinstance(read(tmp_path / "dump", content[:end]), str)


def test_an_index_of_many_digits_is_none(tmp_path: Path) -> None:
    rows = "".join(f"<tr><td>{p.name}</td><td>{p.phone}</td></tr>" for p in WHO)
    odd = f'<tr><td ss:index="{"9" * 5_000}">a</td></tr>'
    assert isinstance(read(tmp_path / "dump", f"<table>{rows}{odd}</table>"), int)


@pytest.mark.parametrize("broken", ["(1,(2)", "(f(1,2", '(1,f("', "(1 /*"])
def test_brackets_that_never_close_are_looked_over_once(tmp_path: Path, broken: str) -> None:
    rows = "".join(f"INSERT INTO u (name, phone) VALUES ('{p.name}', '{p.phone}');\n" for p in WHO)
    got = read(tmp_path / "dump", f"-- x\n{rows}" + f"INSERT INTO u VALUES {broken}\n" * 2_000)
    assert got in (len(WHO), "trace.ragged", "trace.format")
