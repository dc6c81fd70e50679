"""The wheel holds all that the source tree holds, and works where only it is installed."""

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

import suyuan

ROOT = Path(__file__).resolve().parents[2]
NOT_SHIPPED = {"__pycache__"}


def test_it_holds_every_file_of_the_source(wheel: Path) -> None:
    source = {
        path.relative_to(ROOT / "src").as_posix()
        for path in (ROOT / "src/suyuan").rglob("*")
        if path.is_file() and not NOT_SHIPPED & set(path.parts)
    }
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
        about = next(name for name in archive.namelist() if name.endswith("/METADATA"))
        metadata = archive.read(about).decode()
        licences = [name for name in archive.namelist() if "/licenses/" in name]
    assert held == source
    # SQL, templates and data are read at run time: without them nothing fails before a customer is there.
    assert {Path(name).suffix for name in held} >= {".py", ".sql", ".toml", ".json"}
    assert f"Version: {suyuan.__version__}\n" in metadata
    assert "Provides-Extra: serve" in metadata
    assert licences


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel, alone and without an index, into a fresh environment; give its `suyuan`.

    What it depends on comes from this environment by a path file, behind the wheel.
    """
    home = tmp_path_factory.mktemp("venv")
    venv.EnvBuilder(with_pip=False).create(home)
    python = home / "bin/python"
    done = subprocess.run(
        [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-index", "--no-deps", wheel],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (site,) = home.glob("lib/python*/site-packages")
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return home / "bin/suyuan"


def run(program: Path, *arguments: object, folder: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [program, *map(str, arguments)],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "LC_ALL": "C.UTF-8", "PYTHONSAFEPATH": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_it_is_the_wheel_that_runs(installed: Path, tmp_path: Path) -> None:
    done = run(installed.with_name("python"), "-c", "import suyuan; print(suyuan.__file__)", folder=tmp_path)
    assert str(installed.parents[1]) in done.stdout
    done = run(installed, "--version", folder=tmp_path)
    assert done.stdout == f"suyuan {suyuan.__version__}\n"


def test_a_store_is_made_and_used_by_it(installed: Path, tmp_path: Path) -> None:
    rows = "customer,name,phone\nC0000004,杨娜菲,16923010444\nC0000005,宋明阳,16436575240\n"
    (tmp_path / "customers.csv").write_text(rows)
    steps = (
        ("init", "shop", "--origin", "log.example.org/shop"),
        ("collect", "import", "customers.csv", "--store", "shop"),
        ("release", "export", "customers.csv", "--to", "acme", "--purpose", "fulfilment", "--contract", "C-7",
         "-o", "out.csv", "--store", "shop"),
        ("ledger", "verify", "--store", "shop"),
        ("status", "--store", "shop"),
    )  # fmt: skip
    for step in steps:
        done = run(installed, *step, folder=tmp_path)
        assert done.returncode == 0, f"{step}\n{done.stdout}{done.stderr}"
    assert (tmp_path / "out.csv").read_text().startswith("customer,name,phone\n")
