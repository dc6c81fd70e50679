"""One writer at a time; the kernel frees the lock of a dead one."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from suyuan.adapters.sqlite.writer_lock import WriterLock
from suyuan.errors import UnavailableError

HOLDER = """
import sys, time
from pathlib import Path
from suyuan.adapters.sqlite.writer_lock import WriterLock
with WriterLock(Path(sys.argv[1]), 0):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_writer_is_told_who_writes(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with WriterLock(path, 0), pytest.raises(UnavailableError, match=f"process {os.getpid()} is writing") as told:
        WriterLock(path, 0.1).__enter__()
    assert told.value.code == "store.locked"
    assert told.value.exit_code == 5
    with WriterLock(path, 0):
        pass


def test_a_second_writer_waits(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    first = WriterLock(path, 0).__enter__()
    threading.Timer(0.2, first.__exit__, (None, None, None)).start()
    started = time.monotonic()
    with WriterLock(path, 10):
        assert 0.1 < time.monotonic() - started < 5


def test_a_lock_is_not_entered_twice(tmp_path: Path) -> None:
    lock = WriterLock(tmp_path / "lock", 0)
    with lock, pytest.raises(UnavailableError):
        lock.__enter__()


def test_a_killed_writer_frees_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(path)], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(UnavailableError, match=f"process {holder.pid} is writing"):
            WriterLock(path, 0).__enter__()
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        with WriterLock(path, 5):
            pass


def test_a_lock_that_cannot_be_made(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError) as told:
        WriterLock(tmp_path / "missing" / "lock", 0).__enter__()
    assert told.value.code == "store.unreadable"
