"""What an authority demands, over HTTP: on its document alone, for exactly these people, on a second person's word, once."""

import asyncio
import csv
import io
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from tests.web.site import Planted, Served, plant, served

from suyuan.app import open_log
from suyuan.ledger.entry import RefuseEntry

PURPOSES = """
[orders]
ground = "legal_duty"
citation = "Criminal Procedure Law, article 54"
acts = ["authority", "approve"]
needs_case = false
fields = { customer = "clear", name = "clear", phone = "clear" }
[voluntary]
ground = "contract"
acts = ["authority", "approve"]
needs_case = false
fields = { name = "clear" }
"""


@pytest.fixture
def planted(tmp_path: Path) -> Planted:
    made = plant(tmp_path, people=4)
    with (made.folder / "policy/purposes.toml").open("a", encoding="utf-8") as policy:
        policy.write(PURPOSES)
    return made


def tell(planted: Planted, story: Callable[[Served], Awaitable[None]]) -> None:
    async def run() -> None:
        async with served(planted) as site:
            await story(site)

    asyncio.run(run())


def demand(planted: Planted, **changed: object) -> dict[str, object]:
    return {"authority": "hz-police", "document": "2026-117", "keys": planted.customers[:2], **changed}


async def asked(site: Served, *, by: str = "counsel", purpose: str = "orders", **form: object) -> tuple[int, str]:
    body = {"purpose": purpose, "reason": "fraud file 117", **form}
    made = await site.call("POST", "/release/approvals", by=by, json=body)
    return made.status_code, str(made.json().get("id" if made.status_code == 201 else "code"))


async def approved(site: Served, **form: object) -> str:
    status, id = await asked(site, **form)
    assert status == 201, id
    assert (await site.call("POST", f"/release/approvals/{id}/grant", by="boss")).status_code == 200
    return id


async def told(site: Served, body: dict[str, object], *, by: str = "counsel") -> tuple[int, str]:
    answer = await site.call("POST", "/release/authority", by=by, json={"purpose": "orders", **body})
    return answer.status_code, answer.text if answer.status_code == 200 else str(answer.json()["code"])


def test_a_demand_is_carried_out_for_exactly_what_was_approved_and_once(planted: Planted) -> None:
    no = (403, "release.approval")

    async def story(site: Served) -> None:
        body = demand(planted)
        assert await told(site, body) == no
        word = await approved(site, demand=body)
        for other in (
            {"keys": planted.customers}, {"keys": planted.customers[2:]}, {"document": "2026-118"},
            {"authority": "sh-police"}, {"region": "US", "permission": "MOJ-1"}, {"drop": ["phone"]},
        ):  # fmt: skip
            assert await told(site, {**demand(planted, **other), "approval": word}) == no, other
        assert await told(site, {**body, "approval": word}, by="counsel-2") == no, "another's word"
        answer = await site.call(
            "POST", "/release/authority", by="counsel", json={**body, "purpose": "orders", "approval": word}
        )
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"].startswith("text/csv")
        assert [answer.headers[f"suyuan-{name}"] for name in ("rows", "decoys", "withheld")] == ["2", "0", "0"]
        assert int(answer.headers["suyuan-entry"]) > 0
        rows = list(csv.DictReader(io.StringIO(answer.text)))
        assert {row["customer"]: row["name"] for row in rows} == {
            planted.customers[at]: planted.people[at]["name"] for at in range(2)
        }
        assert await told(site, {**body, "approval": word}) == no

    tell(planted, story)


def test_the_law_the_region_and_the_right_are_looked_at(planted: Planted) -> None:
    abroad = demand(planted, region="US")

    async def story(site: Served) -> None:
        word = await approved(site, demand=abroad)
        assert await told(site, {**abroad, "approval": word}) == (403, "release.order")
        word = await approved(site, demand=demand(planted), purpose="voluntary")
        unlawful = {**demand(planted), "purpose": "voluntary", "approval": word}
        assert await told(site, unlawful) == (403, "release.order")
        assert await told(site, {**demand(planted), "purpose": "delivery"}) == (403, "release.act")
        for by in ("files", "clerk-1", "shop", "dpo", "root", "boss"):
            assert await told(site, demand(planted), by=by) == (403, "serve.right"), by
        assert await asked(site, by="clerk-1", demand=demand(planted)) == (403, "serve.right")
        assert await asked(site, demand=demand(planted), page={}) == (422, "serve.body")
        assert await asked(site, demand=demand(planted), key=planted.customers[0]) == (422, "serve.body")
        word = await approved(site, demand={**abroad, "permission": "MOJ-2026-9"})
        assert (await told(site, {**abroad, "permission": "MOJ-2026-9", "approval": word}))[0] == 200

    tell(planted, story)


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"keys": []}, 400),
        ({"keys": None}, 400),
        ({"document": ""}, 400),
        ({"document": "2026\u202e711"}, 422),
        ({"permission": "a\x00b"}, 400),
        ({"rows": [{"phone": "1"}]}, 400),
        ({"account": "boss"}, 400),
    ],
)
def test_what_cannot_be_meant_is_refused(planted: Planted, changed: dict[str, object], status: int) -> None:
    async def story(site: Served) -> None:
        found, text = await told(site, demand(planted, **changed))
        assert found == status, text

    tell(planted, story)


def test_a_key_of_nobody_is_told_to_none_without_the_right_and_ledgered(planted: Planted) -> None:
    body = demand(planted, keys=[planted.customers[0], "C9999999"])

    async def story(site: Served) -> None:
        assert await told(site, body, by="clerk-1") == (403, "serve.right")
        assert await asked(site, demand=body) == (404, "release.record")

    tell(planted, story)
    with open_log(planted.folder) as (log, _, _):
        assert sum(isinstance(entry.body, RefuseEntry) for _, entry in log.entries()) == 1
