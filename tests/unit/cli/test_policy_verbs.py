"""`policy check`, `diff`, `export`, and `release explain`, as a person uses them."""

import json
import shutil
from pathlib import Path

import pytest
from tests.command_line import require_no_value, require_one_clear_line

from suyuan.cli.release_explain import _words
from suyuan.release.checks.order import CHECKS

ROLES = '[courier]\ntitle = "courier"\n[clerk]\n[idle]\n'
GRANTS = """\
[[grant]]
role = "courier"
purpose = "delivery"
acts = ["lookup"]
where = [["queue", "=", "HZ-1"]]

[[grant]]
role = "clerk"
purpose = "service"
acts = ["lookup"]
fields = { name = "masked" }
limits = { persons = 20, per = "1d" }
"""
LOOK = ("release", "lookup", "KZ-7700771", "--account", "clerk-07", "--purpose", "delivery")
EXPLAIN = ("release", "explain", "--account", "clerk-07", "--purpose", "delivery")


@pytest.fixture
def shop(here: Path) -> Path:
    """Give the store, which is the current folder."""
    return here / "store"


@pytest.fixture
def granted(shop: Path, suyuan) -> Path:
    """Give a store with grants, and a case in the queue HZ-1."""
    (shop / "policy" / "roles.toml").write_text(ROLES)
    (shop / "policy" / "grants.toml").write_text(GRANTS)
    (shop / "q.csv").write_text("case,account,customer,opened,queue\nP-Q,clerk-07,KZ-7700771,2026-01-01,HZ-1\n")
    assert suyuan("collect", "cases", shop / "q.csv").code == 0
    return shop


def changed(store: Path, **texts: tuple[str, str]) -> Path:
    """Give a copy of the store's policy with one text of a file replaced."""
    other = store / "other-policy"
    shutil.rmtree(other, ignore_errors=True)
    shutil.copytree(store / "policy", other)
    for name, (before, after) in texts.items():
        text = (other / f"{name}.toml").read_text()
        assert before in text
        (other / f"{name}.toml").write_text(text.replace(before, after))
    return other


def test_a_new_store_has_a_policy_without_errors(shop: Path, suyuan) -> None:
    done = suyuan("policy", "check", "--json")
    found = json.loads(done.out)
    assert (done.code, found["errors"]) == (0, 0)
    assert {one["code"] for one in found["findings"]} >= {"policy.owner", "policy.notice"}


def test_a_check_says_every_error_with_its_line(shop: Path, suyuan) -> None:
    (shop / "policy" / "roles.toml").write_text("[a]\ncolour = 1\n[b]\ninherits = ['c']\n")
    (shop / "policy" / "site.cedar").write_text("\nforbid(principal, action resource);\n")
    done = suyuan("policy", "check")
    assert done.code == 3
    assert "policy/roles.toml:2: error: [a]: unknown setting `colour`" in done.out
    assert "policy/roles.toml:4: error: " in done.out
    assert "policy/site.cedar:2: error: not Cedar" in done.out
    assert done.out.splitlines()[-1].startswith("3 errors")
    # What keeps the store from opening stands last, and what many lines would repeat is said once.
    assert "error: " in done.out.splitlines()[-3]
    assert done.out.count("name the owner") == 1
    require_one_clear_line(suyuan("release", "lookup", "x", "--account", "a", "--purpose", "delivery"), code=3)


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("contracts", "[C]\npartner = 'p'\npurposes = ['fulfilment']\nexpires = 2020-01-31\n", "policy.expired"),
        ("contracts", "[C]\npartner = 'p'\npurposes = ['fulfilment']\n", "policy.expires"),
        ("contracts", "[C]\npartner='p'\npurposes=['fulfilment']\nregion='HK'\n", "policy.region"),
        ("contracts", "[C]\npartner='p'\npurposes=['fulfilment']\nregion='HK'\n", "policy.assessment"),
        ("roles", ROLES, "policy.unused"),
        (
            "purposes",
            "[x]\nground = 'contract'\nacts = ['lookup']\nfields = { id_number = 'clear' }\n",
            "policy.assessment",
        ),
        (
            "purposes",
            "[x]\nground='contract'\nbasic=true\napp_type='map_navigation'\ncollects=['id_number']\n",
            "policy.ceiling",
        ),
        ("purposes", "[x]\nground = 'contract'\ncollects = ['name']\n", "policy.retention"),
        ("purposes", "[x]\nground = 'consent'\n", "policy.notice"),
        ("purposes", "[x]\nground = 'contract'\nautomated = true\n", "policy.assessment"),
    ],
)
def test_what_to_think_about_again(granted: Path, suyuan, name: str, text: str, code: str) -> None:
    if name == "purposes":
        for other in ("grants", "contracts"):
            (granted / "policy" / f"{other}.toml").write_text("")
    (granted / "policy" / f"{name}.toml").write_text(text)
    found = json.loads(suyuan("policy", "check", "--json").out)
    assert found["errors"] == 0
    assert code in {one["code"] for one in found["findings"] if one["file"] == f"policy/{name}.toml"}


