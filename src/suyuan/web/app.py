"""The HTTP interface put together: routes, the guard before each, and how errors leave."""

import re
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any, Final

from litestar import Litestar, Response, Router
from litestar.exceptions import HTTPException, ValidationException
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme

import suyuan
from suyuan.errors import SuyuanError, place_of
from suyuan.ledger.ports import TileFiles
from suyuan.web.face import ACCOUNT, CODE, PLACE, REQUEST_ID, encode, header, note, problem_headers
from suyuan.web.limits import Buckets
from suyuan.web.problems import MEDIA_TYPE, RequestError, fault, not_found, problem_of, wants_chinese
from suyuan.web.rights import Right
from suyuan.web.routes import accounts, approvals, collect, health, hold, ledger, release, session
from suyuan.web.service import CALLER, Asked, Service

_BEARER: Final = "bearer"
_ABOUT: Final = (
    "The one door over HTTP. Every release is checked, written to the ledger first, minimised, masked and marked. "
    "Errors are problem documents with a stable `code`."
)


def build(service: Service, *, files: TileFiles, accounts_at_most: Buckets, steady: Callable[[], float]) -> Litestar:
    """Give the routes of a server.

    Args:
        files: the public files of its ledger.
        accounts_at_most: how often an account may ask.
    """
    handlers: Sequence[HTTPRouteHandler] = [
        *release.routes(service),
        *approvals.routes(service),
        *collect.routes(service),
        *hold.routes(service),
        *ledger.routes(service, files=files),
        *accounts.routes(service),
        *session.routes(service),
        *health.routes(service),
    ]

    async def require_right(request: Asked) -> None:
        """Prove the caller, and require the right that the route names; a route that names none lets nobody in."""
        handler = request.route_handler
        if handler.opt.get("public"):
            return
        scope = request.scope
        caller = await service.proving.caller(header(scope, b"authorization"))
        note(scope, CALLER, caller)
        note(scope, ACCOUNT, caller.account)
        accounts_at_most.take(caller.account, now=steady())
        right = handler.opt.get("right")
        if right is None and not handler.opt.get("signed_in"):
            raise not_found()
        if right is not None:
            caller.require(Right(right))

    return Litestar(
        route_handlers=handlers,
        # Before the body is read. A guard of Litestar's would be handed a copy of the route, made for each request.
        before_request=require_right,
        exception_handlers={
            SuyuanError: _tell,
            ValidationException: _tell_invalid,
            RecursionError: _tell_deep,
            HTTPException: _tell_http,
            Exception: _tell_fault,
        },
        request_max_body_size=service.settings.body_bytes,
        openapi_config=OpenAPIConfig(
            title="suyuan",
            version=suyuan.__version__,
            description=_ABOUT,
            # Litestar's own pages would load scripts from elsewhere: `/openapi.json` and `/schema` are routes of ours.
            openapi_router=Router("/openapi", route_handlers=[], opt={"public": True}, include_in_schema=False),
            render_plugins=[JsonRenderPlugin(path="/openapi.json")],
            components=Components(
                security_schemes={_BEARER: SecurityScheme(type="http", scheme="bearer")},
            ),
            security=[{_BEARER: []}],
        ),
        logging_config=None,
        debug=False,
        pdb_on_exception=False,
    )


def _answer(error: SuyuanError, *, request: Asked) -> Response[bytes]:
    chinese = wants_chinese(header(request.scope, b"accept-language"))
    problem = problem_of(error, chinese=chinese, instance=_instance(request))
    note(request.scope, CODE, error.code)
    headers = problem_headers(error)
    del headers["content-type"]
    return Response(encode(problem), status_code=problem.status, media_type=MEDIA_TYPE, headers=headers)


def _tell(request: Asked, error: SuyuanError) -> Response[bytes]:
    return _answer(error, request=request)


def _tell_invalid(request: Asked, error: ValidationException) -> Response[bytes]:
    """Tell which members are not right, by name; a message of the reader's may repeat what was sent."""
    found = error.extra if isinstance(error.extra, list) else []
    names = tuple(_place(one) for one in found if isinstance(one, dict))
    return _answer(
        RequestError(
            "a member of the request is missing, unknown, or not of its type",
            status=HTTPStatus.BAD_REQUEST,
            code="serve.body",
            hint="see /openapi.json for what this route takes",
            fields=tuple(name for name in names if name),
        ),
        request=request,
    )


def _tell_deep(request: Asked, error: RecursionError) -> Response[bytes]:
    """Tell that a body has more members inside members than the reader follows; nothing of ours recurses by a request."""
    said = "the request has too many members inside each other"
    return _answer(RequestError(said, status=HTTPStatus.BAD_REQUEST, code="serve.body"), request=request)


def _place(found: dict[str, Any]) -> str:
    """Give a member's declared path; a key of the caller's own, which the path shows as `[...]`, has no name of ours."""
    name = found.get("key")
    missing = _MISSING.search(str(found.get("message", "")))
    if missing is not None:
        # The name of a member that we declare; a body as a whole is called `data`, which no caller ever wrote.
        name = missing[1] if name == "data" else f"{name}.{missing[1]}"
    return name[:64] if isinstance(name, str) and name.replace(".", "").replace("_", "").isalpha() else ""


def _tell_http(request: Asked, error: HTTPException) -> Response[bytes]:
    """Tell what Litestar refused, in our words: its own may repeat what was sent."""
    status = HTTPStatus(error.status_code)
    if status is HTTPStatus.NOT_FOUND:
        return _answer(not_found(), request=request)
    code, said = _HTTP.get(status, _HTTP[HTTPStatus.BAD_REQUEST])
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _tell_fault(request, error)
    answer = _answer(RequestError(said, status=status, code=code), request=request)
    if status is HTTPStatus.METHOD_NOT_ALLOWED and error.headers and "Allow" in error.headers:
        answer.headers["allow"] = error.headers["Allow"]
    return answer


_MISSING: Final = re.compile(r"^Object missing required field `(\w{1,64})`")
_HTTP: Final = {
    HTTPStatus.BAD_REQUEST: ("serve.body", "the request cannot be read"),
    HTTPStatus.METHOD_NOT_ALLOWED: ("serve.method", "this path does not take this method"),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: ("serve.too_large", "the body is too large"),
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: ("serve.media", "the body is not application/json"),
}


def _tell_fault(request: Asked, error: Exception) -> Response[bytes]:
    """Tell that suyuan failed, and nothing of what; the log has the place, and never the text."""
    note(request.scope, CODE, SuyuanError.code)
    note(request.scope, PLACE, f"{type(error).__name__} {place_of(error)}")
    chinese = wants_chinese(header(request.scope, b"accept-language"))
    problem = fault(_instance(request), chinese=chinese)
    return Response(encode(problem), status_code=problem.status, media_type=MEDIA_TYPE)


def _instance(request: Asked) -> str:
    return str(request.scope.get(REQUEST_ID, ""))
