"""The ledger's store on SQLite: WAL, synchronous=FULL, one writer, one transaction per append."""

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from suyuan.adapters.ledger_reading import LedgerReading
from suyuan.adapters.sqlite.failure import unavailable
from suyuan.adapters.sqlite.ledger_rows import append_rows, replace_sides
from suyuan.adapters.sqlite.named_statements import named_statements
from suyuan.adapters.sqlite.schema import Schema
from suyuan.adapters.sqlite.upgrade import prepare, require_ours, upgrade
from suyuan.adapters.sqlite.writer_lock import WriterLock
from suyuan.errors import RefusedError, UnavailableError
from suyuan.ledger.ports import Derived, Row
from suyuan.terms import LeafIndex

APPLICATION_ID: Final = 0x53594C47
"""SYLG: an SQLite file that says what it is."""

_CACHE_KIB: Final = 16 * 1024
"""A batch of some thousand entries with their sides stays in memory until its commit, and is written once."""

_STATEMENTS: Final = named_statements("ledger.sql")
_SCHEMA: Final = Schema(
    name="ledger", application_id=APPLICATION_ID, steps=(_STATEMENTS["schema"], _STATEMENTS["schema_2"])
)


class SqliteLedgerStore(LedgerReading):
    """Fulfils `LedgerStore`. Open with `open_writer` or `open_reader`; close when done."""

    def __init__(self, connection: sqlite3.Connection, *, path: Path, opened: ExitStack, writes: bool) -> None:
        self._connection = connection
        self._path = path
        self._name = path.name
        self._opened = opened
        self._writes = writes
        self._failed = False
        self._guard = threading.RLock()
        self._sql = _STATEMENTS
        self._version = _SCHEMA.version

    @classmethod
    def open_writer(cls, path: Path, *, wait_seconds: float = 10.0) -> "SqliteLedgerStore":
        """Open for appending, creating the file when absent; holds `<name>.lock` until closed.

        Raises:
            UnavailableError: another writer holds the lock after `wait_seconds`, the disk refuses, the file is
                not a ledger, or is of a version this suyuan does not know.
        """
        with ExitStack() as opened:
            opened.enter_context(WriterLock(path.with_name(path.name + ".lock"), wait_seconds))
            _make_private(path)
            connection = opened.enter_context(closing(_connect(str(path.absolute()), uri=False, path=path)))
            store = cls(connection, path=path, opened=opened.pop_all(), writes=True)
        store._checked(store._prepare)
        return store

    @classmethod
    def open_reader(cls, path: Path) -> "SqliteLedgerStore":
        """Open for reading beside a writer, or from a read-only disk.

        Raises: UnavailableError: there is no such file, it cannot be read, or is not a ledger of a known version.
        """
        if not path.is_file():
            raise UnavailableError(
                f"{path.name}: there is no ledger here", code="store.missing", hint="run `suyuan init` first"
            )
        uri = path.absolute().as_uri()
        try:
            return cls._reader(f"{uri}?mode=ro", path=path)
        except UnavailableError as error:
            if error.code in ("store.foreign", "store.newer") or path.with_name(path.name + "-wal").exists():
                raise
            # A read-only disk holds no shared-memory file; with no WAL beside it nobody is writing.
            return cls._reader(f"{uri}?immutable=1", path=path)

    @classmethod
    def _reader(cls, uri: str, *, path: Path) -> "SqliteLedgerStore":
        with ExitStack() as opened:
            connection = opened.enter_context(closing(_connect(uri, uri=True, path=path)))
            store = cls(connection, path=path, opened=opened.pop_all(), writes=False)
        store._checked(store._require_version)
        return store

    def close(self) -> None:
        """Close the file and free the lock."""
        self._opened.close()

    def __enter__(self) -> "SqliteLedgerStore":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def append(self, first: int, *, rows: Sequence[Row]) -> None:
        """See `LedgerStore.append`. After any failure of the disk every later append fails too."""
        with self._writing():
            self._append_all(first, rows=rows)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """Run one transaction: durable when the block ends, and nothing of it when the block raises."""
        with self._guard:
            if not self._writes:
                raise UnavailableError(f"{self._name}: opened for reading only")
            if self._failed:
                raise UnavailableError(
                    f"{self._name}: an earlier append failed; the ledger takes no more until reopened",
                    hint="free the disk, then start again; entries with a receipt are safe",
                )
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                yield self._connection
                self._connection.execute("COMMIT")
            except RefusedError:
                self._roll_back()
                raise
            except sqlite3.Error as error:
                # Fail-stop: after a failed write the page cache may disagree with the disk, so nothing is retried.
                self._failed = True
                self._roll_back()
                raise unavailable(error, path=self._path) from error
            except BaseException:
                # An interrupt, say: this connection would go on to read, and publish, what was never committed.
                self._failed = True
                self._roll_back()
                raise

    def registered(self, labels: Sequence[bytes]) -> Mapping[bytes, LeafIndex]:
        """See `LedgerStore.registered`; a file of version 1 has none."""
        if self._version < 2:
            return {}
        found = ((label, self._all("registered", label)) for label in labels)
        return {label: LeafIndex(rows[0][0]) for label, rows in found if rows}

    def derived(self) -> Derived:
        """See `LedgerStore.derived`."""
        rows = self._all("all_registered") if self._version > 1 else []
        return Derived(
            named={(op, key): LeafIndex(seq) for op, key, seq in self._all("all_named")},
            latest={op: LeafIndex(seq) for op, seq in self._all("all_latest")},
            pools=self.pools(),
            registered={label: (LeafIndex(seq), live == 1) for label, seq, live in rows},
        )

    def replace_derived(self, derived: Derived) -> None:
        """See `LedgerStore.replace_derived`."""
        tables: dict[str, list[tuple[object, ...]]] = {
            "append_name": [(op, key, seq) for (op, key), seq in derived.named.items()],
            "append_latest": list(derived.latest.items()),
            "append_pool": [(pool.index, pool.rows, pool.lanes, pool.next) for pool in derived.pools],
            "put_registered": [(label, seq, int(live)) for label, (seq, live) in derived.registered.items()],
        }
        with self._writing() as run:
            for name in ("clear_named", "clear_latest", "clear_pools", "clear_registered"):
                run.execute(self._sql[name])
            for name, rows in tables.items():
                run.executemany(self._sql[name], rows)

    def replace_sides(self, changes: Mapping[int, Mapping[str, bytes]]) -> None:
        """See `SideStore.replace_sides`."""
        with self._writing() as connection:
            connection.execute("PRAGMA secure_delete = ON")
            replace_sides(connection, sql=self._sql, changes=changes)

    def forget(self) -> None:
        """See `SideStore.forget`: the replaced cells were overwritten, and the write-ahead log is cut to nothing."""
        self._all("forget")

    def _append_all(self, first: int, *, rows: Sequence[Row]) -> None:
        size = self._connection.execute(self._sql["size"]).fetchone()[0]
        if first != size:
            raise RefusedError(f"{self._name}: the next entry is {size}, not {first}")
        append_rows(self._connection, sql=self._sql, first=first, rows=rows)

    def _prepare(self) -> None:
        """Create the schema in an empty file; otherwise check that the file is ours."""
        run = self._connection.execute
        run("PRAGMA journal_mode = WAL")
        run("PRAGMA synchronous = FULL")
        run("PRAGMA foreign_keys = ON")
        run(f"PRAGMA cache_size = -{_CACHE_KIB}")
        if run("PRAGMA user_version").fetchone()[0] == 0 and not run("PRAGMA schema_version").fetchone()[0]:
            prepare(self._connection, path=self._path, schema=_SCHEMA)
        upgrade(self._connection, path=self._path, schema=_SCHEMA)

    def _require_version(self) -> None:
        """Let a reader in; a file of an older version is read as it is."""
        self._version = require_ours(self._connection, path=self._path, schema=_SCHEMA)

    def _checked(self, act: Callable[[], None]) -> None:
        """Run an opening step; on any failure close everything and say one clear line."""
        try:
            act()
        except sqlite3.Error as error:
            self.close()
            raise unavailable(error, path=self._path) from error
        except UnavailableError:
            self.close()
            raise

    def _roll_back(self) -> None:
        try:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        except sqlite3.Error:
            # The transaction is lost either way: what was not committed is not in the file when it is reopened.
            self._connection.close()

    def _all(self, name: str, *arguments: object) -> list[Any]:  # SQLite rows carry no types.
        with self._guard:
            try:
                return self._connection.execute(self._sql[name], arguments).fetchall()
            except sqlite3.Error as error:
                raise unavailable(error, path=self._path) from error


def _make_private(path: Path) -> None:
    """Make a new file ours alone before anything is in it: the private sides lie beside the entries."""
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
    except OSError as error:
        raise unavailable(error, path=path) from error


def _connect(target: str, *, uri: bool, path: Path) -> sqlite3.Connection:
    try:
        return sqlite3.connect(target, uri=uri, isolation_level=None, check_same_thread=False, timeout=10.0)
    except sqlite3.Error as error:
        raise unavailable(error, path=path) from error