def test_a_second_person_needs_a_grant_too(granted: Path, suyuan) -> None:
    purposes, grants = granted / "policy/purposes.toml", granted / "policy/grants.toml"
    purposes.write_text(
        purposes.read_text() + "[x]\nground='contract'\nacts=['lookup','approve']\nneeds_case=false\n"
        "approval='always'\nfields={name='clear'}\n"
    )
    for grant, wanted in (("", True), ("[[grant]]\nrole='courier'\npurpose='x'\nacts=['approve']\n", False)):
        grants.write_text(grants.read_text() + grant)
        found = json.loads(suyuan("policy", "check", "--json").out)
        assert found["errors"] == 0
        assert ("policy.approver" in {one["code"] for one in found["findings"]}) is wanted


def test_export_to_cedar(granted: Path, suyuan) -> None:
    done = suyuan("policy", "export", "--format", "cedar")
    assert done.code == 0
    assert done.out.count("permit(") == 2
    assert json.loads(suyuan("policy", "export", "--json").out)["grants"] == 2


def test_explain_tells_each_step_and_ledgers_nothing(granted: Path, suyuan) -> None:
    before = json.loads(suyuan("status", "--json").out)
    done = suyuan(*EXPLAIN, "--role", "courier", "--case", "P-Q", "--person", "KZ-7700771", "--json")
    told = json.loads(done.out)
    assert (done.code, told["allowed"], told["grant"]) == (0, True, 1)
    assert [step["check"] for step in told["steps"]] == [check.__name__ for check in CHECKS]
    assert told["shown"] == {"name": "clear", "phone": "clear", "address": "clear"}
    after = json.loads(suyuan("status", "--json").out)
    assert before["ledger"] == after["ledger"] if "ledger" in before else before == after


def test_what_is_explained_is_what_happens(granted: Path, suyuan) -> None:
    for role, case, code in (
        ("courier", "P-Q", ""),
        ("courier", "P-1", "release.role"),
        ("clerk", "P-Q", "release.role"),
        ("courier", "P-2", "release.role"),
    ):
        told = json.loads(suyuan(*EXPLAIN, "--role", role, "--case", case, "--person", "KZ-7700771", "--json").out)
        assert told["code"] == code
        done = suyuan(*LOOK, "--case", case, "--role", role, "--json")
        assert (done.code == 0) == (not code)
        if code:
            assert code in done.out + done.err


def test_explain_without_a_person_skips_what_is_about_her(granted: Path, suyuan) -> None:
    told = json.loads(suyuan(*EXPLAIN, "--role", "clerk", "--act", "list", "--json").out)
    assert "require_consent" in {step["check"] for step in told["steps"] if step["outcome"] == "skipped"}


def test_explain_does_not_call_a_case_good_that_links_nobody(granted: Path, suyuan) -> None:
    told = json.loads(suyuan(*EXPLAIN, "--role", "courier", "--case", "P-2", "--json").out)
    assert not told["allowed"]
    (granted / "policy" / "grants.toml").unlink()
    told = json.loads(suyuan(*EXPLAIN, "--case", "no-such-case", "--json").out)
    assert (told["allowed"], told["code"]) == (False, "release.case")
    assert "checks about the person were not asked" in suyuan(*EXPLAIN).out


def test_explain_in_both_languages(granted: Path, suyuan) -> None:
    english = suyuan(*EXPLAIN, "--role", "clerk", "--case", "P-Q")
    assert "would be refused by release.role: no grant gives role clerk the purpose delivery" in english.out
    chinese = suyuan(*EXPLAIN, "--role", "courier", "--case", "P-Q", "--lang", "zh")
    assert "可以放行" in chinese.out
    assert "将显示" in chinese.out
    require_no_value(english.out + chinese.out)


def test_explain_an_export(granted: Path, suyuan) -> None:
    (granted / "policy" / "contracts.toml").write_text(
        "[C]\npartner='acme'\npurposes=['fulfilment']\nfields=['name']\n"
    )
    asks = ("release", "explain", "--purpose", "fulfilment", "--contract", "C", "--json")
    assert json.loads(suyuan(*asks, "--to", "acme").out)["code"] == "release.contract"
    assert json.loads(suyuan(*asks, "--to", "acme", "--fields", "name").out)["allowed"]
    assert json.loads(suyuan(*asks, "--to", "other").out)["code"] == "release.contract"


