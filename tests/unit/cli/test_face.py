"""The face of the command line: help that teaches, errors in one line, and no value in any of them."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.command_line import PLANTED, ROOT, require_no_value, require_one_clear_line
from tests.courier import courier

from suyuan.app import open_store
from suyuan.cli import app, progress, status
from suyuan.cli.progress import Bars
from suyuan.errors import RefusedError

VERBS = [
    ("init",), ("collect", "import"), ("collect", "cases"), ("release", "lookup"), ("release", "export"),
    ("mark", "selftest"), ("ledger", "show"), ("ledger", "checkpoint"), ("ledger", "verify"), ("trace", "dump"),
    ("verify",), ("status",), ("hold", "erase"), ("hold", "retire"), ("ledger", "seal"), ("ledger", "fsck"), ("ledger", "rebuild"),
    ("ledger", "account"), ("ledger", "rotate"), ("ledger", "recover"), ("ledger", "serve"),
]  # fmt: skip


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_help_teaches_by_an_example(suyuan, verb: tuple[str, ...]) -> None:
    done = suyuan(*verb, "--help")
    assert done.code == 0
    assert f"  Example:\n    suyuan {' '.join(verb)}" in done.out
    # A server gives no result: it has nothing to say in JSON.
    assert ("--json" in done.out) is (verb != ("ledger", "serve"))


def test_help_says_what_it_can_do() -> None:
    command = [sys.executable, "-P", "-m", "suyuan", "--help"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert "suyuan release export" in done.stdout


def test_heavy_libraries_wait_for_their_verb() -> None:
    script = "import sys, suyuan.cli; print(*sys.modules)"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in done.stdout.split()}
    assert not loaded & {
        "polars",
        "numpy",
        "pyarrow",
        "cryptography",
        "rich",
        "duckdb",
        "splink",
        "altair",
        "nacl",
        "psycopg",
    }


def test_version(suyuan) -> None:
    assert suyuan("--version").out.startswith("suyuan ")


@pytest.mark.parametrize(
    "arguments",
    [("nothing",), ("release", "nothing"), ("status", "--nothing"), ("verify",), ("ledger", "show", "--last", "x")],
)
def test_wrong_usage(suyuan, arguments: tuple[str, ...]) -> None:
    require_one_clear_line(suyuan(*arguments), code=2)


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (("trace", "leaked.csv"), "trace dump"),
        (("grade",), "hold grade"),
        (("lookup",), "release lookup"),
    ],
)
def test_a_verb_that_was_nearly_right(suyuan, arguments: tuple[str, ...], meant: str) -> None:
    done = suyuan(*arguments)
    require_one_clear_line(done, code=2)
    assert f"hint: did you mean `suyuan {meant}`" in done.err


@pytest.mark.parametrize("arguments", [(), ("release",)])
def test_no_verb_shows_help(suyuan, arguments: tuple[str, ...]) -> None:
    done = suyuan(*arguments)
    assert (done.code, "Usage:" in done.err + done.out) == (2, True)


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(store: Path | None) -> Path:
        raise ValueError(f"cannot parse {PLANTED[0]!r}, {PLANTED[2]}")

    monkeypatch.setattr(status, "store_at", fail)


def test_a_bug_is_one_line_without_the_value(suyuan, broken: None) -> None:
    done = suyuan("status", "--json")
    require_one_clear_line(done, code=1)
    assert "ValueError at suyuan.cli.status:" in done.err
    assert json.loads(done.out)["error"]["code"] == "suyuan.error"


def test_a_traceback_hides_values(suyuan, broken: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUYUAN_TRACEBACK", "1")
    done = suyuan("status")
    assert "Traceback (values hidden)" in done.err
    assert "store_at(store)" in done.err
    require_no_value(done.err + done.out)


def test_an_interruption(suyuan, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(store: Path | None) -> Path:
        raise KeyboardInterrupt

    monkeypatch.setattr(status, "store_at", interrupt)
    done = suyuan("status")
    assert (done.code, done.err) == (130, "suyuan: interrupted\n")


def test_a_reader_that_has_enough(here: Path) -> None:
    command = f'"{sys.executable}" -P -m suyuan ledger show --last 100 --json | head -1'
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(["sh", "-c", command], env=environment, capture_output=True, text=True, check=True)
    assert done.stderr == ""


def test_output_that_cannot_be_written(here: Path) -> None:
    command = f'"{sys.executable}" -P -m suyuan ledger show --json > /dev/full'
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(["sh", "-c", command], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.splitlines()[0]) == (
        5,
        "suyuan: error: the system refused: No space left on device",
    )


def test_the_words_of_an_error_reach_json(suyuan, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(store: Path | None) -> Path:
        raise RefusedError("the answer is no", code="test.no", hint="ask again")

    monkeypatch.setattr(status, "store_at", refuse)
    done = suyuan("status", "--json")
    assert json.loads(done.out)["error"] == {
        "code": "test.no",
        "exit": 3,
        "message": "the answer is no",
        "hint": "ask again",
    }
    assert done.err == "suyuan: error: the answer is no\nhint: ask again\n"


def test_bars_are_for_people_only(capsys: pytest.CaptureFixture[str]) -> None:
    bars = Bars()
    for done in range(10):
        bars("step", done, 10)
    bars.close()
    assert capsys.readouterr().err == ""


def test_a_step_that_says_nothing_for_long_is_seen(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "PATIENCE_SECONDS", 0.01)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with progress.bars() as shown:
        shown.wait("check")
        time.sleep(0.5)
        shown("seal", 1, 2)
        time.sleep(0.3)
    drawn = capsys.readouterr().err
    assert drawn.index("check") < drawn.index("seal")
    assert "50%" in drawn


def test_a_step_that_ends_soon_is_not_drawn(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "PATIENCE_SECONDS", 0.05)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with progress.bars() as shown:
        shown("seal", 0, 2)
        shown("seal", 2, 2)
        time.sleep(0.3)
    assert capsys.readouterr().err == ""


def test_a_reader_that_has_enough_is_no_fault() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-P", "-m", "suyuan", "mark", "selftest", "--samples", "10", "--through", "cat"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONUNBUFFERED": "1"}
    with os.fdopen(writing, "w") as gone:
        done = subprocess.run(command, env=environment, stdout=gone, stderr=subprocess.PIPE, check=False)
    assert (done.returncode, done.stderr) == (141, b"")


def test_one_tree_of_verbs() -> None:
    assert list(app.STAGES) == ["collect", "hold", "release", "policy", "mark", "ledger", "trace"]


@pytest.mark.parametrize("verb", [("hold", "erase", "C0000001"), ("hold", "retire")], ids=" ".join)
def test_what_cannot_be_undone_is_not_done_without_a_yes(verb: tuple[str, ...], tmp_path: Path) -> None:
    with courier(tmp_path, people=2) as here:
        first = here.people["customer"][0]
        size = here.store.ledger.size
    asked = [first if word == "C0000001" else word for word in verb]
    command = [sys.executable, "-P", "-m", "suyuan", *asked, "--store", str(tmp_path / "store")]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(command, env=environment, input="n\n", capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert "give --yes" in done.stderr
    with open_store(tmp_path / "store") as store:
        assert store.ledger.size == size
