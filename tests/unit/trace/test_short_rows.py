"""Rows without a header that leave off their empty last cells, and those in which a separator within an address moves the rest."""

from pathlib import Path

import pytest
from tests.leaked_people import FIELDS, humans, lines

from suyuan.trace.files.dialect import table_width
from suyuan.trace.ingest import ingest

PEOPLE = humans(120, seed=71)
FIRST, STREET = "福建省厦门市思明区", "湖滨南路723弄59号191室"


def test_a_comma_in_an_address_of_rows_that_end_where_they_please(tmp_path: Path) -> None:
    """Most rows have an empty cell too many: in a row as long as they the address is cut in two, and is joined."""
    rows = []
    for n, p in enumerate(PEOPLE):
        is_torn = n % 20 == 3
        home = f"{FIRST},{STREET}" if is_torn else f"{FIRST}{STREET}"
        cells = f"5942021{n:04d},{p.name},{p.phone},{home}"
        mail = p.email if is_torn or n % 5 == 0 else ""
        spare = "," if n % 20 < 13 and not is_torn else ""
        rows.append(f"{cells},{p.resident_id},{mail}{spare}" if n % 6 else cells)
    path = tmp_path / "dump.csv"
    path.write_text(lines(rows), encoding="utf-8")
    dump = ingest(path, fields=FIELDS)
    table = dump.table()
    assert dump.unreadable == 0
    assert table["name"].to_list() == [p.name for p in PEOPLE]
    assert table["phone"].to_list() == [p.phone for p in PEOPLE]
    assert table["resident_id"].to_list() == [p.resident_id if n % 6 else "" for n, p in enumerate(PEOPLE)]
    assert {home.replace(",", "") for home in table["address"].to_list()} == {FIRST + STREET}


WIDE, FULL, SHORT, SHORTER = ["a", "b", "c", "d", ""], ["a", "b", "c", "d", "e"], ["a", "b", "c", "d"], ["a", "b", "c"]


@pytest.mark.parametrize(
    ("rows", "header", "width"),
    [
        ([WIDE] * 52 + [FULL] * 3 + [SHORT] * 30 + [SHORTER] * 15, False, 4),
        # A header names the last column too.
        ([WIDE] * 52 + [FULL] * 3 + [SHORT] * 30 + [SHORTER] * 15, True, 5),
        # A column that some have filled.
        ([WIDE] * 45 + [FULL] * 10 + [SHORT] * 30 + [SHORTER] * 15, False, 5),
        # Few end before it.
        ([WIDE] * 52 + [FULL] * 3 + [SHORT] * 5 + [SHORTER] * 40, False, 5),
        # Most rows are as wide.
        ([WIDE] * 70 + [SHORT] * 30, False, 5),
    ],
)
def test_an_empty_last_cell_of_most_rows_is_a_column_or_none(
    rows: list[list[str]], *, header: bool, width: int
) -> None:
    assert table_width(rows, header=header) == width
