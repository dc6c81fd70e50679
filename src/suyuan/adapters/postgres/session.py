"""One session of a ledger's database: what it requires of the server, the writer's lock, the schema in place."""

import time
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import psycopg
from psycopg import sql

from suyuan.adapters.named_statements import named_statements
from suyuan.adapters.postgres.address import Address
from suyuan.adapters.postgres.failure import unavailable
from suyuan.errors import RefusedError, UnavailableError

Connection = psycopg.Connection[tuple[Any, ...]]  # What a database gives carries no types.

STATEMENTS: Final[Mapping[str, bytes]] = MappingProxyType(
    {name: text.encode() for name, text in named_statements("ledger.sql", package=__package__).items()}
)
"""As bytes: psycopg asks that a statement as text be a literal in the code."""

VERSION: Final = 1
_OLDEST_SERVER: Final = 140000
_PAUSE_SECONDS: Final = 0.05


def connect(address: Address, *, writes: bool) -> Connection:
    """Open a session that commits durably, on a server that keeps what it commits.

    Raises: UnavailableError: no server, no right to enter, or a server that would lose what it confirmed.
    """
    try:
        connection: Connection = psycopg.connect(address.conninfo, autocommit=True)
    except psycopg.Error as error:
        raise unavailable(error, name=address.name) from error
    try:
        connection.execute(STATEMENTS["session"], {"schema": address.schema, "read_only": "off" if writes else "on"})
        _require_server(connection, name=address.name, writes=writes)
    except psycopg.Error as error:
        connection.close()
        raise unavailable(error, name=address.name) from error
    except BaseException:
        connection.close()
        raise
    return connection


def lock(connection: Connection, *, address: Address, wait_seconds: float) -> int:
    """Hold the right to write this schema until the session ends; give the number of the session's server process.

    The lock and the writing are of one session: whoever lost the lock has lost the means to write as well.

    Raises: UnavailableError: `store.locked`: another writer held it all that time.
    """
    deadline = time.monotonic() + wait_seconds
    while True:
        held, process = one(connection, "lock", (address.schema,))
        if held:
            return int(process)
        if time.monotonic() >= deadline:
            raise UnavailableError(
                f"{address.name}: another process is writing this ledger (waited {wait_seconds:g} s)",
                code="store.locked",
                hint="wait for it to end, then try again; reading needs no lock",
            )
        time.sleep(_PAUSE_SECONDS)


def require_ledger(connection: Connection, *, address: Address) -> None:
    """Require that the schema holds a ledger of a version this suyuan knows.

    Raises: UnavailableError: it holds none, something else, or a later version; nothing was changed.
    """
    _, something, meta = one(connection, "is_there", {"schema": address.schema})
    if not something:
        raise UnavailableError(
            f"{address.name}: there is no ledger here",
            code="store.missing",
            hint="restore it from its backup, or check `database` and `schema`; without it nothing is let out",
        )
    try:
        found: dict[str, str] = dict(connection.execute(STATEMENTS["meta"]).fetchall()) if meta else {}
    except psycopg.errors.UndefinedColumn:
        found = {}
    if found.get("store") != "suyuan ledger" or not str(found.get("version")).isdigit():
        raise UnavailableError(
            f"{address.name}: it is not a ledger of suyuan",
            code="store.foreign",
            hint="choose another `schema`; nothing was changed",
        )
    if int(found["version"]) > VERSION:
        raise UnavailableError(
            f"{address.name}: it has version {found['version']}, and this suyuan knows versions up to {VERSION}",
            code="store.newer",
            hint="install the newer suyuan that wrote it; nothing was changed",
        )
    if not one(connection, "logged")[0]:
        raise UnavailableError(
            f"{address.name}: its table of entries would be emptied by a crash of the server",
            code="store.unsafe",
            hint="make it durable: ALTER TABLE entries SET LOGGED",
        )


def create(connection: Connection, *, address: Address) -> bool:
    """Make an empty ledger in the schema, which must be absent or empty; whole or not at all.

    Returns: whether the schema was made as well.
    Raises: RefusedError: `store.exists`: something is in it.
    """
    schema, something, _ = one(connection, "is_there", {"schema": address.schema})
    if something:
        raise RefusedError(
            f"{address.name}: there is something in it already",
            code="store.exists",
            hint="choose another `schema`, or another database",
        )
    with connection.transaction():
        if not schema:
            connection.execute(_of_schema("create_schema", address=address))
        connection.execute(STATEMENTS["schema"])
    return not schema


def drop(connection: Connection, *, address: Address, with_schema: bool) -> None:
    """Take away what `create` made: for a store whose making failed, and for nothing else."""
    with connection.transaction():
        connection.execute(STATEMENTS["drop_ledger"])
        if with_schema:
            connection.execute(_of_schema("drop_schema", address=address))


def one(
    connection: Connection, name: str, parameters: Sequence[object] | Mapping[str, object] | None = None
) -> tuple[Any, ...]:
    """Give the one row of a named statement."""
    (row,) = connection.execute(STATEMENTS[name], parameters).fetchall()
    return row


def _of_schema(name: str, *, address: Address) -> bytes:
    quoted = sql.Identifier(address.schema).as_bytes(None)
    return STATEMENTS[name].replace(b"{schema}", quoted)


def _require_server(connection: Connection, *, name: str, writes: bool) -> None:
    version, fsync, retries, standby = one(connection, "server")
    if version < _OLDEST_SERVER:
        raise UnavailableError(
            f"{name}: the server is of version {version // 10000}",
            code="store.older",
            hint=f"upgrade it: PostgreSQL {_OLDEST_SERVER // 10000} or newer",
        )
    if not writes:
        return
    if standby:
        raise UnavailableError(
            f"{name}: the server may only be read, for it is a standby",
            code="store.readonly",
            hint="name the primary server",
        )
    if fsync != "on" or retries != "off":
        said = "fsync = off" if fsync != "on" else "data_sync_retry = on"
        raise UnavailableError(
            f"{name}: the server runs with {said}, and may lose what it has confirmed",
            code="store.unsafe",
            hint="set it back in postgresql.conf and restart the server",
        )
