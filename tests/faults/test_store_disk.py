"""The disk fills up, is read-only, or the process is killed: what was told as kept is kept, and nothing is half there."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from suyuan.adapters.sqlite.database import Access
from suyuan.adapters.sqlite.key_store import SqliteKeyStore
from suyuan.adapters.sqlite.people_store import SqlitePeopleStore
from suyuan.adapters.sqlite.writer_lock import WriterLock
from suyuan.errors import UnavailableError
from suyuan.hold.ports import SealedRecord, TokenColumn
from suyuan.terms import KindName, PersonNumber

AT = datetime(2026, 1, 1, tzinfo=UTC)
NOBODY = 65534


def mount(*arguments: str) -> None:
    done = subprocess.run(["mount", *arguments], capture_output=True, check=False)
    if done.returncode:
        pytest.skip("this user or this machine may not mount")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 4 MB."""
    if shutil.which("mount") is None:
        pytest.skip("there is no mount command")
    folder = tmp_path / "disk"
    folder.mkdir()
    mount("-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder))
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@contextmanager
def read_only(disk: Path) -> Iterator[None]:
    mount("-o", "remount,ro", str(disk))
    try:
        yield
    finally:
        mount("-o", "remount,rw", str(disk))


@contextmanager
def no_rights() -> Iterator[None]:
    """Be nobody for a while: root may write where the rights say no."""
    if os.geteuid() == 0:
        os.seteuid(NOBODY)
        try:
            yield
        finally:
            os.seteuid(0)
    else:
        yield


def save(store: SqlitePeopleStore, persons: range, *, version: int = 1) -> None:
    records = [
        SealedRecord(person=PersonNumber(person), version=version, body=bytes(2_000), commitments={})
        for person in persons
    ]
    rows = np.arange(len(persons))
    column = TokenColumn(kind=KindName.PHONE, rows=rows, tokens=np.array(persons, np.uint64))
    store.save_records(records, [column], at=AT, changed={})


def save_on(store: SqlitePeopleStore) -> None:
    """Save 50 persons a call, each call after those held, until it fails."""
    while True:
        held = store.counts()["records"]
        save(store, range(held, held + 50))


def fill(disk: Path) -> Path:
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(bytes(1 << 12)):
            continue
    return filler


def require_sound(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_a_full_disk_keeps_what_was_kept(small_disk: Path) -> None:
    path = small_disk / "data.db"
    (small_disk / "filler").write_bytes(bytes(1 << 20))
    with SqlitePeopleStore(path, access=Access.CREATE) as store:
        with pytest.raises(UnavailableError, match=r"data\.db: the disk is full") as told:
            save_on(store)
        assert told.value.code == "store.full"
        held = store.counts()["records"]
        assert held > 100
        assert held % 50 == 0
        (small_disk / "filler").unlink()
        save(store, range(held, held + 50))
    held += 50
    with SqlitePeopleStore(path) as store:
        assert store.counts() == {"persons": held, "records": held, "tokens": held, "cases": 0}
    require_sound(path)


def test_keys_on_a_full_disk_are_all_or_none(small_disk: Path) -> None:
    path = small_disk / "keys.db"
    with SqliteKeyStore(path, access=Access.CREATE) as store:
        store.add_persons([b"kept"])
        with pytest.raises(UnavailableError) as told:
            store.add_persons([bytes(60)] * 100_000)
        assert told.value.code == "store.full"
        assert store.persons([0]) == [b"kept"]
        assert store.add_persons([b"next"]) == 1
    require_sound(path)


def test_making_a_store_on_a_full_disk_says_so_and_can_be_done_again(small_disk: Path) -> None:
    filler = fill(small_disk)
    with pytest.raises(UnavailableError) as told:
        SqliteKeyStore(small_disk / "keys.db", access=Access.CREATE)
    assert told.value.code == "store.full"
    filler.unlink()
    with SqliteKeyStore(small_disk / "keys.db", access=Access.CREATE) as store:
        assert store.add_persons([b"a"]) == 0


def test_a_store_that_may_not_grow_says_full(tmp_path: Path) -> None:
    """The same refusal without the right to mount: SQLite itself sets the limit."""
    with SqlitePeopleStore(tmp_path / "data.db", access=Access.CREATE) as store:
        store._database._connection.execute("PRAGMA max_page_count = 40")
        with pytest.raises(UnavailableError) as told:
            save(store, range(1_000))
        assert told.value.code == "store.full"
        assert store.counts() == {"persons": 0, "records": 0, "tokens": 0, "cases": 0}
        save(store, range(3))


def test_a_read_only_disk_can_be_read(small_disk: Path) -> None:
    path = small_disk / "data.db"
    with SqlitePeopleStore(path, access=Access.CREATE) as store:
        save(store, range(3))
    with read_only(small_disk):
        with SqlitePeopleStore(path, access=Access.READ) as store:
            assert store.all_persons().tolist() == [0, 1, 2]
            with pytest.raises(UnavailableError) as told:
                save(store, range(3, 4))
            assert told.value.code == "store.readonly"
        for attempt in (
            lambda: SqlitePeopleStore(path),
            lambda: SqlitePeopleStore(small_disk / "new.db", access=Access.CREATE),
            lambda: WriterLock(small_disk / "lock", 0).__enter__(),
        ):
            with pytest.raises(UnavailableError) as told:
                attempt()
            assert told.value.code == "store.readonly"


@pytest.fixture
def open_folder(tmp_path: Path) -> Iterator[Path]:
    """A folder that other users can reach and not write."""
    folder = tmp_path / "store"
    folder.mkdir(mode=0o755)
    changed = [(parent, parent.stat().st_mode) for parent in tmp_path.parents if parent.stat().st_uid == os.getuid()]
    changed = [(parent, mode) for parent, mode in (*changed, (tmp_path, tmp_path.stat().st_mode)) if not mode & 1]
    for parent, mode in changed:
        parent.chmod(mode | 0o111)
    yield folder
    folder.chmod(0o755)
    for parent, mode in changed:
        parent.chmod(mode)


def test_a_folder_without_the_right_to_write(open_folder: Path) -> None:
    path = open_folder / "keys.db"
    with SqliteKeyStore(path, access=Access.CREATE) as store:
        store.add_persons([b"a"])
    path.chmod(0o644)
    open_folder.chmod(0o555)
    with no_rights():
        for attempt in (
            lambda: SqliteKeyStore(path),
            lambda: SqliteKeyStore(open_folder / "new.db", access=Access.CREATE),
            lambda: WriterLock(open_folder / "lock", 0).__enter__(),
        ):
            with pytest.raises(UnavailableError, match=str(open_folder)) as told:
                attempt()
            assert told.value.code == "store.readonly"
            assert told.value.hint


WRITER = """
import sys
from pathlib import Path
from suyuan.adapters.sqlite.key_store import SqliteKeyStore
store = SqliteKeyStore(Path(sys.argv[1]))
while True:
    print(store.add_persons([bytes(60)] * 100) + 100, flush=True)
"""


@pytest.mark.parametrize("acknowledged", [1, 4, 9])
def test_killed_between_writes(tmp_path: Path, acknowledged: int) -> None:
    path = tmp_path / "keys.db"
    SqliteKeyStore(path, access=Access.CREATE).close()
    with subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        for _ in range(acknowledged):
            told = int(writer.stdout.readline())
        writer.send_signal(signal.SIGKILL)
        told = max([told, *(int(line) for line in writer.stdout if line.endswith("\n"))])
    with SqliteKeyStore(path) as store:
        first = store.add_persons([b"after"])
        assert first >= told, "what was acknowledged is there"
        assert first % 100 == 0, "a call is there whole or not at all"
        assert store.persons(range(first)) == [bytes(60)] * first
    require_sound(path)


def test_killed_inside_a_transaction(tmp_path: Path) -> None:
    """The process dies after the rows were written and before the commit: none of them is there."""
    path = tmp_path / "data.db"
    with SqlitePeopleStore(path, access=Access.CREATE) as store:
        save(store, range(3))
    child = os.fork()
    if child == 0:
        writer = SqlitePeopleStore(path)
        with writer._database.writing() as transaction:
            transaction.run("save_person", (99, b""))
            os.kill(os.getpid(), signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL
    with SqlitePeopleStore(path) as store:
        assert store.counts()["persons"] == 3
        save(store, range(3), version=2)
    require_sound(path)
