"""Tokens of a real OpenID provider at the door: believed when they are its own, for us, and now."""

import asyncio
import base64
import json
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from tests.oidc.provider import AUDIENCE, HERE, Provider, free_port, provider
from tests.web.site import FAST, Planted, Served, plant, served

from suyuan.app import open_store
from suyuan.config.serve import OidcSettings, ServeSettings
from suyuan.hold.ports import CaseLink
from suyuan.release.accounts import Account
from suyuan.terms import AccountId, CaseId, PersonNumber
from suyuan.web.identity import oidc

CLERK = AccountId("oidc-clerk")
CASE = CaseId("oidc-case")


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def running(port: int) -> Iterator[Provider]:
    with provider(port) as started:
        yield started


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Planted:
    made = plant(tmp_path_factory.mktemp("oidc"), people=4)
    with open_store(made.folder) as store:
        opened = datetime(2020, 1, 1, tzinfo=UTC)
        store.vault.add_cases((CaseLink(case=CASE, account=CLERK, person=PersonNumber(0), opened=opened, closed=None),))
    return made


def settings(issuer: str, *, audience: str) -> ServeSettings:
    return replace(
        FAST,
        oidc=OidcSettings(
            issuer=issuer,
            audience=audience,
            account_claim="preferred_username",
            roles_claim="realm_access.roles",
            roles={"courier-staff": "staff"},
            attributes={"outlet": "outlet"},
        ),
    )


def tell(
    planted: Planted, issuer: str, story: Callable[[Served], Awaitable[None]], *, audience: str = AUDIENCE
) -> None:
    async def run() -> None:
        async with served(planted, settings=settings(issuer, audience=audience)) as site:
            await story(site)

    asyncio.run(run())


async def me(site: Served, token: str) -> httpx.Response:
    return await site.call("GET", "/me", headers={"authorization": f"Bearer {token}"})


def test_the_lock_of_the_provider_has_integrity_and_no_address() -> None:
    text = (HERE / "npm/package-lock.json").read_text(encoding="utf-8")
    assert "://" not in text
    packages = {name: told for name, told in json.loads(text)["packages"].items() if name}
    assert packages
    assert all(told["integrity"].startswith("sha512-") for told in packages.values())


def test_a_token_names_account_roles_and_attributes(planted: Planted, running: Provider) -> None:
    async def story(site: Served) -> None:
        who = await me(site, running.token())
        assert who.status_code == 200, who.text
        assert who.json()["account"] == CLERK
        assert who.json()["roles"] == ["staff"]
        assert who.json()["attributes"] == {"outlet": "Pudong-3"}
        shown = await site.call(
            "POST",
            "/release/lookup",
            headers={"authorization": f"Bearer {running.token()}"},
            json={"purpose": "delivery", "case": CASE},
        )
        assert shown.status_code == 200, shown.text
        stranger = await site.call(
            "POST",
            "/release/lookup",
            headers={"authorization": f"Bearer {running.token('stranger')}"},
            json={"purpose": "delivery", "case": CASE},
        )
        assert (stranger.status_code, stranger.json()["code"]) == (403, "serve.right")

    tell(planted, running.issuer, story)


def test_a_token_for_somebody_else_is_nobodys(planted: Planted, running: Provider) -> None:
    async def story(site: Served) -> None:
        other = await me(site, running.token(resource="https://elsewhere.example/api"))
        assert (other.status_code, other.json()["code"]) == (401, "serve.unauthenticated")
        assert other.headers["www-authenticate"] == "Bearer"

    tell(planted, running.issuer, story)


def test_a_provider_may_sign_with_elliptic_curves(planted: Planted, running: Provider) -> None:
    audience = "https://door.example/ec"

    async def story(site: Served) -> None:
        token = running.token(resource=audience)
        assert json.loads(base64.urlsafe_b64decode(token.split(".")[0] + "=="))["alg"] == "ES256"
        assert (await me(site, token)).status_code == 200

    tell(planted, running.issuer, story, audience=audience)


