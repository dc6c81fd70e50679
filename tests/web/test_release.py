"""Letting out over HTTP: who is shown what, what the ledger says of it, and what a repeated request gets."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from tests.web.site import Planted, Served, plant, served

from suyuan.app import open_log
from suyuan.ledger.entry import BatchEntry, RefuseEntry, ReleaseEntry
from suyuan.ledger.verify import verify_log

Story = Callable[[Served], Awaitable[None]]


@pytest.fixture
def planted(tmp_path: Path) -> Planted:
    return plant(tmp_path)


def tell(planted: Planted, story: Story) -> None:
    """Run a story against the served store."""

    async def run() -> None:
        async with served(planted) as site:
            await story(site)

    asyncio.run(run())


def entries(planted: Planted, kind: type) -> list[int]:
    """The entries of a kind in the planted store's ledger."""
    with open_log(planted.folder) as (log, _, _):
        return [index for index, entry in log.entries() if isinstance(entry.body, kind)]


def test_a_clerk_is_shown_her_case(planted: Planted) -> None:
    async def story(site: Served) -> None:
        shown = await site.lookup(purpose="delivery", case=planted.case("clerk-1", 0))
        assert shown.status_code == 200, shown.text
        assert set(shown.json()["fields"]) == {"name", "phone", "address"}
        assert shown.headers["cache-control"] == "no-store"
        assert shown.headers["x-content-type-options"] == "nosniff"
        by_key = await site.lookup(purpose="delivery", case=planted.case("clerk-1", 0), key=planted.customers[0])
        phone = planted.people[0]["phone"]
        by_phone = await site.lookup(purpose="delivery", case=planted.case("clerk-1", 0), field="phone", value=phone)
        assert by_key.status_code == by_phone.status_code == 200
        assert len({answer.json()["entry"] for answer in (shown, by_key, by_phone)}) == 3

    tell(planted, story)
    assert len(entries(planted, ReleaseEntry)) == 3


def test_masked_is_masked(planted: Planted) -> None:
    async def story(site: Served) -> None:
        shown = await site.lookup(purpose="service", key=planted.customers[0])
        assert shown.status_code == 200, shown.text
        assert "*" in shown.json()["fields"]["phone"]

    tell(planted, story)


def test_requests_at_once_share_commits_and_each_has_its_own_entry(planted: Planted) -> None:
    async def story(site: Served) -> None:
        answers = await asyncio.gather(
            *(site.lookup(purpose="delivery", case=planted.case("clerk-1", at % 6)) for at in range(48))
        )
        assert {answer.status_code for answer in answers} == {200}
        assert len({answer.json()["entry"] for answer in answers}) == 48
        sizes = site.server.service.measures.groups
        assert sizes.collect()

    tell(planted, story)


def test_a_refusal_among_others_is_its_own(planted: Planted) -> None:
    async def story(site: Served) -> None:
        mine, foreign, unknown = await asyncio.gather(
            site.lookup(purpose="delivery", case=planted.case("clerk-1", 0)),
            site.lookup(purpose="delivery", case=planted.case("clerk-2", 7)),
            site.lookup(purpose="nothing", case=planted.case("clerk-1", 0)),
        )
        assert mine.status_code == 200
        assert foreign.status_code == unknown.status_code == 403
        assert foreign.json()["code"] == "release.case"
        assert unknown.json()["code"] == "release.purpose"

    tell(planted, story)


def test_an_answer_is_yes_or_no(planted: Planted) -> None:
    async def story(site: Served) -> None:
        policy = planted.folder / "policy" / "purposes.toml"
        assert "answer" not in policy.read_text()
        refused = await site.call(
            "POST",
            "/release/answer",
            by="clerk-1",
            json={
                "purpose": "delivery",
                "case": planted.case("clerk-1", 0),
                "question": {"field": "phone", "equal": planted.people[0]["phone"]},
            },
        )
        assert (refused.status_code, refused.json()["code"]) == (403, "release.act")

    tell(planted, story)


