"""Consents through the command line: asked, refused, given, taken back; receipts and the account tell the same story."""

import json
from pathlib import Path
from unittest import mock

import pytest
from tests.command_line import run_here

from suyuan.adapters.sqlite.people_store import SqlitePeopleStore
from suyuan.errors import UnavailableError

PLATFORM = """
name = "Example Courier Ltd"
contact = "privacy@example.org"
officer = "the data protection officer"
app_types = ["mail_express"]
"""
NOTICES = """
[customers]
version = 1
purposes = ["delivery", "marketing"]
zh = { rights = "可随时查阅、更正、删除和撤回。" }
en = { rights = "See, correct, delete and withdraw at any time." }
"""
PURPOSES = """
[delivery]
ground = "contract"
acts = ["lookup"]
fields = { name = "clear", phone = "clear", address = "clear" }
basic = true
app_type = "mail_express"
collects = ["name", "phone", "address"]
title = { en = "Delivery of parcels", zh = "寄递" }
method = "our couriers call and deliver"
retention_days = 180
notice = "customers"

[marketing]
ground = "consent"
acts = ["lookup"]
needs_case = false
fields = { email = "clear" }
collects = ["email"]
title = { en = "Offers by mail", zh = "营销邮件" }
method = "by mail once a month"
retention_days = 365
notice = "customers"

[leak_investigation]
ground = "legal_duty"
citation = "Personal Information Protection Law, article 57"
acts = ["investigate"]
fields = { customer = "clear", name = "clear", phone = "clear", email = "clear", address = "clear" }
"""
ITEMS = {"name": "person_name", "phone": "contact_phone", "address": "postal_address", "email": "email_address"}


