"""One HTTP request with a bound on time and size, and no redirect followed."""

import time
import urllib.error
import urllib.request
from collections.abc import Callable
from http.client import HTTPException, HTTPResponse
from typing import Final
from urllib.response import addinfourl

from suyuan.errors import UnavailableError

SECONDS: Final = 5.0
"""The longest that one request takes, from the connection to the last byte."""

_STEP: Final = 1 << 14


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Whoever is asked answers there, or not at all: a redirect is an answer like any other."""

    def redirect_request(self, *_args: object, **_named: object) -> None:
        return None


_OPENER: Final = urllib.request.build_opener(_NoRedirect)


def ask(
    url: str, *, limit_bytes: int, body: bytes | None = None, content_type: str = "text/plain", seconds: float = SECONDS
) -> tuple[int, str, bytes]:
    """Give status, content type and body of the answer; POST where there is a body.

    Raises: UnavailableError: no connection, no answer in time, or more than `limit_bytes`.
    """
    end = time.monotonic() + seconds
    headers = {"User-Agent": "suyuan", "Accept-Encoding": "identity"}
    if body is not None:
        headers["Content-Type"] = content_type
    request = urllib.request.Request(url, data=body, headers=headers)
    try:
        with _open(request, seconds=seconds) as answer:
            return answer.status or 0, answer.headers.get_content_type(), _read(answer, limit_bytes, end=end)
    except TimeoutError as error:
        raise UnavailableError("did not answer in time") from error
    except urllib.error.URLError as error:
        raise UnavailableError(f"cannot be reached: {_reason(error)}") from error
    except (OSError, HTTPException, ValueError) as error:
        raise UnavailableError(f"broke off: {type(error).__name__}") from error


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
