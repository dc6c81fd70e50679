"""Every system call that writes, failed or killed at every occurrence: what has a receipt is there, at its index.

One run opens a ledger, appends 200 releases in commits of 25 and publishes twice. A clean run counts how often each
call occurs; then each occurrence is made to fail with EIO, with ENOSPC, and to be the last thing the process does.
`make test` takes an even sample; `make test-faults` takes every occurrence.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests import system_parts
from tests.faults.fault_writer import ENTRIES
from tests.ledger_world import KEY, release, started

from suyuan.adapters.files.tile_directory import TileDirectory
from suyuan.adapters.sqlite.ledger_store import SqliteLedgerStore
from suyuan.crypto.merkle import leaf_hash
from suyuan.ledger import Log, publish, verify_log
from suyuan.ledger.fsck import fsck

SYSCALLS = ("openat", "rename", "fsync", "fdatasync", "syncfs", "write", "pwrite64", "close")
FAULTS = ("error=EIO", "error=ENOSPC", "signal=KILL")
SAMPLE = 3
"""Occurrences of each call and fault in `make test`: the first, the last, and this many less two between."""


class Writer:
    """The process that lives and fails, and the check after each of its lives."""

    def __init__(self, process: "subprocess.Popen[str]", *, folder: Path) -> None:
        self._process = process
        self._folder = folder
        self._base = folder / "base"
        with SqliteLedgerStore.open_writer(self._base_file()) as store:
            ledger = started(store)
            ledger.append([release(i) for i in range(300)])
            publish(ledger, files=TileDirectory(self._base / "ledger"), key=KEY)

    def _base_file(self) -> Path:
        self._base.mkdir()
        return self._base / "ledger.db"

    def live(self, syscall: str, *, fault: str, when: int) -> dict[str, object]:
        """Let one life be lived on a fresh copy of the store, and check what it left."""
        store = self._folder / "life"
        shutil.rmtree(store, ignore_errors=True)
        shutil.copytree(self._base, store)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{store} {syscall} {fault} {when}\n")
        self._process.stdin.flush()
        told = json.loads(self._process.stdout.readline())
        assert "error" not in told, told
        require_kept(store, told=told)
        return told


def require_kept(folder: Path, *, told: dict[str, object]) -> None:
    """Check, as after a restart, that every receipt's entry stands and that the log is whole and can go on."""
    assert not told["resumed"], "the ledger took an entry after a failed append"
    files = TileDirectory(folder / "ledger")
    with SqliteLedgerStore.open_writer(folder / "ledger.db", wait_seconds=5) as store:
        log = Log(store)
        hashes, first = told["hashes"], told["first"]
        assert isinstance(hashes, list)
        assert isinstance(first, int)
        kept = [leaf_hash(leaf).hex() for leaf in log.leaves(first, end=first + len(hashes))]
        assert kept == hashes
        verify_log(log, keys=[KEY.verify_key], files=files)
        publish(log, files=files, key=KEY)
        assert verify_log(log, keys=[KEY.verify_key], files=files).unpublished == 0
        assert fsck(files, keys=[KEY.verify_key]).size == log.size


@pytest.fixture(scope="module")
def writer(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Writer]:
    system_parts.require("strace")
    environment = os.environ | {"PYTHONPATH": f"{repository / 'src'}{os.pathsep}{repository}"}
    with subprocess.Popen(
        [sys.executable, str(repository / "tests/faults/fault_writer.py")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
    ) as process:  # fmt: skip
        yield Writer(process, folder=tmp_path_factory.mktemp("faults"))
        assert process.stdin is not None
        process.stdin.close()


def occurrences(writer: Writer, syscall: str) -> int:
    """Count the calls of a clean run, which gives every receipt."""
    told = writer.live(syscall, fault="none", when=0)
    assert told["done"]
    assert isinstance(told["hashes"], list)
    assert len(told["hashes"]) >= ENTRIES
    assert isinstance(told["calls"], int)
    return told["calls"]


@pytest.mark.parametrize("syscall", SYSCALLS)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_sample_of_faults_loses_nothing(writer: Writer, syscall: str, fault: str) -> None:
    calls = occurrences(writer, syscall)
    assert calls > 0, f"{syscall} never occurs: take it off the list"
    fired = 0
    for step in range(SAMPLE):
        when = 1 + step * (calls - 1) // (SAMPLE - 1)
        fired += bool(writer.live(syscall, fault=fault, when=when)["fired"])
    assert fired


@pytest.mark.parametrize("fault", FAULTS[:2])
def test_a_failed_sync_stops_the_ledger(writer: Writer, fault: str) -> None:
    """After a failed fdatasync nothing more is acknowledged, whatever the disk says next: the sixth is a commit's."""
    told = writer.live("fdatasync", fault=fault, when=6)
    assert told["fired"]
    assert told["refused"]
    assert not told["done"]
    assert isinstance(told["hashes"], list)
    assert len(told["hashes"]) < ENTRIES


@pytest.mark.slow
@pytest.mark.parametrize("syscall", SYSCALLS)
@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_at_every_occurrence_loses_nothing(writer: Writer, syscall: str, fault: str) -> None:
    calls = occurrences(writer, syscall)
    fired = sum(bool(writer.live(syscall, fault=fault, when=when)["fired"]) for when in range(1, calls + 1))
    print(f"{syscall} {fault}: {calls} occurrences, {fired} faults fired")
    assert fired >= calls * 0.9
