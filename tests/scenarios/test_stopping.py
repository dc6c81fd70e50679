"""A person takes her yes back, or has a use stopped: the next release is refused, by every road and in both databases."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.command_line import Done, run_here
from tests.postgres_server import PostgresServer
from tests.scenarios.test_consent import ITEMS, NOTICES, PLATFORM, PURPOSES
from tests.web.process import Running, serving

PEOPLE = "customer,name,phone,email\nKZ-1,欧阳铁柱,13911112222,t@example.org\nKZ-2,司马铜锤,13933334444,s@example.org\n"
CONTRACTS = '[C-1]\npartner = "acme"\npurposes = ["marketing"]\n'
ASKING = ("--account", "clerk-07", "--purpose", "marketing")


@pytest.fixture(params=["sqlite", "postgresql"])
def shop(
    request: pytest.FixtureRequest, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A store with two people, taken in for delivery and marketing, in either database."""
    folder, where = tmp_path / "shop", []
    if request.param == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres")
        where = ["--postgres", server.new_database()]
    done(capsys, "init", folder, "--passphrase-file", tmp_path / "pass", *where)
    policy = folder / "policy"
    (policy / "platform.toml").write_text(PLATFORM)
    (policy / "notices.toml").write_text(NOTICES)
    (policy / "contracts.toml").write_text(CONTRACTS)
    marketing = PURPOSES.index("[marketing]")
    (policy / "purposes.toml").write_text(
        PURPOSES[:marketing].replace("fields =", "needs_case = false\nfields =")
        + PURPOSES[marketing:].replace('"lookup"', '"lookup", "answer", "export"', 1)
    )
    text = (policy / "fields.toml").read_text()
    for name, item in ITEMS.items():
        text = text.replace(f"[{name}]\n", f'[{name}]\nitem = "{item}"\n')
    (policy / "fields.toml").write_text(text)
    monkeypatch.chdir(folder)
    Path("people.csv").write_text(PEOPLE)
    Path("said.csv").write_text(
        "customer,purpose,state,at,scope,recipient\n"
        + "".join(
            f"{who},marketing,given,2026-11-01T08:00:00Z,{scope}\n"
            for who in ("KZ-1", "KZ-2")
            for scope in ("purpose,", "provision,acme")
        )
    )
    return folder


def done(capsys: pytest.CaptureFixture[str], *arguments: object) -> Done:
    found = run_here(capsys, *arguments)
    assert found.code == 0, (arguments, found.err)
    return found


def taken_in(capsys: pytest.CaptureFixture[str]) -> None:
    done(
        capsys,
        "collect",
        "import",
        "people.csv",
        "--purpose",
        "delivery",
        "--purpose",
        "marketing",
        "--rejects",
        "r.csv",
    )
    done(capsys, "collect", "import", "people.csv")
    done(capsys, "collect", "consents", "said.csv")
    done(capsys, "collect", "import", "people.csv", "--purpose", "delivery", "--purpose", "marketing")


def code_of(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    found = run_here(capsys, *arguments, "--json")
    return "" if found.code == 0 else str(json.loads(found.out)["error"]["code"])


def exported(capsys: pytest.CaptureFixture[str], name: str) -> dict[str, Any]:
    asked = ("--to", "acme", "--purpose", "marketing", "--contract", "C-1", "-o", name, "--json")
    given: dict[str, Any] = json.loads(done(capsys, "release", "export", *asked).out)
    return given


def test_at_the_machine(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    taken_in(capsys)
    assert code_of(capsys, "release", "lookup", "KZ-1", *ASKING) == ""
    assert exported(capsys, "before.csv")["rows"] == 2

    done(capsys, "collect", "withdraw", "KZ-1", "--purpose", "marketing")
    assert code_of(capsys, "release", "lookup", "KZ-1", *ASKING) == "release.consent"
    asking = ("--field", "email", "--equals", "t@example.org")
    assert code_of(capsys, "release", "answer", "KZ-1", *asking, *ASKING) == "release.consent"
    after = exported(capsys, "after.csv")
    assert (after["rows"], after["withheld"]) == (1, {"release.consent": 1})
    assert "s@example.org" in Path("after.csv").read_text().lower()
    # The contract goes on: what rests on no consent is hers to stop by itself.
    delivery = ("release", "lookup", "KZ-1", "--account", "clerk-07", "--purpose", "delivery")
    assert code_of(capsys, *delivery) == ""

    done(capsys, "hold", "restrict", "KZ-1", "--purpose", "delivery")
    assert code_of(capsys, *delivery) == "release.restricted"
    assert code_of(capsys, "hold", "restrict", "KZ-1", "--purpose", "deliveries") == "release.purpose"
    assert json.loads(done(capsys, "hold", "restrict", "KZ-1", "--json").out) == {"stopped": ["delivery"]}
    assert code_of(capsys, "hold", "allow", "KZ-1", "--all") == "hold.restriction"
    done(capsys, "hold", "restrict", "KZ-2", "--all")
    assert code_of(capsys, "release", "lookup", "KZ-2", *ASKING) == "release.restricted"
    done(capsys, "hold", "allow", "KZ-1", "--purpose", "delivery")
    assert code_of(capsys, *delivery) == ""


def test_over_http(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    taken_in(capsys)
    keys = {}
    for account, role in (("clerk-07", "staff"), ("shop", "service")):
        done(capsys, "release", "account", account, "--role", role)
        keys[account] = done(capsys, "release", "key", account).out.strip()
    with serving(shop) as running:
        asked = {"purpose": "marketing", "key": "KZ-1"}
        stopped = {"person": "KZ-1", "purpose": "delivery"}

        def post(path: str, body: dict[str, object], *, by: str = "clerk-07") -> tuple[int, str]:
            return answer(running, path, body=body, key=keys[by])

        assert post("/release/lookup", asked) == (200, "")
        assert post("/collect/consents/withdraw", {"person": "KZ-1", "purpose": "marketing"}, by="shop") == (200, "")
        assert post("/release/lookup", asked) == (403, "release.consent")
        word = {"person": "KZ-1", "purpose": "marketing"}
        assert post("/collect/consents/may-ask", word, by="shop") == (409, "collect.cool_down")
        assert post("/collect/consents/may-ask", word | {"person": "KZ-2"}, by="shop") == (200, "")
        assert post("/collect/consents", word | {"given": True}, by="shop") == (409, "collect.cool_down")
        assert post("/collect/consents", word | {"given": True, "prompted": False}, by="shop") == (201, "")
        assert post("/release/lookup", asked) == (200, "")
        assert post("/collect/consents/withdraw", word, by="shop") == (200, "")
        delivery = {"purpose": "delivery", "key": "KZ-1"}
        assert post("/release/lookup", delivery) == (200, "")
        assert post("/hold/restrict", stopped) == (403, "serve.right")
        assert post("/hold/restrict", stopped, by="shop") == (200, "")
        assert post("/release/lookup", delivery) == (403, "release.restricted")
        assert post("/hold/allow", stopped, by="shop") == (200, "")
        assert post("/release/lookup", delivery) == (200, "")
        assert running.stop() == 0


def answer(running: Running, path: str, *, body: dict[str, object], key: str) -> tuple[int, str]:
    given = httpx.post(running.url + path, json=body, headers={"authorization": f"Bearer {key}"}, timeout=30)
    return given.status_code, given.json().get("code", "")
