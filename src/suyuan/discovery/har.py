"""Reads a HAR 1.2 capture, as browsers and mitmproxy save it: what the app sent, value by value, each with its place.

Only requests are read. What cannot be read (an entry without a request, a body of bytes) is counted, never fatal.
Source: HAR 1.2; `_webSocketMessages` as Chrome and mitmproxy write it; `postData.encoding` of the HAR 1.3 proposal.
"""

import gzip
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

import orjson

from suyuan.discovery.unfolding import Budget, Leaf, unfold, unfold_body, unfold_form
from suyuan.errors import RefusedError

SIZE_AT_MOST: Final = 1 << 30
"""Bytes of a capture, unpacked; a phone's whole day is a tenth of it."""

_SILENT_HEADERS: Final = frozenset(
    "host accept accept-encoding accept-language connection content-length content-type user-agent origin cache-control pragma date if-none-match"
    " if-modified-since upgrade-insecure-requests sec-fetch-site sec-fetch-mode sec-fetch-dest sec-fetch-user sec-ch-ua sec-ch-ua-mobile"
    " sec-ch-ua-platform range te priority sec-websocket-key sec-websocket-version sec-websocket-extensions upgrade".split()
)
"""Headers that every client sends; they hold nothing an app chose to tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One value that an app sent.

    Args:
        entry: the request's number in the capture, from 1.
        method: its method; `WS` for a WebSocket message.
        host: where it went.
        path: the path of its URL.
        where: `query`, `path`, `header`, `cookie`, `body` or `websocket`.
        leaf: the value, its key and its pointer inside `where`.
    """

    entry: int
    method: str
    host: str
    path: str
    where: str
    leaf: Leaf


@dataclass(slots=True, kw_only=True)
class Capture:
    """A capture that was opened; counts what could not be read while it is gone through."""

    entries: list[object]
    creator: str
    unreadable_entries: int = 0
    unreadable_bodies: int = 0
    cut_short: int = 0
    hosts: dict[str, int] = field(default_factory=dict)

    def sent(self) -> Iterator[Sent]:
        """Give every value of every request, in order."""
        for number, entry in enumerate(self.entries, start=1):
            request = entry.get("request") if isinstance(entry, dict) else None
            if not isinstance(entry, dict) or not isinstance(request, dict) or not isinstance(request.get("url"), str):
                self.unreadable_entries += 1
                continue
            try:
                url = urlsplit(request["url"])
                host = url.hostname or ""
            except ValueError:
                self.unreadable_entries += 1
                continue
            self.hosts[host] = self.hosts.get(host, 0) + 1
            budget = Budget()
            method = _text(request.get("method")).upper()[:16] or "GET"
            for where, leaf in self._leaves(request, path=url.path, query=url.query, budget=budget):
                yield Sent(entry=number, method=method, host=host, path=url.path, where=where, leaf=leaf)
            for leaf in _messages(entry, budget=budget):
                yield Sent(entry=number, method="WS", host=host, path=url.path, where="websocket", leaf=leaf)
            self.cut_short += budget.exhausted

    def _leaves(
        self, request: dict[str, object], *, path: str, query: str, budget: Budget
    ) -> Iterator[tuple[str, Leaf]]:
        if path.strip("/"):
            yield "path", Leaf(pointer="", key="", text=path)
        if query:
            yield from (("query", leaf) for leaf in unfold_form(query, budget=budget))
        else:
            yield from (("query", leaf) for leaf in _pairs(request.get("queryString"), budget=budget))
        cookies = list(_pairs(request.get("cookies"), budget=budget))
        yield from (("cookie", leaf) for leaf in cookies)
        for name, value in _named(request.get("headers")):
            lower = name.lower().lstrip(":")
            if lower == "cookie" and not cookies:
                for part in value.split(";"):
                    key, _, text = part.strip().partition("=")
                    yield from (("cookie", leaf) for leaf in unfold(text, key=key, pointer=f"/{key}", budget=budget))
            elif lower == "referer" and "?" in value:
                yield from (
                    ("header", leaf) for leaf in unfold_form(value.partition("?")[2], budget=budget, under="/Referer")
                )
            elif lower == "authorization" and value[:6].lower() == "basic ":
                yield from (
                    ("header", leaf) for leaf in unfold(value[6:].strip(), key="", pointer=f"/{name}", budget=budget)
                )
            elif lower not in _SILENT_HEADERS and lower not in ("cookie", "referer") and not name.startswith(":"):
                yield from (("header", leaf) for leaf in unfold(value, key=name, pointer=f"/{name}", budget=budget))
        post = request.get("postData")
        if isinstance(post, dict):
            leaves, read = unfold_body(post, budget=budget)
            self.unreadable_bodies += not read
            yield from (("body", leaf) for leaf in leaves)


def open_capture(raw: bytes) -> Capture:
    """Open a capture: JSON, or gzip or zlib of it (mitmproxy's `.zhar`).

    Raises: RefusedError `discovery.har`: it is no HAR, cut off, too large, or nested beyond reading.
    """
    raw = _unpacked(raw).removeprefix(b"\xef\xbb\xbf")
    try:
        document = orjson.loads(raw)
    except orjson.JSONDecodeError as e:
        line = raw.count(b"\n", 0, e.pos) + 1
        raise RefusedError(
            f"the capture is no whole JSON: reading stops at line {line}",
            code="discovery.har",
            hint="save it anew as HAR; a browser that was closed too early leaves half a file",
        ) from None
    log = document.get("log") if isinstance(document, dict) else None
    entries = log.get("entries") if isinstance(log, dict) else None
    if not isinstance(log, dict) or not isinstance(entries, list):
        raise RefusedError(
            "the file is JSON but no HAR capture: it has no list log.entries",
            code="discovery.har",
            hint="in a browser: developer tools, Network, Save all as HAR; or mitmdump --set hardump=FILE",
        )
    creator = log.get("creator")
    return Capture(entries=entries, creator=_text(creator.get("name"))[:64] if isinstance(creator, dict) else "")


def _unpacked(raw: bytes) -> bytes:
    try:
        if raw[:2] == b"\x1f\x8b":
            raw = gzip.GzipFile(fileobj=io.BytesIO(raw)).read(SIZE_AT_MOST + 1)
        elif raw[:1] == b"\x78" and raw[:2] in (b"\x78\x01", b"\x78\x9c", b"\x78\xda"):
            raw = zlib.decompressobj().decompress(raw, SIZE_AT_MOST + 1)
    except (OSError, EOFError, zlib.error):
        raise RefusedError(
            "the capture is packed and cannot be unpacked", code="discovery.har", hint="save it anew"
        ) from None
    if len(raw) > SIZE_AT_MOST:
        raise RefusedError(
            f"the capture is larger than {SIZE_AT_MOST >> 20} MB",
            code="discovery.har",
            hint="capture one function at a time",
        )
    return raw


def _messages(entry: dict[str, object], *, budget: Budget) -> Iterator[Leaf]:
    messages = entry.get("_webSocketMessages")
    for number, message in enumerate(messages if isinstance(messages, list) else []):
        if isinstance(message, dict) and message.get("type") == "send" and isinstance(message.get("data"), str):
            yield from unfold(message["data"], key="", pointer=f"/{number}", budget=budget)


def _pairs(items: object, *, budget: Budget) -> Iterator[Leaf]:
    for name, value in _named(items):
        yield from unfold(value, key=name, pointer=f"/{name}", budget=budget)


def _named(items: object) -> Iterator[tuple[str, str]]:
    for item in items if isinstance(items, list) else []:
        if isinstance(item, dict):
            yield _text(item.get("name")), _text(item.get("value"))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
