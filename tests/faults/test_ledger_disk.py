"""A disk that is full, read-only or damaged: one clear line, nothing half-written, and the log verifies after."""

import os
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.ledger_world import KEY, MemoryFiles, MemoryStore, release, started

from suyuan.adapters.files.tile_directory import TileDirectory
from suyuan.adapters.sqlite.ledger_rows import append_rows
from suyuan.adapters.sqlite.ledger_store import SqliteLedgerStore
from suyuan.errors import RefusedError, SuyuanError, UnavailableError
from suyuan.ledger import Ledger, Log, publish, verify_log


def remount(disk: Path, options: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{options}", str(disk)], check=True, capture_output=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    try:
        made = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)], capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        pytest.skip("no mount command: a small disk cannot be made here")
    if made.returncode != 0:
        pytest.skip(f"mounting a tmpfs is not permitted here (uid {os.getuid()}): {made.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True, capture_output=True)


def require_one_line(error: SuyuanError) -> None:
    assert error.exit_code == 5
    assert "\n" not in str(error)
    assert "\n" not in error.hint


def append_for_ever(ledger: Ledger) -> None:
    for number in range(1000):
        ledger.append([release(number, payload=os.urandom(9000))])


def test_a_full_disk_stops_the_ledger_and_loses_nothing(disk: Path) -> None:
    path = disk / "ledger.db"
    with SqliteLedgerStore.open_writer(path) as store:
        ledger = started(store)
        with pytest.raises(UnavailableError, match="full") as caught:
            append_for_ever(ledger)
        require_one_line(caught.value)
        acknowledged = ledger.pools()[0].next
        assert acknowledged > 5
        with pytest.raises(UnavailableError, match="earlier append failed"):
            ledger.append([release(acknowledged)])
        assert verify_log(ledger).counts["release"] == acknowledged
    remount(disk, "size=8m")
    with SqliteLedgerStore.open_writer(path) as store:
        ledger = started(store)
        ledger.append([release(acknowledged, payload=bytes(9000))])
        assert verify_log(ledger).counts["release"] == acknowledged + 1


def test_a_full_disk_leaves_the_last_publication_whole(disk: Path) -> None:
    ledger = started(MemoryStore())
    files = TileDirectory(disk / "ledger")
    ledger.append([release(i) for i in range(100)])
    old = publish(ledger, files=files, key=KEY)
    ledger.append([release(i) for i in range(100, 6000)])
    with pytest.raises(UnavailableError, match="ledger file tile/") as caught:
        publish(ledger, files=files, key=KEY)
    require_one_line(caught.value)
    assert verify_log(ledger, keys=[KEY.verify_key], files=files).checkpoint == old
    assert not list(disk.rglob("*.tmp"))
    remount(disk, "size=20m")
    publish(ledger, files=files, key=KEY)
    assert verify_log(ledger, keys=[KEY.verify_key], files=files).unpublished == 0


def test_a_read_only_disk_is_read_and_not_written(disk: Path) -> None:
    path = disk / "ledger.db"
    with SqliteLedgerStore.open_writer(path) as store:
        ledger = started(store)
        ledger.append([release(0)])
        publish(ledger, files=TileDirectory(disk / "ledger"), key=KEY)
    remount(disk, "ro")
    for opened in (path, disk / "new.db"):
        with pytest.raises(UnavailableError) as caught:
            SqliteLedgerStore.open_writer(opened)
        require_one_line(caught.value)
    with SqliteLedgerStore.open_reader(path) as reader:
        found = verify_log(Log(reader), keys=[KEY.verify_key], files=TileDirectory(disk / "ledger"))
        assert (found.size, found.unpublished) == (3, 0)
        with pytest.raises(UnavailableError) as caught:
            TileDirectory(disk / "ledger").commit("checkpoint", data=b"x")
        require_one_line(caught.value)


def test_a_disk_that_turns_read_only_stops_the_ledger(disk: Path) -> None:
    with SqliteLedgerStore.open_writer(disk / "ledger.db") as store:
        ledger = started(store)
        store._connection.execute("PRAGMA query_only = ON")
        with pytest.raises(UnavailableError) as caught:
            ledger.append([release(0)])
        require_one_line(caught.value)
        store._connection.execute("PRAGMA query_only = OFF")
        with pytest.raises(UnavailableError, match="earlier append failed"):
            ledger.append([release(0)])


def test_foreign_newer_and_damaged_files_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    path.write_bytes(b"name,phone\n" * 500)
    for open_store in (SqliteLedgerStore.open_writer, SqliteLedgerStore.open_reader):
        with pytest.raises(UnavailableError) as caught:
            open_store(path)
        require_one_line(caught.value)
    path.unlink()
    foreign = sqlite3.connect(path)
    foreign.execute("CREATE TABLE t (x)")
    foreign.close()
    for open_store in (SqliteLedgerStore.open_writer, SqliteLedgerStore.open_reader):
        with pytest.raises(UnavailableError, match="not a suyuan ledger"):
            open_store(path)
    path.unlink()
    SqliteLedgerStore.open_writer(path).close()
    newer = sqlite3.connect(path)
    newer.execute("PRAGMA user_version = 9")
    newer.close()
    with pytest.raises(UnavailableError, match="version 9"):
        SqliteLedgerStore.open_writer(path)


def test_the_store_itself_refuses_to_change_an_entry(tmp_path: Path) -> None:
    with SqliteLedgerStore.open_writer(tmp_path / "ledger.db") as store:
        started(store)
        for statement in ("UPDATE entries SET at_ms = 0", "DELETE FROM entries"):
            with pytest.raises(sqlite3.IntegrityError, match="only grows"):
                store._connection.execute(statement)


def test_a_missing_entry_in_the_file_is_named(tmp_path: Path) -> None:
    with SqliteLedgerStore.open_writer(tmp_path / "ledger.db") as store:
        ledger = started(store)
        ledger.append([release(0), release(1)])
        store._connection.execute("DROP TRIGGER entries_remain")
        store._connection.execute("PRAGMA foreign_keys = OFF")
        store._connection.execute("DELETE FROM entries WHERE seq = 2")
        with pytest.raises(SuyuanError, match="entry 2 is missing"):
            verify_log(ledger)


def test_tile_paths_stay_inside_their_directory(tmp_path: Path) -> None:
    for path in ("../x", "/x", "", "a/../../x"):
        with pytest.raises(RefusedError):
            TileDirectory(tmp_path).read(path)
    assert TileDirectory(tmp_path).read("absent/x") is None
    assert MemoryFiles().read("absent") is None


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, MemoryError, OverflowError])
def test_what_an_interrupt_left_uncommitted_is_not_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, interrupt: type[BaseException]
) -> None:
    def broken(*given: object, **named: object) -> None:
        append_rows(*given, **named)  # type: ignore[arg-type]  # Handed on as it came.
        raise interrupt

    files = MemoryFiles()
    with SqliteLedgerStore.open_writer(tmp_path / "ledger.db") as store:
        ledger = started(store)
        monkeypatch.setattr("suyuan.adapters.sqlite.ledger_store.append_rows", broken)
        with pytest.raises(interrupt):
            ledger.append([release(0)])
        monkeypatch.undo()
        assert ledger.size == 2
        assert publish(ledger, files=files, key=KEY).size == 2
        with pytest.raises(UnavailableError, match="earlier append failed"):
            ledger.append([release(0)])
    with SqliteLedgerStore.open_writer(tmp_path / "ledger.db") as store:
        assert verify_log(Log(store), keys=[KEY.verify_key], files=files).unpublished == 0
