"""Tables of text whose characters, separators or line ends are not what they seem: each person once, with her own values."""

from pathlib import Path

import polars as pl
import pytest
from tests.leaked_people import FIELDS, Human, humans, lines

from suyuan.errors import RefusedError
from suyuan.trace.dump import Dump
from suyuan.trace.files.appended import appended_utf16
from suyuan.trace.files.damage import cleaned
from suyuan.trace.files.dialect import table_width
from suyuan.trace.files.encoding import looks_western
from suyuan.trace.files.own_codecs import is_twice, looks_like_big5
from suyuan.trace.formats.fixed_width import fixed_columns
from suyuan.trace.formats.line_shapes import has_longer_runs, is_in_blocks
from suyuan.trace.ingest import ingest

H = humans(40, seed=47)
MANY = humans(60, seed=53)


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


def test_utf8_that_was_encoded_twice_is_read_as_it_was(tmp_path: Path) -> None:
    rows = ["姓名,手机,地址", *(f"{p.name},{p.phone},{p.address}" for p in H)]
    once = lines(rows).encode()
    # Windows-1252 has no character for five bytes: programs make controls of them.
    taken = "".join(
        c if c.isprintable() or c == "\n" else bytes((ord(c),)).decode("cp1252", "replace")
        for c in once.decode("latin-1")
    )
    for text in (
        once.decode("latin-1"),
        "".join(one if two == "\ufffd" else two for one, two in zip(once.decode("latin-1"), taken, strict=True)),
    ):
        dump = read(tmp_path, text)
        require_people(dump, "name", "phone", "address")
        assert dump.dialect.format == "converted"


@pytest.mark.parametrize(
    "text", ["José,13800000001\n" * 5, "张伟 Ã¼,13800000001\n" * 5, "5 °C £3 «ça»\n" * 5, "Ã¼\nMüller\nÖzil\nKäthe\n"]
)
def test_text_with_accents_was_encoded_once(text: str) -> None:
    assert not is_twice(text)


def test_a_line_that_was_cut_between_two_encodings_is_damaged(tmp_path: Path) -> None:
    rows = [f"{p.name},{p.phone},{p.address}".encode().decode("latin-1") for p in H]
    rows[3] = rows[3].replace(rows[3][1], "", 1)
    dump = read(tmp_path, lines(rows))
    assert dump.damaged_lines == 1 or "\ufffd" in dump.table()["name"].to_list()[3]
    assert dump.table()["phone"].to_list() == [p.phone for p in H]
    assert dump.table()["name"].to_list()[4] == H[4].name


def test_lines_of_big5_among_lines_of_gbk(tmp_path: Path) -> None:
    tall = [
        ("陳文豪", "高雄市三民區建國路393號2樓"),
        ("林雅婷", "臺北市大安區復興南路一段12號"),
        ("黃志明", "臺中市西屯區文心路88號5樓"),
    ]
    content = b""
    for n, p in enumerate(H):
        name, address = tall[n % 3] if n % 8 == 5 else (p.name, p.address)
        content += f"{name},{p.phone},{address}\n".encode("cp950" if n % 8 == 5 else "gb18030" if n % 8 else "utf-8")
    dump = read(tmp_path, content)
    wanted = [tall[n % 3][0] if n % 8 == 5 else p.name for n, p in enumerate(H)]
    assert dump.table()["name"].to_list() == wanted
    assert dump.notes == ()


def test_rare_characters_of_gbk_are_no_big5() -> None:
    """`玥` has a plain letter for its second byte, and stands where Big5 has its common characters."""
    assert not looks_like_big5("李玥,13800000001,广东省广州市黄埔大道".encode("gb18030"), among_others=True)
    assert looks_like_big5("陳文豪,+886909602067,高雄市三民區建國路393號2樓".encode("cp950"), among_others=True)


def fixed(*cells: tuple[str, int]) -> str:
    """Give cells cut or filled up to their widths, as a terminal counts them."""
    whole = ""
    for text, width in cells:
        cut = text.encode("gb18030")[:width].decode("gb18030", "ignore")
        whole += cut + " " * (width - len(cut.encode("gb18030")))
    return whole


