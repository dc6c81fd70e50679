"""Guesses at what one is not shown: masked digits, who is a customer, who is under a hold; each guess counts, or tells nothing."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from tests.courier import PURPOSES, make_store
from tests.web.site import Planted, Served, plant, served

from suyuan.app import open_store
from suyuan.hold.vault import find_person
from suyuan.release import budgets
from suyuan.release.approvals import MOST_WAITING
from suyuan.terms import AccountId, PurposeName
from suyuan.web.caller import Caller
from suyuan.web.groups import Ask

NOTICES = """
[offers]
version = 1
purposes = ["offers"]
[offers.en]
rights = "Write to us."
[offers.zh]
rights = "请联系我们。"
"""
OURS = """
[checking]
ground = "contract"
acts = ["lookup", "answer"]
fields = { name = "clear", phone = "masked" }
[offers]
ground = "consent"
title = { en = "Offers", zh = "营销" }
method = "told of offers"
notice = "offers"
retention_days = 365
acts = ["lookup"]
fields = { name = "clear" }
"""
ROOM = 6


@pytest.fixture
def planted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Planted:
    store = make_store(tmp_path)
    (store / "policy" / "purposes.toml").write_text(PURPOSES + OURS, encoding="utf-8")
    (store / "policy" / "notices.toml").write_text(NOTICES, encoding="utf-8")
    (store / "policy" / "platform.toml").write_text('name = "C"\ncontact = "p@c.example"\n', encoding="utf-8")
    monkeypatch.setattr(budgets, "DEFAULTS", {"a": ROOM, "b": ROOM, "c": ROOM})
    return plant(tmp_path, store=store)


def tell(planted: Planted, story: Callable[[Served], Awaitable[None]]) -> None:
    async def run() -> None:
        async with served(planted) as site:
            await story(site)

    asyncio.run(run())


def guess(at: int) -> str:
    return f"139{at:08}"


def test_masked_digits_cannot_be_tried_out_on_ones_own_case(planted: Planted) -> None:
    case, phone = planted.case("clerk-1", 0), planted.people[0]["phone"]

    async def story(site: Served) -> None:
        async def search(value: str) -> str:
            answer = await site.lookup(purpose="checking", case=case, field="phone", value=value)
            return "shown" if answer.status_code == 200 else str(answer.json()["code"])

        codes = [await search(guess(at)) for at in range(ROOM)]
        assert codes == ["release.case"] * ROOM
        assert {await search(guess(ROOM)), await search(phone)} == {"release.budget"}, "a hit is told no more either"
        by_case = await site.lookup(purpose="delivery", case=case)
        assert by_case.status_code == 200, "another purpose has a count of its own"

    tell(planted, story)
    # The count outlives the server.
    tell(planted, _still_spent(case, phone))


def _still_spent(case: str, phone: str) -> Callable[[Served], Awaitable[None]]:
    async def story(site: Served) -> None:
        answer = await site.lookup(purpose="checking", case=case, field="phone", value=phone)
        assert answer.json()["code"] == "release.budget"

    return story


def test_masked_digits_cannot_be_tried_out_by_questions(planted: Planted) -> None:
    case, phone = planted.case("clerk-1", 0), planted.people[0]["phone"]

    async def story(site: Served) -> None:
        async def question(value: str) -> int:
            body = {"purpose": "checking", "case": case, "question": {"field": "phone", "equal": value}}
            return (await site.call("POST", "/release/answer", by="clerk-1", json=body)).status_code

        assert [await question(guess(at)) for at in range(ROOM)] == [200] * ROOM
        assert {await question(guess(ROOM)), await question(phone)} == {429}

    tell(planted, story)


@pytest.mark.parametrize("purpose", ["checking", "service"])
def test_a_search_of_cases_ends_for_hits_and_misses_alike(planted: Planted, purpose: str) -> None:
    phone = planted.people[0]["phone"]

    async def story(site: Served) -> None:
        async def find(value: str) -> object:
            body = {"purpose": purpose, "field": "phone", "value": value}
            answer = await site.call("POST", "/release/find", by="clerk-1", json=body)
            return answer.json().get("cases", answer.json().get("code"))

        assert await find(phone) == [planted.case("clerk-1", 0)]
        assert [await find(guess(at)) for at in range(ROOM)] == [[]] * ROOM
        assert {str(await find(guess(ROOM))), str(await find(phone))} == {"release.budget"}

    tell(planted, story)


def test_a_masked_value_of_whom_one_has_seen_cannot_be_tried_out(planted: Planted) -> None:
    phone, customer = planted.people[0]["phone"], planted.customers[0]

    async def story(site: Served) -> None:
        async def search(value: str) -> str:
            answer = await site.lookup(purpose="service", field="phone", value=value)
            return "shown" if answer.status_code == 200 else str(answer.json()["code"])

        assert (await site.lookup(purpose="service", key=customer)).status_code == 200
        assert [await search(guess(at)) for at in range(ROOM - 1)] == ["release.person"] * (ROOM - 1)
        assert {await search(guess(ROOM)), await search(phone)} == {"release.budget"}
        assert (await site.lookup(purpose="service", key=customer)).status_code == 200, "who was seen is still shown"

    tell(planted, story)


def test_a_hold_an_objection_and_a_consent_are_told_to_nobody_without_a_case(planted: Planted) -> None:
    """Whatever is kept of a person, somebody else's request about her is refused like one about nobody."""
    with open_store(planted.folder) as store:
        key = store.policy.require_key_field()
        known = find_person(planted.customers[8], field=key, people=store.people, broker=store.broker)
        assert known is not None
        store.people.add_hold(known, hold="court", at=store.clock.now())

    async def story(site: Served) -> None:
        mine = planted.case("clerk-1", 0)
        for purpose in ("checking", "offers"):
            told = set()
            for named in (
                {"key": planted.customers[7]}, {"key": planted.customers[8]}, {"key": "C9999999"},
                {"case": planted.case("clerk-2", 8)}, {"case": "no-such-case"},
            ):  # fmt: skip
                answer = await site.lookup(**{"purpose": purpose, "case": mine, **named})
                told.add((answer.status_code, answer.json()["code"]))
            assert told == {(403, "release.case")}, purpose

    tell(planted, story)


