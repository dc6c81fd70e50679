"""`hold scan` and `collect check` as a person meets them: exit codes, JSON, drafts, nothing clear on any stream."""

import json
import shutil
import tomllib
from pathlib import Path

import pytest
from tests.command_line import CUSTOMERS, PLANTED, run_here

from suyuan.discovery import Scanner

HAR = Path(__file__).parents[2] / "vectors" / "har"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "customers.csv").write_text(CUSTOMERS, encoding="utf-8")
    (tmp_path / "app.log").write_text("客户13911112222来电\n" * 20, encoding="utf-8")
    (tmp_path / "x.bin").write_bytes(bytes(range(256)))
    return tmp_path


def test_scan_prints_masks_alone(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = run_here(capsys, "hold", "scan", shop)
    assert done.code == 0
    assert "in all: phone 22," in done.out
    assert "139******22" in done.out
    assert "warning: x.bin: not looked at" in done.err
    assert not any(value in done.out + done.err for value in PLANTED)


def test_scan_as_json(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = run_here(capsys, "hold", "scan", shop / "customers.csv", "--json")
    (part,) = json.loads(done.out)["parts"]
    assert {f["column"]: f["found"] for f in part["findings"]} == {
        "name": "person_name", "phone": "phone", "email": "email", "address": "postal_address",
    }  # fmt: skip
    assert part["key"] == "customer"
    assert not any(value in done.out for value in PLANTED)


def test_the_draft_is_a_policy_that_a_store_takes(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_here(capsys, "hold", "scan", shop / "customers.csv", "--draft", shop / "draft").code == 0
    text = (shop / "draft" / "fields.toml").read_text("utf-8")
    assert {name: entry["kind"] for name, entry in tomllib.loads(text).items()} == {
        "customer": "identifier", "name": "person_name", "phone": "phone", "email": "email", "address": "postal_address",
        "id_number": "resident_id", "birth_date": "date",
    }  # fmt: skip
    assert not any(value in text for value in PLANTED)
    assert not (shop / "draft" / "sources.toml").exists()
    assert run_here(capsys, "init", shop / "store").code == 0
    shutil.copy(shop / "draft" / "fields.toml", shop / "store" / "policy" / "fields.toml")
    # The purposes of a new store name fields that no scan may have seen: the draft fits there all the same.
    assert run_here(capsys, "policy", "check", "--store", shop / "store").code == 0
    done = run_here(capsys, "collect", "import", shop / "customers.csv", "--store", shop / "store")
    assert done.code == 0, done.err


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["none.csv"], 3, "no such file or folder"),
        (["postgresql://a.invalid/x", "mysql://b.invalid/y", "--draft", "d"], 5, ""),
        ([], 2, "missing argument"),
    ],
)
def test_scan_refuses_in_one_line(
    arguments: list[str],
    code: int,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run_here(capsys, "hold", "scan", *arguments)
    assert (done.code, done.out) == (code, "")
    assert said in done.err


def test_an_existing_draft_is_never_overwritten(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (shop / "draft").mkdir()
    done = run_here(capsys, "hold", "scan", shop / "customers.csv", "--draft", shop / "draft")
    assert done.code == 3
    assert list((shop / "draft").iterdir()) == []


def test_check_lists_what_is_beyond(capsys: pytest.CaptureFixture[str]) -> None:
    done = run_here(capsys, "collect", "check", HAR / "chrome.har", "--app-type", "food_delivery")
    assert done.code == 3
    assert "body /contacts" in done.out
    assert "log.tracker.example (third party)" in done.out
    assert done.out.rstrip().endswith("beyond what food_delivery may require")
    assert Scanner().scan(done.out + done.err) == ()


def test_check_within_the_ceiling(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    request = {"method": "GET", "url": "https://a.example/?mobile=16300001234"}
    capture = tmp_path / "c.har"
    capture.write_text(json.dumps({"log": {"entries": [{"request": request}]}}))
    done = run_here(capsys, "collect", "check", capture, "--app-type", "food_delivery")
    assert (done.code, done.err) == (0, "")
    assert "nothing beyond what food_delivery may require was found" in done.out
    assert run_here(capsys, "collect", "check", capture, "--app-type", "map_navigation").code == 3
    both = ["--app-type", "map_navigation", "--app-type", "food_delivery"]
    assert run_here(capsys, "collect", "check", capture, *both).code == 0


def test_check_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    done = run_here(capsys, "collect", "check", HAR / "mitmproxy.har", "--app-type", "food_delivery", "--json")
    assert done.code == 3
    told = json.loads(done.out)
    assert {entry["item"] for entry in told["beyond"]} >= {
        "sim_identifier",
        "bank_card_number",
        "location",
        "plate_number",
    }
    assert told["unread"] == {"entries": 0, "bodies": 1, "cut_short": 0}
    assert [host["own"] for host in told["hosts"]] == [True, False]


@pytest.mark.parametrize(
    ("name", "app_type", "code", "said"),
    [
        ("chrome.har", "teleport", 3, "there is no app type teleport"),
        ("../har", "food_delivery", 3, ""),
        ("none.har", "food_delivery", 3, "no such file"),
    ],
)
def test_check_refuses_in_one_line(
    name: str, app_type: str, code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    done = run_here(capsys, "collect", "check", HAR / name, "--app-type", app_type)
    assert (done.code, done.out) == (code, "")
    assert said in done.err
