"""Attacks over HTTP: somebody else's ids, members that are none, injections, sizes, guesses, forgeries, paths."""

import asyncio
import json
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace

import httpx
import pytest
from tests.web.site import FAST, PASSWORD, Planted, Served, plant, served

from suyuan.app import open_log
from suyuan.ledger.entry import RefuseEntry, ReleaseEntry

INJECTIONS = (
    "' OR 1=1 --", "\"; DROP TABLE people; --", "${jndi:ldap://x}", "{{7*7}}", "../../../etc/passwd", "%00", "\x00",
    "\r\nSet-Cookie: a=b", "<script>alert(1)</script>", "$(id)", "*)(uid=*", "\u202e", "\ud7ff\ufeff", "a" * 1000,
    "1e309", "NaN", "[]", "{}", "null", "🂡" * 60, "%s%s%n", "=cmd|'/c calc'!A1",
)  # fmt: skip


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Planted:
    return plant(tmp_path_factory.mktemp("attack"))


def tell(planted: Planted, story: Callable[[Served], Awaitable[None]], **changed: object) -> None:
    async def run() -> None:
        async with served(planted, settings=replace(FAST, **changed)) as site:  # type: ignore[arg-type]
            await story(site)

    asyncio.run(run())


def protected(site: Served) -> Iterator[tuple[str, str, dict[str, object]]]:
    """Every route that is not public, with the options its handler names."""
    for route in site.server.face.routes.routes:  # type: ignore[attr-defined]
        for handler in getattr(route, "route_handlers", ()):
            for method in sorted(handler.http_methods - {"OPTIONS"}):
                yield method, route.path, handler.opt


def test_every_route_names_its_right_and_lets_nobody_in_without(planted: Planted) -> None:
    async def story(site: Served) -> None:
        seen = 0
        for method, path, options in protected(site):
            if options.get("public"):
                continue
            seen += 1
            assert options.get("right") or options.get("signed_in"), f"{method} {path} names no right"
            filled = path.replace("{account:str}", "clerk-1").replace("{key:str}", "k").replace("{approval:str}", "a")
            for headers in (
                {}, {"authorization": ""}, {"authorization": "Bearer"}, {"authorization": "Bearer "},
                {"authorization": "Basic YTpi"}, {"authorization": f"Bearer {planted.keys['clerk-1']}x"},
                {"authorization": "Bearer sy_" + "a" * 16 + "_" + "a" * 52}, {"authorization": "Bearer ss_x"},
                {"cookie": f"token={planted.keys['clerk-1']}"}, {"x-api-key": planted.keys["clerk-1"]},
            ):  # fmt: skip
                answer = await site.call(method, filled, headers=headers)
                assert answer.status_code == 401, f"{method} {path} {headers}"
            if options.get("right"):
                answer = await site.call(method, filled, by="guest", json={})
                assert answer.status_code == 403, f"{method} {path} lets in a role without its right"
        assert seen > 10

    tell(planted, story)


def test_the_case_of_another_is_refused_however_it_is_named(planted: Planted) -> None:
    theirs, customer = planted.case("clerk-2", 7), planted.customers[7]
    attempts: list[dict[str, object]] = [
        {"case": theirs},
        {"case": theirs, "key": customer},
        {"case": planted.case("clerk-1", 0), "key": customer},
        {"case": planted.case("clerk-1", 0), "field": "phone", "value": planted.people[7]["phone"]},
        {"case": None, "key": customer},
        {"case": f"{theirs} ", "key": customer},
        {"case": theirs.upper(), "key": customer},
        {"case": "no-such-case"},
        {"case": "no-such-case", "key": customer},
    ]

    async def story(site: Served) -> None:
        for attempt in attempts:
            answer = await site.lookup(purpose="delivery", **attempt)
            assert answer.status_code in (403, 422), attempt
            values = {value for name, value in planted.people[7].items() if value and name != "customer"}
            assert not any(value in answer.text for value in values)

    tell(planted, story)


