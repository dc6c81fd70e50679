"""Who a request comes from: its `Authorization` header, proven by whichever kind of proof it holds."""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from http import HTTPStatus
from typing import Final

from suyuan.release.accounts import Account, AccountStore, ApiKey, is_reserved
from suyuan.terms import AccountId, Clock, RoleName
from suyuan.web.caller import Caller
from suyuan.web.identity import api_keys
from suyuan.web.identity.oidc import Provider, untrusted
from suyuan.web.identity.passwords import Failures, Passwords
from suyuan.web.identity.sessions import PREFIX, Session, Sessions
from suyuan.web.problems import RequestError
from suyuan.web.rights import Right, rights_of
from suyuan.web.site import Site

KEEP_SECONDS: Final = 5.0
"""How long what the store says of a key or account is believed; changes made through this server count at once."""

_REMEMBERED: Final = 4096
_SCHEME: Final = "bearer "
_HASHING: Final = 2
"""Passwords checked at a time: each takes 64 MiB and tens of milliseconds."""
_TO_HASH: Final = 32
"""Passwords that may wait to be checked: whoever floods the signing in keeps others out of it, and of nothing else."""

Steady = Callable[[], float]


class Proving:
    """Proves callers: by API key, by session, or by a token of the provider. Lives on one event loop."""

    def __init__(
        self,
        site: Site,
        *,
        clock: Clock,
        steady: Steady,
        rights: Mapping[RoleName, frozenset[Right]],
        sessions: Sessions,
        passwords: Passwords,
        provider: Provider | None,
    ) -> None:
        self._site = site
        self._clock = clock
        self._steady = steady
        self._rights = rights
        self._sessions = sessions
        self._passwords = passwords
        self._provider = provider
        self._failures = Failures()
        self._hashing = asyncio.Semaphore(_HASHING)
        self._to_hash = 0
        self._changes = 0
        self._known: OrderedDict[bytes, tuple[Caller, float, datetime | None]] = OrderedDict()

    async def caller(self, authorization: str) -> Caller:
        """Give who sends this header.

        Raises: RequestError `serve.unauthenticated`: nobody is proven by it. UnavailableError: it cannot be told now.
        """
        if authorization[: len(_SCHEME)].lower() != _SCHEME:
            raise untrusted()
        token = authorization[len(_SCHEME) :].strip()
        if not token.isascii() or not token:
            raise untrusted()
        digest = hashlib.sha256(token.encode("ascii")).digest()
        known = self._known.get(digest)
        if known is not None and self._steady() < known[1] and (known[2] is None or self._clock.now() < known[2]):
            return known[0]
        while True:
            changes = self._changes
            caller, expires = await self._proven(token)
            # What was read before an account was changed is not believed after it.
            if changes == self._changes:
                break
        self._known[digest] = (caller, self._steady() + KEEP_SECONDS, expires)
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return caller

    async def sign_in(self, account: AccountId, *, password: str) -> tuple[str, Session]:
        """Open a session for a local user.

        An account that does not exist, has no password or is disabled is refused like a wrong password, after the
        same work; failures in a row make the next try wait.

        Raises: RequestError `serve.password`, `serve.slow_down`.
        """
        wait = self._failures.wait_seconds(account, now=self._steady())
        if wait:
            raise RequestError(
                "too many failures in a row",
                status=HTTPStatus.TOO_MANY_REQUESTS,
                code="serve.slow_down",
                hint="wait as long as Retry-After says; every further failure doubles it",
                retry_seconds=wait,
            )
        with self._place():
            # Counted before it is checked, so that many tries at once are no way round the waiting.
            self._failures.failed(account, now=self._steady())
            found = await self._account(account)
            stored = "" if found is None else found.password
            async with self._hashing:
                right = await asyncio.to_thread(self._passwords.is_right, password, stored=stored)
        # Read again: the password may have been changed, or the account disabled, while it was checked.
        found = await self._account(account)
        if not right or found is None or found.disabled or found.password != stored:
            raise RequestError(
                "account or password is not right", status=HTTPStatus.UNAUTHORIZED, code="serve.password"
            )
        self._failures.succeeded(account)
        return self._sessions.open(account, now=self._clock.now())

    async def hashed(self, password: str) -> str:
        """Give what is stored of a new password. Raises: RefusedError `release.password`."""
        with self._place():
            async with self._hashing:
                return await asyncio.to_thread(self._passwords.make, password)

    @contextmanager
    def _place(self) -> Iterator[None]:
        """Give one of the places in which passwords wait to be checked. Raises: RequestError `serve.busy`."""
        if self._to_hash >= _TO_HASH:
            raise RequestError(
                "too many passwords wait to be checked",
                status=HTTPStatus.SERVICE_UNAVAILABLE,
                code="serve.busy",
                retry_seconds=2,
            )
        self._to_hash += 1
        try:
            yield
        finally:
            self._to_hash -= 1

    def sign_out(self, authorization: str) -> None:
        """End the session whose token a header holds."""
        self._sessions.end(authorization[len(_SCHEME) :].strip())
        self._known.clear()

    def forget(self, account: AccountId, *, sessions: bool) -> None:
        """Believe nothing of what was known of an account; perhaps end its sessions too."""
        self._changes += 1
        self._known.clear()
        if sessions:
            self._sessions.end_all(account)

    async def _proven(self, token: str) -> tuple[Caller, datetime | None]:
        if api_keys.is_key(token):
            return await self._by_key(token)
        if token.startswith(PREFIX):
            session = self._sessions.find(token, now=self._clock.now())
            if session is None:
                raise untrusted()
            return self._of(await self._account(session.account)), session.expires
        if self._provider is None:
            raise untrusted()
        caller = await self._provider.caller(token)
        if not await self._site.run(lambda opened: _is_providers(caller.account, accounts=opened.store.callers)):
            raise untrusted()
        return caller, None

    async def _by_key(self, token: str) -> tuple[Caller, datetime | None]:
        read = api_keys.read_key(token)
        if read is None:
            raise untrusted()
        name, digest = read
        key, account = await self._site.run(lambda opened: _key_of(name, accounts=opened.store.callers))
        if not api_keys.opens(key, digest=digest, now=self._clock.now()):
            raise untrusted()
        return self._of(account), None if key is None else key.expires

    async def _account(self, account: AccountId) -> Account | None:
        return await self._site.run(lambda opened: opened.store.callers.account(account))

    def _of(self, account: Account | None) -> Caller:
        if account is None or account.disabled:
            raise untrusted()
        return Caller(
            account=account.id,
            roles=account.roles,
            attributes=dict(account.attributes),
            rights=rights_of(account.roles, table=self._rights),
        )


def _is_providers(name: AccountId, *, accounts: AccountStore) -> bool:
    """Say whether a provider's word may name this account.

    Whoever was disabled here stays out; and an account that signs in here, by a password or a key, is nobody's at the
    provider: whoever may choose a name there would have its cases.
    """
    if is_reserved(name):
        return False
    local = accounts.account(name)
    if local is None:
        return True
    return not local.disabled and not local.password and all(key.revoked for key in accounts.api_keys(name))


def _key_of(name: str, *, accounts: AccountStore) -> tuple[ApiKey | None, Account | None]:
    key = accounts.api_key(name)
    return key, None if key is None else accounts.account(key.account)
