"""What it costs to try a passphrase, in a store made as everybody makes one: the tests' own stores are made cheaper."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

from tests.command_line import ROOT

from suyuan.crypto import canonical


def test_a_store_stretches_its_passphrase_as_it_is_advised(tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "src"), "HOME": str(tmp_path)}
    command = [sys.executable, "-P", "-m", "suyuan", "init", "store", "--passphrase-file", "passphrase"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with sqlite3.connect(tmp_path / "store/keys.db") as keys:
        [(law,)] = keys.execute("SELECT wrapped FROM secret WHERE name = 'kek-law'")
    found = canonical.decode_object(law)
    # OWASP's Password Storage Cheat Sheet: N = 2^15, r = 8, p = 3.
    assert (found["cost"], found["block_size"], found["parallel"]) == (2**15, 8, 3)
