"""A second person's word over HTTP: for an answer, a page and a file, each for exactly what was asked."""

import asyncio
from pathlib import Path

import pytest
from tests.web.site import Planted, Served, plant, served

PURPOSES = """
[guarded]
ground = "contract"
acts = ["lookup", "answer", "list", "export", "approve"]
needs_case = false
approval = "always"
fields = { name = "clear", phone = "clear" }
"""
REASON = "claimed twice"


@pytest.fixture
def planted(tmp_path: Path) -> Planted:
    made = plant(tmp_path, people=4, everything=("staff", "exporter"))
    with (made.folder / "policy/purposes.toml").open("a", encoding="utf-8") as policy:
        policy.write(PURPOSES)
    contracts = made.folder / "policy/contracts.toml"
    contracts.write_text(contracts.read_text() + '[C-g]\npartner = "acme"\npurposes = ["guarded"]\n')
    return made


async def approved(site: Served, *, by: str, **asked: object) -> str:
    made = await site.call("POST", "/release/approvals", by=by, json={"purpose": "guarded", "reason": REASON, **asked})
    assert made.status_code == 201, made.text
    id = str(made.json()["id"])
    given = await site.call("POST", f"/release/approvals/{id}/grant", by="boss")
    assert given.status_code == 200, given.text
    return id


async def answered(site: Served, path: str, *, by: str, **body: object) -> tuple[int, str]:
    given = await site.call("POST", f"/release/{path}", by=by, json={"purpose": "guarded", **body})
    return given.status_code, "" if given.status_code == 200 else str(given.json()["code"])


def test_each_act_is_approved_by_itself(planted: Planted) -> None:
    question = {"field": "name", "equal": planted.people[0]["name"]}
    person = {"key": planted.customers[0]}
    file = {"partner": "acme", "contract": "C-g", "keys": planted.customers[:2]}
    no, yes = (403, "release.approval"), (200, "")

    async def story() -> None:
        async with served(planted) as site:
            assert await answered(site, "answer", by="clerk-1", question=question, **person) == no
            word = await approved(site, by="clerk-1", question=question, **person)
            assert await answered(site, "lookup", by="clerk-1", approval=word, **person) == no
            assert await answered(site, "answer", by="clerk-1", question=question, approval=word, **person) == yes
            assert await answered(site, "answer", by="clerk-1", question=question, approval=word, **person) == no

            assert await answered(site, "list", by="clerk-1") == no
            word = await approved(site, by="clerk-1", page={})
            assert await answered(site, "list", by="clerk-1", approval=word, count=1) == no
            assert await answered(site, "list", by="clerk-1", approval=word) == yes

            assert await answered(site, "export", by="everybody", **file) == no
            word = await approved(site, by="everybody", file=file)
            other = {**file, "keys": planted.customers}
            assert await answered(site, "export", by="everybody", approval=word, **other) == no
            assert await answered(site, "export", by="everybody", approval=word, **file) == yes

            refused = await site.call(
                "POST", "/release/approvals", by="clerk-1", json={"purpose": "guarded", "reason": REASON, "file": file}
            )
            assert (refused.status_code, refused.json()["code"]) == (403, "serve.right")
            both = {"purpose": "guarded", "reason": REASON, "page": {}, **person}
            refused = await site.call("POST", "/release/approvals", by="clerk-1", json=both)
            assert (refused.status_code, refused.json()["code"]) == (422, "serve.body")

    asyncio.run(story())
