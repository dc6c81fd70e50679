"""Parquet whose columns hold objects, lists and maps, or objects spelled as text; and flat ones with marks beside names."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from tests.leaked_people import FIELDS, humans

from suyuan.trace.dump import Dump
from suyuan.trace.files.dialect import DumpFormat
from suyuan.trace.ingest import ingest

WHO = humans(24)


def read(tmp_path: Path, columns: dict[str, object]) -> Dump:
    path = tmp_path / "dump.parquet"
    pq.write_table(pa.table(columns), path)
    return ingest(path, fields=FIELDS)


def shown(dump: Dump, name: str) -> list[str]:
    return dump.table()[name].to_list()


def test_objects_lists_and_maps_are_columns_of_their_own(tmp_path: Path) -> None:
    contact = pa.array([[("email", p.email)] for p in WHO], type=pa.map_(pa.string(), pa.string()))
    columns = {
        "uid": list(range(len(WHO))),
        "profile": [{"real_name": p.name, "cert": {"no": p.resident_id}} for p in WHO],
        "phones": [[p.phone, "010-88886666"] if n % 2 else [p.phone] for n, p in enumerate(WHO)],
        "contact": contact,
        "address": [p.address for p in WHO],
    }
    dump = read(tmp_path, columns)
    for field in ("name", "phone", "resident_id", "email", "address"):
        assert shown(dump, field) == [str(getattr(p, field)) for p in WHO]
    assert "profile.cert.no" in [column.name for column in dump.columns]


def test_objects_spelled_as_text_are_taken_apart_too(tmp_path: Path) -> None:
    value = [json.dumps({"name": p.name, "phone": p.phone, "address": p.address}, ensure_ascii=False) for p in WHO]
    dump = read(tmp_path, {"ts": list(range(len(WHO))), "value": value})
    for field in ("name", "phone", "address"):
        assert shown(dump, field) == [str(getattr(p, field)) for p in WHO]


def test_flat_columns_are_read_as_they_stand_unless_their_cells_are_odd(tmp_path: Path) -> None:
    columns = {"f0": [p.phone for p in WHO], "f1": [p.name for p in WHO]}
    assert read(tmp_path, columns).dialect.format is DumpFormat.PARQUET
    columns["f1"] = [f"{p.name}先生" if n % 3 else p.name for n, p in enumerate(WHO)]
    assert shown(read(tmp_path, columns), "name") == [p.name for p in WHO]


def test_a_header_among_the_rows_takes_no_column_away(tmp_path: Path) -> None:
    heads = {"_c0": "user_name", "_c1": "phone_no", "_c2": "recv_addr"}
    cells = {"_c0": [f"{p.name}先生" for p in WHO], "_c1": [p.phone for p in WHO], "_c2": [p.address for p in WHO]}
    dump = read(tmp_path, {name: [heads[name], *values] for name, values in cells.items()})
    assert shown(dump, "address") == [p.address for p in WHO]
    assert shown(dump, "name") == [p.name for p in WHO]


def test_a_header_that_names_what_no_cell_is_gives_way_to_the_column_that_is(tmp_path: Path) -> None:
    orders = {"Name": [f"#{1000 + n}" for n in range(len(WHO))], "Billing Name": [p.name for p in WHO]}
    orders["Phone"] = [p.phone for p in WHO]
    assert shown(read(tmp_path, orders), "name") == [p.name for p in WHO]
    # Not to another person's column, nor away from one of which a single cell is a name.
    orders["寄件人"] = orders.pop("Billing Name")
    assert {c.name: c.field for c in read(tmp_path, orders).columns}["Name"] == "name"
    orders["Billing Name"] = orders.pop("寄件人")
    orders["Name"][3] = WHO[3].name
    assert {c.name: c.field for c in read(tmp_path, orders).columns}["Name"] == "name"


def test_an_orders_number_is_nobodys_address(tmp_path: Path) -> None:
    columns = {"f0": [f"#{1000 + n}" for n in range(len(WHO))], "f1": [p.phone for p in WHO]}
    assert "address" not in read(tmp_path, columns).kinds