def test_columns_of_fixed_width_without_a_gap(tmp_path: Path) -> None:
    """IDs and mobile numbers stand at one place, a sex does, and a code ends where names begin."""
    rows = [
        f"D{6222000000000 + p.number}"
        + fixed(
            (p.name, 8), ("女" if p.number % 3 else "男", 2), ("01" + p.resident_id, 20), (p.phone, 11), (p.address, 60)
        )
        + f"{p.number:012d}"
        for p in H
    ]
    dump = read(tmp_path, lines(rows).encode("gb18030"))
    assert dump.unreadable == 0
    require_people(dump, "name", "resident_id", "phone", "address")


def test_cells_that_fill_their_column_touch_the_next(tmp_path: Path) -> None:
    """A spreadsheet's text for a printer cuts what is too long: no blank is left before the next column."""
    rows = [
        fixed(
            (p.name, 9),
            (p.address, 38 if n % 4 else 20),
            *(() if n % 4 else (("", 18),)),
            (p.resident_id, 20),
            (p.phone, 11),
        )
        for n, p in enumerate(H)
    ]
    dump = read(tmp_path, lines(rows).encode("gb18030"))
    require_people(dump, "name", "resident_id", "phone")


def test_an_advertisement_over_columns_is_no_header(tmp_path: Path) -> None:
    """One blank in two lines says too little to cut a third that has no digit."""
    rows = ["更多数据加群", "张三 16300001234 北京市朝阳区建国路88号", "李四 16300001235 上海市浦东新区世纪大道1号"]
    dump = read(tmp_path, lines(rows).encode("gb18030"))
    assert [column.name for column in dump.columns if column.name] == []
    assert dump.table()["phone"].to_list()[-2:] == ["16300001234", "16300001235"]


def test_a_line_that_is_moved_within_columns_without_a_gap_is_no_row(tmp_path: Path) -> None:
    rows = [fixed((p.name, 8), (p.resident_id, 18), (p.phone, 11), (p.address, 60)) for p in MANY]
    rows[7] = "x" + rows[7]
    dump = read(tmp_path, lines(rows).encode("gb18030"))
    assert dump.unreadable == 1
    require_people(dump, "name", "resident_id", "phone", "address", people=[*MANY[:7], *MANY[8:]])


def test_no_column_begins_where_names_of_two_characters_end() -> None:
    """Words of any length behind a blank: most lines have a blank at some place, and the others a character."""
    for wide in (True, False):
        columns = fixed_columns([f"{p.phone} {p.name} {p.address}" for p in H], wide=wide)
        assert columns is None or columns.starts == (0, 12)
    rows = [f"{'张伟' if n % 5 else '欧阳娜'} {p.phone} {p.address}" for n, p in enumerate(H)]
    columns = fixed_columns(rows, wide=True)
    assert columns is None or sum(isinstance(columns.cells(row), list) for row in rows) < 0.9 * len(rows)


@pytest.mark.parametrize("header", [True, False])
def test_rows_that_end_in_as_many_tabs_as_they_please(tmp_path: Path, *, header: bool) -> None:
    """No width has half of the rows: all have the same cells, but for empty ones at the end."""
    rows = ["编号\t姓名\t手机\t地址\t备注"] if header else []
    rows += [
        f"{p.number}\t{p.name}\t{p.phone}\t{p.address}\t{'x' if p.number % 9 == 0 else ''}" + "\t" * (p.number % 4)
        for p in H
    ]
    dump = read(tmp_path, lines(rows))
    assert dump.unreadable == 0
    require_people(dump, "name", "phone", "address")


def test_widths_that_differ_by_more_than_empty_cells_are_no_one_width() -> None:
    assert table_width([["a"] * n for n in (2, 3, 4, 5) * 9], header=False) == 5
    assert table_width([["a", "b", *[""] * n] for n in (0, 1, 2) * 9], header=False) == 2
    assert table_width([["a", "b", "c"], *[["a", "b", *[""] * n] for n in (1, 2, 3) * 9]], header=True) == 3


def test_bars_within_a_remark_and_bars_too_many_at_the_end(tmp_path: Path) -> None:
    """What stands behind the address has the shape of its column: it is no piece of the address."""
    rows = ["姓名|手机|备注|地址|登记时间|"]
    for n, p in enumerate(H):
        remark = "已联系|无人接听" if n % 13 == 1 else "空号"
        rows.append(
            f"{p.name}|{p.phone}|{remark}|{p.address}|2020-02-0{n % 9 + 1} 01:12:56"
            + ("" if n % 13 == 1 else "|||" if n % 5 == 3 else "|")
        )
    dump = read(tmp_path, lines(rows))
    assert dump.unreadable == 0
    require_people(dump, "name", "phone", "address")


