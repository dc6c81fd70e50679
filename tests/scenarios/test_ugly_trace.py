"""A leak in GB18030 under an advertisement and gzip goes the whole way: read, linked, named, and on evidence that verifies."""

import gzip
import json
from pathlib import Path

import pytest
from tests.command_line import run_here

ROWS = "".join(
    f"C{n:07},杨娜菲,1692301{n:04},yang.{n}@post.example,陕西省西安市未央区景塘街{n}号竹湾家园35幢1单元1208室\n"
    for n in range(100, 180)
)


def test_an_ugly_leak_is_traced_and_its_evidence_verifies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("people.csv").write_text("customer,name,phone,email,address\n" + ROWS, encoding="utf-8")
    for line in (
        "init shop --origin log.example.org/shop",
        "release export people.csv --to acme --purpose fulfilment --contract C-7 -o acme.csv --store shop",
    ):
        done = run_here(capsys, *line.split())
        assert done.code == 0, done.err
    leaked = "更多数据加群\n\n" + Path("acme.csv").read_text(encoding="utf-8") + "残缺,16923010999\n合计,80\n"
    Path("leak.gz").write_bytes(gzip.compress(leaked.encode("gb18030")))
    line = "trace dump leak.gz --exact-only --store shop --json --bundle leak.suyuan --unreadable aside.csv"
    done = run_here(capsys, *line.split())
    assert done.code == 0, done.err
    said = json.loads(done.out)
    dump = said["dump"]
    assert (dump["rows"], dump["matched"], dump["strangers"], dump["unreadable"]) == (81, 80, 0, 1)
    assert "acme" in done.out
    # A total is nobody's line, and told; a row that breaks off is somebody's, and kept aside.
    assert "titles, rules or totals, and no rows: 1" in done.out + done.err
    assert "残缺" in Path("aside.csv").read_text(encoding="utf-8")
    assert Path("aside.csv").stat().st_mode & 0o777 == 0o600
    assert run_here(capsys, *"verify leak.suyuan --dump leak.gz".split()).code == 0
    Path("other.gz").write_bytes(gzip.compress(leaked.replace("杨", "李").encode("gb18030")))
    assert run_here(capsys, *"verify leak.suyuan --dump other.gz".split()).code == 4
