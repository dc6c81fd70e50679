"""What the routes stand on: one object a server, and how a request's caller, words and key reach the store."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from litestar import Request

from suyuan.config.serve import ServeSettings
from suyuan.errors import RefusedError
from suyuan.terms import Clock, Entropy
from suyuan.web.caller import Caller
from suyuan.web.face import header, noted
from suyuan.web.groups import Ask, Given
from suyuan.web.identity.proving import Proving
from suyuan.web.measures import Measures
from suyuan.web.once import Once
from suyuan.web.site import Site
from suyuan.web.waiting import Opened

CALLER: Final = "suyuan.caller"

REFUSAL_STEP_SECONDS: Final = 0.05

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

    async def ask(self, ask: Ask) -> Given:
        """Ask the door. A refusal leaves at the next step of a clock that began with the request.

        A person who is there has a label and keys, which take their time; one who is not has none. The step hides which.

        Raises: as `Site.ask`.
        """
        begun = time.monotonic()
        try:
            return await self.site.ask(ask)
        except RefusedError:
            await _next_step(begun)
            raise

    async def search(self, work: Callable[[Opened], T]) -> T:
        """Look for somebody in the store; whatever is found leaves at a step of the clock, as refusals of `ask` do.

        Raises: as `Site.run`.
        """
        begun = time.monotonic()
        try:
            return await self.site.run(work)
        finally:
            await _next_step(begun)

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


async def _next_step(begun: float) -> None:
    await asyncio.sleep(REFUSAL_STEP_SECONDS - (time.monotonic() - begun) % REFUSAL_STEP_SECONDS)


def caller_of(request: Asked) -> Caller:
    """Give who calls; the guard has proven it before the route began."""
    caller = noted(request.scope, CALLER)
    assert isinstance(caller, Caller)
    return caller
