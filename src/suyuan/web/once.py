"""Idempotency keys: a request that is sent twice is answered twice, and releases once."""

import asyncio
import hashlib
import hmac
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, TypeVar

from suyuan.errors import RefusedError, UnavailableError
from suyuan.release.accounts import RememberedKey
from suyuan.terms import AccountId, Clock
from suyuan.web.problems import RequestError
from suyuan.web.site import Site
from suyuan.web.waiting import Opened

KEEP_SECONDS: Final = 600.0
"""How long an answer itself is kept. It holds values, so it stays in this process's memory, and not for long."""

LONGEST: Final = 128
_MOST: Final = 2048
_MOST_BYTES: Final = 64 << 20
"""What may be remembered at a time, in bytes of requests: an answer with rows is about as long as its request."""
_SECRET: Final = "request-key"

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    request: bytes
    size: int
    answer: "asyncio.Task[Any]"  # Any: each route's own answer.
    at: float


class Once:
    """Answers each keyed request once. Lives on one event loop.

    While this process remembers the answer, the same request gets it again. Afterwards the store knows by which
    ledger entry it was answered: a repetition is told that entry, and nothing is let out anew.
    """

    def __init__(self, site: Site, *, clock: Clock, steady: Callable[[], float]) -> None:
        self._site = site
        self._clock = clock
        self._steady = steady
        self._kept: OrderedDict[tuple[str, str], _Kept] = OrderedDict()

    async def answer(
        self,
        key: str,
        *,
        account: AccountId,
        request: bytes,
        work: Callable[[], Awaitable[T]],
        entry_of: Callable[[T], int | None],
    ) -> T:
        """Give the answer of `work`, done at most once for a key.

        Args:
            key: the header `Idempotency-Key`; "" where the caller sent none.
            request: what was asked, byte for byte, route included.
            entry_of: the ledger entry that answers; None where nothing was let out.
        Raises: as `work`. RequestError `serve.key_reused`: the key came with another request before; `serve.key_done`:
            it was answered before, and the answer is not remembered; `serve.body`: no key that can be used.
        """
        if not key:
            return await work()
        if len(key) > LONGEST or not key.isascii() or not key.isprintable():
            raise RequestError(
                f"an idempotency key is of 1 to {LONGEST} visible ASCII characters",
                status=HTTPStatus.BAD_REQUEST,
                code="serve.body",
                fields=("Idempotency-Key",),
            )
        self._forget_old(len(request))
        digest = hashlib.sha256(request).digest()
        kept = self._kept.get((account, key))
        if kept is not None:
            if not hmac.compare_digest(kept.request, digest):
                raise _reused()
            given: T = await asyncio.shield(kept.answer)
            return given
        # A task of its own: a caller who hangs up does not end what is under way, and finds it when calling again.
        task = asyncio.create_task(self._first(key, account=account, request=request, work=work, entry_of=entry_of))
        self._kept[(account, key)] = _Kept(request=digest, size=len(request), answer=task, at=self._steady())
        task.add_done_callback(lambda done: self._drop_failed((account, key), done=done))
        return await asyncio.shield(task)

    async def _first(
        self,
        key: str,
        *,
        account: AccountId,
        request: bytes,
        work: Callable[[], Awaitable[T]],
        entry_of: Callable[[T], int | None],
    ) -> T:
        name, body, known = await self._site.run(lambda opened: _remembered(opened, key, account, request))
        if known is not None:
            if not hmac.compare_digest(known.request, body):
                raise _reused()
            raise RequestError(
                f"this request was answered by ledger entry {known.entry}; it is not released again",
                status=HTTPStatus.CONFLICT,
                code="serve.key_done",
                hint="use a new key to ask anew",
            )
        given = await work()
        entry = entry_of(given)
        if entry is not None:
            now = self._clock.now()
            # Before the answer leaves: a crash in between loses the answer, and never lets it out twice.
            await self._site.run(
                lambda opened: opened.store.callers.remember_key(
                    name, account=account, request=body, entry=entry, at=now
                )
            )
        return given

    def _drop_failed(self, name: tuple[str, str], *, done: "asyncio.Task[Any]") -> None:
        """Keep answers and refusals; what failed for now may be tried again under the same key."""
        error = None if done.cancelled() else done.exception()
        passing = isinstance(error, UnavailableError) or getattr(error, "retry_seconds", 0) > 0
        if done.cancelled() or passing or (error is not None and not isinstance(error, RefusedError)):
            self._kept.pop(name, None)

    def _forget_old(self, size: int) -> None:
        """Forget what is old, and make room for one more; what is under way stays, or it could begin a second time."""
        now, held = self._steady(), size + sum(one.size for one in self._kept.values())
        over = len(self._kept) + 1 - _MOST
        for name, one in list(self._kept.items()):
            if now - one.at < KEEP_SECONDS and over <= 0 and held <= _MOST_BYTES:
                return
            if one.answer.done():
                del self._kept[name]
                over, held = over - 1, held - one.size


def _remembered(
    opened: Opened, key: str, account: AccountId, request: bytes
) -> tuple[bytes, bytes, RememberedKey | None]:
    """Give key and request as the store knows them, keyed: a body may hold a value that could be guessed.

    The request is keyed by the caller's key too, which is kept nowhere: whoever holds every key of ours, after an erasure
    too, cannot try out which request an entry answered.
    """
    secret = opened.store.broker.named(_SECRET)
    name = hmac.digest(secret, b"key\x00" + account.encode() + b"\x00" + key.encode("ascii"), "sha256")
    body = hmac.digest(secret, b"request\x00" + key.encode("ascii") + b"\x00" + request, "sha256")
    return name, body, opened.store.callers.remembered(name, account=account)


def _reused() -> RequestError:
    return RequestError(
        "this idempotency key came with another request before",
        status=HTTPStatus.UNPROCESSABLE_ENTITY,
        code="serve.key_reused",
        hint="use a new key for each request",
    )
