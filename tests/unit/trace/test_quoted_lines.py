"""Cells in quotes that go over several lines: what their lines look like says nothing of the file."""

import csv
import io
from pathlib import Path

import pytest
from tests.leaked_people import FIELDS, humans

from suyuan.trace.files.dialect import sample_rows
from suyuan.trace.formats.quoted import is_quoted_table
from suyuan.trace.ingest import ingest

WHO = humans(60, seed=9)

TOLD = {
    "jobs": "2012 某公司\n2016 自由职业",
    "quotes and separators": '甲,"乙;丙|丁\n他说"好",我说\t不',
    "paragraphs": "第一段\n\n第二段",
    "witnesses": "2012--2016：某公司\n证明人：龚宇志 13736102647\n至今：自由职业",
    "a chat": "张三 2020-01-02 10:11:12\n在吗\n李四 2020-01-02 10:12:12\n在",
    "statements": "INSERT INTO x VALUES (1);\nINSERT INTO y VALUES (2);",
    "labels": "姓名：无\n电话：无\n备注：无",
}
"""What stands in cells of several lines."""

WRITTEN = [
    pytest.param(",", "\n", "utf-8-sig", id="comma"),
    pytest.param("\t", "\r\n", "gb18030", id="tab, GBK"),
    pytest.param(";", "\r\n", "utf-16", id="semicolon, UTF-16"),
    pytest.param("|", "\n", "gb18030", id="bar, GBK"),
]


def resumes(told: str, *, delimiter: str = ",", end: str = "\n", every: int = 2, at: int = 4) -> str:
    """Every so manieth row has two cells of several lines; the last column is when it was changed."""
    made = io.StringIO(newline="")
    table = csv.writer(made, delimiter=delimiter, lineterminator=end)
    header = ["编号", "姓名", "手机", "邮箱", "更新时间"]
    table.writerow([*header[:at], "经历", "评价", *header[at:]])
    for n, p in enumerate(WHO):
        cells = [told.replace("\n", end)] * 2 if n % every == 0 else ["应届生", ""]
        row = [f"J{n:08}", p.name, p.phone, p.email if n % 3 else "", f"2020-03-{n % 28 + 1:02} 10:{n:02}:11"]
        table.writerow([*row[:at], *cells, *row[at:]])
    return made.getvalue()


def require_everybody(path: Path) -> None:
    dump = ingest(path, fields=FIELDS)
    assert (dump.read, dump.unreadable) == (len(WHO), 0)
    table = dump.table()
    assert table["name"].to_list() == [p.name for p in WHO]
    assert table["phone"].to_list() == [p.phone for p in WHO]
    assert table["email"].to_list() == [p.email if n % 3 else "" for n, p in enumerate(WHO)]


@pytest.mark.parametrize("told", TOLD.values(), ids=TOLD.keys())
@pytest.mark.parametrize(("delimiter", "end", "codec"), WRITTEN)
def test_a_table_with_line_ends_in_its_quotes_is_a_table(
    tmp_path: Path, told: str, delimiter: str, end: str, codec: str
) -> None:
    path = tmp_path / "dump.csv"
    path.write_bytes(resumes(told, delimiter=delimiter, end=end).encode(codec))
    require_everybody(path)


@pytest.mark.parametrize(("every", "at"), [(1, 4), (3, 4), (10, 4), (2, 0), (2, 5)])
def test_however_many_rows_have_them_and_wherever(tmp_path: Path, every: int, at: int) -> None:
    path = tmp_path / "dump.csv"
    path.write_text(resumes(TOLD["a chat"], every=every, at=at), encoding="utf-8", newline="")
    require_everybody(path)


def test_a_head_that_breaks_off_within_such_a_cell(tmp_path: Path) -> None:
    told = "\n".join("姓名：无 电话：无" if n % 2 else f"第{n}段 2020-01-02 10:11:12" for n in range(200))
    path = tmp_path / "dump.csv"
    path.write_text(resumes(told), encoding="utf-8", newline="")
    assert path.stat().st_size > 256 << 10
    require_everybody(path)


def test_a_sample_loses_no_row_to_a_quote_that_is_never_closed() -> None:
    whole = 'a,"b\nc"\nd,e\n'
    assert sample_rows(whole + 'f,"g\n', delimiter=",", quote='"') == [["a", "b\nc"], ["d", "e"]]
    torn = whole + 'f,"g\n' + "h,i\n" * 9
    assert len(sample_rows(torn, delimiter=",", quote='"')) == 2 + 1 + 9
    assert len(sample_rows('f,"g\nh,i\n', delimiter=",", quote='"')) == 2


def test_what_is_no_such_table() -> None:
    assert is_quoted_table(resumes(TOLD["jobs"]))
    # No cell of several lines at all.
    assert not is_quoted_table(resumes("甲"))
    # Rows that stray quotes have swallowed.
    stray = [f'J{n},"{p.name},{p.phone}' if n % 4 == 1 else f'J{n},{p.name}",{p.phone}' for n, p in enumerate(WHO)]
    assert not is_quoted_table("\n".join(stray) + "\n")
    # People stand within such cells alone, where their labels tell more.
    alone = [f'J{n},"姓名：{p.name}\n电话：{p.phone}",好' for n, p in enumerate(WHO)]
    assert not is_quoted_table("\n".join(alone) + "\n")
    # A talk in quotes is of no width.
    talk = [f'"小王 2020-01-02 10:11:12\n{p.name},你好' + ",在" * (n % 5) + '"' for n, p in enumerate(WHO)]
    assert not is_quoted_table("\n".join(talk) + "\n")
