"""Tokens of an OpenID provider: found by discovery, verified by its published keys, mapped to account and roles."""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Final

import httpx
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from suyuan.config.serve import OidcSettings
from suyuan.errors import RefusedError, UnavailableError
from suyuan.legible import require_id
from suyuan.terms import AccountId, Clock, RoleName
from suyuan.web.caller import Caller
from suyuan.web.problems import RequestError
from suyuan.web.rights import Right, rights_of

DISCOVERY: Final = "/.well-known/openid-configuration"
LEEWAY_SECONDS: Final = 30
KEEP_SECONDS: Final = 3600
"""How long keys are kept before they are asked for again."""
PAUSE_SECONDS: Final = 10
"""How long after asking an unknown key's name asks again: whoever invents names must not make us ask for each."""

_TYPES: Final = ("at+jwt", "application/at+jwt", "jwt")
_LONGEST: Final = 16_384
_MOST_BYTES: Final = 1_048_576
_REMEMBERED: Final = 4096
_SECONDS: Final = 5.0

Steady = Callable[[], float]
"""Seconds of a clock that never runs backwards."""


class Provider:
    """Believes one provider's tokens. Lives on one event loop.

    Keys rotate: a token that names a key which is not known makes the keys be fetched once more.
    """

    def __init__(
        self,
        settings: OidcSettings,
        *,
        clock: Clock,
        steady: Steady,
        rights: Mapping[RoleName, frozenset[Right]],
        client: httpx.AsyncClient | None = None,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._steady = steady
        self._rights = rights
        self._client = client or httpx.AsyncClient(timeout=_SECONDS, follow_redirects=False)
        self._registry = jws.JWSRegistry(algorithms=list(settings.algorithms))
        self._keys = KeySet([])
        self._names: frozenset[str] = frozenset()
        self._asked = self._tried = -float("inf")
        self._turn = asyncio.Lock()
        self._known: OrderedDict[bytes, tuple[Caller, float]] = OrderedDict()

    async def close(self) -> None:
        """Close the connections to the provider."""
        await self._client.aclose()

    async def caller(self, token: str) -> Caller:
        """Give who a token says is calling.

        Raises: RequestError `serve.unauthenticated`: it is not this provider's, not for us, or not now.
            UnavailableError `serve.provider`: the provider's keys cannot be had.
        """
        if len(token) > _LONGEST or token.count(".") != 2:
            raise untrusted()
        digest = hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
        known = self._known.get(digest)
        now = self._clock.now().timestamp()
        if known is not None and now < known[1]:
            return known[0]
        claims = await self._verified(token)
        caller = self._read(claims)
        expires = claims["exp"]
        assert isinstance(expires, int | float)
        self._known[digest] = (caller, min(float(expires), now + 60))
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return caller

    async def _verified(self, token: str) -> Mapping[str, object]:
        try:
            header = jws.extract_compact(token.encode("ascii")).headers()
        except (JoseError, ValueError):
            raise untrusted() from None
        kid = header.get("kid")
        if header.get("alg") not in self._settings.algorithms or "crit" in header:
            raise untrusted()
        if str(header.get("typ", "jwt")).lower() not in _TYPES:
            raise untrusted()
        if not isinstance(kid, str) or not kid:
            raise untrusted()
        await self._have_key(kid)
        if kid not in self._names:
            raise untrusted()
        try:
            read = jwt.decode(token, self._keys, registry=self._registry)
            self._law(self._clock.now()).validate(read.claims)
        except (JoseError, ValueError, TypeError):
            raise untrusted() from None
        return read.claims

    def _law(self, now: datetime) -> jwt.JWTClaimsRegistry:
        return jwt.JWTClaimsRegistry(
            now=int(now.timestamp()),
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": self._settings.issuer},
            aud={"essential": True, "value": self._settings.audience},
            exp={"essential": True},
        )

    async def _have_key(self, kid: str) -> None:
        """Have the provider's keys: fetched at first, when they are old, and when one is named that is not among them."""
        if kid in self._names and self._steady() - self._asked < KEEP_SECONDS:
            return  # Not behind the lock: whoever invents names makes others wait there for a slow provider.
        async with self._turn:
            now = self._steady()
            if kid in self._names and now - self._asked < KEEP_SECONDS:
                return
            if now - self._tried < (PAUSE_SECONDS if self._names else 1):
                if not self._names:
                    raise _away("it did not answer a moment ago")
                return
            self._tried = now
            try:
                await self._fetch()
            except UnavailableError:
                # Keys at hand go on counting while the provider is away; a name that is not among them does not.
                if kid not in self._names:
                    raise

    async def _fetch(self) -> None:
        issuer = self._settings.issuer.rstrip("/")
        found = await self._get(issuer + DISCOVERY)
        if found.get("issuer") != self._settings.issuer:
            raise _away("it calls itself by another name than `issuer` in [serve.oidc]")
        place = found.get("jwks_uri")
        if not isinstance(place, str) or not place.startswith(("https://", self._plain())):
            raise _away("it names no place of its keys")
        listed = (await self._get(place)).get("keys")
        keys = [key for key in listed if isinstance(key, dict)] if isinstance(listed, list) else []
        # Only public signing keys with a name: nothing symmetric can come in by this way.
        usable = [
            {str(name): value for name, value in key.items() if name != "key_ops"}
            for key in keys
            if key.get("kty") in ("RSA", "EC", "OKP")
            and key.get("use", "sig") == "sig"
            and isinstance(key.get("kid"), str)
        ]
        try:
            self._keys = KeySet.import_key_set({"keys": usable})
        except (JoseError, ValueError, TypeError, KeyError):
            raise _away("its keys cannot be read") from None
        self._names = frozenset(key["kid"] for key in usable)
        self._asked = self._steady()

    def _plain(self) -> str:
        """Give the beginning of an URL without TLS that is allowed: the issuer's own, where the site set it so."""
        return "http://" if self._settings.issuer.startswith("http://") else "https://"

    async def _get(self, url: str) -> Mapping[str, object]:
        try:
            async with self._client.stream("GET", url, headers={"Accept": "application/json"}) as answer:
                if answer.status_code != HTTPStatus.OK:
                    raise _away(f"it answers with status {answer.status_code}")
                body = b""
                async for part in answer.aiter_bytes():
                    body += part
                    if len(body) > _MOST_BYTES:
                        raise _away("it answers with too much")
        except httpx.HTTPError as error:
            raise _away("it does not answer") from error
        try:
            found = httpx.Response(HTTPStatus.OK, content=body).json()
        except ValueError:
            raise _away("it answers with something else than JSON") from None
        if not isinstance(found, dict):
            raise _away("it answers with something else than an object")
        return found

    def _read(self, claims: Mapping[str, object]) -> Caller:
        account = claims.get(self._settings.account_claim)
        if not isinstance(account, str):
            raise untrusted()
        try:
            require_id(account, what="account")
        except RefusedError:
            raise untrusted() from None
        roles = frozenset(self._roles(_at(claims, path=self._settings.roles_claim)))
        attributes = {
            name: value
            for name, path in self._settings.attributes.items()
            if isinstance(value := _at(claims, path=path), str) and len(value) <= 256
        }
        return Caller(
            account=AccountId(account),
            roles=roles,
            attributes=attributes,
            rights=rights_of(roles, table=self._rights),
        )

    def _roles(self, found: object) -> list[RoleName]:
        names = found.split() if isinstance(found, str) else found if isinstance(found, list) else []
        given = [name for name in names if isinstance(name, str)]
        if not self._settings.roles:
            return [RoleName(name) for name in given]
        return [RoleName(self._settings.roles[name]) for name in given if name in self._settings.roles]


def _at(claims: Mapping[str, object], *, path: str) -> object:
    """Give what stands at a path with dots; a claim whose own name has dots (an URL) is found by its whole name."""
    if path in claims:
        return claims[path]
    found: object = claims
    for part in path.split("."):
        if not isinstance(found, Mapping) or part not in found:
            return None
        found = found[part]
    return found


def untrusted() -> RequestError:
    """Give the refusal of whoever is not proven; it does not say what was wrong with the proof."""
    return RequestError(
        "who you are is not proven",
        status=HTTPStatus.UNAUTHORIZED,
        code="serve.unauthenticated",
        hint="send `Authorization: Bearer` with an API key, a session's token or a token of the provider",
    )


def _away(why: str) -> UnavailableError:
    return UnavailableError(f"the OpenID provider's keys cannot be had: {why}", code="serve.provider")
