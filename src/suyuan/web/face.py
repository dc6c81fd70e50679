"""What every request passes before and after its route: size, haste, a name for the log, headers, counting."""

import asyncio
import time
from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from ipaddress import IPv6Address
from typing import Any, Final, TypeAlias

import msgspec
from opentelemetry import trace

from suyuan.errors import SuyuanError
from suyuan.terms import Entropy
from suyuan.web.body import Body
from suyuan.web.limits import Buckets
from suyuan.web.logs import Log
from suyuan.web.measures import Measures
from suyuan.web.problems import MEDIA_TYPE, Problem, RequestError, problem_of, retry_after, wants_chinese

# What ASGI passes has no types of its own.
Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Asgi: TypeAlias = Callable[[Any, Any, Any], Awaitable[None]]

HEADER_BYTES: Final = 32_768

GONE: Final = 499
"""How a request is counted whose caller did not wait for the answer: it is no fault of the server's."""

REQUEST_ID: Final = "suyuan.request"
CODE: Final = "suyuan.code"
ACCOUNT: Final = "suyuan.account"
PLACE: Final = "suyuan.place"
"""What the routes leave in the scope for the log."""

_SECURITY: Final = [
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
]
_TRANSPORT: Final = (b"strict-transport-security", b"max-age=31536000")
_PUBLIC: Final = frozenset({b"cache-control", b"cross-origin-resource-policy"})
_QUIET: Final = frozenset({"/health", "/ready", "/metrics"})


class Face:
    """Stands before the routes. One object a server, on one event loop."""

    def __init__(
        self,
        routes: Asgi,
        *,
        entropy: Entropy,
        log: Log,
        measures: Measures,
        addresses: Buckets,
        proxies: tuple[str, ...] = (),
        tls: bool = False,
    ) -> None:
        self.routes = routes
        self.under_way = 0
        self.draining = False
        self._entropy = entropy
        self._log = log
        self._measures = measures
        self._addresses = addresses
        self._proxies = frozenset(proxies)
        self._headers = [*_SECURITY, _TRANSPORT] if tls else _SECURITY
        self._tracer = trace.get_tracer("suyuan.web")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; see the ASGI specification."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.routes(scope, receive, send)
            return
        scope[REQUEST_ID] = request = self._entropy.draw(8).hex()
        begun, status = time.perf_counter(), 500

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = self._with_headers(message.get("headers", ()), request=request)
            await send(message)

        self.under_way += 1
        try:
            if isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
                # Nobody has set up an SDK: a span that goes nowhere would cost as much as proving the caller.
                await self._answer(scope, receive, answer)
                return
            with self._tracer.start_as_current_span("suyuan.request") as span:
                await self._answer(scope, receive, answer)
                span.set_attribute("http.request.method", scope["method"])
                span.set_attribute("http.route", _route(scope))
                span.set_attribute("http.response.status_code", status)
        except asyncio.CancelledError:
            status = GONE
            raise
        finally:
            self.under_way -= 1
            self._count(scope, status=status, seconds=time.perf_counter() - begun)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            self._admit(scope)
        except SuyuanError as error:
            scope[CODE] = error.code
            await refuse(error, scope=scope, send=send)
        else:
            await self.routes(scope, Body(receive) if _has_body(scope) else receive, send)

    def _admit(self, scope: Scope) -> None:
        if self.draining:
            raise RequestError(
                "the server is stopping", status=HTTPStatus.SERVICE_UNAVAILABLE, code="serve.draining", retry_seconds=5
            )
        if sum(len(name) + len(value) for name, value in scope["headers"]) > HEADER_BYTES:
            raise RequestError(
                "the headers are too large",
                status=HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
                code="serve.too_large",
            )
        self._addresses.take(self._address(scope), now=time.monotonic())
        if _has_body(scope) and header(scope, b"content-type").partition(";")[0].strip().lower() != "application/json":
            raise RequestError(
                "the body is not application/json", status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE, code="serve.media"
            )

    def _address(self, scope: Scope) -> str:
        """Give whose request it is: a proxy's word counts where the settings name the proxy, and no further."""
        client = scope.get("client")
        address = str(client[0]) if client else ""
        if address in self._proxies:
            # Some proxies add a line of their own behind the caller's: the last word of the last line is theirs.
            lines = [bytes(value) for name, value in scope["headers"] if name == b"x-forwarded-for"]
            hop = lines[-1].decode("latin-1").rpartition(",")[2].strip()[:64] if lines else ""
            return _household(hop or address)
        return _household(address)

    def _with_headers(self, headers: Any, *, request: str) -> list[tuple[bytes, bytes]]:
        """Add what every answer carries; a public file keeps its own word on caching."""
        kept, own = [], self._headers
        for name, value in headers:
            lower = bytes(name).lower()
            if lower in _PUBLIC:
                own = [pair for pair in own if pair[0] != lower]
            elif lower in _NAMES:
                continue
            kept.append((lower, bytes(value)))
        return [*kept, *own, (b"x-request-id", request.encode("ascii"))]

    def _count(self, scope: Scope, *, status: int, seconds: float) -> None:
        route = _route(scope)
        self._measures.count_request(route, method=scope["method"] if route else "", status=status, seconds=seconds)
        code = scope.get(CODE)
        if code:
            self._measures.refusals.labels(code).inc()
        if route in _QUIET and status < HTTPStatus.INTERNAL_SERVER_ERROR:
            return
        facts = {"account": scope.get(ACCOUNT), "code": code, "place": scope.get(PLACE)}
        self._log.note(
            "serve.request",
            request=scope[REQUEST_ID],
            route=route or "-",
            method=scope["method"] if scope["method"] in _METHODS else "other",
            status=status,
            milliseconds=round(seconds * 1e3, 2),
            **{name: fact for name, fact in facts.items() if fact},
        )


