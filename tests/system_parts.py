"""Programs of the system that a test needs: installed by `tools/system` where they are missing, or the test fails."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def require(*packages: str) -> None:
    """See that these Debian packages are here; fail with the hint where they cannot be had."""
    done = subprocess.run(
        [sys.executable, ROOT / "tools/system", *packages], capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.fail(f"{', '.join(packages)} cannot be had here:\n{done.stderr}")