@pytest.fixture
def shop(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "shop"
    made = run_here(capsys, "init", folder, "--passphrase-file", tmp_path / "pass")
    assert made.code == 0, made.err
    (folder / "policy/platform.toml").write_text(PLATFORM)
    (folder / "policy/notices.toml").write_text(NOTICES)
    (folder / "policy/purposes.toml").write_text(PURPOSES)
    fields = folder / "policy/fields.toml"
    text = fields.read_text()
    for name, item in ITEMS.items():
        text = text.replace(f"[{name}]\n", f'[{name}]\nitem = "{item}"\n')
    fields.write_text(text)
    monkeypatch.chdir(folder)
    return folder


def form(shop: Path, **more: object) -> Path:
    file = shop / "form.json"
    values = {"customer": "KZ-1", "name": "欧阳铁柱", "phone": "139 1111 2222", **more.pop("values", {})}  # type: ignore[dict-item]
    file.write_text(json.dumps({"purposes": ["delivery"], "values": values, **more}))
    return file


def test_from_the_first_form_to_the_account(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = run_here(capsys, "collect", "submit", form(shop, values={"email": "t@example.org"}))
    assert done.code == 3
    assert "email" in done.err
    assert "t@example.org" not in done.err
    refusing = [{"purpose": "marketing", "state": "refused"}]
    done = run_here(capsys, "collect", "submit", form(shop, consents=refusing), "--json")
    assert done.code == 0, done.err
    assert json.loads(done.out)["taken"] == {"delivery": ["name", "phone"]}

    done = run_here(capsys, "collect", "consent", "KZ-1", "--purpose", "marketing")
    assert (done.code, "may not be asked again" in done.err) == (3, True)
    given = run_here(capsys, "collect", "consent", "KZ-1", "--purpose", "marketing", "--unprompted", "-o", "yes.json")
    assert given.code == 0, given.err
    done = run_here(
        capsys, "collect", "submit", form(shop, purposes=["delivery", "marketing"], values={"email": "t@example.org"})
    )
    assert done.code == 0, done.err
    back = run_here(capsys, "collect", "withdraw", "KZ-1", "--purpose", "marketing", "--json")
    assert json.loads(back.out)["state"] == "withdrawn"
    done = run_here(capsys, "collect", "withdraw", "KZ-1", "--purpose", "marketing")
    assert done.code == 3

    listed = run_here(capsys, "collect", "receipts", "KZ-1", "-o", "receipts", "--json")
    consents = json.loads(listed.out)["consents"]
    assert [one["state"] for one in consents] == ["refused", "given", "withdrawn"]
    told = [json.loads(run_here(capsys, "verify", one["file"], "--json").out) for one in consents]
    assert [(one["entry"], one["state"], one["purpose"]) for one in told] == [
        (one["entry"], one["state"], "marketing") for one in consents
    ]
    assert (shop / "yes.json").read_bytes() == Path(consents[1]["file"]).read_bytes()
    for lang, said in (("en", "WITHDRAWN"), ("zh", "撤回")):
        assert said in run_here(capsys, "verify", consents[2]["file"], "--lang", lang).out

    drawn = run_here(capsys, "ledger", "account", "KZ-1", "--out", "hers.suyuan")
    assert drawn.code == 0, drawn.err
    shown = json.loads(run_here(capsys, "verify", "hers.suyuan", "--json").out)["entries"]
    assert [(one["entry"], one["what"]) for one in shown if one["what"] == "consent"] == [
        (one["entry"], "consent") for one in consents
    ]
    document = json.loads(Path(consents[0]["file"]).read_text())["receipt"]
    assert next(one for one in shown if one["what"] == "consent")["payload"] == document
    for lang, said in (("en", "consent WITHDRAWN, purpose marketing"), ("zh", "撤回同意，目的 marketing")):
        assert said in run_here(capsys, "verify", "hers.suyuan", "--lang", lang).out
    assert run_here(capsys, "ledger", "fsck").code == 0

    altered = Path("yes.json").read_bytes().replace(b'"given"', b'"refused"')
    Path("yes.json").write_bytes(altered)
    done = run_here(capsys, "verify", "yes.json")
    assert done.code == 4
    assert done.err.count("\n") <= 2

    assert run_here(capsys, "hold", "erase", "KZ-1", "--yes").code == 0
    assert run_here(capsys, "collect", "receipts", "KZ-1").code == 3
    assert run_here(capsys, "ledger", "fsck").code == 0


def test_an_opening_makes_good_what_a_crash_left(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Killed between ledger and store: the entry stands, so it was said; the next opening brings the store up to it."""
    assert run_here(capsys, "collect", "submit", form(shop)).code == 0
    gone = mock.patch.object(SqlitePeopleStore, "add_consents", side_effect=UnavailableError("the power is gone"))
    with gone:
        assert run_here(capsys, "collect", "consent", "KZ-1", "--purpose", "marketing").code == 5
    listed = json.loads(run_here(capsys, "collect", "receipts", "KZ-1", "-o", "hers", "--json").out)["consents"]
    assert [(one["state"], one["purpose"]) for one in listed] == [("given", "marketing")]
    assert run_here(capsys, "verify", listed[0]["file"]).code == 0
    again = json.loads(run_here(capsys, "collect", "consent", "KZ-1", "--purpose", "marketing", "--json").out)
    assert (again["repeated"], again["entry"]) == (True, listed[0]["entry"])


def test_tables_of_people_and_of_consents(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    people = shop / "people.csv"
    people.write_text("customer,name,email\nKZ-1,欧阳铁柱,a@example.org\nKZ-2,司马铜锤,\n")
    both = ("--purpose", "delivery", "--purpose", "marketing")
    done = run_here(capsys, "collect", "import", people, "--purpose", "delivery")
    assert (done.code, "email" in done.err) == (3, True)
    done = run_here(capsys, "collect", "import", people, *both)
    assert (done.code, "row 1: email needs a consent" in done.err) == (3, True)
    done = run_here(capsys, "collect", "import", people, *both, "--rejects", "bad.csv", "--json")
    assert json.loads(done.out) == {"added": 1, "corrected": 0, "unchanged": 0, "rejected": 1}
    people.write_text("customer,name\nKZ-1,欧阳铁柱\n")
    assert run_here(capsys, "collect", "import", people, "--purpose", "delivery").code == 0

    words = shop / "consents.csv"
    words.write_text("customer,purpose,state,at,channel\nKZ-1,marketing,given,2026-03-01T08:00:00+08:00,app\n"
                     "KZ-2,marketing,refused,2026-03-02,counter\n")  # fmt: skip
    done = run_here(capsys, "collect", "consents", words, "--json")
    assert json.loads(done.out) == {"entered": 2, "repeated": 0}, done.err
    assert json.loads(run_here(capsys, "collect", "consents", words, "--json").out) == {"entered": 0, "repeated": 2}
    people.write_text("customer,email\nKZ-1,a@example.org\n")
    assert run_here(capsys, "collect", "import", people, "--purpose", "marketing").code == 0

    for wrong, code in (
        ("customer,purpose,state\nKZ-1,marketing,given\n", "missing: at"),
        ("customer,purpose,state,at\nKZ-1,marketing,perhaps,2026-03-01\n", "row 1: state"),
        ("customer,purpose,state,at\nKZ-9,marketing,given,2026-03-01\n", "row 1: nobody"),
        ("customer,purpose,state,at\nKZ-1,marketing,given,soon\n", "row 1: at"),
        ("customer,purpose,state,at,scope\nKZ-1,marketing,given,2026-03-01,everything\n", "row 1: scope"),
    ):
        words.write_text(wrong)
        done = run_here(capsys, "collect", "consents", words)
        assert (done.code, code in done.err) == (3, True), done.err


def test_the_rules_are_published_in_every_form(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = json.loads(run_here(capsys, "collect", "rules", "--json").out)
    assert {(line["purpose"], line["field"], line["consent"]) for line in data["collected"]} == {
        ("delivery", "name", "none"), ("delivery", "phone", "none"), ("delivery", "address", "none"),
        ("marketing", "email", "consent"),
    }  # fmt: skip
    chinese = run_here(capsys, "collect", "rules", "--lang", "zh").out
    for part in ("个人信息收集清单", "第三方共享清单", "电子邮箱地址", "营销邮件", "Example Courier Ltd"):
        assert part in chinese
    platform = shop / "policy/platform.toml"
    platform.write_text(platform.read_text().replace("Example", "<script>|`Example"))
    done = run_here(capsys, "collect", "rules", "--format", "html", "-o", "rules.html")
    assert done.code == 0, done.err
    page = Path("rules.html").read_text()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "\\<script\\>\\|\\`Example" in run_here(capsys, "collect", "rules").out
