"""Structures whose first line is longer than the head of a file, and numbers that a program has rounded."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.leaked_people import FIELDS, Human, humans
from tests.structured_files import document
from tests.ugly_files import workbook

from suyuan.errors import RefusedError
from suyuan.kinds.registry import KINDS
from suyuan.trace.files.source import HEAD_BYTES
from suyuan.trace.ingest import ingest

MANY = humans(2_500)


def inserted(person: Human) -> str:
    return f"({person.number},'{person.name}','{person.phone}','{person.resident_id}','{person.address}','{'x' * 40}')"


ROWS = ",".join(map(inserted, MANY))
LIST = json.dumps([{"name": p.name, "phone": p.phone, "note": "x" * 60} for p in MANY], ensure_ascii=False)


def of(codec: str) -> Callable[[str], bytes]:
    return lambda text: text.encode(codec)


@pytest.mark.parametrize(
    "packed", [of("utf-8"), of("gb18030"), of("utf-16"), lambda text: gzip.compress(text.encode())]
)
@pytest.mark.parametrize(
    "content",
    [
        f"-- MySQL dump 10.13\nINSERT INTO `u` VALUES {ROWS};\n",
        f"-- a\nLOCK TABLES `u` WRITE;\nINSERT INTO `u` VALUES {ROWS};\nUNLOCK TABLES;\n",
        f"insert into u values\n{ROWS};\n",
        f"// list\nvar a = {LIST};\n",
    ],
    ids=["comment", "LOCK", "line end before rows", "JSON of a script"],
)  # fmt: skip
def test_a_structure_in_one_long_line_is_read_whole(
    tmp_path: Path, content: str, packed: Callable[[str], bytes]
) -> None:
    path = tmp_path / "dump"
    path.write_bytes(packed(content))
    dump = ingest(path, fields=FIELDS)
    assert dump.unreadable == 0
    assert dump.table()["phone"].to_list() == [p.phone for p in MANY]
    assert dump.table()["name"].to_list() == [p.name for p in MANY]


@pytest.mark.parametrize("packed", [of("utf-8"), of("gb18030"), of("utf-16")])
def test_a_long_line_of_nothing_known_is_named(tmp_path: Path, packed: Callable[[str], bytes]) -> None:
    path = tmp_path / "dump"
    path.write_bytes(packed(f"# list\n上 {LIST}\n"))
    assert path.stat().st_size > HEAD_BYTES
    with pytest.raises(RefusedError, match="line 2 is longer"):
        ingest(path, fields=FIELDS)


def by_number(person: Human) -> float:
    return float(person.resident_id) if person.resident_id.isdecimal() else float("110108197407037601")


def test_a_number_cell_that_lost_digits_is_no_id(tmp_path: Path) -> None:
    who = MANY[:80]
    rows = [[p.name, p.phone, by_number(p) if p.number % 2 else p.resident_id] for p in who]
    path = tmp_path / "dump.xlsx"
    path.write_bytes(workbook({"s": [["姓名", "手机", "身份证号"], *rows]}))
    table = ingest(path, fields=FIELDS).table()
    assert table["phone"].to_list() == [p.phone for p in who]
    assert table["resident_id"].to_list() == ["" if p.number % 2 else p.resident_id for p in who]


def test_a_number_of_opendocument_that_lost_digits_is_no_id(tmp_path: Path) -> None:
    def cells(person: Human) -> str:
        text = f"<table:table-cell><text:p>{person.name}</text:p></table:table-cell><table:table-cell><text:p>{person.phone}</text:p></table:table-cell>"
        kind = f' office:value-type="float" office:value="{by_number(person):.0f}"' if person.number % 2 else ""
        return f"<table:table-row>{text}<table:table-cell{kind}><text:p>{person.resident_id}</text:p></table:table-cell></table:table-row>"

    who = MANY[:80]
    path = tmp_path / "dump.ods"
    path.write_bytes(document("".join(map(cells, who))))
    table = ingest(path, fields=FIELDS).table()
    assert table["resident_id"].to_list() == ["" if p.number % 2 else p.resident_id for p in who]


@pytest.mark.parametrize("form", ["json", "sql"])
def test_a_number_with_an_exponent_is_no_id(tmp_path: Path, form: str) -> None:
    who = MANY[:80]
    ids = [f"{by_number(p):.14e}" if p.number % 2 else f'"{p.resident_id}"' for p in who]
    path = tmp_path / "dump"
    pairs = zip(who, ids, strict=True)
    if form == "json":
        path.write_text("".join(f'{{"name": "{p.name}", "phone": "{p.phone}", "id_card": {i}}}\n' for p, i in pairs))
    else:
        path.write_text(
            "-- MySQL dump\n" + "".join(f"INSERT INTO u VALUES ('{p.name}','{p.phone}',{i});\n" for p, i in pairs)
        )
    table = ingest(path, fields=FIELDS).table()
    shown = KINDS[FIELDS["resident_id"]].canonical_column(table["resident_id"])
    assert shown.to_list() == [None if p.number % 2 else p.resident_id for p in who]
