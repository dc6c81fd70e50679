"""Searches by a value and by a part of one: the command line and the HTTP interface answer alike, in the same store."""

import asyncio
import io
import json
import sys
from collections import Counter

import pytest
from tests.command_line import run_here
from tests.courier import make_store
from tests.web.site import Planted, plant, served

from suyuan.app import open_store
from suyuan.ledger.entry import RefuseEntry

PEOPLE = 40


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Planted:
    store = make_store(tmp_path_factory.mktemp("finding"))
    fields = store / "policy/fields.toml"
    searched = '[name]\nsearch = ["surname"]\nsearch_minimum = 2\n'
    text = fields.read_text()
    assert "[name]\n" in text
    fields.write_text(text.replace("[name]\n", searched, 1))
    return plant(store.parent, people=PEOPLE, store=store)


def over_http(planted: Planted, **body: str) -> object:
    async def story() -> object:
        async with served(planted) as site:
            told = (await site.call("POST", "/release/find", by="clerk-1", json=body)).json()
        return told.get("cases", told.get("code"))

    return asyncio.run(story())


def on_the_line(capsys: pytest.CaptureFixture[str], planted: Planted, *arguments: str) -> object:
    done = run_here(
        capsys, "release", "find", *arguments, "--account", "clerk-1", "--store", planted.folder, "--json"
    )  # fmt: skip
    told = json.loads(done.out)
    return told["cases"] if done.code == 0 else told["error"]["code"]


def surnames(planted: Planted) -> Counter[str]:
    return Counter(one["name"][0] for one in planted.people)


def refusals(planted: Planted) -> int:
    with open_store(planted.folder) as store:
        return sum(isinstance(entry.body, RefuseEntry) for _, entry in store.ledger.entries())


def test_a_surname_gives_the_callers_own_cases_by_either_way(
    planted: Planted, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    [(common, shared)] = surnames(planted).most_common(1)
    assert shared >= 2
    mine = [planted.case("clerk-1", at) for at in range(PEOPLE // 2) if planted.people[at]["name"][0] == common]
    asked = ("--field", "name", "--part", "surname", "--purpose", "delivery")
    assert sorted(mine) == on_the_line(capsys, planted, common, *asked)
    # Out of the shell's history.
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{common}\n"))
    assert sorted(mine) == on_the_line(capsys, planted, *asked)
    assert sorted(mine) == over_http(planted, purpose="delivery", field="name", part="surname", value=common)


@pytest.mark.parametrize(
    ("field", "part", "purpose", "code"),
    [
        ("name", "surname", "delivery", "hold.search_minimum"),
        ("phone", "last4", "delivery", "hold.part"),
        ("email", "last4", "delivery", "release.person"),
        ("name", "surname", "nothing", "release.purpose"),
    ],
)
def test_what_is_refused_is_refused_alike(
    planted: Planted, capsys: pytest.CaptureFixture[str], field: str, part: str, purpose: str, code: str
) -> None:
    rare = min(surnames(planted).items(), key=lambda found: found[1])[0] if part == "surname" else "5678"
    asked = (rare, "--field", field, "--part", part, "--purpose", purpose)
    assert on_the_line(capsys, planted, *asked) == code
    assert over_http(planted, purpose=purpose, field=field, part=part, value=rare) == code


def test_nobody_and_anothers_person_are_told_alike_and_both_are_ledgered(
    planted: Planted, capsys: pytest.CaptureFixture[str]
) -> None:
    before = refusals(planted)
    asked = ("--field", "phone", "--purpose", "delivery")
    told = set()
    for phone in ("13900000000", planted.people[-1]["phone"]):
        done = run_here(
            capsys, "release", "find", phone, *asked, "--account", "clerk-1", "--store", planted.folder
        )  # fmt: skip
        told.add((done.code, done.out, done.err))
        assert phone not in done.err
    assert len(told) == 1
    assert refusals(planted) == before + 2
    assert on_the_line(capsys, planted, planted.people[0]["phone"], *asked) == [planted.case("clerk-1", 0)]


def test_a_field_that_is_not_there_and_no_value_are_told(
    planted: Planted, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert on_the_line(capsys, planted, "5678", "--field", "shoe", "--purpose", "delivery") == "release.person"
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    given = ("--field", "phone", "--purpose", "delivery", "--account", "clerk-1", "--store", planted.folder)
    done = run_here(capsys, "release", "find", *given)
    assert done.code == 2
    assert "VALUE" in done.err


def test_the_case_alone_names_its_person(planted: Planted, capsys: pytest.CaptureFixture[str]) -> None:
    given = ("--purpose", "delivery", "--account", "clerk-1", "--store", planted.folder, "--json")
    shown = run_here(capsys, "release", "lookup", "--case", planted.case("clerk-1", 0), *given)
    assert json.loads(shown.out)["fields"]["phone"].endswith(planted.people[0]["phone"][-4:])
    for case in (planted.case("clerk-2", PEOPLE - 1), "no-such-case"):
        refused = run_here(capsys, "release", "lookup", "--case", case, *given)
        assert json.loads(refused.out)["error"]["code"] == "release.case"
