"""`trace dump` through the command line: when a file was known, its time line as JSON, and what interrupted traces have left."""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.command_line import Done, run_here
from tests.courier import courier

Run = Callable[..., Done]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A store, and a dump of what one account was shown."""
    with courier(tmp_path, people=12) as here, here.store.door() as door:
        for customer in here.people["customer"].to_list()[:6]:
            here.look_up(door, account="ann", customer=customer)
        here.rows_of("ann").write_csv(tmp_path / "dump.csv")
    return tmp_path


@pytest.fixture
def trace(shop: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Trace the dump in this process."""
    return lambda *options: run_here(
        capsys, "trace", "dump", str(shop / "dump.csv"), "--exact-only", "--store", str(shop / "store"), *options
    )


def test_the_json_has_the_time_line_and_what_came_later(trace: Run) -> None:
    plain = json.loads(trace("--json").out)
    assert (plain["known_at"], plain["later"]) == (None, [])
    [ann] = plain["timeline"]["recipients"]
    assert ann["recipient"] == {"kind": "account", "id": "ann"}
    assert sum(span["same"] for span in ann["spans"]) == 6
    assert plain["timeline"]["dating"] is None
    early = json.loads(trace("--json", "--known-at", "2001-01-01").out)
    assert early["known_at"] == "2001-01-01T00:00:00.000Z"
    assert early["timeline"]["until"] == "2001-01-01T00:00:00.000Z"
    assert (early["suspects"], early["timeline"]["recipients"]) == ([], [])
    assert [(one["recipient"]["id"], one["releases"], one["suspect"]) for one in early["later"]] == [("ann", 6, False)]
    # A time without a zone is UTC; another spelling of the same time is the same question.
    zoned = json.loads(trace("--json", "--known-at", "2001-01-01T08:00+08:00").out)
    assert zoned["opened"] == early["opened"]
    assert "younger than the file" in trace("--known-at", "2001-01-01").out


@pytest.mark.parametrize(
    ("given", "code", "words"),
    [
        ("yesterday", 2, "--known-at is no time"),
        ("2999-01-01", 3, "still to come"),
        ("0001-01-01T00:00+14:00", 2, "--known-at is no time"),
    ],
)
def test_a_time_that_is_none_is_refused_in_one_line(trace: Run, given: str, code: int, words: str) -> None:
    done = trace("--known-at", given)
    assert done.code == code
    assert words in done.err


def test_what_was_left_is_removed_when_it_is_old_or_at_once(shop: Path, trace: Run) -> None:
    left = [shop / "store" / "unfinished" / (name * 64) for name in "ab"]
    for folder in left:
        folder.mkdir(parents=True)
        (folder / "part-00000.sealed").write_bytes(b"sealed")
    week_ago = time.time() - 8 * 86_400
    os.utime(left[0], (week_ago, week_ago))
    assert trace().code == 0
    assert [folder.exists() for folder in left] == [False, True]
    assert trace("--afresh").code == 0
    assert not left[1].exists()