def test_an_expired_token_is_nobodys(planted: Planted, running: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oidc, "LEEWAY_SECONDS", 0)
    audience = "https://door.example/short"
    token = ""

    async def in_time(site: Served) -> None:
        nonlocal token
        await me(site, running.token(resource=audience))  # Has the keys fetched: the next one is quick.
        token = running.token(resource=audience)
        assert (await me(site, token)).status_code == 200

    async def too_late(site: Served) -> None:
        assert (await me(site, token)).status_code == 401

    tell(planted, running.issuer, in_time, audience=audience)
    time.sleep(3)
    tell(planted, running.issuer, too_late, audience=audience)


def _forgeries(token: str, *, issuer: str) -> Iterator[tuple[str, str]]:
    head, body, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    header = json.loads(base64.urlsafe_b64decode(head + "=="))

    def encode(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    own = RSAKey.generate_key(2048)
    other_key = {"alg": "RS256", "kid": header["kid"], "typ": "at+jwt"}
    public = httpx.get(f"{issuer}/jwks").json()["keys"][0]
    secret = OctKey.import_key(json.dumps(public).encode() + b" " * 64)
    yield "no signature", f"{encode({**header, 'alg': 'none'})}.{body}."
    yield "none in capitals", f"{encode({**header, 'alg': 'NONE'})}.{body}.{signature}"
    yield "changed claims", f"{head}.{encode({**claims, 'preferred_username': 'root'})}.{signature}"
    yield "another key under its name", jwt.encode(other_key, claims, own)
    yield (
        "the public key as a secret",
        jwt.encode({"alg": "HS256", "kid": header["kid"]}, claims, secret, algorithms=["HS256"]),
    )
    yield "a key of the token's own", jwt.encode({**other_key, "jwk": own.as_dict(private=False)}, claims, own)
    yield "a key from an address", jwt.encode({**other_key, "kid": "mine", "jku": "http://192.0.2.1/jwks"}, claims, own)
    yield "no kid", f"{encode({k: v for k, v in header.items() if k != 'kid'})}.{body}.{signature}"
    yield "another type", f"{encode({**header, 'typ': 'logout+jwt'})}.{body}.{signature}"
    yield "critical extension", f"{encode({**header, 'crit': ['b64'], 'b64': False})}.{body}.{signature}"
    yield "cut off", token[:-8]
    yield "five parts", token + ".a.b"
    yield "empty", ".."


def test_what_is_forged_is_nobodys(planted: Planted, running: Provider) -> None:
    token = running.token()

    async def story(site: Served) -> None:
        for what, forged in _forgeries(token, issuer=running.issuer):
            answer = await me(site, forged)
            assert answer.status_code == 401, what
            assert answer.json()["detail"] == "who you are is not proven", "nothing of why is told"
        assert (await me(site, token)).status_code == 200

    tell(planted, running.issuer, story)


def test_keys_may_rotate(planted: Planted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oidc, "PAUSE_SECONDS", 0)
    at = free_port()

    async def story(site: Served) -> None:
        with provider(at, seed="old") as before:
            old = before.token()
            assert (await me(site, old)).status_code == 200
        away = await me(site, old)
        assert away.status_code == 200, "a token that was verified holds while the provider is away"
        with provider(at, seed="new") as after:
            assert (await me(site, after.token())).status_code == 200

    tell(planted, f"http://127.0.0.1:{at}", story)


def test_without_the_provider_nobody_is_proven_and_it_says_so(planted: Planted, running: Provider) -> None:
    async def story(site: Served) -> None:
        answer = await me(site, running.token())
        assert (answer.status_code, answer.json()["code"]) == (503, "serve.provider")
        assert "retry-after" in answer.headers

    tell(planted, f"http://127.0.0.1:{free_port()}", story)


def test_an_account_that_is_disabled_here_stays_out(planted: Planted, running: Provider) -> None:
    now = datetime.now(UTC)
    with open_store(planted.folder) as store:
        store.callers.save_account(Account(id=AccountId("oidc-nobody"), disabled=True, created=now, changed=now))

    async def story(site: Served) -> None:
        assert (await me(site, running.token("nobody"))).status_code == 401

    tell(planted, running.issuer, story)
