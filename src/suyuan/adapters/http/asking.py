"""One HTTP request with a bound on time and size, and no redirect followed."""

import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any, Final
from urllib.response import addinfourl

from suyuan.errors import UnavailableError

SECONDS: Final = 5.0
"""The longest that one request takes, from the connection to the last byte."""

_STEP: Final = 1 << 14


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Whoever is asked answers there, or not at all: a redirect is an answer like any other."""

    def redirect_request(self, *_args: object, **_named: object) -> None:
        return None


class _Deadline:
    """Ends connections when their time is over. A socket's own timeout begins anew with every byte that drips in."""

    def __init__(self, seconds: float) -> None:
        self.over = False
        self._held: list[socket.socket] = []
        self._turn = threading.Lock()
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True

    def __enter__(self) -> "_Deadline":
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        with self._turn:
            for held in self._held:
                held.close()
            self._held.clear()

    def connect(self, *given: Any, **named: Any) -> socket.socket:  # As `socket.create_connection`.
        made = socket.create_connection(*given, **named)
        with self._turn:
            # A second handle on the same connection: TLS takes the first one away.
            self._held.append(made.dup())
        return made

    def _cut(self) -> None:
        self.over = True
        with self._turn:
            for held in self._held:
                with suppress(OSError):
                    held.shutdown(socket.SHUT_RDWR)


class _Request(urllib.request.Request):
    deadline: _Deadline


class _Connection(HTTPConnection):
    def __init__(self, host: str, *, deadline: _Deadline, **named: Any) -> None:  # As `http.client` has them.
        super().__init__(host, **named)
        self._create_connection = deadline.connect


class _SecureConnection(HTTPSConnection):
    def __init__(self, host: str, *, deadline: _Deadline, **named: Any) -> None:  # As `http.client` has them.
        super().__init__(host, **named)
        self._create_connection = deadline.connect


class _Http(urllib.request.HTTPHandler):
    def http_open(self, req: urllib.request.Request) -> HTTPResponse:
        return self.do_open(partial(_Connection, deadline=_deadline_of(req)), req)


class _Https(urllib.request.HTTPSHandler):
    def https_open(self, req: urllib.request.Request) -> HTTPResponse:
        return self.do_open(partial(_SecureConnection, deadline=_deadline_of(req)), req)


def _deadline_of(request: urllib.request.Request) -> _Deadline:
    if not isinstance(request, _Request):
        raise TypeError("asked without a deadline")
    return request.deadline


_OPENER: Final = urllib.request.build_opener(_NoRedirect, _Http, _Https)


def ask(
    url: str, *, limit_bytes: int, body: bytes | None = None, content_type: str = "text/plain", seconds: float = SECONDS
) -> tuple[int, str, bytes]:
    """Give status, content type and body of the answer; POST where there is a body.

    Raises: UnavailableError: no connection, no answer in time, or more than `limit_bytes`.
    """
    headers = {"User-Agent": "suyuan", "Accept-Encoding": "identity"}
    if body is not None:
        headers["Content-Type"] = content_type
    try:
        with _Deadline(seconds) as deadline:
            request = _Request(url, data=body, headers=headers)
            request.deadline = deadline
            return _answer(request, limit_bytes=limit_bytes, seconds=seconds)
    except TimeoutError as error:
        raise UnavailableError("did not answer in time") from error
    except urllib.error.URLError as error:
        raise UnavailableError(f"cannot be reached: {_reason(error)}") from error
    except (OSError, HTTPException, ValueError) as error:
        raise UnavailableError(f"broke off: {type(error).__name__}") from error


def _answer(request: _Request, *, limit_bytes: int, seconds: float) -> tuple[int, str, bytes]:
    end = time.monotonic() + seconds
    try:
        with _open(request, seconds=seconds) as answer:
            found = answer.status or 0, answer.headers.get_content_type(), _read(answer, limit_bytes, end=end)
    except (OSError, HTTPException, ValueError) as error:
        if request.deadline.over:
            raise TimeoutError from error
        raise
    # What was cut off can look like the end of a shorter answer.
    if request.deadline.over:
        raise TimeoutError
    return found


def _open(request: urllib.request.Request, *, seconds: float) -> HTTPResponse | addinfourl:
    try:
        answer: HTTPResponse = _OPENER.open(request, timeout=seconds)
        return answer
    except urllib.error.HTTPError as error:
        # An error status is an answer too, and its body may say what is wrong.
        return error


def _read(answer: HTTPResponse | addinfourl, limit: int, *, end: float) -> bytes:
    parts: list[bytes] = []
    size = 0
    # What has arrived, not what is still to come: a slow answer is noticed. An HTTPError hands this on to its response.
    read: Callable[[int], bytes] = answer.read1
    while part := read(_STEP):
        size += len(part)
        if size > limit:
            raise UnavailableError(f"answers with more than {limit} bytes")
        if time.monotonic() > end:
            raise UnavailableError("did not answer in time")
        parts.append(part)
    return b"".join(parts)


def _reason(error: urllib.error.URLError) -> str:
    reason = error.reason
    if isinstance(reason, TimeoutError):
        return "did not answer in time"
    if isinstance(reason, OSError):
        return reason.strerror or type(reason).__name__
    return "not a usable address"
