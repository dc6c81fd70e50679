"""Where tests write: in memory when there is room, because what syncs as the product does would wait for a disk.

A process that is killed loses nothing that it wrote to either; what a power cut loses, `faults/lossy_fs.py` tells.
"""

import os
import sys
import tempfile
from pathlib import Path
from typing import Final

SETTING: Final = "SUYUAN_TEST_SCRATCH"
"""Names the folder for everything a run writes; `/tmp` keeps a run on the disk."""

_MEMORY = Path("/dev/shm")
_FREE_BYTES = 2 << 30
_AVAILABLE_KIB = 4 << 20


def settle() -> None:
    """Choose the folder of this run, for pytest and for every program that a test starts; a chosen one stays."""
    folder = os.environ.setdefault(SETTING, str(_MEMORY if _memory_has_room() else _disk()))
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", folder)
    os.environ.setdefault("TMPDIR", folder)
    tempfile.tempdir = None
    # A program that a test starts would else compile all of suyuan anew, where the clone has never been run.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False


def short_folder(prefix: str) -> Path:
    """Make a folder that every user may pass through, with a path short enough for a socket (107 bytes).

    Outside of a test run it is on the disk: what a benchmark measures is a durable commit.
    """
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=os.environ.get(SETTING) or _disk()))
    folder.chmod(0o755)
    return folder


def _disk() -> Path:
    return Path("/tmp")


def _memory_has_room() -> bool:
    """Say whether memory holds a run: the file system of shared memory, and the memory behind it."""
    try:
        files = os.statvfs(_MEMORY)
        lines = Path("/proc/meminfo").read_text("ascii").splitlines()
    except OSError:
        return False
    available = next((int(line.split()[1]) for line in lines if line.startswith("MemAvailable:")), 0)
    roomy = files.f_bavail * files.f_frsize >= _FREE_BYTES and available >= _AVAILABLE_KIB
    return roomy and os.access(_MEMORY, os.W_OK | os.X_OK)