def test_who_is_not_there_is_refused_like_who_is_not_yours(planted: Planted) -> None:
    """Values cannot be tried out over HTTP to learn who is a customer."""
    with open_log(planted.folder) as (log, _, _):
        before = log.size

    async def story(site: Served) -> None:
        mine = planted.case("clerk-1", 0)
        known = await site.lookup(purpose="delivery", case=mine, key=planted.customers[7])
        unknown = await site.lookup(purpose="delivery", case=mine, key="C9999999")
        phone = await site.lookup(purpose="delivery", case=mine, field="phone", value=planted.people[7]["phone"])
        nobodys = await site.lookup(purpose="delivery", case=mine, field="phone", value="13900000000")
        answers = [answer.json() for answer in (known, unknown, phone, nobodys)]
        for answer in answers:
            del answer["instance"]
        assert answers == [answers[0]] * 4

    tell(planted, story)
    with open_log(planted.folder) as (log, _, _):
        refused = sum(isinstance(entry.body, RefuseEntry) for _, entry in log.entries(before))
    assert refused == 6, "four refusals, and two searches by a value that found nobody of the case"


def test_the_time_of_a_refusal_does_not_tell_who_is_a_customer(planted: Planted) -> None:
    """Coarse: the medians of forty refusals of each sort, taken in turns, lie within a third of each other."""

    async def story(site: Served) -> None:
        mine = planted.case("clerk-1", 0)
        took: dict[bool, list[float]] = {True: [], False: []}
        for at in range(80):
            known = at % 2 == 0
            begun = time.perf_counter()
            await site.lookup(purpose="delivery", case=mine, key=planted.customers[7] if known else "C9999999")
            took[known].append(time.perf_counter() - begun)
        known_ms, unknown_ms = (statistics.median(took[which][5:]) * 1e3 for which in (True, False))
        assert 0.67 < known_ms / unknown_ms < 1.5, (known_ms, unknown_ms)

    tell(planted, story)


def test_members_that_are_none_are_refused(planted: Planted) -> None:
    case = planted.case("clerk-1", 0)
    body = {"purpose": "delivery", "case": case}

    async def story(site: Served) -> None:
        for extra in (
            {"account": "clerk-2"}, {"roles": ["administrator"]}, {"rights": ["release.export"]}, {"person": 0},
            {"attributes": {"outlet": "1"}}, {"act": "export"}, {"__class__": "x"}, {"fields": ["id_number"]},
        ):  # fmt: skip
            answer = await site.lookup(**body, **extra)
            assert answer.status_code == 400, extra
            assert answer.json()["code"] == "serve.body"
        made = await site.call(
            "PUT", "/release/accounts/x", by="root", json={"roles": [], "created": "2020-01-01T00:00:00Z"}
        )
        assert made.status_code == 400
        twice = await site.call(
            "POST",
            "/release/lookup",
            by="clerk-1",
            headers={"content-type": "application/json"},
            content=json.dumps(body)[:-1] + f', "case": "{planted.case("clerk-2", 7)}"}}',
        )
        assert twice.status_code != 200, "the last of two members of one name does not slip past the case"

    tell(planted, story)


def test_injections_are_text(planted: Planted) -> None:
    async def story(site: Served) -> None:
        for text in INJECTIONS:
            for body in (
                {"purpose": text, "case": planted.case("clerk-1", 0)},
                {"purpose": "delivery", "case": text},
                {"purpose": "delivery", "case": planted.case("clerk-1", 0), "key": text},
                {"purpose": "delivery", "case": planted.case("clerk-1", 0), "field": text, "value": text},
                {"purpose": "delivery", "case": planted.case("clerk-1", 0), "approval": text, "key": text},
            ):
                answer = await site.lookup(**body)
                assert answer.status_code in (400, 403, 404, 422), (body, answer.text)
                assert answer.headers.get("set-cookie") is None
            for path in (
                "/release/accounts/{}",
                "/release/keys/{}",
                "/ledger/{}",
                "/release/approvals/{}/grant",
                "/{}",
            ):
                try:
                    answer = await site.call("GET", path.format(text), by="root")
                except httpx.InvalidURL:
                    continue
                assert answer.status_code in (200, 400, 403, 404, 405, 422), (path, text)
            person = {"case": "c", "account": "a", "person": text, "opened": "2026-01-01T00:00:00Z"}
            pushed = await site.call("PUT", "/collect/cases", by="shop", json={"cases": [person]})
            assert pushed.status_code in (404, 422, 400)
            made = await site.call("POST", "/session", json={"account": text, "password": text})
            assert made.status_code in (400, 401, 422, 429)

    tell(planted, story)


