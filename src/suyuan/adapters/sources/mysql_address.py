"""Where a MySQL or MariaDB database is, as `policy/sources.toml` says it; a password is never part of that."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

from suyuan.collect.source import Source
from suyuan.errors import RefusedError

_OPTIONS: Final = ("unix_socket", "ssl_ca")
_PORT: Final = 3306


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A database and how it is reached.

    Args:
        user: None: the option file says who.
        socket: the path of a local server's socket; None: over the network.
        ssl_ca: the file of the authorities by which the server's certificate is believed, name and all.
    """

    host: str
    port: int
    user: str | None
    database: str
    socket: str | None
    ssl_ca: str | None


def parse_address(source: Source) -> Address:
    """Read `mysql://user@host:port/database?unix_socket=...&ssl_ca=...`.

    Raises: RefusedError `source.database`: it does not read, or holds a password; never repeats it.
    """
    try:
        parts = urlsplit(source.database)
        port = parts.port or _PORT
        options = parse_qs(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query), errors="strict")
    except ValueError:
        raise _unreadable(source) from None
    if parts.password is not None or any("passw" in name for name in options):
        raise RefusedError(
            f"source {source.name}: its database is given with a password",
            code="source.database",
            hint="leave it out; name a `defaults_file` or a `password_variable` in policy/sources.toml",
        )
    database = unquote(parts.path.removeprefix("/"))
    if not database or "/" in database or any(name not in _OPTIONS or len(v) != 1 for name, v in options.items()):
        raise _unreadable(source)
    return Address(
        host=parts.hostname or "localhost",
        port=port,
        user=unquote(parts.username) if parts.username else None,
        database=database,
        socket=options.get("unix_socket", [None])[0],
        ssl_ca=options.get("ssl_ca", [None])[0],
    )


def _unreadable(source: Source) -> RefusedError:
    return RefusedError(
        f"source {source.name}: its database does not read as a mysql:// URL",
        code="source.database",
        hint="for instance mysql://suyuan@db.example.org:3306/shop?ssl_ca=/etc/ssl/db.pem",
    )
