"""Power cuts on a disk that forgets what was not synced: no acknowledged entry is lost, and the log goes on.

Each life carries on from what the cut before it left. Half of the cuts lose everything unsynced; in the other half
each unsynced block survives by a coin, so that writes tear and overtake each other. A writer that does not sync is
the control: it must lose, or the disk forgets nothing and the test shows nothing.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests import system_parts
from tests.faults.power_writer import magic
from tests.ledger_world import KEY

from suyuan.adapters.files.tile_directory import TileDirectory
from suyuan.adapters.sqlite.ledger_store import SqliteLedgerStore
from suyuan.crypto.merkle import leaf_hash
from suyuan.errors import SuyuanError
from suyuan.ledger import Log, publish, verify_log
from suyuan.ledger.fsck import fsck


class Disks:
    """The mount, the writer on it, and the folders that cuts leave behind."""

    def __init__(self, *, mount: Path, kept: Path, writer: "subprocess.Popen[str]") -> None:
        self._mount, self.kept, self._writer = mount, kept, writer

    def live(self, life: str, *, before: str | None, seed: int, wait_ms: int, sync: str = "on") -> list[list[object]]:
        """Let a life be lived and cut; give its receipts."""
        if before is None:
            (self._mount / life).mkdir()
        else:
            magic(self._mount, ".boot", f"{life} from {before}")
        assert self._writer.stdin is not None
        assert self._writer.stdout is not None
        self._writer.stdin.write(f"{life} {seed} {wait_ms} {sync}\n")
        self._writer.stdin.flush()
        told = json.loads(self._writer.stdout.readline())
        assert told["killed"], "the writer ended by itself"
        receipts: list[list[object]] = told["receipts"]
        return receipts


@pytest.fixture
def disks(repository: Path, tmp_path: Path) -> Iterator[Disks]:
    system_parts.require("fuse3", "libfuse2")
    mount, kept = tmp_path / "mount", tmp_path / "kept"
    mount.mkdir()
    kept.mkdir()
    environment = os.environ | {"PYTHONPATH": f"{repository / 'src'}{os.pathsep}{repository}"}
    folder = repository / "tests/faults"
    with subprocess.Popen(
        [sys.executable, str(folder / "lossy_fs.py"), str(mount), str(kept)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    ) as daemon:  # fmt: skip
        try:
            _wait_for(mount, daemon=daemon)
            with subprocess.Popen(
                [sys.executable, str(folder / "power_writer.py"), str(mount)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
            ) as writer:  # fmt: skip
                yield Disks(mount=mount, kept=kept, writer=writer)
                assert writer.stdin is not None
                writer.stdin.close()
        finally:
            subprocess.run(["umount", "-l", str(mount)], check=False, capture_output=True)
            daemon.terminate()


def _wait_for(mount: Path, *, daemon: "subprocess.Popen[str]") -> None:
    for _ in range(200):
        if os.path.ismount(mount):
            return
        if daemon.poll() is not None:
            assert daemon.stdout is not None
            pytest.fail(f"FUSE cannot be mounted; hint: /dev/fuse must be there, and root\n{daemon.stdout.read()}")
        time.sleep(0.05)
    pytest.fail("FUSE was not mounted in ten seconds")


def require_kept(folder: Path, *, receipts: dict[int, str]) -> int:
    """Open what the cut left; give how many acknowledged entries are missing. The public files can be brought up."""
    files = TileDirectory(folder / "ledger")
    if not (folder / "ledger.db").exists():
        return len(receipts)
    try:
        with SqliteLedgerStore.open_writer(folder / "ledger.db", wait_seconds=5) as store:
            log = Log(store)
            leaves = list(log.leaves(0, end=log.size))
            lost = sum(
                index >= len(leaves) or leaf_hash(leaves[index]).hex() != expected
                for index, expected in receipts.items()
            )
            if lost == 0:
                verify_log(log, keys=[KEY.verify_key], files=files)
                publish(log, files=files, key=KEY)
                assert verify_log(log, keys=[KEY.verify_key], files=files).unpublished == 0
                assert fsck(files, keys=[KEY.verify_key]).size == log.size
            return lost
    except SuyuanError:
        if not receipts:
            raise
        return len(receipts)


def lose_power(disks: Disks, *, cuts: int, sync: str) -> tuple[int, int]:
    """Cut the power so many times; give the receipts given and the entries lost."""
    before, receipts, lost = None, dict[int, str](), 0
    given = 0
    for cut in range(cuts):
        life = f"life{cut}"
        seed = 0 if cut % 2 == 0 else cut
        told = disks.live(life, before=before, seed=seed, wait_ms=60 + cut * 37 % 190, sync=sync)
        given += len(told)
        receipts |= {int(str(index)): str(found) for index, found in told}
        missing = require_kept(disks.kept / life, receipts=receipts)
        lost += missing
        if before is not None:
            shutil.rmtree(disks.kept / before)
        if missing:
            before, receipts = None, {}
        else:
            before = life
    return given, lost


def test_twenty_power_cuts_lose_nothing(disks: Disks) -> None:
    given, lost = lose_power(disks, cuts=20, sync="on")
    assert lost == 0
    assert given > 100


def test_a_writer_that_does_not_sync_loses(disks: Disks) -> None:
    given, lost = lose_power(disks, cuts=4, sync="off")
    assert given > 20
    assert lost > 0


@pytest.mark.slow
def test_two_hundred_power_cuts_lose_nothing(disks: Disks) -> None:
    given, lost = lose_power(disks, cuts=200, sync="on")
    print(f"200 power cuts: {given} acknowledged entries, {lost} lost")
    assert lost == 0
    assert given > 2000
