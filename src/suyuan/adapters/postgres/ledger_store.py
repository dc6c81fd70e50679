"""The ledger's store on PostgreSQL: one session writes, one transaction per append, and no word twice."""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any

import psycopg

from suyuan.adapters.ledger_reading import LedgerReading
from suyuan.adapters.postgres import copying
from suyuan.adapters.postgres.address import Address
from suyuan.adapters.postgres.appending import STATEMENTS, append_rows, copy_rows, parts, rows_of, run
from suyuan.adapters.postgres.arrays import teach
from suyuan.adapters.postgres.failure import unavailable
from suyuan.adapters.postgres.few_entries import few_of
from suyuan.adapters.postgres.session import (
    LEDGER,
    Connection,
    closed_on_failure,
    connect,
    lock,
    make,
    require_contents,
)
from suyuan.adapters.postgres.transaction import BEGIN, Warnings, commit, roll_back
from suyuan.errors import RefusedError, UnavailableError
from suyuan.ledger.ports import Derived, Row
from suyuan.terms import LeafIndex


class PostgresLedgerStore(LedgerReading):
    """Fulfils `LedgerStore`. Open with `open_writer` or `open_reader`; close when done.

    The writer's one session holds the lock and does the writing. When it is lost, so is the right to write; it is
    never made anew by itself.
    """

    def __init__(self, connection: Connection, *, address: Address, process: int | None) -> None:
        self._connection = connection
        self._name = address.name
        # The server process that the lock was given to; None for a reader.
        self._process = process
        self._failed = False
        self._guard = threading.RLock()
        self._warnings = Warnings(connection)
        teach(connection)

    @classmethod
    def open_writer(cls, address: Address, *, wait_seconds: float = 10.0) -> "PostgresLedgerStore":
        """Open for appending; holds the schema's lock until closed.

        Raises:
            UnavailableError: there is no ledger, another writer holds it after `wait_seconds`, the server does not
                answer, refuses this role, or runs in a way that loses what it confirmed.
        """
        connection = connect(address, writes=True)
        with closed_on_failure(connection, name=address.name):
            process = lock(connection, address=address, wait_seconds=wait_seconds)
            require_contents(connection, address=address, contents=LEDGER)
        return cls(connection, address=address, process=process)

    @classmethod
    def open_reader(cls, address: Address) -> "PostgresLedgerStore":
        """Open for reading beside a writer; takes no lock.

        Raises: UnavailableError: there is no ledger, the server does not answer, or refuses this role.
        """
        connection = connect(address, writes=False)
        with closed_on_failure(connection, name=address.name):
            require_contents(connection, address=address, contents=LEDGER)
        return cls(connection, address=address, process=None)

    @staticmethod
    def create(address: Address) -> Callable[[], None]:
        """Make an empty ledger where nothing is; give what takes it away again, should making its store fail.

        Raises: RefusedError: something is in the schema. UnavailableError: as `open_writer`.
        """
        return make(address, contents=LEDGER, steps=[STATEMENTS["schema"]], undo=STATEMENTS["drop_ledger"])

    def close(self) -> None:
        """End the session, which frees the lock; closing twice does nothing."""
        with self._guard:
            self._connection.close()

    def __enter__(self) -> "PostgresLedgerStore":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def append(self, first: int, *, rows: Sequence[Row]) -> None:
        """See `LedgerStore.append`. After any failure every later append fails too."""
        with self._guard, self._writing(begins=False):
            few = few_of(rows, first=first)
            if few is not None and self._process is not None:
                self._require_place(first, found=few.append(self._connection, process=self._process))
                return
            self._connection.execute(BEGIN)
            [place] = rows_of(self._connection, "place")
            self._require_place(first, found=place)
            append_rows(self._connection, first=first, rows=rows)

    def registered(self, labels: Sequence[bytes]) -> Mapping[bytes, LeafIndex]:
        """See `LedgerStore.registered`."""
        found: dict[bytes, LeafIndex] = {}
        for part in parts(labels):
            found |= {label: LeafIndex(seq) for label, seq in self._all("registered", part)}
        return found

    def derived(self) -> Derived:
        """See `LedgerStore.derived`."""
        return Derived(
            named={(op, key): LeafIndex(seq) for op, key, seq in self._all("all_named")},
            latest={op: LeafIndex(seq) for op, seq in self._all("all_latest")},
            pools=self.pools(),
            registered={label: (LeafIndex(seq), live) for label, seq, live in self._all("all_registered")},
        )

    def replace_derived(self, derived: Derived) -> None:
        """See `LedgerStore.replace_derived`."""
        tables: Mapping[str, Iterable[tuple[object, ...]]] = {
            "put_named": ((op, key, seq) for (op, key), seq in derived.named.items()),
            "put_latest": derived.latest.items(),
            "put_pools": ((pool.index, pool.rows, pool.lanes, pool.next) for pool in derived.pools),
            "put_registered": ((label, seq, live) for label, (seq, live) in derived.registered.items()),
        }
        with self._guard, self._writing():
            for name in ("clear_named", "clear_latest", "clear_pools", "clear_registered"):
                run(self._connection, name)
            for name, rows in tables.items():
                for part in parts(rows):
                    run(self._connection, name, *map(list, zip(*part, strict=True)))

    def replace_sides(self, changes: Mapping[int, Mapping[str, bytes]]) -> None:
        """See `SideStore.replace_sides`."""
        with self._guard, self._writing():
            for part in parts(changes):
                run(self._connection, "drop_sides", part)
            copy_rows(self._connection, "append_sides", pieces=copying.sides(changes.items()))

    def forget(self) -> None:
        """See `SideStore.forget`: the table is written anew and its old file removed.

        The server's own write-ahead log is out of reach; it keeps what passed through until it is recycled.
        """
        self._warnings.heard = False
        with self._guard:
            try:
                run(self._connection, "forget")
            except psycopg.Error as error:
                raise unavailable(error, name=self._name) from error
            if self._warnings.heard:
                raise UnavailableError(
                    f"{self._name}: replaced sides are still in the table's file",
                    code="store.rights",
                    hint="let the role that owns the table run VACUUM FULL sides",
                )

    @contextmanager
    def _writing(self, *, begins: bool = True) -> Iterator[None]:
        """Run one transaction, committed when the block ends; whatever else ends it, nothing of it is stored.

        Where it does not begin here, the block's first statement begins it.

        Fail-stop: after any failure but a refusal nothing is tried again, for it is not known what the server kept.
        """
        if self._process is None:
            raise UnavailableError(f"{self._name}: opened for reading only")
        if self._failed:
            raise UnavailableError(
                f"{self._name}: an earlier append failed; the ledger takes no more until reopened",
                hint="see the server, then start again; entries with a receipt are safe",
            )
        try:
            if begins:
                self._connection.execute(BEGIN)
            yield
            commit(self._connection, warnings=self._warnings, name=self._name)
        except RefusedError:
            self._roll_back()
            raise
        except psycopg.Error as error:
            self._stop()
            raise unavailable(error, name=self._name) from error
        except BaseException:
            self._stop()
            raise

    def _require_place(self, first: int, *, found: tuple[int, int]) -> None:
        size, process = found
        if process != self._process:
            raise UnavailableError(
                f"{self._name}: a connection pooler has changed the session, and the lock is with the old one",
                code="store.unsafe",
                hint="connect to the server itself, or through a pooler in session mode",
            )
        if first != size:
            raise RefusedError(f"{self._name}: the next entry is {size}, not {first}")

    def _all(self, name: str, *arguments: object) -> list[Any]:  # What a database gives carries no types.
        with self._guard:
            try:
                return rows_of(self._connection, name, *arguments)
            except psycopg.Error as error:
                raise unavailable(error, name=self._name) from error

    def _stop(self) -> None:
        self._failed = True
        self._roll_back()

    def _roll_back(self) -> None:
        self._failed = not roll_back(self._connection) or self._failed
