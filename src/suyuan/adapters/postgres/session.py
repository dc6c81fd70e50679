"""One session of a store's database: what it requires of the server, the writer's lock, the schema in place."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from types import MappingProxyType
from typing import Any, Final

import psycopg
from psycopg import sql
from psycopg.abc import PQGen

from suyuan.adapters.named_statements import named_statements
from suyuan.adapters.postgres.address import Address
from suyuan.adapters.postgres.failure import unavailable
from suyuan.errors import RefusedError, UnavailableError


class Connection(psycopg.Connection[tuple[Any, ...]]):  # What a database gives carries no types.
    """A session, and the statements that `asking` has prepared in it: the name of each, by its text and its parameters' types.

    `numbers` names the next one.
    """

    def __init__(self, *given: Any, **named: Any) -> None:  # As psycopg makes its sessions.
        super().__init__(*given, **named)
        self.prepared: dict[tuple[bytes, tuple[int, ...] | None], bytes] = {}
        self.numbers = count()

    def _deallocate(self, name: bytes | None) -> PQGen[None]:
        # At a rollback psycopg has the server forget every statement of the session, not its own alone.
        if name is None:
            self.prepared.clear()
        yield from super()._deallocate(name)


def statements(file_name: str) -> Mapping[str, bytes]:
    """Give the named statements of a file in `sql/`; as bytes, for psycopg asks that text be a literal in the code."""
    found = named_statements(file_name, package=__package__)
    return MappingProxyType({name: text.encode() for name, text in found.items()})


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What a schema holds.

    Args:
        what: how messages call it: `ledger`, `people`, `keys`.
        version: the version that this program reads and writes.
        table: the table that must outlive a crash of the server.
        missing: what to do where there is none.
    """

    what: str
    version: int
    table: str
    missing: str

    @property
    def mark(self) -> str:
        """What the schema's table `meta` says that it is."""
        return f"suyuan {self.what}"


LEDGER: Final = Contents(
    what="ledger",
    version=1,
    table="entries",
    missing="restore it from its backup, or check `database` and `schema`; without it nothing is let out",
)

_SESSION: Final = statements("session.sql")
_OLDEST_SERVER: Final = 140000
_PAUSE_SECONDS: Final = 0.05


def connect(address: Address, *, writes: bool) -> Connection:
    """Open a session that commits durably, on a server that keeps what it commits.

    Raises: UnavailableError: no server, no right to enter, or a server that would lose what it confirmed.
    """
    try:
        connection = Connection.connect(address.conninfo, autocommit=True)
    except psycopg.Error as error:
        raise unavailable(error, name=address.name) from error
    try:
        connection.execute(_SESSION["session"], {"schema": address.schema, "read_only": "off" if writes else "on"})
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
                f"{address.name}: another process is writing this schema (waited {wait_seconds:g} s)",
                code="store.locked",
                hint="wait for it to end, then try again; reading needs no lock",
            )
        time.sleep(_PAUSE_SECONDS)


def require_contents(connection: Connection, *, address: Address, contents: Contents) -> int:
    """Require that the schema holds what it should, of a version that this suyuan knows; give the version.

    Raises: UnavailableError: it holds nothing, something else, or a later version; nothing was changed.
    """
    _, something, meta = one(connection, "is_there", {"schema": address.schema})
    what = contents.what
    if not something:
        raise UnavailableError(
            f"{address.name}: there is no {what} here"
            if what == "ledger"
            else f"{address.name}: there are no {what} here",
            code="store.missing",
            hint=contents.missing,
        )
    found = said(connection) if meta else {}
    if found.get("store") != contents.mark or not str(found.get("version")).isdigit():
        raise UnavailableError(
            f"{address.name}: it is not a {what} of suyuan"
            if what == "ledger"
            else f"{address.name}: it holds no {what} of suyuan",
            code="store.foreign",
            hint="choose another `schema`; nothing was changed",
        )
    if "moving" in found:
        raise UnavailableError(
            f"{address.name}: a move into it was broken off",
            code="store.half",
            hint="run the same `suyuan hold migrate` again: it goes on where it stopped",
        )
    version = int(found["version"])
    if version > contents.version:
        raise UnavailableError(
            f"{address.name}: it has version {version}, and this suyuan knows versions up to {contents.version}",
            code="store.newer",
            hint="install the newer suyuan that wrote it; nothing was changed",
        )
    if not one(connection, "logged", (contents.table,))[0]:
        raise UnavailableError(
            f"{address.name}: its table of {contents.table} would be emptied by a crash of the server",
            code="store.unsafe",
            hint=f"make it durable: ALTER TABLE {contents.table} SET LOGGED",
        )
    return version