def test_what_no_database_can_hold_is_refused_before_one_is_asked(planted: Planted) -> None:
    """A NUL makes PostgreSQL refuse a whole question, and with it everybody whose request waits in the same group."""
    nul, case = "a\x00b", planted.case("clerk-1", 0)

    async def story(site: Served) -> None:
        for by, path, body in (
            ("clerk-1", "/release/lookup", {"purpose": "delivery", "case": case, "approval": nul}),
            ("clerk-1", "/release/list", {"purpose": "delivery", "after": nul}),
            ("clerk-1", "/release/list", {"purpose": "delivery", "queue": nul}),
            ("clerk-1", "/release/approvals", {"purpose": "delivery", "case": case, "reason": f"abc{nul}"}),
            ("shop", "/release", {"purpose": "delivery", "approval": nul, "rows": [{"phone": "1"}]}),
            ("files", "/release/export", {"partner": "p", "purpose": "fulfilment", "contract": "C-1", "approval": nul}),
        ):
            answer = await site.call("POST", path, by=by, json=body)
            assert (answer.status_code, answer.json()["code"]) == (400, "serve.body"), (path, body)
        for method, path, by in (
            ("GET", "/release/accounts/a%00b/keys", "root"), ("GET", "/release/accounts?after=a%00b", "root"),
            ("DELETE", "/release/keys/a%00b", "root"), ("POST", "/release/approvals/a%00b/grant", "boss"),
        ):  # fmt: skip
            assert (await site.call(method, path, by=by)).status_code in (400, 422), path

    tell(planted, story)


def test_sizes_have_ends(planted: Planted) -> None:
    async def story(site: Served) -> None:
        huge = await site.lookup(purpose="delivery", case="c" * 200_000)
        assert (huge.status_code, huge.json()["code"]) == (413, "serve.too_large")

        async def endless() -> object:
            for _ in range(1000):
                yield b" " * 1024

        streamed = await site.call(
            "POST", "/release/lookup", by="clerk-1", headers={"content-type": "application/json"}, content=endless()
        )
        assert streamed.status_code == 413
        wide = await site.call("GET", "/me", by="clerk-1", headers={"x-filler": "a" * 40_000})
        assert (wide.status_code, wide.json()["code"]) == (431, "serve.too_large")
        for deep in ("[" * 30_000, '{"purpose":' * 5_000, '{"purpose":{"a":' + "[" * 20_000 + "]" * 20_000 + "}}"):
            answer = await site.call(
                "POST", "/release/lookup", by="clerk-1", headers={"content-type": "application/json"}, content=deep
            )
            assert answer.status_code == 400, answer.text
        for kind in (
            "text/plain",
            "application/xml",
            "multipart/form-data; boundary=x",
            "application/x-www-form-urlencoded",
        ):
            answer = await site.call(
                "POST",
                "/release/lookup",
                by="clerk-1",
                headers={"content-type": kind},
                content='{"purpose":"delivery"}',
            )
            assert answer.status_code in (400, 415), kind
        wide_rows = await site.call(
            "POST",
            "/release",
            by="shop",
            json={"purpose": "delivery", "rows": [{f"c{at}": "x" for at in range(1000)}]},
        )
        assert wide_rows.status_code in (403, 422)

    tell(planted, story)


def test_bad_json_is_told_without_what_was_sent(planted: Planted) -> None:
    secret = "13911112222"

    async def story(site: Served) -> None:
        for content in (
            f'{{"purpose": "delivery", "{secret}": 1}}', f'{{"purpose": {secret}, "case": "a"}}', f'"{secret}"',
            f'{{"purpose": ["{secret}"]}}', f"{secret}", f'{{"case": "{secret}"', f"\xff{secret}",
            f'{{"purpose": "delivery", "case": "x", "key": {{"{secret}": "{secret}"}}}}',
        ):  # fmt: skip
            answer = await site.call(
                "POST",
                "/release/lookup",
                by="clerk-1",
                headers={"content-type": "application/json"},
                content=content.encode("latin-1"),
            )
            assert answer.status_code == 400, content
            assert secret not in answer.text
        assert (await site.call("GET", f"/release/{secret}", by="clerk-1")).status_code == 404
        assert secret not in site.log.getvalue()

    tell(planted, story)


