"""Tables of text whose characters, separators or line ends are not what they seem: each person once, with her own values."""

from pathlib import Path

import pytest
from tests.leaked_people import FIELDS, Human, humans, lines

from suyuan.trace.dump import Dump
from suyuan.trace.encoding import looks_western
from suyuan.trace.ingest import ingest
from suyuan.trace.line_shapes import has_longer_runs

H = humans(40, seed=47)


def read(folder: Path, content: str | bytes) -> Dump:
    path = folder / "dump.txt"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return ingest(path, fields=FIELDS)


def require_people(dump: Dump, *fields: str, people: list[Human] = H) -> None:
    for field in fields:
        assert dump.table()[field].to_list() == [getattr(p, field) for p in people], field


def test_latin_letters_that_make_chinese_characters_are_latin(tmp_path: Path) -> None:
    """Before plain letters they are two-byte characters of GB18030, and most lines decode as that."""
    streets = ("Hauptstraße", "Schloßallee", "Größenweg", "Müllergasse", "Blumenstraße")
    rows = ["Kunde;Name;Straße;Telefon"]
    rows += [f"{p.number};Jörg Müller;{streets[n % 5]} {n};{p.phone}" for n, p in enumerate(H)]
    dump = read(tmp_path, lines(rows).encode("cp1252"))
    assert dump.columns[2].name == "Straße"
    assert dump.table()["name"].to_list() == ["Jörg Müller"] * len(H)
    assert dump.table()["address"].to_list()[0] == "Hauptstraße 0"


@pytest.mark.parametrize(
    ("text", "codec", "is_western"),
    [
        ("Straße;Käthe Öz", "cp1252", True),
        ("黃x,张伟", "gb18030", False),
        ("黃,趙,張", "gb18030", False),
        ("张伟a,13800000001", "gb18030", False),
        ("王喆y,138", "gb18030", False),
    ],
)
def test_which_lines_are_letters_of_latin_words(text: str, codec: str, is_western: bool) -> None:
    assert looks_western(text.encode(codec)) is is_western


def test_rare_characters_of_chinese_stay_chinese(tmp_path: Path) -> None:
    """Names whose second bytes are plain letters, in lines without any other Chinese, are a few of the file's."""
    rows = [f"{p.name},{p.phone},{p.address}" for p in H[:-3]] + [f"黃x,{p.phone},no 7" for p in H[-3:]]
    dump = read(tmp_path, lines(rows).encode("gb18030"))
    assert dump.dialect.codecs == ("gb18030",)
    assert dump.table()["name"].to_list()[0] == H[0].name


def test_separators_that_are_longer_in_some_lines(tmp_path: Path) -> None:
    rows = ["姓名----手机----邮箱----地址"]
    for n, p in enumerate(H):
        marks = ("----", "-----", "----", "------")[n % 4]
        rows.append(f"{p.name}----{p.phone}{marks}{p.email}{marks}{p.address}")
    dump = read(tmp_path, lines(rows))
    assert dump.unreadable == 0
    require_people(dump, "name", "phone", "email", "address")


def test_an_empty_cell_between_two_separators_is_no_longer_separator() -> None:
    assert not has_longer_runs("张伟--------13800000001----北京\n", separator="----")
    assert not has_longer_runs("张伟---13800000001----北京\n", separator="----")
    assert not has_longer_runs("a||||b", separator="||")
    assert not has_longer_runs("-----", separator="-")
    assert has_longer_runs("张伟-----13800000001----北京\n", separator="----")


def test_numbers_at_the_right_of_a_report_are_no_end_of_an_address(tmp_path: Path) -> None:
    """Titles, rules and headings come again on every page; they have no say in where the columns are."""

    def wide(text: str, width: int) -> str:
        return text + " " * (width - len(text.encode("gb18030")))

    head = ["        某银行客户清单", "打印日期：2019-08-01", "-" * 100]
    head += [wide("户名", 14) + wide("电话", 16) + wide("通讯地址", 50) + "余额", "-" * 100]
    rows: list[str] = []
    for n, p in enumerate(H):
        rows += head if n % 10 == 0 else []
        rows.append(wide(p.name, 14) + wide(p.phone, 16) + wide(p.address, 50) + f"{(n * 7919) % 1000 + 0.5:9.2f}")
    dump = read(tmp_path, lines(rows).encode("gb18030"))
    require_people(dump, "name", "phone", "address")
