"""The ledger's store on PostgreSQL: one session writes, one transaction per append, and no word twice."""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from types import TracebackType
from typing import Any, Final, TypeVar

import psycopg
from psycopg.pq import TransactionStatus

from suyuan.adapters.postgres import copying
from suyuan.adapters.postgres.address import Address
from suyuan.adapters.postgres.failure import is_lost, unavailable, unsure
from suyuan.adapters.postgres.session import (
    STATEMENTS,
    Connection,
    connect,
    create,
    drop,
    lock,
    one,
    require_ledger,
)
from suyuan.errors import RefusedError, UnavailableError, VerificationError
from suyuan.ledger.ports import Derived, Pool, Row
from suyuan.terms import LeafIndex

CHUNK_BYTES: Final = copying.CHUNK_BYTES
_ROWS_AT_ONCE: Final = 10_000
_LAST_CHUNK: Final = 2**31 - 1

Part = TypeVar("Part")


class PostgresLedgerStore:
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
        self._warned = False
        self._guard = threading.RLock()
        connection.add_notice_handler(self._notice)

    @classmethod
    def open_writer(cls, address: Address, *, wait_seconds: float = 10.0) -> "PostgresLedgerStore":
        """Open for appending; holds the schema's lock until closed.

        Raises:
            UnavailableError: there is no ledger, another writer holds it after `wait_seconds`, the server does not
                answer, refuses this role, or runs in a way that loses what it confirmed.
        """
        connection = connect(address, writes=True)
        with _closed_on_failure(connection, name=address.name):
            process = lock(connection, address=address, wait_seconds=wait_seconds)
            require_ledger(connection, address=address)
        return cls(connection, address=address, process=process)

    @classmethod
    def open_reader(cls, address: Address) -> "PostgresLedgerStore":
        """Open for reading beside a writer; takes no lock.

        Raises: UnavailableError: there is no ledger, the server does not answer, or refuses this role.
        """
        connection = connect(address, writes=False)
        with _closed_on_failure(connection, name=address.name):
            require_ledger(connection, address=address)
        return cls(connection, address=address, process=None)

    @staticmethod
    def create(address: Address) -> Callable[[], None]:
        """Make an empty ledger where nothing is; give what takes it away again, should making its store fail.

        Raises: RefusedError: something is in the schema. UnavailableError: as `open_writer`.
        """
        connection = connect(address, writes=True)
        with _closed_on_failure(connection, name=address.name):
            lock(connection, address=address, wait_seconds=0)
            create(connection, address=address)
        connection.close()
        return lambda: _take_away(address)

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
        with self._guard, self._writing():
            self._require_place(first)
            self._draw(first, rows=rows)
            self._register(first, rows=rows)
            self._name_all(first, rows=rows)
            self._copy("append_entries", copying.entries(first, rows=rows))
            if any(row.sides for row in rows):
                self._copy("append_sides", copying.sides(first, rows=rows))

    def size(self) -> int:
        """See `LedgerStore.size`."""
        return int(self._all("size")[0][0])

    def leaves(self, start: int, *, end: int) -> Sequence[bytes]:
        """See `LedgerStore.leaves`."""
        found = self._all("leaves", start, end)
        for expected, (seq, _) in enumerate(found, start=start):
            if seq != expected:
                raise VerificationError(f"{self._name}: entry {expected} is missing")
        return [leaf for _, leaf in found]

    def last_at_ms(self) -> int:
        """See `LedgerStore.last_at_ms`."""
        found = self._all("last_at_ms")
        return int(found[0][0]) if found else 0

    def side(self, index: int, *, name: str, start: int = 0, size: int | None = None) -> bytes | None:
        """See `LedgerStore.side`."""
        first = start // CHUNK_BYTES
        last = _LAST_CHUNK if size is None else max(first, (start + size - 1) // CHUNK_BYTES)
        found = self._all("side", index, name, first, last)
        if not found:
            return b"" if self._all("side", index, name, 0, 0) else None
        body = b"".join([part for (part,) in found])[start - first * CHUNK_BYTES :]
        return body if size is None else body[:size]

    def side_names(self, index: int) -> tuple[str, ...]:
        """See `LedgerStore.side_names`."""
        return tuple(name for (name,) in self._all("side_names", index))

    def find(self, op: str, *, key: bytes) -> LeafIndex | None:
        """See `LedgerStore.find`."""
        found = self._all("find", op, key)
        return LeafIndex(found[0][0]) if found else None

    def latest(self, op: str) -> LeafIndex | None:
        """See `LedgerStore.latest`."""
        found = self._all("latest", op)
        return LeafIndex(found[0][0]) if found else None

    def named(self, op: str) -> tuple[LeafIndex, ...]:
        """See `LedgerStore.named`."""
        return tuple(LeafIndex(seq) for (seq,) in self._all("named", op))

    def registered(self, labels: Sequence[bytes]) -> Mapping[bytes, LeafIndex]:
        """See `LedgerStore.registered`."""
        found: dict[bytes, LeafIndex] = {}
        for part in _parts(labels):
            found |= {label: LeafIndex(seq) for label, seq in self._all("registered", part)}
        return found

    def pools(self) -> tuple[Pool, ...]:
        """See `LedgerStore.pools`."""
        return tuple(
            Pool(index=LeafIndex(seq), rows=rows, lanes=lanes, next=following)
            for seq, rows, lanes, following in self._all("pools")
        )

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
                self._run(name)
            for name, rows in tables.items():
                for part in _parts(rows):
                    self._run(name, *map(list, zip(*part, strict=True)))

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Run one transaction, committed when the block ends; whatever else ends it, nothing of it is stored.

        Fail-stop: after any failure but a refusal nothing is tried again, for it is not known what the server kept.
        """
        if self._process is None:
            raise UnavailableError(f"{self._name}: opened for reading only")
        if self._failed:
            raise UnavailableError(
                f"{self._name}: an earlier append failed; the ledger takes no more until reopened",
                hint="See the server, then start again; entries with a receipt are safe.",
            )
        try:
            self._run("begin")
            yield
            self._commit()
        except RefusedError:
            self._roll_back()
            raise
        except psycopg.Error as error:
            self._stop()
            raise unavailable(error, name=self._name) from error
        except BaseException:
            self._stop()
            raise

    def _commit(self) -> None:
        """Commit, and believe only a plain yes: a warning may say that a standby has not confirmed."""
        self._warned = False
        try:
            answer = self._connection.execute(b"COMMIT").statusmessage
        except psycopg.Error as error:
            if is_lost(error):
                raise unsure(self._name) from error
            raise
        if answer != "COMMIT" or self._warned:
            raise unsure(self._name)

    def _require_place(self, first: int) -> None:
        size, process = one(self._connection, "place")
        if process != self._process:
            raise UnavailableError(
                f"{self._name}: a connection pooler has changed the session, and the lock is with the old one",
                code="store.unsafe",
                hint="connect to the server itself, or through a pooler in session mode",
            )
        if first != size:
            raise RefusedError(f"{self._name}: the next entry is {size}, not {first}")

    def _draw(self, first: int, *, rows: Sequence[Row]) -> None:
        """Take the row keys of all entries, pool by pool; new pools are stored as far as they are used by then."""
        wanted = list({int(row.draws.pool) for row in rows if row.draws is not None})
        held = (
            {seq: (size, following) for seq, size, _, following in self._stored("pools_of", wanted)} if wanted else {}
        )
        before, opened = dict(held), {}
        for index, row in enumerate(rows, start=first):
            if row.opens is not None:
                opened[index] = row.opens
                held[index] = (row.opens.rows, row.opens.next)
            if row.draws is not None:
                draw = row.draws
                size, following = held.get(draw.pool, (0, -1))
                if following != draw.first or draw.end > size:
                    raise RefusedError(f"entry {index}: its row keys are not the next of pool {draw.pool}")
                held[draw.pool] = (size, draw.end)
        for index, pool in opened.items():
            self._run("append_pool", index, pool.rows, pool.lanes, held[index][1])
        for seq, state in before.items():
            if held[seq] != state:
                self._run("draw", held[seq][1], seq)

    def _register(self, first: int, *, rows: Sequence[Row]) -> None:
        for index, row in enumerate(rows, start=first):
            if len(set(row.enrols)) != len(row.enrols):
                raise RefusedError(f"entry {index}: enrols a label twice", code="ledger.enrolled")
            for part in _parts(row.enrols):
                if self._run("enrol", index, part) != len(part):
                    raise RefusedError(f"entry {index}: enrols a label that is live already", code="ledger.enrolled")
            if row.erases is None or self._run("erase", row.erases) == 1:
                continue
            if self._stored("was_enrolled", row.erases):
                raise RefusedError(f"entry {index}: erases a label that is not live", code="ledger.not_enrolled")

    def _name_all(self, first: int, *, rows: Sequence[Row]) -> None:
        latest: dict[str, int] = {}
        for index, row in enumerate(rows, start=first):
            if row.name is not None:
                op, key = row.name
                self._run("append_name", op, key, index)
                latest[op] = index
            for op in row.latest:
                latest[op] = index
        for op, index in latest.items():
            self._run("append_latest", op, index)

    def _copy(self, name: str, pieces: Iterator[bytes]) -> None:
        with self._connection.cursor().copy(STATEMENTS[name]) as copy:
            for piece in pieces:
                copy.write(piece)

    def _run(self, name: str, *arguments: object) -> int:
        """Run a statement of the transaction under way; give how many rows it touched."""
        return self._connection.execute(STATEMENTS[name], arguments or None).rowcount

    def _stored(self, name: str, *arguments: object) -> list[Any]:  # What a database gives carries no types.
        return self._connection.execute(STATEMENTS[name], arguments or None, binary=True).fetchall()

    def _all(self, name: str, *arguments: object) -> list[Any]:  # What a database gives carries no types.
        with self._guard:
            try:
                return self._stored(name, *arguments)
            except psycopg.Error as error:
                raise unavailable(error, name=self._name) from error

    def _notice(self, notice: psycopg.errors.Diagnostic) -> None:
        self._warned = self._warned or notice.severity_nonlocalized == "WARNING"

    def _stop(self) -> None:
        self._failed = True
        self._roll_back()

    def _roll_back(self) -> None:
        """Let the server forget what was not committed; where it cannot be told so, it sees the session end."""
        status = self._connection.info.transaction_status
        if status in (TransactionStatus.INTRANS, TransactionStatus.INERROR):
            with suppress(psycopg.Error):
                self._connection.execute(b"ROLLBACK")
                return
        if status is not TransactionStatus.IDLE:
            self._failed = True
            self._connection.close()


def _parts(rows: Iterable[Part]) -> Iterator[list[Part]]:
    """Give rows or labels in parts of a size that one statement takes well."""
    rest = iter(rows)
    while part := list(islice(rest, _ROWS_AT_ONCE)):
        yield part


@contextmanager
def _closed_on_failure(connection: Connection, *, name: str) -> Iterator[None]:
    """Let an opening step's failure close the session, and leave as one clear line."""
    try:
        yield
    except psycopg.Error as error:
        connection.close()
        raise unavailable(error, name=name) from error
    except BaseException:
        connection.close()
        raise


def _take_away(address: Address) -> None:
    with suppress(psycopg.Error, UnavailableError):
        connection = connect(address, writes=True)
        try:
            drop(connection, address=address)
        finally:
            connection.close()
