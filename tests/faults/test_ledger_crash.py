"""kill -9 at many points of appending and publishing: what was acknowledged is there, and the log verifies."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.ledger_world import KEY

from suyuan.adapters.files.tile_directory import TileDirectory
from suyuan.adapters.sqlite.ledger_store import SqliteLedgerStore
from suyuan.crypto.canonical import from_base64
from suyuan.crypto.merkle import leaf_hash
from suyuan.ledger import Log, publish, verify_log

# The first steps create the file and its first entries; later ones fall into every statement of an append.
POINTS = [f"step {n}" for n in (*range(1, 40, 5), *range(40, 400, 12))] + [f"time {ms}" for ms in range(4, 64, 3)]


@pytest.fixture
def appender(repository: Path, tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    script = repository / "tests/faults/ledger_appender.py"
    environment = os.environ | {"PYTHONPATH": f"{repository / 'src'}{os.pathsep}{repository}"}
    with subprocess.Popen(
        [sys.executable, str(script), str(tmp_path)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
    ) as process:  # fmt: skip
        yield process
        assert process.stdin is not None
        process.stdin.close()


def test_no_acknowledged_entry_is_lost(appender: "subprocess.Popen[str]", tmp_path: Path) -> None:
    assert len(POINTS) >= 50
    assert appender.stdin is not None
    assert appender.stdout is not None
    acknowledged = 0
    for point in POINTS:
        appender.stdin.write(point + "\n")
        appender.stdin.flush()
        assert appender.stdout.readline().strip() == "9", point
        if not (tmp_path / "ledger.db").exists():
            continue
        with SqliteLedgerStore.open_writer(tmp_path / "ledger.db", wait_seconds=1) as store:
            log = Log(store)
            acks = (tmp_path / "acks").read_text("ascii").splitlines() if (tmp_path / "acks").exists() else []
            for line in acks:
                index, expected = line.split()
                assert leaf_hash(log.leaf(int(index))) == from_base64(expected), point
            verify_log(log, keys=[KEY.verify_key], files=TileDirectory(tmp_path / "ledger"))
            acknowledged = len(acks)
    # On a busy machine the timed points fall early; what matters is that some acknowledgements came in between.
    assert acknowledged > 10
    with SqliteLedgerStore.open_writer(tmp_path / "ledger.db", wait_seconds=1) as store:
        publish(Log(store), files=TileDirectory(tmp_path / "ledger"), key=KEY)
        found = verify_log(Log(store), keys=[KEY.verify_key], files=TileDirectory(tmp_path / "ledger"))
        assert found.unpublished == 0
