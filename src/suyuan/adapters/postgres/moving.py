"""One PostgreSQL schema as the source or target of a move."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from psycopg import sql

from suyuan.adapters.moving import Endpoint, Row, Table
from suyuan.adapters.postgres.address import Address
from suyuan.adapters.postgres.failure import unavailable
from suyuan.adapters.postgres.session import Contents, connect, create, is_empty, lock, names, statements, visiting
from suyuan.adapters.postgres.transaction import Warnings, commit, roll_back
from suyuan.errors import RefusedError

_SQL: Final = statements("moving.sql")
_BOOL: Final = 16
_TEXT: Final = 25


class PostgresEndpoint(Endpoint):
    """A schema; as a target it says in `meta` that it is not whole until it is finished, and is opened by nobody.

    Args:
        contents: what it holds. steps: the scripts that make it, where it is a target; None for a source.
        move: the move that a target is made by. One that it made whole already, and was broken off then, is taken again.
    """

    def __init__(
        self, address: Address, *, contents: Contents, steps: Sequence[bytes] | None = None, move: str = ""
    ) -> None:
        self._name = address.name
        self._move = move
        self._connection = connect(address, writes=steps is not None)
        self._warnings = Warnings(self._connection)
        self._types: dict[str, Mapping[str, int]] = {}
        try:
            with self._told():
                if steps is not None:
                    self._take(address, contents=contents, steps=steps)
        except BaseException:
            self._connection.close()
            raise

    def close(self) -> None:
        """End the session."""
        self._connection.close()

    def count(self, table: Table) -> int:
        """Give how many rows a table has."""
        return int(self._all(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table.name)))[0][0])

    def last_key(self, table: Table) -> Row | None:
        """Give the key of a table's last row, None where it is empty."""
        text = sql.SQL("SELECT {keys} FROM {table} ORDER BY {order} LIMIT 1").format(
            keys=names(table.keys), table=sql.Identifier(table.name), order=self._ordered(table, end=" DESC")
        )
        found = self._all(text)
        return _plain(found[0]) if found else None

    def rows(self, table: Table, *, after: Row | None) -> Iterator[Row]:
        """Give a table's rows behind a key, in the order of their keys, texts by code point."""
        behind: sql.Composable = sql.SQL("")
        if after is not None:
            marks = sql.SQL(", ").join([sql.Placeholder()] * table.key)
            behind = sql.SQL("WHERE ({}) > ({})").format(self._ordered(table), marks)
        text = sql.SQL("SELECT {columns} FROM {table} {behind} ORDER BY {order}").format(
            columns=names(table.columns), table=sql.Identifier(table.name), behind=behind, order=self._ordered(table)
        )
        with (
            self._told(),
            self._connection.transaction(),
            self._connection.cursor(name="moving", binary=True) as cursor,
        ):
            cursor.itersize = 5_000
            cursor.execute(text, after)
            for row in cursor:
                yield _plain(row)

    def add(self, table: Table, rows: Sequence[Row]) -> None:
        """Add rows, durably, all or none."""
        types = [self._types_of(table)[name] for name in table.columns]
        text = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT binary)").format(
            sql.Identifier(table.name), names(table.columns)
        )
        with self._transaction(), self._connection.cursor().copy(text) as copy:
            copy.set_types(types)
            for row in rows:
                copy.write_row(
                    [value if kind != _BOOL else bool(value) for value, kind in zip(row, types, strict=True)]
                )

    def clear(self, table: Table) -> None:
        """Remove every row of a table, durably."""
        with self._transaction():
            self._connection.execute(sql.SQL("TRUNCATE {}").format(sql.Identifier(table.name)))

    def last_number(self) -> int | None:
        """Give the number that a key store gave last; None where this is none."""
        found = self._all(_SQL["has_numbering"])
        return int(self._all(_SQL["last_number"])[0][0]) if found[0][0] else None

    def finish(self, *, last_number: int | None) -> None:
        """Take on the numbering, and say that the store is whole."""
        with self._transaction():
            if last_number is not None:
                self._connection.execute(_SQL["set_last_number"], (last_number,))
            if self._connection.execute(_SQL["has_holds"]).fetchall()[0][0]:
                self._connection.execute(_SQL["set_next_hold"])
            self._connection.execute(_SQL["moved"])
            self._connection.execute(_SQL["set_moved_by"], (self._move,))
        self._connection.execute(b"ANALYZE")
        self._connection.close()

    def _take(self, address: Address, *, contents: Contents, steps: Sequence[bytes]) -> None:
        """Begin a move into a schema where nothing is, or go on with one that was broken off."""
        lock(self._connection, address=address, wait_seconds=10)
        state = is_empty(self._connection, address=address, contents=contents)
        if state is None:
            create(self._connection, address=address, steps=steps)
        elif not state and (self._move,) not in self._connection.execute(_SQL["moved_by"]).fetchall():
            raise RefusedError(
                f"{address.name}: there is something in it already",
                code="store.exists",
                hint="choose another `--schema`, or another database",
            )
        self._connection.execute(_SQL["moving"])

    def _types_of(self, table: Table) -> Mapping[str, int]:
        if table.name not in self._types:
            text = sql.SQL("SELECT * FROM {} LIMIT 0").format(sql.Identifier(table.name))
            with self._told():
                described = self._connection.execute(text).description or ()
            self._types[table.name] = {column.name: column.type_code for column in described}
        return self._types[table.name]

    def _ordered(self, table: Table, *, end: str = "") -> sql.Composable:
        """Give the key's columns so that texts are in the order of their code points, whatever the database's language."""
        types = self._types_of(table)
        return sql.SQL(", ").join(
            sql.SQL("{}{}" + end).format(sql.Identifier(name), sql.SQL(' COLLATE "C"' if types[name] == _TEXT else ""))
            for name in table.keys
        )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._told():
            self._connection.execute(b"BEGIN")
            try:
                yield
                commit(self._connection, warnings=self._warnings, name=self._name)
            except BaseException:
                roll_back(self._connection)
                raise

    def _all(self, text: bytes | sql.Composed) -> list[Any]:  # What a database gives carries no types.
        with self._told():
            return self._connection.execute(text).fetchall()

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except psycopg.Error as error:
            raise unavailable(error, name=self._name) from error


def drop_schema(address: Address, *, undo: bytes) -> None:
    """Take away the tables of a store that was moved elsewhere."""
    with visiting(address, writes=True) as connection, connection.transaction():
        connection.execute(undo)


def _plain(row: Row) -> Row:
    """Give flags as 0 and 1, as every other database has them."""
    return tuple(int(value) if isinstance(value, bool) else value for value in row)
