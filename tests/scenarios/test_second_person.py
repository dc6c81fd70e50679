"""A second person's word on every act, and an authority's demand: by the command line alone."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.command_line import CUSTOMERS, run_here

POLICY = """
[claims]
ground = "contract"
acts = ["lookup", "answer", "list", "export", "approve"]
needs_case = false
approval = "always"
fields = { name = "clear", phone = "clear" }

[orders]
ground = "legal_duty"
citation = "Criminal Procedure Law, article 54"
acts = ["authority", "approve"]
needs_case = false
fields = { name = "clear", phone = "clear" }

[service]
ground = "contract"
acts = ["authority", "approve"]
fields = { name = "clear" }
"""
CASES = "case,account,customer,opened\nP-1,clerk-07,KZ-7700771,2026-01-01\nP-2,clerk-07,KZ-7700772,2026-01-01\n"
CONTRACTS = '[C-1]\npartner = "acme"\npurposes = ["claims"]\n[C-2]\npartner = "acme"\npurposes = ["claims"]\n'
ASKING = ("--account", "clerk-07", "--purpose", "claims")
ORDER = ("--account", "clerk-07", "--purpose", "orders", "--people", "keys.txt")


@pytest.fixture
def shop(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "shop"
    done(capsys, "init", folder, "--passphrase-file", tmp_path / "pass")
    (folder / "policy/purposes.toml").write_text(POLICY)
    (folder / "policy/contracts.toml").write_text(CONTRACTS)
    monkeypatch.chdir(folder)
    for name, text in (("people.csv", CUSTOMERS), ("cases.csv", CASES), ("keys.txt", "KZ-7700771\n")):
        Path(name).write_text(text)
    done(capsys, "collect", "import", "people.csv")
    done(capsys, "collect", "cases", "cases.csv")
    return folder


def done(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    found = run_here(capsys, *arguments)
    assert found.code == 0, (arguments, found.err)
    return found.out


def refused(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    found = run_here(capsys, *arguments, "--json")
    assert found.code == 3, (arguments, found.out)
    return str(json.loads(found.out)["error"]["code"])


def approved(capsys: pytest.CaptureFixture[str], *asked: object) -> str:
    id = done(capsys, "release", "ask", *asked, "--reason", "claimed twice").strip()
    assert refused(capsys, "release", "approve", id, "--account", "clerk-07") == "release.approval"
    done(capsys, "release", "approve", id, "--account", "chief-01")
    return id


def test_every_act_has_its_second_person(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = ("release", "answer", "KZ-7700771", "--field", "phone", "--equals", "13911112222", *ASKING)
    page = ("release", "list", *ASKING)
    file = ("release", "export", "--to", "acme", "--people", "keys.txt", *ASKING, "--contract")
    for act in (answer, page, (*file, "C-1", "-o", "out.csv")):
        assert refused(capsys, *act) == "release.approval"

    yes = approved(capsys, "KZ-7700771", "--field", "phone", *ASKING)
    assert refused(capsys, "release", "lookup", "KZ-7700771", *ASKING, "--approval", yes) == "release.approval"
    assert done(capsys, *answer, "--approval", yes) == "yes\n"
    assert refused(capsys, *answer, "--approval", yes) == "release.approval"

    yes = approved(capsys, "--list", *ASKING)
    assert refused(capsys, *page, "--count", 1, "--approval", yes) == "release.approval"
    assert len(json.loads(done(capsys, *page, "--approval", yes, "--json"))["rows"]) == 2

    yes = approved(capsys, "--to", "acme", "--contract", "C-1", "--people", "keys.txt", *ASKING)
    assert refused(capsys, *file, "C-2", "-o", "other.csv", "--approval", yes) == "release.approval"
    everybody = [one for one in file if one not in ("--people", "keys.txt")]
    assert refused(capsys, *everybody, "C-1", "-o", "all.csv", "--approval", yes) == "release.approval"
    done(capsys, *file, "C-1", "-o", "out.csv", "--approval", yes)
    assert "欧阳铁柱" in Path("out.csv").read_text()
    assert not Path("other.csv").exists()
    assert not Path("all.csv").exists()


def test_an_authority_is_given_what_its_document_demands_and_no_more(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    demand = ("release", "authority", "hz-police", *ORDER, "-o", "out.csv", "--document")
    assert refused(capsys, *demand, "2026-117") == "release.approval"
    yes = approved(capsys, "--authority", "hz-police", "--document", "2026-117", *ORDER)
    assert refused(capsys, *demand, "2026-118", "--approval", yes) == "release.approval"
    # She has every use stopped: that does not stand against the law, and a legal hold does.
    done(capsys, "hold", "restrict", "KZ-7700771", "--all")
    done(capsys, "hold", "freeze", "KZ-7700771", "--hold", "court-1")
    assert refused(capsys, *demand, "2026-117", "--approval", yes) == "release.held"
    done(capsys, "hold", "unfreeze", "KZ-7700771", "--hold", "court-1")
    given = json.loads(done(capsys, *demand, "2026-117", "--approval", yes, "--json"))
    assert (given["rows"], given["withheld"]) == (1, {})

    done(capsys, "ledger", "account", "KZ-7700771", "--out", "hers.suyuan")
    shown: list[dict[str, Any]] = json.loads(done(capsys, "verify", "hers.suyuan", "--json"))["entries"]
    [entry] = [one for one in shown if one["entry"] == given["entry"]]
    assert entry["payload"]["order"] == {"document": "2026-117", "permission": "", "region": "CN"}
    assert "handed to an authority" in done(capsys, "verify", "hers.suyuan", "--lang", "en")
    assert "依法提供给机关" in done(capsys, "verify", "hers.suyuan", "--lang", "zh")


def test_nothing_goes_to_an_authority_abroad_without_a_permission(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    abroad = ("--authority", "us-court", "--document", "A-1", "--region", "US", *ORDER)
    demand = ("release", "authority", "us-court", *ORDER, "--document", "A-1", "--region", "US", "-o", "out.csv")
    assert refused(capsys, *demand, "--approval", approved(capsys, *abroad)) == "release.order"
    yes = approved(capsys, *abroad, "--permission", "MOJ-2026-9")
    done(capsys, *demand, "--permission", "MOJ-2026-9", "--approval", yes)
    elsewhere = ("--account", "clerk-07", "--purpose", "service", "--people", "keys.txt")
    yes = approved(capsys, "--authority", "hz-police", "--document", "B-1", *elsewhere)
    other = ("release", "authority", "hz-police", *elsewhere, "--document", "B-1", "-o", "no.csv", "--approval", yes)
    assert refused(capsys, *other) == "release.order"
