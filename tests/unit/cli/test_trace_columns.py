"""What `trace columns` shows of a file: which column is what, and no value."""

import re
from pathlib import Path

import pytest
from tests.command_line import run_here

from suyuan.trace.files.aside import REASONS

FOLDER = Path(__file__).parents[3] / "src" / "suyuan" / "trace"


@pytest.mark.parametrize("how", [(), ("--column", "content=address")])
def test_no_number_and_no_mailbox_is_shown_clear(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], how: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run_here(capsys, "init", "shop", "--origin", "log.example.org/shop").code == 0
    lines = (
        f'{{"oid": "{n}", "phone": "139{n:08}", "content": "收件人:于宇燕,电话:138{n:08},地址:广东省广州市天河区体育西路{n}号,y{n}@example.org"}}\n'
        for n in range(1, 60)
    )
    Path("waybills.jsonl").write_text("".join(lines), encoding="utf-8")
    done = run_here(capsys, "trace", "columns", "waybills.jsonl", *how, "--store", "shop")
    assert done.code == 0, done.err
    assert not re.search(r"1[38]9?\d{8}|y\d+@", done.out)
    assert "139******" in done.out


def test_every_reason_has_its_words() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in FOLDER.rglob("*.py"))
    given = set(re.findall(r'reason="(\w+)"|odd(?:\.append\(\(\w+| \+= \[\(\w+\[\w+\]), "(\w+)"', source))
    assert {one or other for one, other in given} <= set(REASONS)
