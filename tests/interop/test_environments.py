"""The foreign readers' own house: locks that name no host, scripts that know nothing of suyuan, a network that is off."""

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.interop.offline import offline

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / "tests/interop"
LOCKS = ("requirements-interop.lock", "requirements-interop312.lock")


@pytest.mark.parametrize("name", LOCKS)
def test_every_requirement_is_exact_and_has_its_hashes(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert "://" not in text
    wanted = text.replace("\\\n", "").splitlines()
    assert wanted
    for line in wanted:
        assert re.match(r"[a-z0-9.-]+==\S+ .*--hash=sha256:[0-9a-f]{64}\s*", line), line


def test_the_lock_of_npm_has_integrity_and_no_address() -> None:
    lock = json.loads((HERE / "npm/package-lock.json").read_text(encoding="utf-8"))
    assert "://" not in json.dumps(lock)
    packages = {name: told for name, told in lock["packages"].items() if name}
    assert packages
    for name, told in packages.items():
        assert told["integrity"].startswith("sha512-"), name
        assert "resolved" not in told, name
    wanted = json.loads((HERE / "npm/package.json").read_text(encoding="utf-8"))["dependencies"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in wanted.values())


def test_the_foreign_readers_know_nothing_of_suyuan() -> None:
    found = list((HERE / "foreign").glob("*.py"))
    assert len(found) == 4
    for path in found:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not [name for name in names if name.split(".")[0] in {"suyuan", "tests"}], path.name


def test_the_network_is_off() -> None:
    reach = "import socket; socket.create_connection(('192.0.2.1', 9), timeout=5)"
    done = subprocess.run(offline([sys.executable, "-c", reach]), capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "unreachable" in done.stderr
    listen = "import socket; s = socket.create_server(('127.0.0.1', 0)); socket.create_connection(s.getsockname())"
    subprocess.run(offline([sys.executable, "-c", listen]), check=True)


def test_an_old_interpreter_is_not_taken_for_a_new_one(tmp_path: Path) -> None:
    """A launcher that finds no Python behind it, as pyenv leaves on the path, is no Python either."""
    old = tmp_path / "python3.12"
    old.write_text("#!/bin/sh\necho 'command not found' >&2\nexit 127\n", encoding="ascii")
    old.chmod(0o755)
    done = subprocess.run(
        [ROOT / "tools/env", "interop312"], env=os.environ | {"SUYUAN_PYTHON312": str(old)}, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 5
    assert "SUYUAN_PYTHON312 is no Python 3.12 or newer" in done.stderr
    assert "hint: " in done.stderr
