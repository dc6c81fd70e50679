"""The log that foreign tools read, and the tools: built once, whichever worker comes first."""

import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.interop.offline import offline

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / "tests/interop"


def shell(*command: str | Path, **environment: str) -> str:
    """Run a command that must succeed; give what it printed."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "GO"))}
    done = subprocess.run(
        [str(word) for word in command], cwd=ROOT, env=kept | environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.fail(f"{Path(command[0]).name} ended with {done.returncode}:\n{done.stderr}", pytrace=False)
    return done.stdout


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Callable[[Path], None]], Path]:
    """Give a folder that is filled once for all workers of this run."""
    base = tmp_path_factory.getbasetemp()
    base = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    def fill(name: str, build: Callable[[Path], None]) -> Path:
        folder = base / f"interop-{name}"
        with (base / f"interop-{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (folder / ".ready").exists():
                folder.mkdir()
                build(folder)
                (folder / ".ready").touch()
        return folder

    return fill


@pytest.fixture(scope="session")
def log_folder(once: Callable[[str, Callable[[Path], None]], Path]) -> Path:
    """The folder of the log under test; see `log_under_test.py`."""
    aics_witness = Path(shell("tools/env", "interop312").strip()).with_name("aics-witness")

    def build(folder: Path) -> None:
        command = [sys.executable, "-P", HERE / "log_under_test.py", folder, aics_witness]
        shell(*offline(command), PYTHONPATH=f"{ROOT / 'src'}:{ROOT}")

    return once("log", build)


@pytest.fixture(scope="session")
def story(log_folder: Path) -> dict[str, object]:
    """What the `aics-witness` server answered, and the keys of log and witnesses."""
    found: dict[str, object] = json.loads((log_folder / "story.json").read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="session")
def readers(once: Callable[[str, Callable[[Path], None]], Path]) -> dict[str, list[str]]:
    """The command of each foreign reader, less its job."""
    shell("tools/system", "golang-go", "golang-golang-x-mod-dev", "nodejs", "npm")
    modules, interop, interop312 = (shell("tools/env", what).strip() for what in ("npm", "interop", "interop312"))
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "suyuan/go"

    def build(folder: Path) -> None:
        shell(
            "go", "build", "-o", folder / "reader", HERE / "go/main.go",
            GO111MODULE="off", GOPATH="/usr/share/gocode", GOCACHE=str(cache),
        )  # fmt: skip

    python = [interop, "-E", "-s"]
    return {
        "go": [str(once("go", build) / "reader")],
        "sigstore": [*python, str(HERE / "foreign/sigstore_reader.py")],
        "scales": [*python, str(HERE / "foreign/scales_reader.py")],
        "aics": [interop312, "-E", "-s", str(HERE / "foreign/aics_reader.py")],
        "npm": ["node", str(HERE / "npm/reader.cjs"), modules],
    }
