"""Rows at rest: read again as often as wanted, in private files beyond a limit, and gone with their owner."""

import gc
import os
import signal
import stat
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import polars as pl
import pytest
from tests.ugly_files import people

from suyuan.errors import UnavailableError
from suyuan.terms import FieldName, KindName
from suyuan.trace.files.spool import Batches, sweep
from suyuan.trace.ingest import ingest


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


KILLED = """
import os, signal, sys
from pathlib import Path
from suyuan.terms import FieldName, KindName
from suyuan.trace.files import spool
from suyuan.trace.formats import grid
from suyuan.trace.ingest import ingest
spool.HELD_BYTES = 0
grid.BLOCK_ROWS = 10_000
dump = ingest(Path(sys.argv[1]), fields={FieldName("name"): KindName.PERSON_NAME, FieldName("phone"): KindName.PHONE})
assert dump.batches.spilled
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_reading_is_done_again_with_the_same_answer_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = people(50_000)
    path = tmp_path / "dump.sql"
    path.write_text("".join(f"INSERT INTO `u` VALUES ({n},'{p.name}','{p.phone}');\n" for n, p in enumerate(who)))
    aside = tmp_path / "temporary"
    aside.mkdir()
    environment = {"PYTHONPATH": "src", "PATH": "/usr/bin:/bin", "TMPDIR": str(aside)}
    killed = subprocess.run([sys.executable, "-c", KILLED, str(path)], env=environment, check=False, timeout=300)
    assert killed.returncode == -signal.SIGKILL
    [left] = aside.iterdir()
    monkeypatch.setattr("tempfile.tempdir", str(aside))
    monkeypatch.setattr("suyuan.trace.files.spool.HELD_BYTES", 0)
    monkeypatch.setattr("suyuan.trace.formats.grid.BLOCK_ROWS", 10_000)
    fields = {FieldName("name"): KindName.PERSON_NAME, FieldName("phone"): KindName.PHONE}
    dump = ingest(path, fields=fields)
    assert not left.exists()
    assert dump.batches.spilled
    assert dump.table().rows() == [(n, p.name, p.phone) for n, p in enumerate(who)]
    assert dump.sha256 == sha256(path.read_bytes()).digest()


def test_only_what_a_dead_process_left_is_swept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    mine, dead = tmp_path / f"suyuan-dump-{os.getpid()}-a", tmp_path / "suyuan-dump-4194305-b"
    other = tmp_path / "suyuan-dump-notes"
    for folder in (mine, dead, other):
        folder.mkdir()
    sweep()
    assert sorted(tmp_path.iterdir()) == sorted((mine, other))
