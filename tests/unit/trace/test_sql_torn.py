"""SQL files that begin in the middle of a statement, or in which the end of one is missing."""

from pathlib import Path

import pytest
from tests.leaked_people import FIELDS, Human, humans

from suyuan.trace.dump import Dump
from suyuan.trace.ingest import ingest

WHO = humans(24)

VALUES = [f"({at},'{p.name}','{p.phone}','{p.address}')" for at, p in enumerate(WHO)]
HEAD = "INSERT INTO `t` (`id`,`xm`,`sj`,`dz`) VALUES "
REST = f"{HEAD}{','.join(VALUES[12:])};\n"


def read(tmp_path: Path, text: str) -> Dump:
    path = tmp_path / "dump.sql"
    path.write_text(text)
    return ingest(path, fields=FIELDS)


@pytest.mark.parametrize("cut", [0, 1, 4, 8, 25])
def test_rows_before_the_first_statement_are_read_and_the_cut_one_is_counted(tmp_path: Path, cut: int) -> None:
    dump = read(tmp_path, f"{','.join(VALUES[:12])[cut:]};\n-- (a remark)\n{REST}")
    assert dump.table()["phone"].to_list() == [p.phone for p in WHO[int(cut > 0) :]]
    assert (dump.read, dict(dump.reasons)) == (24, {"sql": 1} if cut else {})


def test_rows_that_span_lines_and_texts_like_the_end_of_a_row_are_read(tmp_path: Path) -> None:
    odd = f"(3,'{WHO[0].name}','{WHO[0].phone}','a),(b')"
    dump = read(tmp_path, f"2巷),(4号'),\n{odd},\n{VALUES[1]};\n{REST}")
    assert dump.table()["phone"].to_list() == [p.phone for p in (*WHO[:2], *WHO[12:])]
    assert dump.unreadable == 1


@pytest.mark.parametrize("end", ["大街3号');\n", ", '大街3号');\n", f"12','{WHO[0].address}');\n"])
def test_the_end_of_a_statement_of_one_row_is_counted(tmp_path: Path, end: str) -> None:
    dump = read(tmp_path, end + "".join(f"{HEAD}{row};\n" for row in VALUES))
    assert (dump.rows, dict(dump.reasons)) == (24, {"sql": 1})


@pytest.mark.parametrize(
    "before",
    [
        "",
        "-- a dump (of a shop)\nSET NAMES utf8;\n",
        "/* it's (a) */;\nSELECT pg_catalog.set_config('search_path', '', false);\n",
        "# host: it's here\nALTER DATABASE `x` CHARACTER SET utf8;\nLOCK TABLES `t` WRITE;\n",
        # Rows of another width: they are some other table's.
        "('a','b'),('c','d');\n",
    ],
)
def test_what_else_stands_before_the_first_statement_is_no_row(tmp_path: Path, before: str) -> None:
    dump = read(tmp_path, before + REST)
    assert (dump.rows, dump.unreadable) == (12, 0)


def copied(table: str, *, who: list[Human], end: str) -> str:
    rows = "".join(f"{at}\t{p.name}\t{p.phone}\n" for at, p in enumerate(who))
    return f"COPY public.{table} (id, xm, sj) FROM stdin;\n{rows}{end}"


@pytest.mark.parametrize("between", ["", "\n", "\n--\n-- Data for Name: t; Type: TABLE DATA\n--\n\n"])
@pytest.mark.parametrize("rows", [12, 0])
def test_a_copy_without_its_end_takes_no_statement_with_it(tmp_path: Path, between: str, rows: int) -> None:
    people = copied("t", who=WHO[:rows], end="")
    other = copied("t", who=WHO[12:], end="\\.\n")
    inserted = "".join(f"INSERT INTO t (id, xm, sj) VALUES ({at},'{p.name}','{p.phone}');\n" for at, p in enumerate(WHO[12:]))  # fmt: skip
    for follows in (other, inserted):
        dump = read(tmp_path, f"--\n-- PostgreSQL database dump\n--\n{people}{between}{follows}")
        assert dump.table()["phone"].to_list() == [p.phone for p in (*WHO[:rows], *WHO[12:])]
        assert dump.unreadable == 0


def test_a_row_of_copy_that_begins_like_a_statement_is_a_row(tmp_path: Path) -> None:
    rows = [
        f"{word}\t{p.name}\t{p.phone}"
        for p in WHO[:4]
        for word in ("INSERT INTO t VALUES (", "--", "COPY t FROM stdin;")
    ]
    dump = read(tmp_path, "COPY t (note, xm, sj) FROM stdin;\n" + "\n".join(rows) + "\n-- no statement\n\\.\n")
    assert (dump.rows, dump.unreadable) == (12, 1)
