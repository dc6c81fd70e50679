"""The interface's errors as suyuan's own."""

from http import HTTPStatus
from typing import Final

import httpx

from suyuan.errors import RefusedError, SuyuanError, UnavailableError, VerificationError

_LONGEST_WAIT: Final = 30.0


class TryAgainError(UnavailableError):
    """The server is busy, stopping, or was asked too often: nothing was let out.

    Args:
        seconds: after how long it may be tried again, as the server says.
    """

    code = "serve.again"

    def __init__(self, message: str, *, code: str, hint: str = "", seconds: float) -> None:
        super().__init__(message, code=code, hint=hint)
        self.seconds = seconds


def error_of(answer: httpx.Response) -> SuyuanError:
    """Give the error that an answer stands for, with the server's code, sentence and hint."""
    try:
        said = answer.json()
    except ValueError:
        said = {}
    if not isinstance(said, dict):
        said = {}
    code, message = str(said.get("code", "serve.answer")), str(said.get("detail", f"HTTP status {answer.status_code}"))
    hint = str(said.get("hint", ""))
    status = answer.status_code
    if status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE) and "retry-after" in answer.headers:
        return TryAgainError(message, code=code, hint=hint, seconds=_seconds(answer.headers["retry-after"]))
    if status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return RefusedError(message, code=code, hint=hint)
    if code == VerificationError.code or code.startswith("ledger."):
        return VerificationError(message, code=code, hint=hint)
    return UnavailableError(message, code=code, hint=hint)


def lost(error: httpx.HTTPError) -> UnavailableError:
    """Give the error of a connection that failed; what it carried is not repeated."""
    return UnavailableError(f"the server cannot be reached: {type(error).__name__}", code="serve.unreachable")


def _seconds(text: str) -> float:
    try:
        return min(_LONGEST_WAIT, max(0.0, float(text)))
    except ValueError:
        return 1.0
