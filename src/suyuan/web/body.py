"""A request's body as it comes in: at a fair pace, and whole."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any, Final

from suyuan.web.problems import RequestError

GRACE_SECONDS: Final = 20.0
"""How long a body may take however short it is; whoever sends a byte a minute must not hold a connection for ever."""

SLOWEST_BYTES_PER_SECOND: Final = 16_384
"""How fast a longer one must come, beyond the grace."""


class Body:
    """An ASGI `receive` that waits for a body no longer than is fair."""

    def __init__(self, receive: Callable[[], Awaitable[MutableMapping[str, Any]]]) -> None:
        self._receive = receive
        self._until = asyncio.get_running_loop().time() + GRACE_SECONDS
        self._whole = False

    async def __call__(self) -> MutableMapping[str, Any]:
        """Give the next message.

        Raises: RequestError `serve.body`: the body comes too slowly, or its sender is gone before it was whole.
        """
        if self._whole:
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._until):
                message = await self._receive()
        except TimeoutError:
            raise RequestError(
                "the body comes too slowly", status=HTTPStatus.REQUEST_TIMEOUT, code="serve.body"
            ) from None
        if message["type"] == "http.disconnect":
            raise RequestError("the body is not whole", status=HTTPStatus.BAD_REQUEST, code="serve.body")
        self._until += len(message.get("body", b"")) / SLOWEST_BYTES_PER_SECOND
        self._whole = not message.get("more_body", False)
        return message
