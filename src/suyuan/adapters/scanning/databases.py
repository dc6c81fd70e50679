"""Tables of PostgreSQL, MySQL and MariaDB to look through: a sample of each, in a transaction that only reads."""

from collections.abc import Iterator
from functools import partial
from typing import Final

import polars as pl

from suyuan.adapters.named_statements import named_statements
from suyuan.adapters.sources import SourceDatabase, open_source
from suyuan.collect.source import TIMEOUT_SECONDS, Source
from suyuan.discovery.ports import Part, TablePart, UnreadPart

_BYTES: Final = (
    "bytea",
    "blob",
    "tinyblob",
    "mediumblob",
    "longblob",
    "binary",
    "varbinary",
    "geometry",
    "USER-DEFINED",
    "tsvector",
    "oid",
)

_ENOUGH: Final = 4
"""How many times the rows wanted a random sample of pages is aimed at, since pages are not equally full."""


class DatabaseSource:
    """A database by its URL.

    Args:
        url: `postgresql://...` or `mysql://...`, without a password.
        rows: the most rows of one table; 0 for all.
        timeout_seconds: how long the server may take over one table; 0: as long as it takes.
    """

    def __init__(self, url: str, *, rows: int, timeout_seconds: int = TIMEOUT_SECONDS) -> None:
        self._source = Source(name="scan", database=url, query="", timeout_seconds=timeout_seconds)
        self._rows = rows
        self._is_mysql = url.startswith(("mysql", "mariadb"))
        self._quote = "`" if self._is_mysql else '"'
        self._sql = named_statements("mysql.sql" if self._is_mysql else "postgres.sql", package=__package__)

    def parts(self) -> Iterator[Part]:
        """Give the tables by name; those that this account may not read by name alone."""
        with open_source(self._source) as database:
            tables = database.read(self._sql["tables"])
            columns = database.read(self._sql["columns"])
            hidden = [] if self._is_mysql else database.read(self._sql["hidden"]).rows()
            by_table: dict[tuple[str, str], list[str]] = {}
            for schema, name, column, kind in columns.rows():
                if kind not in _BYTES:
                    by_table.setdefault((schema, name), []).append(column)
            for schema, name, rows, size, key in tables.rows():
                place = f"{schema}.{name}"
                names = by_table.get((schema, name), [])
                if not names:
                    yield UnreadPart(place=place, reason="no column of text, numbers or times")
                    continue
                relation = f"{self._quoted(schema)}.{self._quoted(name)}"
                query = self._query(relation, names=names, rows=int(float(rows)), size=int(float(size)))
                yield TablePart(
                    place=place, batches=partial(self._batches, database, query=query, relation=relation, names=names),
                    rows=int(float(rows)) or None, key=tuple(key.split("\x1f")) if key else (), relation=relation,
                )  # fmt: skip
            for schema, name in hidden:
                yield UnreadPart(place=f"{schema}.{name}", reason="this account may not read it")

    def _batches(
        self, database: SourceDatabase, *, query: str, relation: str, names: list[str]
    ) -> Iterator[pl.DataFrame]:
        rows = 0
        for frame in database.batches(query, limit=self._rows or None):
            rows += frame.height
            yield frame
        if not rows and "TABLESAMPLE" in query:
            # A sample of pages may miss all rows of a sparse table.
            yield from database.batches(self._plain(relation, names=names), limit=self._rows or None)

    def _plain(self, relation: str, *, names: list[str]) -> str:
        cast = "CAST({0} AS CHAR) AS {0}" if self._is_mysql else "{0}::text AS {0}"
        return f"SELECT {', '.join(cast.format(self._quoted(name)) for name in names)} FROM {relation}"

    def _query(self, relation: str, *, names: list[str], rows: int, size: int) -> str:
        """Give the rows, of random pages where a PostgreSQL table has many more than are wanted."""
        plain = self._plain(relation, names=names)
        if self._is_mysql or not self._rows or size == 0 or rows <= _ENOUGH * self._rows:
            return plain
        share = min(100.0, 100.0 * _ENOUGH * self._rows / rows)
        return f"{plain} TABLESAMPLE SYSTEM ({share:.4f})"

    def _quoted(self, name: str) -> str:
        return self._quote + name.replace(self._quote, self._quote * 2) + self._quote


def is_url(text: str) -> bool:
    """Tell a database from a file."""
    return text.partition("://")[0] in ("postgresql", "postgres", "mysql", "mariadb") and "://" in text
