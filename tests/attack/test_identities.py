"""Names and proofs: somebody else's name by another way of signing in, what was read before a change, floods of sign-ins."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import httpx
import pytest
from argon2 import PasswordHasher
from tests.web.site import BASE, FAST, PASSWORD, Planted, Served, plant, served

from suyuan.config.serve import OidcSettings, ServeSettings
from suyuan.release.request import INVESTIGATION
from suyuan.terms import AccountId, RoleName
from suyuan.web.caller import Caller
from suyuan.web.identity.passwords import Passwords
from suyuan.web.rights import STANDARD

PROVIDER = OidcSettings(issuer="https://id.example", audience="door")


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Planted:
    return plant(tmp_path_factory.mktemp("identities"), people=4)


def tell(planted: Planted, story: Callable[[Served], Awaitable[None]], *, settings: ServeSettings = FAST) -> None:
    async def run() -> None:
        async with served(planted, settings=settings) as site:
            await story(site)

    asyncio.run(run())


@pytest.fixture
def believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every token of three parts is the provider's, and its first part is the account: only what follows is tested."""

    async def caller(_: object, token: str) -> Caller:
        role = RoleName("staff")
        return Caller(account=AccountId(token.rsplit(".", 2)[0]), roles=frozenset({role}), rights=STANDARD[role])

    monkeypatch.setattr("suyuan.web.identity.oidc.Provider.caller", caller)


@pytest.mark.usefixtures("believed")
def test_a_provider_cannot_name_an_account_that_signs_in_here_nor_the_programs_own(planted: Planted) -> None:
    async def story(site: Served) -> None:
        async def status(account: str) -> int:
            return (await site.call("GET", "/me", headers={"authorization": f"Bearer {account}.b.c"})).status_code

        assert await status("newcomer") == 200
        assert await status("clerk-1") == 401, "it has a password and a key here"
        made = await site.call("PUT", "/release/accounts/robot", by="root", json={"roles": []})
        assert made.status_code == 200
        assert await status("robot") == 200, "made here to be disabled, or for nothing: it signs in at the provider"
        key = await site.call("POST", "/release/accounts/robot/keys", by="root", json={})
        assert await status("robot") == 401, "it has a key now"
        await site.call("DELETE", f"/release/keys/{key.json()['id']}", by="root")
        assert await status("robot") == 200
        await site.call("PUT", "/release/accounts/robot", by="root", json={"disabled": True})
        assert await status("robot") == 401
        for name in (INVESTIGATION.id, "Suyuan.Investigation", "suyuan.maintenance"):
            assert await status(name) == 401
            own = await site.call("PUT", f"/release/accounts/{name}", by="root", json={"roles": ["staff"]})
            assert (own.status_code, own.json()["code"]) == (403, "release.account")

    tell(planted, story, settings=replace(FAST, oidc=PROVIDER))


class _Held(Passwords):
    """Holds each check of a password back until it is let go."""

    def __init__(self) -> None:
        super().__init__(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        self.begun, self.go = threading.Event(), threading.Event()

    def is_right(self, password: str, *, stored: str) -> bool:
        """See `Passwords.is_right`."""
        self.begun.set()
        assert self.go.wait(20)
        return super().is_right(password, stored=stored)


def _hold_back(site: Served) -> _Held:
    held = _Held()
    site.server.service.proving._passwords = held
    return held


@pytest.mark.parametrize("change", [{"disabled": True}, {"password": "quite another password"}])
def test_a_password_that_ends_while_it_is_checked_opens_nothing(tmp_path: Path, change: dict[str, object]) -> None:
    planted = plant(tmp_path, people=4)

    async def story(site: Served) -> None:
        held = _hold_back(site)
        signing = asyncio.create_task(site.call("POST", "/session", json={"account": "clerk-1", "password": PASSWORD}))
        assert await asyncio.to_thread(held.begun.wait, 20)
        changed = await site.call("PUT", "/release/accounts/clerk-1", by="root", json=change)
        assert changed.status_code == 200
        held.go.set()
        assert (await signing).status_code == 401

    tell(planted, story)


def test_what_was_read_of_an_account_before_it_was_disabled_is_not_believed_after(planted: Planted) -> None:
    async def story(site: Served) -> None:
        proving = site.server.service.proving
        read, go = asyncio.Event(), asyncio.Event()
        proven = proving._proven

        async def slow(token: str) -> tuple[Caller, datetime | None]:
            found = await proven(token)
            if found[0].account == "clerk-2" and not read.is_set():
                read.set()
                await go.wait()
            return found

        proving._proven = slow  # type: ignore[method-assign]
        asked = asyncio.create_task(site.call("GET", "/me", by="clerk-2"))
        await read.wait()
        ended = await site.call("PUT", "/release/accounts/clerk-2", by="root", json={"disabled": True})
        assert ended.status_code == 200
        go.set()
        assert (await asked).status_code == 401
        assert (await site.call("GET", "/me", by="clerk-2")).status_code == 401
        await site.call("PUT", "/release/accounts/clerk-2", by="root", json={"disabled": False})

    tell(planted, story)


def test_a_flood_of_sign_ins_is_sent_away_and_keeps_nobody_else_waiting(planted: Planted) -> None:
    async def story(site: Served) -> None:
        held = _hold_back(site)
        flood = [
            asyncio.create_task(site.call("POST", "/session", json={"account": f"nobody-{at}", "password": "x"}))
            for at in range(80)
        ]
        done, _ = await asyncio.wait(flood, timeout=5)
        assert {task.result().status_code for task in done} == {503}
        assert len(done) >= 40
        assert (await site.lookup(purpose="delivery", case=planted.case("clerk-1", 0))).status_code == 200
        held.go.set()
        assert {answer.status_code for answer in await asyncio.gather(*flood)} == {401, 503}

    tell(planted, story)


def test_an_address_is_what_the_proxy_said_last_and_a_household_counts_once(planted: Planted) -> None:
    async def story(site: Served) -> None:
        async def status(client: str, lines: list[tuple[str, str]]) -> int:
            transport = httpx.ASGITransport(app=site.server.face, client=(client, 1))
            async with httpx.AsyncClient(transport=transport, base_url=BASE) as caller:
                return (await caller.get("/health", headers=lines)).status_code

        forged = [("x-forwarded-for", f"198.51.100.{at}") for at in range(8)]
        told = [await status("10.0.0.1", [line, ("x-forwarded-for", "203.0.113.9")]) for line in forged]
        assert told == [200] * 3 + [429] * 5, "a line of the caller's own, before the proxy's, is nobody's word"
        joined = [await status("10.0.0.1", [("x-forwarded-for", f"198.51.100.{at}, 203.0.113.8")]) for at in range(8)]
        assert joined == [200] * 3 + [429] * 5
        house = [await status(f"2001:db8:1:2::{at:x}", []) for at in range(8)]
        assert house == [200] * 3 + [429] * 5
        assert await status("2001:db8:1:3::1", []) == 200
        mapped = [
            await status(client, []) for client in ("::ffff:192.0.2.1", "192.0.2.1", "::ffff:c000:201", "192.0.2.1")
        ]
        assert mapped == [200] * 3 + [429]
        assert await status("10.0.0.2", [("x-forwarded-for", "203.0.113.9")]) == 200, "no proxy: its word is nothing"

    slow = replace(FAST, proxies=("10.0.0.1",), address_requests_per_second=0.01, address_burst=3)
    tell(planted, story, settings=slow)
