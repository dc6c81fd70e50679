"""The import contract holds, and fails when it should: an unplaced folder, an upward import, a second door."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

LINT = [
    sys.executable,
    "-c",
    "from importlinter.cli import lint_imports_command as run; run()",
    "--no-cache",
    "--no-logo",
]


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        LINT, cwd=folder, env={"PYTHONPATH": str(folder / "src")}, capture_output=True, text=True, check=False
    )


@pytest.fixture
def copy(repository: Path, tmp_path: Path) -> Path:
    """A copy of the source that a test may spoil."""
    shutil.copytree(repository / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(repository / "pyproject.toml", tmp_path)
    return tmp_path


def write(folder: Path, name: str, text: str) -> None:
    """Add one module, and make its folder a package."""
    path = folder / "src/suyuan" / name
    path.parent.mkdir(exist_ok=True)
    (path.parent / "__init__.py").touch()
    path.write_text(text)


def test_contract_holds(repository: Path) -> None:
    done = lint_imports(repository)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("module", "text", "complaint"),
    [
        ("unplaced/__init__.py", "", "unplaced"),
        ("unplaced.py", "", "unplaced"),
        ("errors_again.py", "", "errors_again"),
        ("kinds/upward.py", "import suyuan.release", "suyuan.kinds.upward -> suyuan.release"),
        ("mark/sideways.py", "import suyuan.ledger", "suyuan.mark.sideways -> suyuan.ledger"),
        ("evidence/upward.py", "import suyuan.trace", "suyuan.evidence.upward -> suyuan.trace"),
        ("hold/upward.py", "def late():\n    import suyuan.release", "suyuan.hold.upward -> suyuan.release"),
        ("trace/window.py", "import suyuan.hold.unseal", "suyuan.trace.window -> suyuan.hold.unseal"),
        ("trace/unplaced.py", "", "unplaced"),
        ("trace/naming/upward.py", "import suyuan.trace.formats.rows", "suyuan.trace.naming.upward ->"),
        ("release/window.py", "from suyuan.hold import unseal", "suyuan.release.window -> suyuan.hold.unseal"),
        ("ledger/cipher.py", "import cryptography.hazmat", "suyuan.ledger.cipher -> cryptography"),
        ("evidence/curve.py", "import nacl.bindings", "suyuan.evidence.curve -> nacl"),
    ],
)
def test_contract_catches(copy: Path, module: str, text: str, complaint: str) -> None:
    for room in ("ledger", "release", "trace", "hold", "mark", "kinds", "evidence", "crypto"):
        package = copy / "src/suyuan" / room / "__init__.py"
        package.parent.mkdir(exist_ok=True)
        package.touch()
    (copy / "src/suyuan/hold/unseal.py").touch()
    write(copy, "crypto/allowed.py", "import cryptography\nimport nacl")
    write(copy, module, text)
    done = lint_imports(copy)
    assert done.returncode == 1, done.stdout + done.stderr
    assert complaint in done.stdout