def test_an_answer_compares_inside_the_door(planted: Planted) -> None:
    policy = planted.folder / "policy" / "purposes.toml"
    policy.write_text(policy.read_text().replace('acts = ["lookup"]', 'acts = ["lookup", "answer"]', 1))

    async def story(site: Served) -> None:
        async def ask(value: str) -> object:
            said = await site.call(
                "POST",
                "/release/answer",
                by="clerk-1",
                json={
                    "purpose": "delivery",
                    "case": planted.case("clerk-1", 0),
                    "question": {"field": "phone", "equal": value},
                },
            )
            assert said.status_code == 200, said.text
            return said.json()["answer"]

        assert await ask(planted.people[0]["phone"]) is True
        assert await ask(planted.people[1]["phone"]) is False

    tell(planted, story)


def test_an_export_is_the_partners_own_copy(planted: Planted) -> None:
    async def story(site: Served) -> None:
        made = await site.call(
            "POST", "/release/export", by="files", json={"partner": "p", "purpose": "fulfilment", "contract": "C-1"}
        )
        assert made.status_code == 200, made.text
        assert made.headers["content-type"].startswith("text/csv")
        lines = made.text.splitlines()
        assert lines[0].split(",")[0] == "customer"
        assert len(lines) == 1 + len(planted.customers)
        some = await site.call(
            "POST",
            "/release/export",
            by="files",
            json={
                "partner": "p",
                "purpose": "fulfilment",
                "contract": "C-1",
                "keys": planted.customers[:3],
                "drop": ["email"],
            },
        )
        assert some.status_code == 200, some.text
        assert len(some.text.splitlines()) == 4
        assert "email" not in some.text.splitlines()[0]
        assert int(some.headers["suyuan-entry"]) > int(made.headers["suyuan-entry"])

    tell(planted, story)
    assert len(entries(planted, BatchEntry)) == 2


def test_rows_in_the_body_are_marked_and_ledgered_and_kept_nowhere(planted: Planted) -> None:
    policy = planted.folder / "policy" / "purposes.toml"
    policy.write_text(policy.read_text() + '[screen]\nground = "contract"\nacts = ["supplied"]\nneeds_case = false\n'
                      'fields = { customer = "clear", name = "clear", phone = "masked" }\n')  # fmt: skip

    async def story(site: Served) -> None:
        rows = [{"customer": f"N-{at}", "name": "王小明", "phone": f"1391111{at:04d}"} for at in range(3)]
        shown = await site.call("POST", "/release", by="shop", json={"purpose": "screen", "rows": rows})
        assert shown.status_code == 200, shown.text
        body = shown.json()
        assert [row["customer"] for row in body["rows"]] == ["N-0", "N-1", "N-2"]
        assert all("*" in row["phone"] for row in body["rows"])
        beyond = await site.call(
            "POST", "/release", by="shop", json={"purpose": "screen", "rows": [{**rows[0], "email": "a@example.org"}]}
        )
        assert (beyond.status_code, beyond.json()["code"]) == (403, "release.fields")

    tell(planted, story)
    stored = (planted.folder / "data.db").read_bytes() + (planted.folder / "ledger.db").read_bytes()
    assert "王小明".encode() not in stored
    assert b"13911110000" not in stored


def test_find_gives_the_callers_own_cases_and_nothing_else(planted: Planted) -> None:
    async def story(site: Served) -> None:
        async def find(phone: str) -> object:
            found = await site.call(
                "POST",
                "/release/find",
                by="clerk-1",
                json={"purpose": "delivery", "field": "phone", "value": phone},
            )
            assert found.status_code == 200, found.text
            return found.json()["cases"]

        assert await find(planted.people[0]["phone"]) == [planted.case("clerk-1", 0)]
        assert await find(planted.people[7]["phone"]) == []
        assert await find("13900000000") == []

    tell(planted, story)
    assert len(entries(planted, RefuseEntry)) == 2, "both misses stand in the ledger"


