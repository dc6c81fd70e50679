"""A header on two rows: the upper one names groups, the lower one columns, of which not all are known."""

from pathlib import Path

from tests.leaked_people import FIELDS, humans, lines

from suyuan.trace.columns.headers import is_second
from suyuan.trace.ingest import ingest

H = humans(60, seed=41)
GROUPS = ["订单信息", "", "收件信息", "", "", "", "备注"]
NAMES = ["团号", "下单日期", "姓名", "手机", "详细地址", "身份证（清关）", ""]


def test_the_second_of_two_header_rows_is_no_person(tmp_path: Path) -> None:
    """Half of its words are nobody's fields; they are what the columns are called by."""
    rows = [f"2023{n:05d},2023-05-18,{p.name},{p.phone},{p.address},{p.resident_id},加急" for n, p in enumerate(H)]
    text = lines(["5月团购订单汇总表,,,,,,", ",".join(GROUPS), ",".join(NAMES), *rows])
    (tmp_path / "dump.csv").write_text(text, encoding="utf-8")
    dump = ingest(tmp_path / "dump.csv", fields=FIELDS)
    table = dump.table().select("name", "phone", "address", "resident_id").rows()
    assert table == [(p.name, p.phone, p.address, p.resident_id) for p in H]
    assert [column.name for column in dump.columns] == [*NAMES[:-1], "备注"]


def test_a_row_of_people_below_groups_is_no_header() -> None:
    person = ["T1", "x", "张三", "手机", "", "", ""]
    assert is_second(NAMES, first=GROUPS)
    assert not is_second(person, first=GROUPS)
    assert not is_second([*NAMES[:3], "13800000000", *NAMES[4:]], first=GROUPS)
    assert not is_second(["地址", "手机", *"ABCDE"], first=GROUPS)