def test_an_address_torn_by_a_comma_in_a_row_that_lacks_its_last_cell(tmp_path: Path) -> None:
    """The row has as many cells as the others: the postcode's has words in it, and all others fit one place on."""
    rows = ["姓名,地址,邮编,性别,电话,编号"]
    for n, p in enumerate(H):
        torn = p.address.replace("市", "市,", 1) if n % 10 == 3 else p.address
        rows.append(f"{p.name},{torn},{100000 + n},{'MF'[n % 2]},{p.phone}" + ("" if n % 10 == 3 else f",{p.number}"))
    dump = read(tmp_path, lines(rows))
    assert dump.unreadable == 0
    assert dump.table()["address"].to_list() == [
        p.address.replace("市", "市,", 1) if n % 10 == 3 else p.address for n, p in enumerate(H)
    ]
    require_people(dump, "name", "phone")


def test_words_in_a_column_of_codes_are_no_piece_of_an_address(tmp_path: Path) -> None:
    """Where nothing else is moved by them they stay where they are."""
    rows = ["姓名,地址,邮编,电话,编号"]
    rows += [
        f"{p.name},{p.address},{'不详' if n == 9 else 100000 + n},{p.phone},{p.number}" for n, p in enumerate(MANY)
    ]
    dump = read(tmp_path, lines(rows))
    require_people(dump, "name", "phone", "address", people=MANY)


def test_separators_that_halves_of_characters_swallowed(tmp_path: Path) -> None:
    """A field of so many bytes ends in the first byte of a character; with the bar behind it that is another one."""
    rows = [b"cust_name|addr|cert_no|mobile|open_dt"]
    for p in H:
        address = p.address.encode("gb18030")[:35]
        rows.append(
            b"|".join((p.name.encode("gb18030"), address, p.resident_id.encode(), p.phone.encode(), b"20150522"))
        )
    dump = read(tmp_path, b"\n".join(rows) + b"\n")
    assert dump.unreadable == 0
    require_people(dump, "name", "resident_id", "phone")
    cut = [p.address.encode("gb18030")[:35].decode("gb18030", "ignore") for p in H]
    assert dump.table()["address"].to_list() == cut
    assert any(p.address.encode("gb18030")[:35].decode("gb18030", "replace")[-1:] == "\ufffd" for p in H)


def test_rows_torn_within_an_address_are_put_together(tmp_path: Path) -> None:
    rows = ["姓名\t性别\t电话\t住址\t邮箱\t年龄"]
    for n, p in enumerate(H):
        address = p.address.replace("区", "区\n", 1) if n % 7 == 2 else p.address
        rows.append(f"{p.name}\t男\t{p.phone}\t{address}\t{p.email}\t{n + 20}")
    dump = read(tmp_path, lines(rows))
    assert (dump.read, dump.unreadable) == (len(H), 0)
    require_people(dump, "name", "phone", "address", "email")


def test_short_rows_of_two_people_are_never_one(tmp_path: Path) -> None:
    rows = ["姓名,电话,住址,邮箱"]
    rows += [f"{p.name},{p.phone},{p.address},{p.email}" for p in H[:36]]
    rows += [f"{H[36].name},{H[36].phone}", f"{H[37].name},{H[37].phone},{H[37].address}"]
    dump = read(tmp_path, lines(rows))
    assert dump.read == 38
    assert dump.table()["phone"].to_list()[:36] == [p.phone for p in H[:36]]
    assert all(H[37].name not in address for address in dump.table()["address"].to_list())


@pytest.mark.parametrize(
    ("codec", "wide", "many"),
    [("utf-8", "utf-16-le", 1), ("gb18030", "utf-16-le", 1), ("utf-8", "utf-16-be", 1), ("utf-8", "utf-16-le", 160)],
)
def test_utf16_behind_other_text(tmp_path: Path, codec: str, wide: str, many: int) -> None:
    """A shell appends UTF-16 to whatever the file began as, in its head or far behind it."""
    first = lines(["姓名,手机,地址", *(f"{p.name},{p.phone},{p.address}" for p in H[:30] * many)])
    behind = lines([f"{p.name},{p.phone},{p.address}" for p in H[30:] * many]).replace("\n", "\r\n")
    dump = read(tmp_path, first.encode(codec) + behind.encode(wide))
    assert dump.unreadable == 0
    assert dump.dialect.format == "converted"
    require_people(dump, "name", "phone", "address", people=H[:30] * many + H[30:] * many)