def test_a_repeated_key_never_releases_twice(planted: Planted) -> None:
    body = {"purpose": "delivery", "case": planted.case("clerk-1", 0)}
    header = {"idempotency-key": "one"}

    async def first(site: Served) -> None:
        answers = await asyncio.gather(*(site.lookup(headers=header, **body) for _ in range(8)))
        assert {answer.status_code for answer in answers} == {200}
        assert len({answer.text for answer in answers}) == 1
        other = await site.lookup(headers=header, purpose="delivery", case=planted.case("clerk-1", 1))
        assert (other.status_code, other.json()["code"]) == (422, "serve.key_reused")
        of_another = await site.lookup(by="clerk-2", headers=header, **body)
        assert of_another.status_code == 403, "a key is its account's own"

    async def after_a_restart(site: Served) -> None:
        again = await site.lookup(headers=header, **body)
        assert (again.status_code, again.json()["code"]) == (409, "serve.key_done")
        assert f"entry {entries(planted, ReleaseEntry)[0]};" in again.json()["detail"]
        other = await site.lookup(headers=header, purpose="delivery", case=planted.case("clerk-1", 1))
        assert (other.status_code, other.json()["code"]) == (422, "serve.key_reused")
        fresh = await site.lookup(headers={"idempotency-key": "two"}, **body)
        assert fresh.status_code == 200

    tell(planted, first)
    assert len(entries(planted, ReleaseEntry)) == 1
    tell(planted, after_a_restart)
    assert len(entries(planted, ReleaseEntry)) == 2


def test_a_refused_request_may_be_tried_again_under_its_key(planted: Planted) -> None:
    async def story(site: Served) -> None:
        case = "clerk-1-later"
        header = {"idempotency-key": "k"}
        assert (await site.lookup(headers=header, purpose="delivery", case=case)).status_code == 403
        assert (await site.lookup(headers=header, purpose="delivery", case=case)).status_code == 403
        pushed = await site.call(
            "PUT",
            "/collect/cases",
            by="shop",
            json={
                "cases": [
                    {
                        "case": case,
                        "account": "clerk-1",
                        "person": planted.customers[9],
                        "opened": "2026-01-01T00:00:00Z",
                    }
                ]
            },
        )
        assert pushed.json() == {"stored": 1}
        assert (await site.lookup(headers={"idempotency-key": "k2"}, purpose="delivery", case=case)).status_code == 200

    tell(planted, story)


def test_errors_are_problem_documents_in_the_callers_language(planted: Planted) -> None:
    async def story(site: Served) -> None:
        foreign = {"purpose": "delivery", "case": planted.case("clerk-2", 7)}
        english = await site.lookup(**foreign)
        chinese = await site.lookup(headers={"accept-language": "zh-CN,zh;q=0.9,en;q=0.8"}, **foreign)
        assert english.headers["content-type"] == chinese.headers["content-type"] == "application/problem+json"
        assert english.json()["title"] == "Forbidden"
        assert "工单" in chinese.json()["detail"]
        assert english.json()["code"] == chinese.json()["code"] == "release.case"
        assert english.json()["instance"] == english.headers["x-request-id"]

    tell(planted, story)


def test_a_body_that_lacks_a_member_is_told_which(planted: Planted) -> None:
    async def story(site: Served) -> None:
        answer = await site.lookup(case=planted.case("clerk-1", 0))
        assert (answer.status_code, answer.json()["fields"]) == (400, ["purpose"])

    tell(planted, story)


def test_a_public_log_can_be_read_by_anybody(planted: Planted) -> None:
    async def story(site: Served) -> None:
        checkpoint = await site.call("GET", "/ledger/checkpoint")
        assert checkpoint.status_code == 200
        assert checkpoint.text.startswith("log.example/courier\n")
        assert checkpoint.headers["access-control-allow-origin"] == "*"
        vkey = await site.call("GET", "/ledger/log.vkey")
        assert vkey.text.startswith("log.example/courier+")
        tile = await site.call("GET", "/ledger/tile/entries/000.p/1")
        assert tile.status_code in (200, 404)

    tell(planted, story)


