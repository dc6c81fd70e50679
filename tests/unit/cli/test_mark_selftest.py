"""`suyuan mark selftest` through commands: pipes, files, two steps, and commands that fail."""

import json
from pathlib import Path

import pytest
from tests.command_line import require_one_clear_line

SELFTEST = ("mark", "selftest", "--samples", "60")


def test_a_pipe_and_files(suyuan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    whole = json.loads(suyuan(*SELFTEST, "--json", "--through", "cat").out)
    for command in ("cat {in}", "cat > {out}", "cp {in} {out}", "iconv -t gb18030"):
        assert json.loads(suyuan(*SELFTEST, "--json", "--through", command).out) == whole, command
    assert whole["bits_per_row"]["sent"] == whole["bits_per_row"]["back"]
    assert list(tmp_path.iterdir()) == []


def test_a_pipeline_that_loses(suyuan) -> None:
    lost = suyuan(*SELFTEST, "--through", "head -31").out
    assert "rows: 30 of 60 came back" in lost
    assert "blurred" in lost
    bare = suyuan(*SELFTEST, "--through", "cut -d, -f1").out
    assert "columns that did not come back" in bare
    assert "decoys and aliases: do not survive" in bare


def test_two_steps(suyuan, tmp_path: Path) -> None:
    file = tmp_path / "samples.csv"
    assert suyuan(*SELFTEST, "--write", file).code == 0
    assert "60 of 60" in suyuan(*SELFTEST, "--back", file).out
    require_one_clear_line(suyuan(*SELFTEST, "--write", file), code=3)
    require_one_clear_line(suyuan(*SELFTEST, "--back", tmp_path / "none.csv"), code=3)


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("exit 9", "exit code 9"),
        ("no-such-command-anywhere 2>/dev/null", "exit code 127"),
        ("true", "nothing back"),
        ("true {in} {out}", "nothing back"),
        ("head -c 2000 /dev/zero", "cannot be read"),
        ("echo hello", "cannot be read"),
    ],
)
def test_commands_that_fail(suyuan, command: str, told: str) -> None:
    done = suyuan(*SELFTEST, "--through", command)
    require_one_clear_line(done, code=3)
    assert told in done.err


def test_one_way_at_a_time(suyuan, tmp_path: Path) -> None:
    require_one_clear_line(suyuan(*SELFTEST, "--through", "cat", "--write", tmp_path / "x"), code=2)
    require_one_clear_line(suyuan("mark", "selftest", "--samples", "3"), code=2)
    unnamed = suyuan(*SELFTEST)
    require_one_clear_line(unnamed, code=2)
    assert "name a pipeline with --through 'COMMAND'" in unnamed.err


def test_too_few_rows_to_judge_by(suyuan) -> None:
    assert "warning: only 5 of 60 rows came back" in suyuan(*SELFTEST, "--through", "head -6").err
    assert "warning" not in suyuan(*SELFTEST, "--through", "head -7").err
