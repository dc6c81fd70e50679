"""Rows at rest: read again as often as wanted, in private files beyond a limit, and gone with their owner."""

import gc
import stat
from pathlib import Path

import polars as pl
import pytest

from suyuan.errors import UnavailableError
from suyuan.trace.spool import Batches


def table(start: int, *, rows: int = 3) -> pl.DataFrame:
    texts = [f"张伟{number}" * 5 for number in range(start, start + rows)]
    return pl.DataFrame({"row": pl.Series(range(start, start + rows), dtype=pl.UInt64), "name": texts})


@pytest.mark.parametrize("held_bytes", [0, 200, 1 << 20])
def test_what_is_read_back_is_what_was_added_whatever_stays_in_memory(held_bytes: int) -> None:
    added = [table(start) for start in range(0, 30, 3)]
    batches = Batches(added, held_bytes=held_bytes)
    for _ in range(2):
        assert [batch.rows() for batch in batches] == [batch.rows() for batch in added]
    assert batches.rows == 30
    assert (batches.spilled == 0) is (held_bytes == 1 << 20)
    assert "张" not in repr(batches)


def test_an_empty_dump_keeps_its_schema_and_empty_batches_are_left_out() -> None:
    assert [batch.columns for batch in Batches([table(0, rows=0), table(0, rows=0)])] == [["row", "name"]]
    assert [batch.height for batch in Batches([table(0, rows=0), table(0), table(9, rows=0)])] == [3]


def test_files_are_private_and_go_with_the_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    batches = Batches((table(start) for start in (0, 3, 6)), held_bytes=0)
    [folder] = tmp_path.iterdir()
    files = list(folder.iterdir())
    assert len(files) == batches.spilled == 2
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    del batches
    gc.collect()
    assert not list(tmp_path.iterdir())


def test_a_full_disk_is_said_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
    with pytest.raises(UnavailableError) as caught:
        Batches((table(start) for start in (0, 3)), held_bytes=0)
    assert caught.value.code == "trace.spill"