def test_an_account_of_releases_is_drawn_for_who_may(planted: Planted) -> None:
    async def story(site: Served) -> None:
        await site.lookup(purpose="delivery", case=planted.case("clerk-1", 0))
        drawn = await site.call("POST", "/ledger/account", by="dpo", json={"person": planted.customers[0]})
        assert drawn.status_code == 200, drawn.text
        assert len(drawn.content) > 1000
        refused = await site.call("POST", "/ledger/account", by="clerk-1", json={"person": planted.customers[0]})
        assert (refused.status_code, refused.json()["code"]) == (403, "serve.right")

    tell(planted, story)


def test_counters_hold_no_account_and_no_person(planted: Planted) -> None:
    async def story(site: Served) -> None:
        await site.lookup(purpose="delivery", case=planted.case("clerk-1", 0))
        await site.lookup(purpose="delivery", case=planted.case("clerk-2", 7))
        counted = await site.call("GET", "/metrics", by="prom")
        assert counted.status_code == 200
        text = counted.text
        assert 'suyuan_requests_total{method="POST",route="/release/lookup",status="200"} 1.0' in text
        assert 'suyuan_refusals_total{code="release.case"} 1.0' in text
        assert "suyuan_group_seconds_count 2.0" in text
        assert not any(name in text for name in (*planted.customers, "clerk-1", "clerk-2"))
        assert (await site.call("GET", "/metrics", by="clerk-1")).status_code == 403

    tell(planted, story)


def test_the_log_has_no_value_of_anybody(planted: Planted) -> None:
    async def story(site: Served) -> None:
        for at in range(6):
            await site.lookup(purpose="delivery", case=planted.case("clerk-1", at), key=planted.customers[at])
            await site.lookup(purpose="service", field="phone", value=planted.people[at]["phone"])
            await site.call("GET", f"/{planted.people[at]['phone']}?name={planted.people[at]['name']}", by="clerk-1")
        lines = site.log.getvalue()
        assert lines.count("serve.request") == 18
        for record in planted.people:
            assert not any(value and value in lines for value in record.values())

    tell(planted, story)


def test_a_list_shows_the_callers_open_cases_a_page_at_a_time(planted: Planted) -> None:
    policy = planted.folder / "policy" / "purposes.toml"
    policy.write_text(policy.read_text().replace('acts = ["lookup"]', 'acts = ["lookup", "list"]', 1))

    async def story(site: Served) -> None:
        seen: list[str] = []
        after = ""
        while True:
            page = await site.call(
                "POST", "/release/list", by="clerk-1", json={"purpose": "delivery", "count": 4, "after": after}
            )
            assert page.status_code == 200, page.text
            seen += [row["case"] for row in page.json()["rows"]]
            after = page.json()["next"]
            if not after:
                break
        assert sorted(seen) == sorted(planted.case("clerk-1", at) for at in range(6))

    tell(planted, story)


def test_the_published_rules_are_the_policys(planted: Planted) -> None:
    async def story(site: Served) -> None:
        for language in ("en", "zh"):
            rules = await site.call("GET", "/collect/rules", headers={"accept-language": language})
            assert rules.status_code == 200, rules.text
            assert rules.headers["cache-control"].startswith("public")

    tell(planted, story)


def test_look_ups_go_on_beside_an_export(planted: Planted) -> None:
    async def story(site: Served) -> None:
        body = {"partner": "p", "purpose": "fulfilment", "contract": "C-1"}
        exports = [site.call("POST", "/release/export", by="files", json=body) for _ in range(4)]
        lookups = [site.lookup(purpose="delivery", case=planted.case("clerk-1", at % 6)) for at in range(60)]
        answers = await asyncio.gather(*exports, *lookups)
        assert {answer.status_code for answer in answers} == {200}, {
            answer.text for answer in answers if answer.is_error
        }

    tell(planted, story)
    with open_log(planted.folder) as (log, files, key):
        verify_log(log, keys=(key,), files=files)
    assert len(entries(planted, ReleaseEntry)) == 60
    assert len(entries(planted, BatchEntry)) == 4
