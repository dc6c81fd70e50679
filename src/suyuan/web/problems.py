"""Errors as problem documents (RFC 9457): one table from our errors to HTTP, and never a value in any of them."""

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Final

import msgspec

from suyuan.errors import RefusedError, SuyuanError, UnavailableError, VerificationError
from suyuan.web.sentences import ZH, in_chinese

MEDIA_TYPE: Final = "application/problem+json"
RETRY_SECONDS: Final = 5


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What went wrong, for programs by `code` and for people by `detail` and `hint`."""

    type: str = "about:blank"
    title: str
    status: int
    code: str
    detail: str
    hint: str = ""
    instance: str = ""
    """The request's id, under which the server's log has it."""
    fields: tuple[str, ...] = ()
    """The members of the request that are not right, by name."""


class RequestError(RefusedError):
    """A request that is no request of this interface: its shape, its size, its credentials, its haste.

    Args:
        status: the HTTP status.
        retry_seconds: when it may be tried again; 0 for never by itself.
        fields: the members of the body that are not right, by name.
    """

    code = "serve.body"

    def __init__(
        self,
        message: str,
        *,
        status: HTTPStatus,
        code: str,
        hint: str = "",
        retry_seconds: int = 0,
        fields: tuple[str, ...] = (),
    ) -> None:
        super().__init__(message, code=code, hint=hint)
        self.status = status
        self.retry_seconds = retry_seconds
        self.fields = fields


_STATUS: Final[Mapping[str, HTTPStatus]] = MappingProxyType(
    {
        "collect.column": HTTPStatus.UNPROCESSABLE_ENTITY,
        "collect.cool_down": HTTPStatus.CONFLICT,
        "collect.key": HTTPStatus.UNPROCESSABLE_ENTITY,
        "collect.rows": HTTPStatus.UNPROCESSABLE_ENTITY,
        "file.column": HTTPStatus.UNPROCESSABLE_ENTITY,
        "file.csv": HTTPStatus.UNPROCESSABLE_ENTITY,
        "hold.person": HTTPStatus.NOT_FOUND,
        "id.text": HTTPStatus.UNPROCESSABLE_ENTITY,
        "ledger.recipient": HTTPStatus.NOT_FOUND,
        "ledger.span": HTTPStatus.UNPROCESSABLE_ENTITY,
        "release.api_key": HTTPStatus.CONFLICT,
        "release.budget": HTTPStatus.TOO_MANY_REQUESTS,
        "release.column": HTTPStatus.UNPROCESSABLE_ENTITY,
        "release.empty": HTTPStatus.UNPROCESSABLE_ENTITY,
        "release.no_account": HTTPStatus.NOT_FOUND,
        "release.no_approval": HTTPStatus.NOT_FOUND,
        "release.question": HTTPStatus.UNPROCESSABLE_ENTITY,
        "release.record": HTTPStatus.NOT_FOUND,
        "release.row_cap": HTTPStatus.UNPROCESSABLE_ENTITY,
    }
)
"""Refusals that are not a plain no: what was sent cannot be read, or what was named is not there."""


def status_of(error: SuyuanError) -> HTTPStatus:
    """Give the HTTP status of an error: by its code where the table has it, by its class otherwise."""
    match error:
        case RequestError():
            return error.status
        case RefusedError():
            return _STATUS.get(error.code, HTTPStatus.FORBIDDEN)
        case UnavailableError():
            return HTTPStatus.SERVICE_UNAVAILABLE
        case VerificationError():
            return HTTPStatus.INTERNAL_SERVER_ERROR
    return HTTPStatus.INTERNAL_SERVER_ERROR


def retry_after(error: SuyuanError) -> int:
    """Give after how many seconds it may be tried again; 0 where trying again is no help."""
    if isinstance(error, RequestError):
        return error.retry_seconds
    return RETRY_SECONDS if isinstance(error, UnavailableError) else 0


def problem_of(error: SuyuanError, *, chinese: bool, instance: str) -> Problem:
    """Give the document of an error. What a server keeps to itself, such as paths, is not told to callers."""
    status = status_of(error)
    detail, hint = str(error), error.hint
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        detail, hint = _KEPT[type(error) is not VerificationError], ""
    if chinese:
        said = in_chinese(error.code)
        detail, hint = (said, "") if said else (detail, hint)
    return Problem(
        title=status.phrase,
        status=int(status),
        code=error.code,
        detail=detail,
        hint=hint,
        instance=instance,
        fields=error.fields if isinstance(error, RequestError) else (),
    )


_KEPT: Final = (
    "what is stored does not verify; nothing is let out until the operator has looked",
    "a part that is needed is missing or busy; nothing was let out",
)


def fault(instance: str, *, chinese: bool) -> Problem:
    """Give the document of a fault in suyuan itself; what it was stands in the log, less any value."""
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    return Problem(
        title=status.phrase,
        status=int(status),
        code=SuyuanError.code,
        detail=ZH[SuyuanError.code] if chinese else "a fault in suyuan itself; the operator's log has it by this id",
        instance=instance,
    )


def wants_chinese(accept_language: str) -> bool:
    """Say whether a caller would rather read Chinese than English, by the `Accept-Language` header."""
    best = {"zh": 0.0, "en": 0.0}
    for part in accept_language.lower()[:256].split(","):
        tag, _, rest = part.strip().partition(";")
        language = tag.split("-")[0].strip()
        if language in best:
            best[language] = max(best[language], _quality(rest))
    return best["zh"] > best["en"]


def _quality(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return min(1.0, max(0.0, float(value)))
    except ValueError:
        return 0.0


def not_found() -> RequestError:
    """Give the answer to a path that nothing is at."""
    return RequestError("there is nothing at this path", status=HTTPStatus.NOT_FOUND, code="serve.not_found")
