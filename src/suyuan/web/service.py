"""What the routes stand on: one object a server, and how a request's caller, words and key reach the store."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from litestar import Request

from suyuan.config.serve import ServeSettings
from suyuan.terms import Clock, Entropy
from suyuan.web.caller import Caller
from suyuan.web.face import header, noted
from suyuan.web.identity.proving import Proving
from suyuan.web.measures import Measures
from suyuan.web.once import Once
from suyuan.web.site import Site

CALLER: Final = "suyuan.caller"

Asked = Request[Any, Any, Any]
"""A request as Litestar gives it; its own type parameters are not used."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """The parts of one server."""

    site: Site
    proving: Proving
    once: Once
    settings: ServeSettings
    measures: Measures
    clock: Clock
    entropy: Entropy

    async def answer_once(
        self, request: Asked, work: Callable[[], Awaitable[T]], *, entry_of: Callable[[T], int | None]
    ) -> T:
        """Answer a request that may come twice under one `Idempotency-Key`."""
        key = header(request.scope, b"idempotency-key")
        if not key:
            return await work()
        body = await request.body()
        asked = f"{request.method} {request.url.path}\n".encode() + body
        return await self.once.answer(
            key, account=caller_of(request).account, request=asked, work=work, entry_of=entry_of
        )


def caller_of(request: Asked) -> Caller:
    """Give who calls; the guard has proven it before the route began."""
    caller = noted(request.scope, CALLER)
    assert isinstance(caller, Caller)
    return caller
