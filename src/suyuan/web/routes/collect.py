"""`/collect`: cases that a platform pushes."""

from datetime import UTC, datetime

import polars as pl
from litestar import put
from litestar.handlers import HTTPRouteHandler
from litestar.params import JSONBody

from suyuan.collect.cases import admit_cases
from suyuan.web.rights import Right
from suyuan.web.routes.responses import REFUSALS
from suyuan.web.service import Service
from suyuan.web.shapes import CaseBody, CasesBody, Count
from suyuan.web.site import Opened


def routes(service: Service) -> list[HTTPRouteHandler]:
    """Give the routes of taking in."""

    @put(
        "/collect/cases",
        opt={"right": Right.CASES},
        responses=REFUSALS,
        request_max_body_size=service.settings.rows_bytes,
        tags=["collect"],
    )
    async def cases(data: JSONBody[CasesBody]) -> Count:
        """Store or update cases, all or none: which account works on which person, from when until when."""
        return Count(stored=await service.site.run(lambda opened: _store(opened, data.cases)))

    return [cases]


def _store(opened: Opened, cases: list[CaseBody]) -> int:
    key = opened.store.policy.require_key_field()

    frame = pl.DataFrame(
        {
            "case": [case.case for case in cases],
            "account": [case.account for case in cases],
            key.name: [case.person for case in cases],
            "opened": [_utc(case.opened) for case in cases],
            "closed": [None if case.closed is None else _utc(case.closed) for case in cases],
        },
        schema_overrides={"closed": pl.String},
    )
    return opened.store.vault.link_cases(admit_cases(frame, key=key), key=key)


def _utc(at: datetime) -> str:
    """Give a time as text; one without a zone is UTC, as in a file of cases."""
    return (at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)).isoformat(timespec="milliseconds")
