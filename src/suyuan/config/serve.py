"""The table `[serve]`: how the HTTP interface listens to whom, how often, and whose tokens it believes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from typing import Final

from suyuan.config.table import Table

ALGORITHMS: Final = ("RS256", "PS256", "ES256", "EdDSA")
"""How a provider may sign. None that is symmetric: a public key must not pass for a secret."""

_BELIEVED: Final = re.compile(r"https://.+|http://(127\.0\.0\.1|localhost|\[::1\])(:[0-9]+)?(/.*)?")
"""A provider is reached over TLS, or lies on this machine: its host is compared whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcSettings:
    """The table `[serve.oidc]`: the OpenID provider whose tokens are believed.

    Args:
        issuer: its name, an https URL; its keys are found from there.
        audience: this interface's name at the provider; a token for anybody else is refused.
        account_claim: the claim that names the account.
        roles_claim: the claim with the roles, as a path with dots (`realm_access.roles`).
        roles: the site's role for each of the provider's; empty: the names are the same.
        attributes: attribute of the account -> claim.
        algorithms: the signatures that count.
    """

    issuer: str
    audience: str
    account_claim: str = "sub"
    roles_claim: str = "roles"
    roles: Mapping[str, str] = field(default_factory=dict)
    attributes: Mapping[str, str] = field(default_factory=dict)
    algorithms: tuple[str, ...] = ALGORITHMS


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeSettings:
    """The table `[serve]`.

    Args:
        rights: role -> rights; None: the standard table.
        requests_per_second, burst: of one account.
        address_requests_per_second, address_burst: of one address, before anybody is known.
        session_minutes: how long a local user stays signed in.
        body_bytes: the largest body of a request; rows may take `rows_bytes`.
        publish_seconds: how often the ledger is published.
        drain_seconds: how long requests under way may take when the server is told to stop.
        proxies: addresses whose `X-Forwarded-For` is believed.
        metrics: `ADDRESS:PORT` where counters are given to whoever asks, beside `/metrics`; "": nowhere else.
        oidc: the provider; None: none.
    """

    rights: Mapping[str, tuple[str, ...]] | None = None
    requests_per_second: float = 20.0
    burst: int = 100
    address_requests_per_second: float = 100.0
    address_burst: int = 500
    session_minutes: int = 480
    body_bytes: int = 65_536
    rows_bytes: int = 16_777_216
    publish_seconds: float = 10.0
    drain_seconds: float = 20.0
    proxies: tuple[str, ...] = ()
    metrics: str = ""
    oidc: OidcSettings | None = None


def read_serve(table: Table) -> ServeSettings:
    """Read the table, strictly."""
    plain = ServeSettings()
    settings = ServeSettings(
        rights=_rights(table.inner("rights")) if table.has("rights") else None,
        requests_per_second=_rate(table, "requests_per_second", plain.requests_per_second),
        burst=table.whole("burst", plain.burst, least=1, most=1_000_000),
        address_requests_per_second=_rate(table, "address_requests_per_second", plain.address_requests_per_second),
        address_burst=table.whole("address_burst", plain.address_burst, least=1, most=1_000_000),
        session_minutes=table.whole("session_minutes", plain.session_minutes, least=1, most=43_200),
        body_bytes=table.whole("body_bytes", plain.body_bytes, least=1024, most=1_048_576),
        rows_bytes=table.whole("rows_bytes", plain.rows_bytes, least=1024, most=1_073_741_824),
        publish_seconds=table.number("publish_seconds", plain.publish_seconds, least=0.1, most=3600.0),
        drain_seconds=table.number("drain_seconds", plain.drain_seconds, least=0.0, most=600.0),
        proxies=_addresses(table, "proxies"),
        metrics=_listener(table, "metrics"),
        oidc=_oidc(table.inner("oidc")) if table.has("oidc") else None,
    )
    table.end()
    return settings


def _rights(table: Table) -> Mapping[str, tuple[str, ...]]:
    return {role: table.strings(role) for role in table.left()}


def _oidc(table: Table) -> OidcSettings:
    issuer = table.take("issuer", str)
    if not _BELIEVED.fullmatch(issuer):
        raise table.error("`issuer` is no https URL", key="issuer", code="config.choice")
    algorithms = table.strings("algorithms", ALGORITHMS)
    if not algorithms or set(algorithms) - set(ALGORITHMS):
        raise table.error(f"`algorithms` are some of {', '.join(ALGORITHMS)}", key="algorithms", code="config.choice")
    plain = OidcSettings(issuer=issuer, audience=table.take("audience", str))
    settings = replace(
        plain,
        account_claim=table.take("account_claim", str, plain.account_claim),
        roles_claim=table.take("roles_claim", str, plain.roles_claim),
        roles=table.mapping("roles"),
        attributes=table.mapping("attributes"),
        algorithms=algorithms,
    )
    if not settings.audience:
        raise table.error("`audience` is empty", key="audience", code="config.choice")
    table.end()
    return settings


def _rate(table: Table, key: str, default: float) -> float:
    return table.number(key, default, least=0.01, most=1_000_000.0)


def _listener(table: Table, key: str) -> str:
    """Read `ADDRESS:PORT`, an IPv6 address in brackets."""
    text = table.take(key, str, "")
    address, _, port = text.rpartition(":")
    try:
        right = not text or (bool(ip_address(address.removeprefix("[").removesuffix("]"))) and 0 < int(port) < 65_536)
    except ValueError:
        right = False
    if not right:
        raise table.error(f"`{key}` is no IP address and port, as 127.0.0.1:9464", key=key, code="config.choice")
    return text


def _addresses(table: Table, key: str) -> tuple[str, ...]:
    found = table.strings(key)
    for address in found:
        try:
            ip_address(address)
        except ValueError:
            raise table.error(f"`{key}` has what is no IP address", key=key, code="config.choice") from None
    return found