def said(connection: Connection) -> dict[str, str]:
    """Give what the schema's table `meta` says."""
    return dict(connection.execute(_SESSION["meta"]).fetchall())


def create(connection: Connection, *, address: Address, steps: Sequence[bytes]) -> bool:
    """Make an empty store in the schema, which must be absent or empty; whole or not at all.

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
            connection.execute(of_schema(_SESSION["create_schema"], schema=address.schema))
        for step in steps:
            connection.execute(step)
    return not schema


def is_empty(connection: Connection, *, address: Address, contents: Contents) -> bool | None:
    """Say whether a schema holds an empty store of this kind, or one into which a move was broken off; None: nothing."""
    _, something, meta = one(connection, "is_there", {"schema": address.schema})
    if not something:
        return None
    found = said(connection) if meta else {}
    if not _is_newest(found, contents=contents):
        return False
    held = sql.SQL("SELECT EXISTS (SELECT FROM {})").format(sql.Identifier(contents.table))
    return "moving" in found or not connection.execute(held).fetchall()[0][0]


def make(address: Address, *, contents: Contents, steps: Sequence[bytes], undo: bytes) -> Callable[[], None]:
    """Make an empty store where nothing is; give what takes it away again, should making the rest fail.

    What an administrator has prepared is taken as it is, once.

    Args:
        contents: what it will hold.
        steps: the scripts that make it. undo: the statement that drops what they made.
    Raises: RefusedError: something is in the schema. UnavailableError: as `connect`.
    """
    with visiting(address, writes=True) as connection:
        lock(connection, address=address, wait_seconds=0)
        if _take_prepared(connection, address=address, contents=contents):
            return lambda: None
        made_schema = create(connection, address=address, steps=steps)

    def take_away() -> None:
        with suppress(UnavailableError), visiting(address, writes=True) as again, again.transaction():
            again.execute(undo)
            if made_schema:
                again.execute(of_schema(_SESSION["drop_schema"], schema=address.schema))

    return take_away


def _take_prepared(connection: Connection, *, address: Address, contents: Contents) -> bool:
    """Take what an administrator has prepared here for a store of this kind and version; say whether there was any."""
    _, _, meta = one(connection, "is_there", {"schema": address.schema})
    if not meta or not _is_newest(said(connection), contents=contents):
        return False
    return connection.execute(_SESSION["take_prepared"]).rowcount == 1


def _is_newest(found: Mapping[str, str], *, contents: Contents) -> bool:
    return found.get("store") == contents.mark and found.get("version") == str(contents.version)


@contextmanager
def visiting(address: Address, *, writes: bool) -> Iterator[Connection]:
    """Open a session for the block alone. Raises: UnavailableError: as `connect`, or the server refuses."""
    connection = connect(address, writes=writes)
    with closed_on_failure(connection, name=address.name):
        yield connection
    connection.close()


@contextmanager
def closed_on_failure(connection: Connection, *, name: str) -> Iterator[None]:
    """Let an opening step's failure close the session, and leave as one clear line."""
    try:
        yield
    except psycopg.Error as error:
        connection.close()
        raise unavailable(error, name=name) from error
    except BaseException:
        connection.close()
        raise


def one(
    connection: Connection, name: str, parameters: Sequence[object] | Mapping[str, object] | None = None
) -> tuple[Any, ...]:
    """Give the one row of a named statement of `session.sql`."""
    (row,) = connection.execute(_SESSION[name], parameters).fetchall()
    return row


def of_schema(text: bytes, *, schema: str) -> bytes:
    """Give a statement in which `{schema}` stands for a schema's name."""
    return text.replace(b"{schema}", sql.Identifier(schema).as_bytes(None))


def names(columns: Sequence[str]) -> sql.Composed:
    """Give columns as a statement lists them."""
    return sql.SQL(", ").join(map(sql.Identifier, columns))


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
