"""A store made by the command line itself, once; each test works on a copy of it."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.command_line import CASES, CUSTOMERS, Done, run_here

from suyuan.cli import main

Suyuan = Callable[..., Done]


def quietly(*arguments: object) -> None:
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    assert not ended.value.code


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with customers.csv, cases.csv and a filled store."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "customers.csv").write_text(CUSTOMERS, encoding="utf-8")
    (folder / "cases.csv").write_text(CASES, encoding="utf-8")
    quietly("init", folder / "store", "--passphrase-file", folder / "passphrase")
    quietly("collect", "import", folder / "customers.csv", "--store", folder / "store")
    quietly("collect", "cases", folder / "cases.csv", "--store", folder / "store")
    return folder


@pytest.fixture
def here(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the folder, and the current one; the store is found from here."""
    folder = tmp_path / "here"
    shutil.copytree(made, folder)
    monkeypatch.chdir(folder / "store")
    monkeypatch.setenv("HOME", str(tmp_path))
    return folder


@pytest.fixture
def suyuan(capsys: pytest.CaptureFixture[str]) -> Suyuan:
    """Run one verb in this process."""
    return lambda *arguments: run_here(capsys, *arguments)