def test_every_check_has_words_in_both_languages() -> None:
    words = _words()["checks"]
    assert words.keys() == {check.__name__ for check in CHECKS}
    assert all(text.keys() == {"en", "zh"} for text in words.values())


def test_diff_says_what_would_newly_happen(granted: Path, suyuan) -> None:
    assert suyuan(*LOOK, "--case", "P-Q", "--role", "courier").code == 0
    assert suyuan(*LOOK, "--case", "P-Q", "--role", "clerk").code == 3

    same = json.loads(suyuan("policy", "diff", granted / "policy", "--json").out)
    assert (same["words"], same["effects"]) == ([], [])
    assert same["requests"] >= 2

    refused = changed(granted, grants=('"HZ-1"', '"HZ-2"'))
    effects = json.loads(suyuan("policy", "diff", refused, "--json").out)["effects"]
    assert [(e["change"], e["roles"], e["purpose"], e["code"]) for e in effects] == [
        ("refused", "courier", "delivery", "release.role")
    ]
    fewer = changed(granted, grants=("persons = 20", "persons = 2"))
    assert "limits: 20 persons in 1d, any rows -> 2 persons in 1d, any rows" in suyuan("policy", "diff", fewer).out
    more = GRANTS + '[[grant]]\nrole = "clerk"\npurpose = "delivery"\nacts = ["lookup"]\n'
    (changed(granted) / "grants.toml").write_text(more)
    told = json.loads(suyuan("policy", "diff", granted / "other-policy", "--json").out)
    assert [(e["change"], e["roles"], e["requests"]) for e in told["effects"]] == [("allowed", "clerk", 1)]
    assert "grant clerk, delivery: acts" in {one["what"] for one in told["words"]}

    masked = changed(granted, purposes=('phone = "clear", address = "clear" }', 'phone = "masked" }'))
    shown = {(e["change"], e["field"]) for e in json.loads(suyuan("policy", "diff", masked, "--json").out)["effects"]}
    assert shown == {("hidden", "phone"), ("hidden", "address")}

    unjudged = changed(granted, grants=('["queue", "=", "HZ-1"]', '["opened", ">=", "now-7d"]'))
    unknown = json.loads(suyuan("policy", "diff", unjudged, "--json").out)["effects"]
    assert [(e["change"], e["roles"]) for e in unknown] == [("unknown", "courier")]
    require_no_value(suyuan("policy", "diff", refused).out)


def test_diff_of_a_policy_that_does_not_read(granted: Path, suyuan) -> None:
    wrong = changed(granted, grants=('role = "clerk"', 'role = "nobody"'))
    done = suyuan("policy", "diff", wrong)
    require_one_clear_line(done, code=3)
    assert "policy/grants.toml:8" in done.err


def test_a_site_s_own_condition_decides_at_the_door(shop: Path, suyuan) -> None:
    site = shop / "policy" / "site.cedar"
    site.write_text('@id("not-for-delivery")\nforbid(principal, action, resource == Purpose::"delivery");\n')
    refused = suyuan(*LOOK, "--case", "P-1")
    require_one_clear_line(refused, code=3)
    assert "not-for-delivery" in refused.err
    assert json.loads(suyuan(*EXPLAIN, "--case", "P-1", "--json").out)["code"] == "release.site"
    site.write_text('forbid(principal, action, resource) when { context.case_queue == "closed" };\n')
    assert suyuan(*LOOK, "--case", "P-1").code == 0
    site.write_text("forbid(principal, action, resource) when { context.moon == 1 };\n")
    assert "could not be evaluated" in suyuan(*LOOK, "--case", "P-1").err


def test_what_is_not_there_is_named(shop: Path, suyuan) -> None:
    done = suyuan("policy", "diff", shop / "no-such-folder")
    require_one_clear_line(done, code=5)
    assert "no-such-folder" in done.err
    done = suyuan("verify", shop / "no-such-file.suyuan")
    assert "no-such-file.suyuan: there is no such file" in done.err


def test_the_ledger_s_list_says_why_it_was_no(granted: Path, suyuan) -> None:
    assert suyuan(*LOOK, "--case", "P-Q", "--role", "clerk").code == 3
    shown = suyuan("ledger", "show", "--last", "1").out
    assert "lookup to account clerk-07, purpose delivery: release.role" in shown
    require_no_value(shown)


def test_a_role_that_nothing_knows_is_told(granted: Path, suyuan) -> None:
    done = suyuan("release", "account", "clerk-07", "--role", "clrek")
    assert (done.code, "clrek" in done.err) == (0, True)
    assert "note" not in suyuan("release", "account", "clerk-07", "--role", "clerk", "--role", "staff").err
