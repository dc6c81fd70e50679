"""Reading the platform's own tables: what spreadsheets leave at the end of a line is no column."""

from pathlib import Path

import pytest

from suyuan.adapters.files import read_table
from suyuan.errors import RefusedError


def test_empty_columns_without_a_name_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("customer,phone,,\nC1,16500000001,,\nC2,16500000002,, \n")
    frame = read_table(path)
    assert frame.columns == ["customer", "phone"]
    assert frame.height == 2


def test_a_column_with_cells_and_no_name_is_refused_by_its_place(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("customer,,phone\nC1,secret,16500000001\n")
    with pytest.raises(RefusedError, match="column 2 has cells and no name") as refused:
        read_table(path)
    assert "secret" not in str(refused.value)
