"""One server from its settings: site, identity, routes and face, wired and opened."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType

from suyuan.config.serve import ServeSettings
from suyuan.errors import RefusedError
from suyuan.ledger.ports import TileFiles
from suyuan.terms import Clock, Entropy, RoleName
from suyuan.web.app import build
from suyuan.web.face import Face
from suyuan.web.identity.oidc import Provider
from suyuan.web.identity.passwords import Passwords
from suyuan.web.identity.proving import Proving
from suyuan.web.identity.sessions import Sessions
from suyuan.web.limits import Buckets
from suyuan.web.logs import Log
from suyuan.web.measures import Measures
from suyuan.web.once import Once
from suyuan.web.rights import STANDARD, Right
from suyuan.web.service import Service
from suyuan.web.site import Site
from suyuan.web.waiting import Opening


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """An assembled server: what takes requests, and what they stand on."""

    face: Face
    site: Site
    service: Service


@asynccontextmanager
async def assemble(
    opening: Opening,
    *,
    settings: ServeSettings,
    files: TileFiles,
    clock: Clock,
    entropy: Entropy,
    log: Log | None = None,
    passwords: Passwords | None = None,
    tls: bool = False,
) -> AsyncIterator[Server]:
    """Open the store and give a server on it, for the running event loop; closed in order at the end.

    Args:
        opening: opens the store, as often as it must be opened anew.
        files: the ledger's public files.
    Raises: SuyuanError: the store cannot be opened.
    """
    log, measures, steady = log or Log(), Measures(), time.monotonic
    measures.dropped.set_function(lambda: log.dropped)
    rights = rights_table(settings)
    site = Site(
        opening,
        log=log,
        measures=measures,
        publish_seconds=settings.publish_seconds,
        loop=asyncio.get_running_loop(),
    )
    provider = None
    if settings.oidc is not None:
        provider = Provider(settings.oidc, clock=clock, steady=steady, rights=rights)
    proving = Proving(
        site,
        clock=clock,
        steady=steady,
        rights=rights,
        sessions=Sessions(entropy=entropy, lasts=timedelta(minutes=settings.session_minutes)),
        passwords=passwords or Passwords(),
        provider=provider,
    )
    service = Service(
        site=site,
        proving=proving,
        once=Once(site, clock=clock, steady=steady),
        settings=settings,
        measures=measures,
        clock=clock,
        entropy=entropy,
    )
    routes = build(
        service,
        files=files,
        accounts_at_most=Buckets(per_second=settings.requests_per_second, burst=settings.burst),
        steady=steady,
    )
    face = Face(
        routes,
        entropy=entropy,
        log=log,
        measures=measures,
        addresses=Buckets(per_second=settings.address_requests_per_second, burst=settings.address_burst),
        proxies=settings.proxies,
        tls=tls,
    )
    await site.start()
    try:
        yield Server(face=face, site=site, service=service)
    finally:
        await site.stop()
        if provider is not None:
            await provider.close()


def rights_table(settings: ServeSettings) -> Mapping[RoleName, frozenset[Right]]:
    """Give the rights of each role: the site's own table, or the standard one.

    Raises: RefusedError `config.choice`: a right that there is not.
    """
    if settings.rights is None:
        return STANDARD
    table: dict[RoleName, frozenset[Right]] = {}
    for role, names in settings.rights.items():
        unknown = [name for name in names if name not in set(Right)]
        if unknown:
            raise RefusedError(
                f"suyuan.toml [serve.rights]: role {role} has a right that there is not",
                code="config.choice",
                hint="rights are: " + ", ".join(sorted(right.value for right in Right)),
            )
        table[RoleName(role)] = frozenset(map(Right, names))
    return MappingProxyType(table)
