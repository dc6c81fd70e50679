"""A copy of schemas as they stand at one moment, taken while others read and write them: each table in COPY's binary form."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import psycopg
from psycopg import sql

from suyuan.adapters import moving
from suyuan.adapters.postgres.address import Address
from suyuan.adapters.postgres.failure import unavailable
from suyuan.adapters.postgres.session import Connection, Contents, connect, names, require_contents, statements
from suyuan.errors import UnavailableError

_SQL: Final = statements("snapshot.sql")

Told = Callable[[int, int], None]
"""Is told how many bytes are done, of about how many."""

TABLES: Final[Mapping[str, frozenset[str]]] = {
    "ledger": frozenset(table.name for table in moving.LEDGER) | {"meta"},
    "people": frozenset(table.name for table in moving.PEOPLE) | {"meta"},
    "keys": frozenset(table.name for table in moving.KEYS) | {"meta", "numbering"},
}
"""The tables of a schema by what it holds; others that somebody has put there are not suyuan's to copy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A schema to be copied, and what it should hold."""

    address: Address
    contents: Contents


@dataclass(frozen=True, slots=True, kw_only=True)
class TableCopy:
    """A copied table: its name, the columns in the copy's order, and how many rows."""

    name: str
    columns: tuple[str, ...]
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaCopy:
    """A copied schema.

    Args:
        version: the version that made its tables; one that was stepped back has those of the later.
    """

    version: int
    tables: tuple[TableCopy, ...]

    def rows(self, table: str) -> int:
        """Give how many rows a table has."""
        return next(one.rows for one in self.tables if one.name == table)


def copy_schemas(sources: Mapping[str, Source], *, into: Path, told: Told | None = None) -> dict[str, SchemaCopy]:
    """Copy schemas, in their order, into files `PART/TABLE.copy`; those of one database in one transaction.

    Nobody waits for it but who changes tables themselves; rows that are deleted meanwhile are tidied up after it.

    Raises: UnavailableError: a server does not answer or refuses, or a schema is not what it should be, or the disk
        refuses.
    """
    found: dict[str, SchemaCopy] = {}
    while len(found) < len(sources):
        first = next(source for part, source in sources.items() if part not in found)
        together = {part: one for part, one in sources.items() if one.address.conninfo == first.address.conninfo}
        found |= _copy_database(together, into=into, told=told)
    return found


def _copy_database(sources: Mapping[str, Source], *, into: Path, told: Told | None) -> dict[str, SchemaCopy]:
    name = next(iter(sources.values())).address.name
    connection = connect(next(iter(sources.values())).address, writes=False)
    try:
        connection.execute(_SQL["begin"])
        counter = _Counter(told, total=sum(_bytes(connection, one) for one in sources.values()))
        return {
            part: _copy_schema(connection, source=source, place=into / part, counter=counter)
            for part, source in sources.items()
        }
    except psycopg.Error as error:
        raise unavailable(error, name=name) from error
    except OSError as error:
        raise UnavailableError(
            f"the copy cannot be written: {error.strerror}",
            code="file.unwritable",
            hint="no backup was made; make room or choose another place",
        ) from error
    finally:
        connection.close()


def _copy_schema(connection: Connection, *, source: Source, place: Path, counter: "_Counter") -> SchemaCopy:
    schema = source.address.schema
    connection.execute(_SQL["enter"], (schema,))
    version = require_contents(connection, address=source.address, contents=source.contents)
    for (later,) in connection.execute(_SQL["stepped_back"]).fetchall():
        version = int(later)
    place.mkdir(mode=0o700)
    listed = connection.execute(_SQL["tables"], (schema,)).fetchall()
    tables = [
        TableCopy(name=name, columns=tuple(columns), rows=0)
        for name, columns in listed
        if name in TABLES[source.contents.what]
    ]
    return SchemaCopy(
        version=version,
        tables=tuple(_copy_table(connection, table=table, place=place, counter=counter) for table in tables),
    )


def _copy_table(connection: Connection, *, table: TableCopy, place: Path, counter: "_Counter") -> TableCopy:
    text = sql.SQL("COPY {} ({}) TO STDOUT (FORMAT binary)").format(sql.Identifier(table.name), names(table.columns))
    cursor = connection.cursor()
    with (place / f"{table.name}.copy").open("xb") as file, cursor.copy(text) as copy:
        for piece in copy:
            file.write(piece)
            counter.add(len(piece))
    return replace(table, rows=cursor.rowcount)


def _bytes(connection: Connection, source: Source) -> int:
    return int(connection.execute(_SQL["bytes"], (source.address.schema,)).fetchall()[0][0])


class _Counter:
    """Adds up what is copied, and tells it a megabyte at a time."""

    def __init__(self, told: Told | None, *, total: int) -> None:
        self._told = told
        self._total = total
        self._done = self._last = 0

    def add(self, size: int) -> None:
        self._done += size
        if self._told is not None and self._done - self._last >= 1 << 20:
            self._last = self._done
            self._told(min(self._done, self._total), self._total)
