"""The wheel, made once for all tests that look at it."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel as `make wheel` does."""
    found = subprocess.run([sys.executable, ROOT / "tools/env", "build"], capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
    folder = tmp_path_factory.mktemp("wheel")
    done = subprocess.run(
        [found.stdout.strip(), "-m", "hatchling", "build", "-t", "wheel", "-d", folder],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (built,) = folder.glob("*.whl")
    return built
