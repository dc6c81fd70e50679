"""Cells that reach over several rows, what is noted at a cell, and columns that are no text."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from tests.leaked_people import FIELDS, Human, humans

from suyuan.trace.ingest import ingest

WHO = humans(16)


def row(number: int, person: Human) -> str:
    address = WHO[number - number % 2].address
    merged = f'<Cell ss:MergeDown="1"><Data ss:Type="String">{address}</Data></Cell>' if number % 2 == 0 else ""
    index = ' ss:Index="3"' if number % 2 else ""
    note = '<Comment ss:Author="a"><ss:Data>停机 16900000000</ss:Data></Comment>' if number % 3 == 0 else ""
    return (
        f'<Row><Cell><Data ss:Type="String">{person.name}</Data></Cell>{merged}'
        f'<Cell{index}><Data ss:Type="String">{person.phone}</Data>{note}</Cell></Row>'
    )


def test_merged_cells_of_a_spreadsheet_reach_down_and_notes_are_no_values(tmp_path: Path) -> None:
    head = "<Row>" + "".join(f"<Cell><Data>{name}</Data></Cell>" for name in ("姓名", "地址", "手机")) + "</Row>"
    body = head + "".join(row(number, person) for number, person in enumerate(WHO))
    path = tmp_path / "dump.xml"
    path.write_text(
        '<?xml version="1.0"?><Workbook xmlns:ss="urn:x"><Worksheet ss:Name="a"><Table>'
        f"{body}</Table></Worksheet></Workbook>",
        encoding="utf-8",
    )
    table = ingest(path, fields=FIELDS).table()
    assert table["phone"].to_list() == [p.phone for p in WHO]
    assert table["name"].to_list() == [p.name for p in WHO]
    assert table["address"].to_list() == [WHO[n - n % 2].address for n in range(len(WHO))]


def test_a_parquet_column_that_is_no_text_refuses_nobody(tmp_path: Path) -> None:
    path = tmp_path / "dump.parquet"
    columns = {"digest": [bytes([0xFF, n]) for n in range(len(WHO))], "name": [p.name for p in WHO], "phone": [float(p.phone) for p in WHO]}  # fmt: skip
    pq.write_table(pa.table(columns), path)
    table = ingest(path, fields=FIELDS).table()
    assert table["phone"].to_list() == [p.phone for p in WHO]