def test_zero_bytes_that_fill_up_are_no_utf16() -> None:
    padded = b"".join(p.name.encode("gb18030").ljust(12, b"\0") + p.phone.encode() + b"\n" for p in H)
    assert appended_utf16("姓名,手机\n".encode() + padded) is None
    assert appended_utf16("张伟,13800000001\n".encode() * 9 + bytes(range(256)) * 40) is None
    assert appended_utf16("张伟,上海\n".encode("utf-16-le") * 300) is None


def test_records_on_several_lines_without_labels(tmp_path: Path) -> None:
    text = "".join(f"{p.name}\n{p.phone}\n{p.address}\n2017-02-08 入住\n\n" for p in H)
    dump = read(tmp_path, text)
    assert (dump.read, dump.unreadable) == (len(H), 0)
    require_people(dump, "name", "phone", "address")


def test_rows_with_a_blank_line_here_and_there_are_no_records_of_several_lines() -> None:
    rows = [f"{p.name}  {p.phone}" for p in H]
    assert not is_in_blocks("".join(f"{row}\n" + "\n" * (n % 4 == 3) for n, row in enumerate(rows)))
    assert not is_in_blocks("\n\n".join(rows))
    assert is_in_blocks("".join(f"{p.name}\n{p.phone} x\n\n" for p in H))


def test_words_that_became_question_marks_are_nothing_and_told(tmp_path: Path) -> None:
    rows = ["name,phone,address", *(f"{'?' * len(p.name)},{p.phone},{'?' * 9}561?6??{n}C" for n, p in enumerate(H))]
    dump = read(tmp_path, lines(rows))
    require_people(dump, "phone")
    assert set(dump.table()["address"].to_list()) == {""}
    assert any("read as address" in note for note in dump.notes)


@pytest.mark.parametrize("cell", ["Really??", "http://a?b=c??", "12 Park Pl ?", "张伟??", "a?b"])
def test_a_question_is_no_lost_word(cell: str) -> None:
    assert cleaned(pl.Series([cell])).to_list() == [cell]


def test_cells_that_go_on_below_in_their_column(tmp_path: Path) -> None:
    """A database's terminal breaks what is longer than its column; a row that lacks its first cells is a row."""
    widths = (10, 8, 11, 30)
    rows = [
        fixed(*zip(("组", "姓名", "手机", "地址"), (w + 1 for w in widths), strict=True)),
        " ".join("-" * w for w in widths),
    ]
    for n, p in enumerate(H):
        first, rest = p.address.encode("gb18030")[:30].decode("gb18030", "ignore"), ""
        rest = p.address[len(first) :]
        rows.append(fixed(("一组" if n % 4 == 0 else "", 11), (p.name, 9), (p.phone, 12), (first, 30)))
        rows += [" " * 32 + rest] if rest else []
    dump = read(tmp_path, lines(rows))
    assert (dump.read, dump.unreadable) == (len(H), 0)
    require_people(dump, "name", "phone", "address")
    assert any(len(p.address.encode("gb18030")) > 30 for p in H)


def test_numbers_of_columns_without_a_gap_are_no_address(tmp_path: Path) -> None:
    """Foreign numbers of ten digits touch what follows them: nothing tells where they end, so the file is refused."""
    rows = [
        f"SMITH, JOHN          51251{n:05d}{5936 + n} PARK PL               AUSTIN        TX78701{n:08d}"
        for n in range(60)
    ]
    with pytest.raises(RefusedError) as refused:
        read(tmp_path, lines(rows))
    assert refused.value.code == "trace.no-column"


def test_lines_that_begin_a_place_apart_are_one_column() -> None:
    """Counted in characters, what is padded as a terminal shows it begins a place later where a name is shorter."""
    rows = [fixed((p.name, 10), (p.phone, 13), (p.resident_id, 20)) + p.address for p in MANY]
    for wide in (True, False):
        columns = fixed_columns(rows, wide=wide)
        cells = [columns.cells(row) for row in rows] if columns is not None else []
        ends = [cell[-1] for cell in cells if isinstance(cell, list)]
        assert all(
            end in p.address and end[:1] == p.address[:1]
            for end, p in zip(ends, MANY, strict=False)
            if len(ends) == len(rows)
        )
