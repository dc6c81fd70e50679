"""Whatever bytes are read as a dump: an answer or one clear refusal, nothing of a person in its words, nothing left behind."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

pytest.importorskip("numba")

from tests import dump_fuzz
from tests.dump_fuzz import wrongs

from suyuan.crypto import compiled
from suyuan.trace.formats import flat_lines
from suyuan.trace.matching import index


def test_bent_files_are_read_or_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the compiled loops, however small the files are."""
    monkeypatch.setattr(compiled, "WORTH_COMPILING", 1)
    monkeypatch.setattr(flat_lines, "LEAST_BYTES", 1)
    monkeypatch.setattr(index, "LARGE", 1)
    private = tmp_path / "private"
    private.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", f"{private}")
    assert not list(wrongs(5, count=5, folder=tmp_path))


def test_what_goes_wrong_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    private = tmp_path / "private"
    private.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", f"{private}")

    def broken(path: Path, **_: object) -> None:
        (private / "left").touch()
        raise IndexError(path.read_bytes())

    monkeypatch.setattr(dump_fuzz, "read_whole", broken)
    monkeypatch.setattr(dump_fuzz, "read_as_bytes", lambda *_, **__: None)
    [error, left] = wrongs(5, count=1, folder=tmp_path)
    assert error.what.startswith("IndexError at test_bent_dumps.py:")
    assert left.what == "1 files are left behind"


@pytest.mark.slow
@pytest.mark.parametrize("seed", [11, 12])
def test_no_kernel_leaves_its_arrays(tmp_path: Path, seed: int) -> None:
    """Some twenty minutes of CPU: compiled anew, every loop looks at each index."""
    environment = os.environ | {
        "NUMBA_BOUNDSCHECK": "1",
        "NUMBA_CACHE_DIR": f"{tmp_path / 'kernels'}",
        "TMPDIR": f"{tmp_path}",
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.dump_fuzz", f"{seed}", "3000"],
        capture_output=True, text=True, check=True, env=environment,
    )  # fmt: skip
    assert done.stdout == ""
