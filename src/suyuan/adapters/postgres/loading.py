"""A copy of a schema loaded into a database: under a name of its own until it was checked, then in its place in one step."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

import psycopg
from psycopg import sql

from suyuan.adapters.postgres.address import Address
from suyuan.adapters.postgres.failure import unavailable
from suyuan.adapters.postgres.session import (
    Connection,
    Contents,
    closed_on_failure,
    connect,
    is_empty,
    lock,
    names,
    of_schema,
    one,
    statements,
)
from suyuan.adapters.postgres.snapshot import SchemaCopy, TableCopy
from suyuan.adapters.postgres.transaction import Warnings, commit, roll_back
from suyuan.errors import RefusedError, VerificationError

_SQL: Final = statements("snapshot.sql")
_MOVING: Final = statements("moving.sql")
_CHUNK: Final = 1 << 20
_LONGEST: Final = 50
_WAIT_SECONDS: Final = 10.0
_MADE_WITH_ROWS: Final = ("meta", "numbering")


class Loading:
    """A schema that is being restored; made by `load`, ended by `put_in_place` or `discard`."""

    def __init__(self, connection: Connection, *, address: Address, aside: Address, contents: Contents) -> None:
        self._connection = connection
        self._address = address
        self._contents = contents
        self.aside = aside
        """Where it lies until it is put in its place."""

    def put_in_place(self) -> None:
        """Give the schema its name: all of it or nothing.

        Tables that an administrator has prepared are filled, and keep their owner and rights; into a schema that is
        empty the tables move; where there is none, the schema is renamed.

        Raises: RefusedError `store.exists`: something is in it by now. UnavailableError: the server refuses.
        """
        connection, warnings = self._connection, Warnings(self._connection)
        try:
            lock(connection, address=self._address, wait_seconds=0)
            state = _require_free(connection, address=self._address, contents=self._contents)
            connection.execute(b"BEGIN")
            {_ABSENT: self._rename, _EMPTY: self._move, _PREPARED: self._fill}[state]()
            commit(connection, warnings=warnings, name=self._address.name)
        except psycopg.Error as error:
            roll_back(connection)
            raise unavailable(error, name=self._address.name) from error

    def discard(self) -> None:
        """Take away what is not in its place, as far as the server lets; end the session."""
        with suppress(psycopg.Error):
            roll_back(self._connection)
            _drop_aside(self._connection, self.aside)
        self._connection.close()

    def _rename(self) -> None:
        self._run("ALTER SCHEMA {aside} RENAME TO {place}")
        self._connection.execute(of_schema(_SQL["unmark_aside"], schema=self._address.schema))

    def _move(self) -> None:
        for name, _ in self._tables(self.aside):
            self._run("ALTER TABLE {aside}.{name} SET SCHEMA {place}", name=name)
        for (name,) in self._connection.execute(_SQL["functions"], (self.aside.schema,)).fetchall():
            self._run("ALTER FUNCTION {aside}.{name}() SET SCHEMA {place}", name=name)
        self._run("DROP SCHEMA {aside}")

    def _fill(self) -> None:
        there = dict(self._tables(self._address))
        for name, columns in self._tables(self.aside):
            if name not in _MADE_WITH_ROWS and name in there:
                self._run(
                    "INSERT INTO {place}.{name} ({columns}) SELECT {columns} FROM {aside}.{name}",
                    name=name, columns=tuple(columns),
                )  # fmt: skip
        if "numbering" in there:
            self._run("UPDATE {place}.numbering SET last = (SELECT last FROM {aside}.numbering)")
        self._run("DELETE FROM {place}.meta WHERE name = 'prepared'")
        self._connection.execute(_SQL["enter"], (self._address.schema,))
        if "hold" in there:
            self._connection.execute(_MOVING["set_next_hold"])
        self._connection.execute(of_schema(_SQL["drop_aside"], schema=self.aside.schema))

    def _tables(self, address: Address) -> list[tuple[str, list[str]]]:
        return [(name, columns) for name, columns in self._connection.execute(_SQL["tables"], (address.schema,))]

    def _run(self, text: str, *, name: str = "", columns: tuple[str, ...] = ()) -> None:
        # Each text is a literal of this file; what varies goes in as identifiers.
        self._connection.execute(
            sql.SQL(text).format(
                aside=sql.Identifier(self.aside.schema),
                place=sql.Identifier(self._address.schema),
                name=sql.Identifier(name or "none"),
                columns=names(columns),
            )
        )


def load(
    address: Address,
    *,
    contents: Contents,
    steps: Sequence[bytes],
    copied: SchemaCopy,
    files: Path,
    told: Callable[[int], None] | None = None,
) -> Loading:
    """Load a copied schema beside its place, which must be absent, empty, or as an administrator has prepared it.

    What a killed restore has left beside it is taken away first.

    Args:
        steps: the scripts that make tables of the copy's version. files: the folder of the tables' copies.
        told: is told how many bytes were loaded, as they are.
    Raises: RefusedError `store.exists`: something is in its place. UnavailableError: the server does not answer or
        refuses. VerificationError `backup.archive`: a copy does not fit its table.
    """
    aside = replace(address, schema=f"{address.schema[:_LONGEST]}_restoring")
    connection = connect(aside, writes=True)
    with closed_on_failure(connection, name=address.name):
        # The ledger's writer takes a lock of the schema's own name.
        lock(connection, address=replace(aside, schema=aside.schema + " by"), wait_seconds=_WAIT_SECONDS)
        _require_free(connection, address=address, contents=contents)
        connection.execute(_SQL["enter"], (aside.schema,))
        _drop_aside(connection, aside)
        with connection.transaction():
            connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(aside.schema)))
            connection.execute(of_schema(_SQL["mark_aside"], schema=aside.schema))
            for step in steps:
                connection.execute(step)
            for table in copied.tables:
                _load_table(connection, table=table, file=files / f"{table.name}.copy", told=told)
            if any(table.name == "hold" for table in copied.tables):
                connection.execute(_MOVING["set_next_hold"])
        connection.execute(
            sql.SQL("ANALYZE {}").format(sql.SQL(", ").join(sql.Identifier(table.name) for table in copied.tables))
        )
    return Loading(connection, address=address, aside=aside, contents=contents)


def _load_table(connection: Connection, *, table: TableCopy, file: Path, told: Callable[[int], None] | None) -> None:
    if table.name in _MADE_WITH_ROWS:
        connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table.name)))
    text = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT binary)").format(sql.Identifier(table.name), names(table.columns))
    cursor = connection.cursor()
    try:
        with file.open("rb") as read, cursor.copy(text) as copy:
            while piece := read.read(_CHUNK):
                copy.write(piece)
                if told is not None:
                    told(len(piece))
    except (psycopg.DataError, psycopg.IntegrityError, psycopg.ProgrammingError) as error:
        if isinstance(error, psycopg.errors.InsufficientPrivilege):
            raise
        raise _unfit(table) from error
    if cursor.rowcount != table.rows:
        raise _unfit(table)


_ABSENT, _EMPTY, _PREPARED = "absent", "empty", "prepared"


def _require_free(connection: Connection, *, address: Address, contents: Contents) -> str:
    """Require that nothing is in a schema; say whether it is absent, empty, or prepared for a store of this kind."""
    connection.execute(_SQL["enter"], (address.schema,))
    schema, something, meta = one(connection, "is_there", {"schema": address.schema})
    if not something:
        return _EMPTY if schema else _ABSENT
    if meta and is_empty(connection, address=address, contents=contents):
        [(prepared,)] = connection.execute(_SQL["prepared"]).fetchall()
        if prepared:
            return _PREPARED
    raise RefusedError(
        f"{address.name}: there is something in it already",
        code="store.exists",
        hint="restore into another database or --schema; what is there is never written over",
    )


def _drop_aside(connection: Connection, aside: Address) -> None:
    """Take away what a restore has left unfinished; never anything else."""
    for (ours,) in connection.execute(_SQL["is_aside"], (aside.schema,)).fetchall():
        if not ours:
            raise RefusedError(
                f"{aside.name}: there is something in it already, and it is no restore's",
                code="store.exists",
                hint="restore needs a schema of this name for a while: choose another --schema",
            )
        connection.execute(of_schema(_SQL["drop_aside"], schema=aside.schema))


def _unfit(table: TableCopy) -> VerificationError:
    return VerificationError(
        f"the copy of table {table.name} does not fit",
        code="backup.archive",
        hint="take another copy of the archive, or the suyuan that wrote it; nothing was restored",
    )