def test_paths_lead_nowhere_but_to_public_files(planted: Planted) -> None:
    async def story(site: Served) -> None:
        for path in (
            "../suyuan.toml", "..%2fsuyuan.toml", "%2e%2e/keys.db", "....//keys.db", "/etc/passwd", "tile/../../keys.db",
            "tile/0/000%00", "checkpoint/../../data.db", "CHECKPOINT", "checkpoint%20", "log.vkey/..",
            "tile/0/x001/../../../../keys.db", "tile\\0\\000", ".", "..", "seal/1/../../log.vkey/.tmp", "checkpoint.tmp",
        ):  # fmt: skip
            answer = await site.client.send(httpx.Request("GET", f"http://suyuan.test/ledger/{path}"))
            assert answer.status_code in (400, 404), path
            assert b"SQLite" not in answer.content
            assert b"passphrase" not in answer.content

    tell(planted, story)


def test_nothing_is_done_for_another_site(planted: Planted) -> None:
    """No cookie is ever set or read, and no other site's page may read an answer that is somebody's."""

    async def story(site: Served) -> None:
        signed = await site.call("POST", "/session", json={"account": "clerk-1", "password": PASSWORD})
        token = signed.json()["token"]
        for headers in ({"cookie": f"session={token}"}, {"cookie": f"authorization=Bearer {token}"}):
            answer = await site.call(
                "POST",
                "/release/lookup",
                headers={"origin": "https://evil.example", **headers},
                json={"purpose": "delivery", "case": planted.case("clerk-1", 0)},
            )
            assert answer.status_code == 401
            assert "access-control-allow-origin" not in answer.headers
        before = await site.client.options(
            "/release/lookup", headers={"origin": "https://evil.example", "access-control-request-method": "POST"}
        )
        assert "access-control-allow-origin" not in before.headers

    tell(planted, story)


def test_an_approval_is_a_second_persons_and_serves_one_request_once(planted: Planted) -> None:
    async def story(site: Served) -> None:
        body = {"purpose": "delivery", "case": planted.case("clerk-1", 0), "reason": "customer called back"}
        asked = await site.call("POST", "/release/approvals", by="clerk-1", json=body)
        assert asked.status_code == 201, asked.text
        name = asked.json()["id"]
        own = await site.call("POST", f"/release/approvals/{name}/grant", by="clerk-1")
        assert own.json()["code"] == "serve.right"
        waiting = await site.call("GET", "/release/approvals", by="boss")
        assert [one["id"] for one in waiting.json()["approvals"]] == [name]
        granted = await site.call("POST", f"/release/approvals/{name}/grant", by="boss")
        assert granted.status_code == 200, granted.text
        assert granted.json()["state"] == "approved"
        again = await site.call("POST", f"/release/approvals/{name}/decline", by="boss")
        assert again.json()["code"] == "release.approval", "the first word stays"
        other = await site.call("POST", "/release/approvals/0000/grant", by="boss")
        assert other.json()["code"] == "release.approval"

    tell(planted, story)


def test_a_contract_is_its_partners(planted: Planted) -> None:
    async def story(site: Served) -> None:
        for body in (
            {"partner": "acme", "purpose": "fulfilment", "contract": "C-1"},
            {"partner": "p", "purpose": "fulfilment", "contract": "C-none"},
            {"partner": "p", "purpose": "delivery", "contract": "C-1"},
            {"partner": "p", "purpose": "leak_investigation", "contract": "C-1"},
        ):
            answer = await site.call("POST", "/release/export", by="files", json=body)
            assert answer.status_code == 403, body
            assert answer.json()["code"].startswith("release.")

    tell(planted, story)


def test_a_forged_request_is_no_release(planted: Planted) -> None:
    """After everything above: the ledger has a release for exactly what was answered with values."""
    with open_log(planted.folder) as (log, _, _):
        before = sum(isinstance(entry.body, ReleaseEntry) for _, entry in log.entries())

    async def story(site: Served) -> None:
        shown = await site.lookup(purpose="delivery", case=planted.case("clerk-1", 0))
        assert shown.status_code == 200

    tell(planted, story)
    with open_log(planted.folder) as (log, _, _):
        assert sum(isinstance(entry.body, ReleaseEntry) for _, entry in log.entries()) == before + 1
