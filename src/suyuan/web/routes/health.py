"""Whether the server lives and is ready, what it has counted, and what it offers."""

import html
from typing import Any

import msgspec
from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from suyuan.web.measures import CONTENT_TYPE
from suyuan.web.rights import Right
from suyuan.web.routes.responses import REFUSALS
from suyuan.web.service import Asked, Service
from suyuan.web.shapes import Health
from suyuan.web.site import closed


def routes(service: Service) -> list[HTTPRouteHandler]:
    """Give the routes for those who operate the server."""
    described: dict[str, bytes] = {}  # Made once: it takes long, and anybody may ask for it.

    @get("/health", opt={"public": True}, tags=["operate"], security=[])
    async def health() -> Health:
        """Say that the process lives and answers; not whether it can release."""
        return Health(status="ok")

    @get("/ready", opt={"public": True}, responses={503: REFUSALS[503]}, tags=["operate"], security=[])
    async def ready() -> Health:
        """Say whether the store is open, so that releases are answered."""
        if not service.site.ready:
            raise closed()
        return Health(status="ready")

    @get("/metrics", opt={"right": Right.METRICS}, media_type="text/plain", responses=REFUSALS, tags=["operate"])
    async def metrics() -> Response[bytes]:
        """Give what was counted, in Prometheus' text format; nothing by account or person."""
        return Response(service.measures.text(), media_type=CONTENT_TYPE)

    @get(
        "/openapi.json",
        opt={"public": True},
        media_type="application/vnd.oai.openapi+json",
        include_in_schema=False,
    )
    async def openapi(request: Asked) -> Response[bytes]:
        """Give the interface's description for programs."""
        if "json" not in described:
            described["json"] = msgspec.json.encode(request.app.openapi_schema.to_schema())
        return Response(described["json"], media_type="application/vnd.oai.openapi+json")

    @get("/schema", opt={"public": True}, media_type="text/html", include_in_schema=False)
    async def schema(request: Asked) -> Response[bytes]:
        """Show the interface's description as one page, with nothing loaded from anywhere."""
        if "page" not in described:
            described["page"] = _page(request.app.openapi_schema.to_schema()).encode()
        return Response(described["page"], media_type="text/html; charset=utf-8")

    return [health, ready, metrics, openapi, schema]


def _page(schema: dict[str, Any]) -> str:
    """Give a page that lists the routes; `Any`: a schema is JSON of any shape."""
    rows = [
        f"<tr><td><code>{html.escape(method.upper())}</code><td><code>{html.escape(path)}</code>"
        f"<td>{html.escape(str(operation.get('description') or operation.get('summary', '')))}"
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
        if isinstance(operation, dict)
    ]
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>suyuan</title>'
        "<style>body{font:16px/1.5 system-ui;margin:2rem auto;max-width:60rem}td{padding:.3rem 1rem .3rem 0;"
        "vertical-align:top}</style><h1>suyuan</h1><p>Machine-readable: <a href='/openapi.json'>/openapi.json</a></p>"
        f"<table>{''.join(rows)}</table>"
    )
