"""`/ledger`: the public files of the log, and a person's account of releases."""

import asyncio

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody

from suyuan.adapters.http.static import served_as
from suyuan.ledger.ports import TileFiles
from suyuan.web.finding import person_by_key
from suyuan.web.problems import not_found
from suyuan.web.rights import Right
from suyuan.web.routes.responses import REFUSALS
from suyuan.web.service import Service
from suyuan.web.shapes import PersonKeyBody
from suyuan.web.waiting import Opened


def routes(service: Service, *, files: TileFiles) -> list[HTTPRouteHandler]:
    """Give the routes of the log."""

    @get(
        "/ledger/{path:path}",
        opt={"public": True},
        media_type="application/octet-stream",
        responses=REFUSALS,
        tags=["ledger"],
        security=[],
        include_in_schema=False,
    )
    async def public(path: FromPath[str]) -> Response[bytes]:
        """Give a public file of the log: the checkpoint, a tile, a key."""
        return await _file(path.removeprefix("/"))

    @get(
        "/ledger/checkpoint",
        opt={"public": True},
        media_type="text/plain",
        responses=REFUSALS,
        tags=["ledger"],
        security=[],
    )
    async def checkpoint() -> Response[bytes]:
        """Give the newest checkpoint that is published."""
        return await _file("checkpoint")

    @post(
        "/ledger/account",
        opt={"right": Right.ACCOUNT},
        status_code=200,
        media_type="application/octet-stream",
        responses=REFUSALS,
        tags=["ledger"],
    )
    async def account(data: JSONBody[PersonKeyBody]) -> Response[bytes]:
        """Draw a person's account of releases: a file that anybody can verify."""
        file = await service.site.run(lambda opened: _draw(opened, key=data.person))
        return Response(
            file,
            media_type="application/octet-stream",
            headers={"content-disposition": 'attachment; filename="account.suyuan"'},
        )

    async def _file(path: str) -> Response[bytes]:
        said = served_as(path)
        data = None if said is None else await asyncio.to_thread(files.read, path)
        if said is None or data is None:
            raise not_found()
        kind, cache = said
        return Response(
            data,
            media_type=kind,
            # The log is public: whoever checks it in a browser may.
            headers={
                "cache-control": cache,
                "access-control-allow-origin": "*",
                "cross-origin-resource-policy": "cross-origin",
            },
        )

    return [public, checkpoint, account]


def _draw(opened: Opened, *, key: str) -> bytes:
    return opened.store.accounts().draw(person_by_key(opened, key=key)).file