def test_an_exporter_without_a_contract_cannot_ask_which_keys_are_somebodys(planted: Planted) -> None:
    async def story(site: Served) -> None:
        answers = []
        for key in (planted.customers[0], "C9999999"):
            body = {"partner": "nobody", "purpose": "fulfilment", "contract": "none", "keys": [key]}
            answer = await site.call("POST", "/release/export", by="files", json=body)
            answers.append((answer.status_code, answer.json()["code"], answer.json()["detail"]))
        assert answers[0] == answers[1]
        assert answers[0][:2] == (403, "release.contract")

    tell(planted, story)


def test_one_account_cannot_bury_the_questions_of_others(planted: Planted) -> None:
    async def story(site: Served) -> None:
        async def ask(account: str, at: int) -> int:
            body = {"purpose": "delivery", "case": planted.case(account, at), "reason": "called back"}
            return (await site.call("POST", "/release/approvals", by=account, json=body)).status_code

        asked = [await ask("clerk-1", 0) for _ in range(MOST_WAITING + 2)]
        assert asked == [201] * MOST_WAITING + [403] * 2
        assert await ask("clerk-2", 7) == 201
        waiting = (await site.call("GET", "/release/approvals", by="boss")).json()["approvals"]
        assert "clerk-2" in {one["asked_by"] for one in waiting}
        granted = await site.call("POST", f"/release/approvals/{waiting[0]['id']}/grant", by="boss")
        assert granted.status_code == 200
        assert await ask("clerk-1", 0) == 201

    tell(planted, story)


def test_what_one_asks_by_is_in_no_repr() -> None:
    caller = Caller(account=AccountId("a"))
    ask = Ask(caller=caller, purpose=PurposeName("p"), case=None, key="13911112222", field="phone")
    assert "13911112222" not in repr(ask)


def test_the_limit_of_a_grant_holds_for_guesses_too(planted: Planted) -> None:
    grant = '[[grant]]\nrole = "staff"\npurpose = "checking"\nacts = ["lookup"]\nlimits = { persons = 2, per = "1d" }\n'
    (planted.folder / "policy" / "grants.toml").write_text(grant, encoding="utf-8")
    (planted.folder / "policy" / "roles.toml").write_text('[staff]\ntitle = { en = "Staff", zh = "员工" }\n')
    case, phone = planted.case("clerk-1", 0), planted.people[0]["phone"]

    async def story(site: Served) -> None:
        codes = []
        for value in (guess(0), guess(1), guess(2), phone):
            answer = await site.lookup(purpose="checking", case=case, field="phone", value=value)
            codes.append(answer.json().get("code"))
        assert codes == ["release.case"] * 2 + ["release.budget"] * 2

    tell(planted, story)
