"""Keys, passwords and sessions: who is proven, for how long, and how slowly guessing goes."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.web.site import FAST, PASSWORD, Planted, Served, plant, quick_passwords, served

from suyuan.app import SystemEntropy
from suyuan.config.serve import ServeSettings
from suyuan.errors import RefusedError
from suyuan.terms import AccountId
from suyuan.web.identity.api_keys import make_key, opens, read_key
from suyuan.web.identity.passwords import FREE_FAILURES, LONGEST_WAIT_SECONDS, Failures
from suyuan.web.identity.sessions import Sessions
from suyuan.web.limits import Buckets
from suyuan.web.problems import RequestError, wants_chinese

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def tell(
    folder: Path, story: Callable[[Served], Awaitable[None]], *, settings: ServeSettings = FAST, people: int = 2
) -> Planted:
    planted = plant(folder, people=people)

    async def run() -> None:
        async with served(planted, settings=settings) as site:
            await story(site)

    asyncio.run(run())
    return planted


async def me(site: Served, token: str) -> int:
    return (await site.call("GET", "/me", headers={"authorization": f"Bearer {token}"})).status_code


def test_a_key_opens_until_it_ends() -> None:
    key, text = make_key(AccountId("a"), entropy=SystemEntropy(), now=NOW, expires=NOW + timedelta(days=1))
    read = read_key(text)
    assert read is not None
    name, digest = read
    assert name == key.id
    assert opens(key, digest=digest, now=NOW)
    assert not opens(key, digest=digest, now=NOW + timedelta(days=1))
    assert not opens(replace(key, revoked=True), digest=digest, now=NOW)
    assert not opens(key, digest=bytes(32), now=NOW)
    assert not opens(None, digest=digest, now=NOW)
    assert text.split("_")[2] not in repr(key)


@pytest.mark.parametrize(
    "text", ["", "sy_", "sy_a_b", "sy_" + "a" * 16 + "_" + "a" * 51, "sy_" + "A" * 16 + "_" + "a" * 52]
)
def test_what_is_no_key_is_none(text: str) -> None:
    assert read_key(text) is None


def test_failures_wait_longer_and_longer() -> None:
    failures, now = Failures(), 0.0
    for _ in range(FREE_FAILURES):
        assert failures.wait_seconds("a", now=now) == 0
        failures.failed("a", now=now)
    waits = []
    for _ in range(14):
        waits.append(failures.wait_seconds("a", now=now))
        now += waits[-1]
        assert failures.wait_seconds("a", now=now) == 0
        failures.failed("a", now=now)
    assert waits[:4] == [1, 2, 4, 8]
    assert waits[-1] == LONGEST_WAIT_SECONDS
    assert failures.wait_seconds("b", now=now) == 0
    failures.succeeded("a")
    assert failures.wait_seconds("a", now=now) == 0


def test_a_session_ends() -> None:
    sessions = Sessions(entropy=SystemEntropy(), lasts=timedelta(minutes=5))
    token, _ = sessions.open(AccountId("a"), now=NOW)
    other, _ = sessions.open(AccountId("a"), now=NOW)
    assert sessions.find(token, now=NOW) is not None
    assert sessions.find(token + "x", now=NOW) is None
    assert sessions.find(token, now=NOW + timedelta(minutes=5)) is None
    sessions.end_all(AccountId("a"))
    assert sessions.find(other, now=NOW) is None


def test_passwords_are_argon2id_and_nothing_stored_is_never_right() -> None:
    passwords = quick_passwords()
    stored = passwords.make(PASSWORD)
    assert stored.startswith("$argon2id$")
    assert passwords.is_right(PASSWORD, stored=stored)
    assert not passwords.is_right(PASSWORD + "x", stored=stored)
    assert not passwords.is_right("the password of nobody", stored="")
    assert not passwords.is_right(PASSWORD, stored="damaged")
    with pytest.raises(RefusedError, match="12 to 256"):
        passwords.make("short")


def test_a_bucket_refills() -> None:
    buckets = Buckets(per_second=2.0, burst=3)
    for _ in range(3):
        buckets.take("a", now=0.0)
    with pytest.raises(RequestError) as refused:
        buckets.take("a", now=0.0)
    assert refused.value.retry_seconds == 1
    buckets.take("b", now=0.0)
    buckets.take("a", now=0.6)
    with pytest.raises(RequestError):
        buckets.take("a", now=0.7)


@pytest.mark.parametrize(
    ("header", "chinese"),
    [
        ("", False),
        ("zh", True),
        ("en,zh;q=0.5", False),
        ("zh-TW, en;q=0.9", True),
        ("fr, zh;q=0.1", True),
        ("zh;q=x", False),
    ],
)
def test_languages(header: str, chinese: bool) -> None:
    assert wants_chinese(header) is chinese


def test_a_local_user_signs_in_and_out(tmp_path: Path) -> None:
    async def story(site: Served) -> None:
        signed = await site.call("POST", "/session", json={"account": "clerk-1", "password": PASSWORD})
        assert signed.status_code == 201, signed.text
        token = signed.json()["token"]
        assert "set-cookie" not in signed.headers
        assert await me(site, token) == 200
        ended = await site.call("DELETE", "/session", headers={"authorization": f"Bearer {token}"})
        assert ended.status_code == 204
        assert await me(site, token) == 401

    tell(tmp_path, story)


def test_guessing_waits_whether_the_account_exists_or_not(tmp_path: Path) -> None:
    async def story(site: Served) -> None:
        for name in ("clerk-1", "no-such-account"):
            answers = [
                await site.call("POST", "/session", json={"account": name, "password": f"wrong password {at}"})
                for at in range(FREE_FAILURES + 2)
            ]
            codes = [answer.json()["code"] for answer in answers]
            assert codes == ["serve.password"] * FREE_FAILURES + ["serve.slow_down"] * 2
            assert int(answers[-1].headers["retry-after"]) >= 1
        right = await site.call("POST", "/session", json={"account": "clerk-1", "password": PASSWORD})
        assert right.status_code == 429, "the right password waits as well"

    tell(tmp_path, story)


def test_tries_at_once_are_no_way_round_the_waiting(tmp_path: Path) -> None:
    async def story(site: Served) -> None:
        answers = await asyncio.gather(
            *(
                site.call("POST", "/session", json={"account": "clerk-1", "password": f"wrong password {at}"})
                for at in range(40)
            )
        )
        checked = [answer for answer in answers if answer.json()["code"] == "serve.password"]
        assert len(checked) == FREE_FAILURES

    tell(tmp_path, story)


def test_an_administrator_makes_and_ends_accounts_and_keys(tmp_path: Path) -> None:
    async def story(site: Served) -> None:
        async def put(account: str, **body: object) -> int:
            return (await site.call("PUT", f"/release/accounts/{account}", by="root", json=body)).status_code

        assert await put("new", roles=["staff"], attributes={"outlet": "3"}, password=PASSWORD) == 200
        signed = await site.call("POST", "/session", json={"account": "new", "password": PASSWORD})
        token = signed.json()["token"]
        made = await site.call("POST", "/release/accounts/new/keys", by="root", json={})
        assert made.status_code == 201, made.text
        key = made.json()["key"]
        assert await me(site, token) == await me(site, key) == 200
        listed = await site.call("GET", "/release/accounts/new/keys", by="root")
        assert [one["id"] for one in listed.json()["keys"]] == [made.json()["id"]]
        assert key not in listed.text
        accounts = await site.call("GET", "/release/accounts?count=3", by="root")
        assert len(accounts.json()["accounts"]) == 3
        assert "argon2" not in accounts.text
        after = await site.call("GET", f"/release/accounts?after={accounts.json()['next']}", by="root")
        assert accounts.json()["accounts"][-1]["id"] < after.json()["accounts"][0]["id"]
        revoked = await site.call("DELETE", f"/release/keys/{made.json()['id']}", by="root")
        assert revoked.status_code == 204
        assert await me(site, key) == 401
        assert await put("new", disabled=True) == 200
        assert await me(site, token) == 401, "disabling counts at once"
        assert (await site.call("DELETE", "/release/keys/none", by="root")).status_code == 404
        assert (await site.call("POST", "/release/accounts/none/keys", by="root", json={})).status_code == 404

    tell(tmp_path, story)


def test_nobody_changes_what_they_themselves_may_do(tmp_path: Path) -> None:
    async def story(site: Served) -> None:
        own = await site.call("PUT", "/release/accounts/root", by="root", json={"roles": ["administrator", "staff"]})
        assert (own.status_code, own.json()["code"]) == (403, "serve.right")
        for by in ("clerk-1", "shop", "guest", "boss"):
            other = await site.call("PUT", "/release/accounts/clerk-1", by=by, json={"roles": ["administrator"]})
            assert (other.status_code, other.json()["code"]) == (403, "serve.right")

    tell(tmp_path, story)


def test_an_account_that_asks_too_often_waits(tmp_path: Path) -> None:
    settings = replace(FAST, requests_per_second=0.5, burst=3)

    async def story(site: Served) -> None:
        answers = [await site.call("GET", "/me", by="clerk-1") for _ in range(5)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
        assert int(answers[-1].headers["retry-after"]) >= 1
        assert (await site.call("GET", "/me", by="clerk-2")).status_code == 200

    tell(tmp_path, story, settings=settings)


def test_an_address_that_asks_too_often_waits_before_anybody_is_proven(tmp_path: Path) -> None:
    settings = replace(FAST, address_requests_per_second=0.5, address_burst=3, proxies=("192.0.2.7",))

    async def story(site: Served) -> None:
        async def health(hops: str) -> int:
            return (await site.call("GET", "/health", headers={"x-forwarded-for": hops})).status_code

        # The settings name the proxy: its own last word on the address counts, whatever the caller put before it.
        assert [await health(f"10.0.0.{at}, 198.51.100.1") for at in range(5)] == [200, 200, 200, 429, 429]
        assert await health("198.51.100.1, 198.51.100.2") == 200

    tell(tmp_path, story, settings=settings)


def test_a_role_has_what_the_settings_say_and_nothing_else(tmp_path: Path) -> None:
    async def story(site: Served) -> None:
        who = await site.call("GET", "/me", by="clerk-1")
        assert who.json()["rights"] == ["release.find"]
        assert (await site.lookup(purpose="delivery", case="x")).json()["code"] == "serve.right"
        assert (await site.call("GET", "/me", by="root")).json()["rights"] == []

    tell(tmp_path, story, settings=replace(FAST, rights={"staff": ("release.find",)}))
