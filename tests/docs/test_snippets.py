"""Every snippet in the docs runs: python blocks in one namespace per page, console blocks in one folder per page.

`<!-- no-run: reason -->` on the line above a block is the only way out.
"""

import os
import subprocess
from pathlib import Path

import pytest
from tests.docs.pages import PAGES, ROOT, blocks, commands, matches, name
from tests.postgres_server import OWNER, PostgresServer
from tests.ready_program import ready_command

RUNNABLE = ("suyuan ", "cat ", "head ", "cp ", "ls", "wc ", "printf ", "mkdir ", "psql ")


def pages_with(language: str) -> list[object]:
    found = []
    for page in PAGES:
        wanted = [b for b in blocks(page.read_text()) if b.language == language and not b.no_run]
        if wanted:
            found.append(pytest.param(page, id=name(page)))
    return found


@pytest.mark.parametrize("page", pages_with("python"))
def test_python_blocks_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    if '["suyuan", ' in page.read_text():
        monkeypatch.setenv("PATH", f"{ready_command().parent}{os.pathsep}{os.environ['PATH']}")
    namespace: dict[str, object] = {"__name__": "docs"}
    for block in blocks(page.read_text()):
        if block.language == "python" and not block.no_run:
            # Blank lines in front make a traceback point at the page's own line.
            code = compile("\n" * (block.line - 1) + block.text, str(page), "exec")
            exec(code, namespace)


@pytest.fixture
def shell(tmp_path: Path) -> dict[str, str]:
    """An environment whose `suyuan` is this source, with a home of its own."""
    return {
        "PATH": f"{ready_command().parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT / "src"),
        "HOME": str(tmp_path),
        "COLUMNS": "120",
        "NO_COLOR": "1",
        "LC_ALL": "C.UTF-8",
    }


@pytest.fixture
def database(page: Path, request: pytest.FixtureRequest) -> dict[str, str]:
    """What leads libpq to a server with an empty database `shop`, for a page that needs one."""
    if not any(sign in page.read_text() for sign in ("--ledger postgresql:", "postgresql:///shop")):
        return {}
    server: PostgresServer = request.getfixturevalue("postgres")
    server.new_database("shop")
    return {"PGHOST": str(server.socket_folder), "PGUSER": OWNER}


@pytest.mark.parametrize("page", pages_with("console"))
def test_console_blocks_run(page: Path, tmp_path: Path, shell: dict[str, str], database: dict[str, str]) -> None:
    if not (ROOT / "src/suyuan/cli/__init__.py").exists():
        pytest.skip("there is no command line yet")
    folder = tmp_path / "page"
    folder.mkdir()
    for block in blocks(page.read_text()):
        if block.language != "console" or block.no_run:
            continue
        for command in commands(block):
            where = f"{name(page)}:{command.line}: $ {command.text}"
            assert command.text.startswith(RUNNABLE), (
                f"{where}\nnot a command the docs test runs; mark the block no-run"
            )
            done = subprocess.run(
                ["sh", "-c", command.text],
                cwd=folder,
                env=shell | database,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=120,
                check=False,
            )
            assert done.returncode == command.exit_code, f"{where}\nexit {done.returncode}\n{done.stdout}"
            if command.shown:
                assert matches(command.shown, done.stdout), f"{where}\nprinted:\n{done.stdout}"


@pytest.mark.parametrize("page", [pytest.param(page, id=name(page)) for page in PAGES])
def test_no_shell_block_hides_from_the_tests(page: Path) -> None:
    for block in blocks(page.read_text()):
        dressed_up = block.language in {"sh", "bash", "shell", "py", "pycon"}
        assert not dressed_up, f"{name(page)}:{block.line}: write ```console or ```python, so that it is run"
