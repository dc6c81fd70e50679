"""Each habit that ruff keeps for us really is kept: a line that breaks it is refused in the core, and only there."""

import subprocess
import sys
from pathlib import Path

import pytest

CORE = "src/suyuan/mark/example.py"
PURE = [
    ("import datetime\n\nx = datetime.datetime.now(datetime.UTC)\n", "TID251"),
    ("from datetime import UTC, datetime\n\nx = datetime.now(UTC)\n", "TID251"),
    ("import time\n\nx = time.time()\n", "TID251"),
    ("import os\n\nx = os.urandom(32)\n", "TID251"),
    ("import random\n\nx = random.random()\n", "TID251"),
    ("import numpy as np\n\nx = np.random.default_rng()\n", "TID251"),
]
EVERYWHERE_IN_CORE = [
    *PURE,
    ('print("hello")\n', "T201"),
    ("try:\n    import this\nexcept:\n    pass\n", "E722"),
    ("def seal(x: int) -> int:\n    return x\n", "D103"),
    ("class Seal:\n    pass\n", "D101"),
    ('class Seal:\n    """A seal."""\n\n    def open(self) -> None:\n        return None\n', "D102"),
    ('def seal(x: int, whole: bool) -> int:\n    """Give x."""\n    return x\n', "FBT001"),
    ('def seal(x: list[int] = []) -> None:\n    """Nothing."""\n', "B006"),
    ("from . import law\n", "TID252"),
]


def rules_broken(repository: Path, text: str, *, path: str) -> set[str]:
    """Give the codes of the rules that `text` would break, were it the file `path`."""
    command = [sys.executable, "-m", "ruff", "check", "--no-cache", "--output-format", "concise"]
    done = subprocess.run(
        [*command, "--stdin-filename", path, "-"],
        input='"""A room."""\n\n' + text,
        cwd=repository,
        capture_output=True,
        text=True,
        check=False,
    )
    assert not done.stderr, done.stderr
    return {line.split(": ", 1)[1].split()[0] for line in done.stdout.splitlines() if line.startswith(path)}


@pytest.mark.parametrize(("text", "rule"), EVERYWHERE_IN_CORE)
def test_core_refuses(repository: Path, text: str, rule: str) -> None:
    assert rule in rules_broken(repository, text, path=CORE)


@pytest.mark.parametrize("room", ["cli/init.py", "app/store.py", "adapters/sqlite/store.py", "simulation/courier.py"])
def test_edges_may_ask_the_machine(repository: Path, room: str) -> None:
    for text, rule in PURE:
        assert rule not in rules_broken(repository, text, path=f"src/suyuan/{room}")


def test_only_the_command_line_prints(repository: Path) -> None:
    assert "T201" not in rules_broken(repository, 'print("hello")\n', path="src/suyuan/cli/init.py")
    assert "T201" in rules_broken(repository, 'print("hello")\n', path="src/suyuan/app/store.py")
