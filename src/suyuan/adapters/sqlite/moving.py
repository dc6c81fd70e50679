"""One SQLite file as the source or target of a move."""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np

from suyuan.adapters.moving import Endpoint, Row, Table
from suyuan.adapters.people.engine import distinct
from suyuan.adapters.people.token_entries import PersonTokens, TokenEntries
from suyuan.adapters.sqlite.failure import unavailable
from suyuan.adapters.sqlite.upgrade import sync_folder


class SqliteEndpoint(Endpoint):
    """A file that is a store already; as a target it has a name of its own until it is whole.

    Args:
        path: the file.
        final: the name that a target gets when it is finished; None for a source.
    """

    def __init__(self, path: Path, *, final: Path | None = None) -> None:
        self._path = path
        self._final = final
        with self._told():
            mode = "ro" if final is None else "rw"
            self._connection = sqlite3.connect(
                f"{path.absolute().as_uri()}?mode={mode}", uri=True, isolation_level=None, timeout=10
            )
            if final is not None:
                self._connection.execute("PRAGMA synchronous = FULL")

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def count(self, table: Table) -> int:
        """Give how many rows a table has."""
        with self._told():
            return int(self._connection.execute(f"SELECT count(*) FROM {table.name}").fetchone()[0])

    def last_key(self, table: Table) -> Row | None:
        """Give the key of a table's last row, None where it is empty."""
        backwards = ", ".join(f"{name} DESC" for name in table.keys)
        with self._told():
            text = f"SELECT {', '.join(table.keys)} FROM {table.name} ORDER BY {backwards} LIMIT 1"
            found: Row | None = self._connection.execute(text).fetchone()
            return found

    def rows(self, table: Table, *, after: Row | None) -> Iterator[Row]:
        """Give a table's rows behind a key, in the order of their keys."""
        keys = ", ".join(table.keys)
        behind = f"WHERE ({keys}) > ({', '.join('?' for _ in table.keys)})" if after is not None else ""
        text = f"SELECT {', '.join(table.columns)} FROM {table.name} {behind} ORDER BY {keys}"
        with self._told(), closing(self._connection.cursor()) as cursor:
            yield from cursor.execute(text, after or ())

    def add(self, table: Table, rows: Sequence[Row]) -> None:
        """Add rows, durably, all or none."""
        columns, marks = ", ".join(table.columns), ", ".join("?" for _ in table.columns)
        if table.columns == ("number",):  # What belongs to a person is derived from the tokens when all are there.
            columns, marks = "number, tokens", "?, x''"
        text = f"INSERT INTO {table.name} ({columns}) VALUES ({marks})"
        with self._told():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                self._connection.executemany(text, rows)
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def clear(self, table: Table) -> None:
        """Remove every row of a table, durably."""
        with self._told():
            self._connection.execute(f"DELETE FROM {table.name}")

    def last_number(self) -> int | None:
        """Give the number that a key store gave last; None where this is none."""
        with self._told():
            tables = self._connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'secret'").fetchone()
            if not tables[0]:
                return None
            return int(self._connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'person'").fetchone()[0])

    def finish(self, *, last_number: int | None) -> None:
        """Derive what belongs to each person, take on the numbering, and give the file its name."""
        with self._told():
            names = {name for (name,) in self._connection.execute("SELECT name FROM sqlite_master")}
            self._connection.execute("BEGIN IMMEDIATE")
            if "token" in names:
                self._connection.executemany("UPDATE person SET tokens = ?2 WHERE number = ?1", self._packed())
            if last_number is not None:
                self._connection.execute("UPDATE sqlite_sequence SET seq = ? WHERE name = 'person'", (last_number,))
            self._connection.execute("COMMIT")
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            self._connection.close()
            if self._final is not None:
                for end in ("-wal", "-shm"):
                    self._path.with_name(self._path.name + end).unlink(missing_ok=True)
                os.rename(self._path, self._final)
                sync_folder(self._final.parent)

    def _packed(self) -> Iterator[tuple[int, bytes]]:
        """Give every person's packed tokens, as the store itself writes them."""
        persons = np.array([row[0] for row in self._connection.execute("SELECT number FROM person")], np.int64)
        found = np.fromiter(
            self._connection.execute("SELECT person, kind, token, until IS NULL FROM token"),
            np.dtype([("person", "i8"), ("kind", "u1"), ("token", "i8"), ("current", "?")]),
        )
        found = found[np.lexsort((found["token"], found["kind"], found["person"]))]
        now = found["current"]
        held = [
            TokenEntries(persons=rows["person"], kinds=rows["kind"], tokens=rows["token"])
            for rows in (found[now], found[~now])
        ]
        return PersonTokens(current=held[0], closed=held[1]).pack(distinct(persons))

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise unavailable(error, path=self._path) from error
