"""Wrapped secrets in a PostgreSQL schema, in another database than the data that they open."""

from collections.abc import Callable, Sequence
from itertools import islice
from types import TracebackType
from typing import Any, Final, Self

import numpy as np

from suyuan.adapters.key_reading import KeyReading, require_expected, require_marked, taken
from suyuan.adapters.named_statements import script
from suyuan.adapters.postgres.address import Address
from suyuan.adapters.postgres.asking import ask
from suyuan.adapters.postgres.session import (
    Connection,
    Contents,
    make,
    one,
    require_contents,
    statements,
    visiting,
)
from suyuan.adapters.postgres.sessions import Sessions
from suyuan.errors import RefusedError
from suyuan.hold.ports import KEK, MARK
from suyuan.terms import PersonNumber

KEYS: Final = Contents(
    what="keys",
    version=1,
    table="person",
    missing="restore the schema from its backup, or check `database` and `schema` of [keys]",
)

_SQL: Final = statements("keys.sql")
STEPS: Final = (script("keys_schema_1.sql", package=__package__).encode(),)
UNDO: Final = script("keys_drop.sql", package=__package__).encode()
_AT_A_TIME: Final = 50_000


class PostgresKeyStore(KeyReading):
    """The `KeyStore` port on one schema.

    A destroyed secret is overwritten, deleted and vacuumed away. The server's write-ahead log and its archives keep
    what passed through until they are recycled: rotate the key over all keys, and it opens none of that any more.
    """

    _belong = "see that the keys and the data belong together"

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    @classmethod
    def open(cls, address: Address, *, writes: bool) -> Self:
        """Open the store. Raises: UnavailableError: there are no keys, or the server does not answer or refuses."""
        with visiting(address, writes=writes) as connection:
            require_contents(connection, address=address, contents=KEYS)
        return cls(Sessions(address, writes=writes))

    @staticmethod
    def create(address: Address) -> Callable[[], None]:
        """Make an empty store where nothing is; give what takes it away again, should making the rest fail.

        Raises: RefusedError: something is in the schema. UnavailableError: as `open`.
        """
        return make(address, contents=KEYS, steps=STEPS, undo=UNDO)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End every session; closing twice does nothing."""
        self._sessions.close()

    def add_persons(self, wrapped: Sequence[bytes]) -> PersonNumber:
        """Store one wrapped secret per new person; give the number of the first, the rest follow on.

        Raises: UnavailableError `hold.generation`: one does not begin with the mark in force.
        """
        wrapped = tuple(wrapped)
        with self._sessions.transaction() as connection:
            first = _hold(connection) + 1
            require_marked(wrapped, marks=_ask(connection, "secret", MARK))
            rest = iter(enumerate(wrapped, start=first))
            while part := list(islice(rest, _AT_A_TIME)):
                numbers, envelopes = zip(*part, strict=True)
                _run(connection, "add_persons", np.array(numbers, np.int64), list(envelopes))
            _run(connection, "advance", first + len(wrapped) - 1)
        return PersonNumber(first)

    def erase(self, person: PersonNumber) -> None:
        """Destroy a person's secret: overwritten, deleted, and vacuumed away; one that is gone stays gone."""
        with self._sessions.transaction() as connection:
            _run(connection, "overwrite_person", int(person))
        with self._sessions.transaction() as connection:
            _run(connection, "erase_person", int(person))
        self._tidy("tidy_persons")

    def discard(self, name: str) -> bool:
        """Destroy a named secret, overwritten first; say whether it was held."""
        with self._sessions.transaction() as connection:
            held = _run(connection, "overwrite_secret", name) > 0
        with self._sessions.transaction() as connection:
            _run(connection, "discard_secret", name)
        # Said again where nothing is left: a run may have died between the transactions and this.
        self._tidy("tidy_secrets")
        return held

    def put(self, name: str, wrapped: bytes) -> None:
        """Store a named secret; a name is written once.

        Raises: RefusedError: the name is taken. UnavailableError `hold.generation`: as `add_persons`.
        """
        with self._sessions.transaction() as connection:
            if not name.startswith(KEK):
                _hold(connection)
                require_marked((wrapped,), marks=_ask(connection, "secret", MARK))
            if not _run(connection, "add_secret", name, wrapped):
                raise taken(name)

    def rewrap_persons(self, changes: Sequence[tuple[int, bytes, bytes]]) -> int:
        """Replace envelopes where they are the ones expected; give how many were replaced."""
        if not changes:
            return 0
        numbers, expected, new = zip(*changes, strict=True)
        with self._sessions.transaction() as connection:
            return _run(connection, "rewrap_persons", list(new), np.array(numbers, np.int64), list(expected))

    def rewrite(self, changes: Sequence[tuple[str, bytes | None, bytes]]) -> None:
        """Replace named values where they are the ones expected; all or none.

        Raises: UnavailableError `hold.changed`: one is another by now.
        """
        with self._sessions.transaction() as connection:
            _hold(connection)
            for name, expected, new in changes:
                require_expected(name, found=_ask(connection, "secret", name), expected=expected)
                _run(connection, "rewrite_secret", name, new)

    def _rows(self, name: str, *parameters: object) -> list[Any]:  # What a database gives carries no types.
        return self._sessions.ask(lambda connection: _ask(connection, name, *parameters))

    def _listed(self, numbers: Sequence[int]) -> object:
        return np.asarray(numbers, np.int64)

    def _tidy(self, name: str) -> None:
        self._sessions.ask(lambda connection: _run(connection, name))


def require_apart(keys: Address, *, others: Sequence[Address]) -> None:
    """Require that the keys lie in another database than what they open.

    Raises: RefusedError `config.same_database`: whoever dumped that database would have both. UnavailableError: a server
        does not answer.
    """
    own = _identity(keys)
    for other in others:
        if _identity(other) == own:
            raise RefusedError(
                f"the keys would lie in the very database that they open ({other.name})",
                code="config.same_database",
                hint="name another database for the keys, better on another server; or keep them in keys.db",
            )


def _identity(address: Address) -> tuple[int, int]:
    with visiting(address, writes=False) as connection:
        system, database = one(connection, "identity")
    return int(system), int(database)


def _hold(connection: Connection) -> int:
    """Hold the numbering until the transaction ends; give the number given last."""
    return int(_ask(connection, "hold_numbering")[0][0])


def _run(connection: Connection, name: str, *parameters: object) -> int:
    return connection.execute(_SQL[name], parameters or None).rowcount


def _ask(connection: Connection, name: str, *parameters: object) -> list[Any]:
    return ask(connection, _SQL[name], parameters)
