"""Lines and cells that are nobody's: totals, what was typed at a terminal, a program's word for no value."""

from pathlib import Path

import pytest
from tests.leaked_people import FIELDS, humans, lines

from suyuan.trace.columns.nobody import without_nobody
from suyuan.trace.dump import Dump
from suyuan.trace.ingest import ingest

H = humans(60, seed=12)


def read(folder: Path, text: str) -> Dump:
    (folder / "dump.txt").write_text(text, encoding="utf-8")
    return ingest(folder / "dump.txt", fields=FIELDS)


@pytest.mark.parametrize(
    "row",
    [
        ["280", "", "", "", "合计"],
        ["", "合 计：", "1,280.50元", "", "36"],
        ["3人", "小计"],
        ["12", "", "Total:"],
        ["SQL> spool off", "", ""],
        ["MariaDB [crm]> quit", ""],
        ["shop=# \\q", ""],
    ],
)
def test_what_is_left_out_of_the_rows(row: list[str]) -> None:
    assert [*without_nobody([row], titles=(), width=3)] == [None]


@pytest.mark.parametrize(
    "row",
    [
        ["280", "", "", "", "合计划"],
        ["280", "", "36"],
        ["王伟", "SQL> 1"],
        ["", ""],
        ["13800138000", "合计"],
    ],
)
def test_what_stays_a_row(row: list[str]) -> None:
    assert [*without_nobody([row], titles=(), width=3)] == [row]


def test_a_total_at_the_end_of_a_row_is_no_person(tmp_path: Path) -> None:
    rows = ["编号,姓名,手机,身份证,备注", *(f"{n},{p.name},{p.phone},{p.resident_id}," for n, p in enumerate(H))]
    dump = read(tmp_path, lines([*rows, "合计,,,,60", rows[0], *rows[1:], "60,,,,合计"]))
    assert dump.read == 2 * len(H)
    assert dump.table()["name"].to_list() == [p.name for p in H] * 2


def test_a_word_for_no_value_is_no_name(tmp_path: Path) -> None:
    dump = read(tmp_path, lines(f"{p.phone}\t{n}\t{p.name if n % 2 else 'NULL'}" for n, p in enumerate(H)))
    assert dump.table()["name"].to_list() == [p.name if n % 2 else "" for n, p in enumerate(H)]
    assert dump.table()["phone"].to_list() == [p.phone for p in H]


def test_where_no_name_could_be_meant_it_costs_nothing(tmp_path: Path) -> None:
    dump = read(tmp_path, lines(f"{p.phone}\t{'a7' if n % 2 else 'NULL'}\t{p.name}" for n, p in enumerate(H)))
    assert dump.dialect.format == "delimited"
    people = read(tmp_path, lines(f"{p.phone}\tx{n}\t{'Null' if n == 7 else p.name}" for n, p in enumerate(H)))
    assert people.table()["name"][7] == "Null"