_METHODS: Final = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
_NAMES: Final = frozenset(name for name, _ in [*_SECURITY, _TRANSPORT])


def _household(address: str) -> str:
    """Give what one household or one rented machine has of an address: all of IPv4, the first half of IPv6."""
    if ":" not in address:
        return address
    try:
        found = IPv6Address(address)
    except ValueError:
        return address
    return str(found.ipv4_mapped or IPv6Address(int(found) >> 64 << 64))


def _has_body(scope: Scope) -> bool:
    return header(scope, b"content-length") not in ("", "0") or bool(header(scope, b"transfer-encoding"))


def _route(scope: Scope) -> str:
    """Give the route's template, never the path itself: a path may hold anything."""
    found = scope.get("path_template")
    return found if isinstance(found, str) else ""


def header(scope: Any, name: bytes) -> str:
    """Give a header's value, "" where it is absent."""
    for given, value in scope["headers"]:
        if given == name:
            return bytes(value).decode("latin-1")
    return ""


def note(scope: Any, key: str, fact: object) -> None:
    """Leave something in a request's scope, under a key of our own; frameworks type what ASGI itself defines."""
    scope[key] = fact


def noted(scope: Any, key: str) -> object:
    """Give what was left in a request's scope; None: nothing was."""
    return scope.get(key)


async def refuse(error: SuyuanError, *, scope: Scope, send: Send) -> None:
    """Answer with an error's document, outside of any route."""
    chinese = wants_chinese(header(scope, b"accept-language"))
    problem = problem_of(error, chinese=chinese, instance=str(scope.get(REQUEST_ID, "")))
    await send(
        {
            "type": "http.response.start",
            "status": problem.status,
            "headers": [(name.encode(), value.encode()) for name, value in problem_headers(error).items()],
        }
    )
    await send({"type": "http.response.body", "body": encode(problem)})


def problem_headers(error: SuyuanError) -> dict[str, str]:
    """Give the headers that go with an error."""
    headers = {"content-type": MEDIA_TYPE}
    if seconds := retry_after(error):
        headers["retry-after"] = str(seconds)
    if isinstance(error, RequestError) and error.status is HTTPStatus.UNAUTHORIZED:
        headers["www-authenticate"] = "Bearer"
    return headers


def encode(problem: Problem) -> bytes:
    """Give a problem document's bytes."""
    return msgspec.json.encode(problem)
