"""One SQLite file: opened by its right name and version, read in snapshots, written in durable transactions."""

import errno
import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from enum import Enum
from itertools import repeat
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from suyuan.adapters.sqlite.failure import unavailable
from suyuan.adapters.sqlite.schema import Schema
from suyuan.adapters.sqlite.upgrade import (
    prepare,
    require_current,
    require_empty,
    require_ours,
    step_back,
    sync_folder,
    upgrade,
)
from suyuan.errors import UnavailableError

if TYPE_CHECKING:
    from suyuan.adapters.people.engine import Column

Row = tuple[Any, ...]
"""What SQLite gives; the schemas are STRICT, so each column's type is known to the statement that asks."""

_BUSY_SECONDS = 10.0
_SETTINGS = "suyuan.toml"
_PRAGMAS = (
    "PRAGMA trusted_schema = OFF",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cache_size = -65536",
)
_WRITER_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA fullfsync = ON",
    "PRAGMA checkpoint_fullfsync = ON",
    "PRAGMA secure_delete = ON",
    "PRAGMA journal_size_limit = 67108864",
)


class Access(Enum):
    """What an opened store is for."""

    READ = "read"
    WRITE = "write"
    CREATE = "create"


class Database:
    """An open SQLite file of a known schema.

    One connection, shared by threads one at a time. Writers of several processes exclude each other by
    `WriterLock`; a busy file that remains after waiting is `store.locked`.
    """

    def __init__(self, path: Path, *, schema: Schema, access: Access, sql: Mapping[str, str]) -> None:
        """Open the file; an older store is upgraded, after a copy of it was kept beside it.

        Args:
            path: the file.
            schema: what the file must hold.
            access: READ never writes and never upgrades; CREATE makes a file that must not exist as a store yet.
            sql: the named statements that `rows` and the transactions run.
        Raises: RefusedError: CREATE of a store that exists. UnavailableError: missing, foreign, damaged, of
            another version, on a full or read-only disk.
        """
        self.path = path
        self._sql = sql
        self._turn = threading.RLock()
        if access is Access.CREATE:
            _make_file(path)
        elif not path.exists():
            raise UnavailableError(f"{path}: there is no such store", code="store.missing", hint=_hint_of_missing(path))
        with _told(path):
            self._connection = _connect(path, access=access)
        try:
            with _told(path):
                self._admit(access, schema=schema)
        except BaseException:
            self._connection.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _admit(self, access: Access, *, schema: Schema) -> None:
        """See what the file is before any setting could change it, then bring it to this program's version."""
        if access is Access.READ:
            require_current(self._connection, path=self.path, schema=schema)
            return
        require = require_empty if access is Access.CREATE else require_ours
        require(self._connection, path=self.path, schema=schema)
        _set(self._connection, _WRITER_PRAGMAS)
        make = prepare if access is Access.CREATE else upgrade
        make(self._connection, path=self.path, schema=schema)

    def close(self) -> None:
        """Close the file; closing twice does nothing."""
        with self._turn, _told(self.path):
            self._connection.close()

    def rows(self, name: str, parameters: Sequence[object] = ()) -> list[Row]:
        """Give every row of one named statement."""
        with self._turn, _told(self.path):
            return self._connection.execute(self._sql[name], parameters).fetchall()

    def asked(self, text: str, parameters: Sequence[object]) -> list[Row]:
        """Give every row of a statement that was put together; values come as parameters alone."""
        with self._turn, _told(self.path):
            return self._connection.execute(text, parameters).fetchall()

    @contextmanager
    def reading(self, name: str, parameters: Sequence[object] = ()) -> Iterator[sqlite3.Cursor]:
        """Give the rows of one named statement as a stream; no other thread cuts in while it lasts."""
        with self._turn, _told(self.path), closing(self._connection.cursor()) as cursor:
            yield cursor.execute(self._sql[name], parameters)

    @contextmanager
    def writing(self) -> Iterator["Transaction"]:
        """Run one transaction: on the disk when the block ends, and gone, all of it, when the block raises."""
        with self._turn, _told(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield Transaction(self._connection, sql=self._sql)
                self._connection.execute("COMMIT")
            except BaseException:
                # SQLite rolls back by itself after some errors; then there is nothing left to roll back.
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def step_back(self, schema: Schema) -> int:
        """Give the store to the suyuan before this one; see `upgrade.step_back`."""
        with self._turn, _told(self.path):
            return step_back(self._connection, path=self.path, schema=schema)

    def forget(self) -> None:
        """Move everything into the file and cut the write-ahead log to nothing: what was deleted is in neither.

        Raises: UnavailableError `store.locked`: a reader still holds an older state; nothing is lost, do it again.
        """
        with self._turn, _told(self.path):
            busy, _, _ = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise UnavailableError(
                f"{self.path}: another process reads it, so that what was deleted is not gone from its log yet",
                code="store.locked",
                hint="let it finish, then open the store again for writing",
            )

    def changes_elsewhere(self) -> int:
        """Give a number that differs after another connection has changed the file."""
        with self._turn, _told(self.path):
            return int(self._connection.execute("PRAGMA data_version").fetchone()[0])


class Transaction:
    """The statements of one transaction under way."""

    def __init__(self, connection: sqlite3.Connection, *, sql: Mapping[str, str]) -> None:
        self._connection = connection
        self._sql = sql

    def rows(self, name: str, parameters: Sequence[object] = ()) -> list[Row]:
        """Give every row of one named statement, as this transaction sees them."""
        return self._connection.execute(self._sql[name], parameters).fetchall()

    def run(self, name: str, parameters: Sequence[object]) -> int:
        """Run one named statement; give how many rows it changed."""
        return self._connection.execute(self._sql[name], parameters).rowcount

    def run_each(self, name: str, parameters: Iterable[Sequence[object]]) -> int:
        """Run one named statement for each set of parameters; give how many rows it changed."""
        return self._connection.executemany(self._sql[name], parameters).rowcount

    def add(self, name: str, columns: "Sequence[Column]", *, rows: int) -> None:
        """Add rows that are known to be new, as columns, by a named statement."""
        self._connection.executemany(
            self._sql[name], zip(*(_each(column, rows=rows) for column in columns), strict=True)
        )


def _each(column: "Column", *, rows: int) -> Iterable[object]:
    """Give a column's value in every row."""
    if isinstance(column, bytes | str):
        return repeat(column, rows)
    return column if isinstance(column, list) else column.tolist()


def _hint_of_missing(path: Path) -> str:
    """Say what to do about a missing file: beside the settings of a store that was made, a new one is no help."""
    if (path.parent / _SETTINGS).is_file():
        return "put it back from its backup"
    return "run `suyuan init`, or check the path"


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Let foreign errors leave as ours. Misuse of SQLite's interface is a bug of ours and stays what it is."""
    try:
        yield
    except (sqlite3.ProgrammingError, sqlite3.InterfaceError, sqlite3.IntegrityError, sqlite3.DataError):
        raise
    except (sqlite3.Error, OSError) as error:
        raise unavailable(error, path=path) from error


def _make_file(path: Path) -> None:
    """Make the file ours alone before anything is in it. An empty file is what an interrupted `init` leaves."""
    with _told(path):
        try:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        except FileExistsError:
            return
        sync_folder(path.parent)


def _require_rights(path: Path) -> None:
    """Tell a missing right before SQLite does, which calls it a file that cannot be opened."""
    effective = os.access in os.supports_effective_ids
    for place in (path, path.absolute().parent):
        if not os.access(place, os.W_OK, effective_ids=effective):
            raise PermissionError(errno.EACCES, "no right to write", str(place))


def _connect(path: Path, *, access: Access) -> sqlite3.Connection:
    mode = "mode=ro" if access is Access.READ else "mode=rw"
    if access is not Access.READ:
        _require_rights(path)
    if access is Access.READ and _is_frozen(path):
        # SQLite cannot make its shared-memory file there; nothing can change either, so it need not.
        mode = "immutable=1&mode=ro"
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?{mode}",
        uri=True,
        timeout=_BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )
    _set(connection, _PRAGMAS)
    return connection


def _set(connection: sqlite3.Connection, pragmas: Iterable[str]) -> None:
    for pragma in pragmas:
        connection.execute(pragma).fetchall()


def _is_frozen(path: Path) -> bool:
    """Say whether the file lies whole on a file system mounted read-only."""
    wal = path.with_name(path.name + "-wal")
    mounted_read_only = bool(os.statvfs(path).f_flag & os.ST_RDONLY)
    return mounted_read_only and not (wal.exists() and wal.stat().st_size)
