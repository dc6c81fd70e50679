"""What a broken disk, a mail client and an export without quotes do to rows: mended where it is sure, counted where it is not."""

from pathlib import Path

import pytest
from tests.leaked_people import FIELDS

from suyuan.errors import RefusedError
from suyuan.trace.dump import Dump
from suyuan.trace.ingest import ingest

ROWS = 80


def phone(number: int) -> str:
    return f"138{number:08}"


def row(number: int, *, between: str = ",") -> str:
    return between.join(
        (f"{'王李张'[number % 3]}{'伟芳秀英'[number % 4]}", phone(number), f"北京市朝阳区安贞里{number + 1}号")
    )


def read(tmp_path: Path, content: bytes) -> Dump:
    path = tmp_path / "dump"
    path.write_bytes(content)
    return ingest(path, fields=FIELDS)


def test_blocks_of_zero_bytes_cost_the_rows_they_hit_and_no_other(tmp_path: Path) -> None:
    content = "".join(f"{row(n)}\n" for n in range(ROWS)).encode()
    # From within one address to within another: both halves together have as many cells as any row.
    begin, end = (content.index(row(n).encode()) + len(row(n).encode()) - 9 for n in (30, 33))
    found = read(tmp_path, content[:begin] + bytes(end - begin) + content[end:])
    assert dict(found.reasons) == {"hole": 1}
    assert found.table()["phone"].to_list() == [phone(n) for n in range(ROWS) if not 30 <= n <= 33]


def test_cells_filled_up_with_zero_bytes_are_text(tmp_path: Path) -> None:
    lines = [row(n).split(",") for n in range(ROWS)]
    content = "".join("\t".join(cell + "\0" * (40 - len(cell)) for cell in line) + "\r\n" for line in lines)
    found = read(tmp_path, content.encode("gb18030"))
    assert found.unreadable == 0
    assert found.table()["phone"].to_list() == [phone(n) for n in range(ROWS)]
    assert found.table()["name"].to_list() == [line[0] for line in lines]


@pytest.mark.parametrize("zeros", [40, 400, 4000])
def test_zero_bytes_among_bytes_that_are_no_text_are_refused(tmp_path: Path, zeros: int) -> None:
    content = bytes((n * n) % 251 for n in range(4000)) + bytes(zeros)
    with pytest.raises(RefusedError) as refused:
        read(tmp_path, content * 4)
    assert refused.value.code == "trace.binary"


@pytest.mark.parametrize("mark", ["> ", ">> ", "• ", "▪️"])
def test_a_mark_before_a_line_is_no_part_of_a_name(tmp_path: Path, mark: str) -> None:
    found = read(tmp_path, "".join(f"{mark}{row(n)}\n" for n in range(ROWS)).encode())
    assert found.table()["name"].to_list() == [row(n).split(",")[0] for n in range(ROWS)]


def test_commas_in_the_middle_of_addresses_are_mended_where_a_header_tells_the_columns(tmp_path: Path) -> None:
    lines = [row(n).split(",") for n in range(ROWS)]
    addresses = [line[2] + (f",{n}栋,{n}室" if n % 5 < 2 else "") for n, line in enumerate(lines)]
    text = "姓名,地址,电话,备注\n" + "".join(
        f"{line[0]},{address},{line[1]},\n" for line, address in zip(lines, addresses, strict=True)
    )
    table = read(tmp_path, text.encode()).table()
    assert table["address"].to_list() == addresses
    assert table["phone"].to_list() == [phone(n) for n in range(ROWS)]


def test_a_row_that_holds_the_next_one_is_two(tmp_path: Path) -> None:
    lines = [row(n, between="|") for n in range(ROWS)]
    text = "姓名|电话|地址\n"
    for n in range(0, ROWS, 2):
        # Of every tenth pair the line end is lost.
        text += lines[n] + ("\u2028" if n % 20 == 0 else "\n") + lines[n + 1] + "\n"
    found = read(tmp_path, text.encode())
    assert found.table()["phone"].to_list() == [phone(n) for n in range(ROWS)]
    assert not found.reasons
