"""A ledger in PostgreSQL whose server or session is killed: nothing acknowledged is lost, and nothing goes on by itself."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from tests.ledger_world import FakeClock, outcome, release, started
from tests.postgres_server import PostgresServer, running_server

from suyuan.adapters.postgres import few_entries
from suyuan.adapters.postgres.address import Address, parse_address
from suyuan.adapters.postgres.ledger_store import PostgresLedgerStore
from suyuan.crypto.canonical import from_base64
from suyuan.crypto.merkle import leaf_hash
from suyuan.errors import RefusedError, UnavailableError
from suyuan.ledger import Log, Row, verify_log


@pytest.fixture(scope="module")
def mortal() -> Iterator[PostgresServer]:
    """A server of this module's own, for it is killed."""
    with running_server() as server:
        yield server


@contextmanager
def restarted(server: PostgresServer, **settings: str) -> Iterator[None]:
    """Let the server run with other settings for a while."""
    server.stop()
    server.start(**settings)
    try:
        yield
    finally:
        server.stop()
        server.start()


def made(server: PostgresServer) -> Address:
    address = parse_address(server.url("postgres"), schema=server.new_schema())
    PostgresLedgerStore.create(address)
    return address


@contextmanager
def other_hand(server: PostgresServer, address: Address) -> Iterator["psycopg.Connection[tuple[object, ...]]"]:
    """Somebody else's session with every right there is, in the schema of a ledger."""
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute("SELECT set_config('search_path', %s, false)", [address.schema])
        yield connection


@contextmanager
def appending(repository: Path, address: Address, acks: Path) -> Iterator["subprocess.Popen[str]"]:
    script = repository / "tests/faults/postgres_appender.py"
    environment = os.environ | {"PYTHONPATH": f"{repository / 'src'}{os.pathsep}{repository}"}
    with subprocess.Popen(
        [sys.executable, str(script), address.conninfo, address.schema, str(acks)],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def acknowledged(acks: Path) -> int:
    return len(acks.read_text("ascii").splitlines()) if acks.exists() else 0


def wait_for(acks: Path, *, more_than: int) -> None:
    deadline = time.monotonic() + 60
    while acknowledged(acks) <= more_than:
        assert time.monotonic() < deadline, "the appender does not append"
        time.sleep(0.005)


def require_all_there(address: Address, acks: Path) -> None:
    with PostgresLedgerStore.open_writer(address, wait_seconds=20) as store:
        log = Log(store)
        for line in acks.read_text("ascii").splitlines():
            index, expected = line.split()
            assert leaf_hash(log.leaf(int(index))) == from_base64(expected)
        verify_log(log)
        for index, entry in log.entries():
            assert log.side_names(index) == (("manifest",) if entry.body.op == "release" else ())
        assert store.pools()[0].next == sum(entry.body.op == "release" for _, entry in log.entries())


@pytest.mark.parametrize("kill", ["server", "session"])
def test_nothing_acknowledged_is_lost_when_it_is_killed(
    mortal: PostgresServer, repository: Path, tmp_path: Path, kill: str
) -> None:
    address, acks = made(mortal), tmp_path / "acks"
    for life in range(4):
        with appending(repository, address, acks) as process:
            wait_for(acks, more_than=acknowledged(acks) + 10)
            time.sleep(life * 0.0013)
            if kill == "server":
                mortal.kill()
            else:
                end_sessions(mortal)
            printed, _ = process.communicate(timeout=60)
            assert (printed.strip(), process.returncode) == ("store.unreachable", 5)
        if kill == "server":
            mortal.start()
        require_all_there(address, acks)
    assert acknowledged(acks) > 40


def test_a_killed_writer_leaves_the_lock_to_the_next(mortal: PostgresServer, repository: Path, tmp_path: Path) -> None:
    address, acks = made(mortal), tmp_path / "acks"
    for _ in range(2):
        with appending(repository, address, acks) as process:
            wait_for(acks, more_than=acknowledged(acks) + 10)
            with pytest.raises(UnavailableError) as told:
                PostgresLedgerStore.open_writer(address, wait_seconds=0)
            assert told.value.code == "store.locked"
            process.kill()
            process.wait(timeout=60)
        require_all_there(address, acks)


def end_sessions(server: PostgresServer) -> None:
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'suyuan'")


class Refusing:
    """A connection that fails at one statement, before or after the server has run it."""

    def __init__(self, real: psycopg.Connection[tuple[object, ...]], *, at: bytes, after: bool) -> None:
        self._real = real
        self._at = at
        self._after = after

    def __getattr__(self, name: str) -> object:
        return getattr(self._real, name)

    def execute(self, query: bytes, *arguments: object, **options: bool) -> object:
        if query.startswith(self._at):
            if self._after:
                self._real.execute(query)
            self._real.close()
            raise psycopg.OperationalError("the connection is lost")
        return self._real.execute(query, *arguments, **options)


@pytest.mark.parametrize(("after", "stored"), [(False, 2), (True, 4)])
def test_a_connection_lost_at_the_commit_leaves_it_open_and_stops(
    mortal: PostgresServer, after: bool, stored: int
) -> None:
    """The answer to COMMIT never comes; whether the server had run it shows when the ledger is opened again."""
    address = made(mortal)
    with PostgresLedgerStore.open_writer(address) as store:
        ledger = started(store)
        store._connection = Refusing(store._connection, at=b"COMMIT", after=after)  # type: ignore[assignment]
        with pytest.raises(UnavailableError, match="not known") as told:
            ledger.append([release(0), outcome(2)])
        assert told.value.code == "store.unreachable"
        with pytest.raises(UnavailableError, match="earlier append failed"):
            store.append(stored, rows=[Row(leaf=b"x", at_ms=9)])
        with pytest.raises(UnavailableError):
            ledger.append([release(0)])
    with PostgresLedgerStore.open_writer(address) as store:
        assert store.size() == stored
        started(store).append([release(0 if stored == 2 else 1)])
        verify_log(Log(store))


@pytest.mark.parametrize(
    ("at", "few"),
    [(b"BEGIN", 256), (b"WITH place", 256), (b"BEGIN", 0), (b"SELECT coalesce", 0), (b"UPDATE pools", 0)],
)
def test_a_connection_lost_before_the_commit_stores_nothing(
    mortal: PostgresServer, monkeypatch: pytest.MonkeyPatch, at: bytes, few: int
) -> None:
    """In one statement, as few entries go, and one by one."""
    monkeypatch.setattr(few_entries, "MOST_ROWS", few)
    address = made(mortal)
    with PostgresLedgerStore.open_writer(address) as store:
        ledger = started(store)
        store._connection = Refusing(store._connection, at=at, after=False)  # type: ignore[assignment]
        with pytest.raises(UnavailableError):
            ledger.append([release(0), outcome(2)])
        with pytest.raises(UnavailableError):
            ledger.append([release(0), outcome(2)])
    with PostgresLedgerStore.open_writer(address) as store:
        assert (store.size(), store.pools()[0].next) == (2, 0)


def test_an_interrupt_inside_an_append_stops_too(mortal: PostgresServer) -> None:
    address = made(mortal)
    with PostgresLedgerStore.open_writer(address) as store:
        ledger = started(store)

        class Interrupting(dict[str, bytes]):
            def items(self) -> object:  # type: ignore[override]
                raise KeyboardInterrupt

        row = Row(leaf=b"x", at_ms=9, sides=Interrupting(a=b"b"))
        with pytest.raises(KeyboardInterrupt):
            store.append(2, rows=[row])
        with pytest.raises(UnavailableError, match="earlier append failed"):
            ledger.append([release(0)])
    with PostgresLedgerStore.open_writer(address) as store:
        assert store.size() == 2


def test_a_commit_that_no_standby_confirms_is_not_believed(mortal: PostgresServer) -> None:
    """The server commits, warns that the standby did not follow, and answers COMMIT: that is no plain yes."""
    address = made(mortal)
    with restarted(mortal, synchronous_standby_names="nobody"), PostgresLedgerStore.open_writer(address) as store:
        waiting = threading.Thread(target=cancel_when_it_waits, args=(mortal.url("postgres"),))
        waiting.start()
        with pytest.raises(UnavailableError, match="not known"):
            store.append(0, rows=[Row(leaf=b"x", at_ms=1)])
        waiting.join()
        with pytest.raises(UnavailableError, match="earlier append failed"):
            store.append(1, rows=[Row(leaf=b"y", at_ms=1)])
        # Nor is it read on: a checkpoint over it would be ahead of a standby that takes over.
        with pytest.raises(UnavailableError):
            store.size()


def cancel_when_it_waits(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        deadline = time.monotonic() + 60
        asked = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
        while not connection.execute(asked).fetchall() and time.monotonic() < deadline:
            time.sleep(0.02)


def test_a_pooler_that_changes_the_session_is_noticed(mortal: PostgresServer) -> None:
    """Another session without the lock answers in the place of the one that has it."""
    address = made(mortal)
    with PostgresLedgerStore.open_writer(address) as store, PostgresLedgerStore.open_reader(address) as other:
        held, store._connection = store._connection, other._connection
        with pytest.raises(UnavailableError, match="pooler"):
            store.append(0, rows=[Row(leaf=b"x", at_ms=1)])
        held.close()
    with PostgresLedgerStore.open_reader(address) as reader:
        assert reader.size() == 0


def test_two_writers_past_the_lock_still_store_each_entry_once(
    mortal: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Should the lock ever fail, the second of two entries at one place is refused by the server."""
    monkeypatch.setattr(few_entries, "MOST_ROWS", 0)
    address = made(mortal)
    with PostgresLedgerStore.open_writer(address) as one:
        one._connection.execute("SELECT pg_advisory_unlock_all()")
        with PostgresLedgerStore.open_writer(address) as two:
            real = two._require_place

            def require_place(first: int, *, found: tuple[int, int]) -> None:
                real(first, found=found)
                one.append(0, rows=[Row(leaf=b"one", at_ms=1)])

            monkeypatch.setattr(two, "_require_place", require_place)
            with pytest.raises(UnavailableError):
                two.append(0, rows=[Row(leaf=b"two", at_ms=1)])
        assert list(one.leaves(0, end=9)) == [b"one"]


def test_an_entry_that_another_is_about_to_commit_is_refused_to_the_second(mortal: PostgresServer) -> None:
    """The same for few entries, which ask and insert in one statement."""
    address = made(mortal)
    with PostgresLedgerStore.open_writer(address) as two, other_hand(mortal, address) as one:
        one.execute("BEGIN")
        one.execute("INSERT INTO entries (seq, at_ms, leaf) VALUES (0, 1, 'one')")
        failed: list[Exception] = []

        def append() -> None:
            try:
                two.append(0, rows=[Row(leaf=b"two", at_ms=1)])
            except UnavailableError as error:
                failed.append(error)

        thread = threading.Thread(target=append)
        thread.start()
        with psycopg.connect(mortal.url("postgres"), autocommit=True) as watching:
            while not watching.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchall():
                assert thread.is_alive()
                time.sleep(0.005)
        one.execute("COMMIT")
        thread.join()
        assert len(failed) == 1
    with PostgresLedgerStore.open_writer(address) as store:
        assert list(store.leaves(0, end=9)) == [b"one"]


@pytest.mark.parametrize(
    "statement",
    [
        b"UPDATE entries SET leaf = 'x'",
        b"DELETE FROM entries",
        b"TRUNCATE entries",
        b"SET session_replication_role = replica; DELETE FROM entries",
    ],
)
def test_entries_stay_even_for_a_superuser(mortal: PostgresServer, statement: bytes) -> None:
    address = made(mortal)
    with PostgresLedgerStore.open_writer(address) as store:
        store.append(0, rows=[Row(leaf=b"x", at_ms=1)])
        with other_hand(mortal, address) as other, pytest.raises(psycopg.Error, match="only grows"):
            other.execute(statement)
        assert list(store.leaves(0, end=2)) == [b"x"]


@pytest.mark.parametrize(("name", "value", "said"), [("fsync", "off", "fsync"), ("data_sync_retry", "on", "data_sync")])
def test_a_server_that_may_lose_what_it_confirmed_is_refused(
    mortal: PostgresServer, name: str, value: str, said: str
) -> None:
    address = made(mortal)
    with restarted(mortal, **{name: value}):
        for open_it in (PostgresLedgerStore.create, PostgresLedgerStore.open_writer):
            with pytest.raises(UnavailableError, match=said) as told:
                open_it(address)
            assert told.value.code == "store.unsafe"
        PostgresLedgerStore.open_reader(address).close()


def test_the_session_is_durable_whatever_the_role_is_set_to(mortal: PostgresServer) -> None:
    url = mortal.new_database()
    address = parse_address(url, schema="suyuan")
    PostgresLedgerStore.create(address)
    database = url.partition("?")[0].rpartition("/")[2]
    with psycopg.connect(url, autocommit=True) as other:
        for setting in ("synchronous_commit = off", "default_transaction_read_only = on", "statement_timeout = 5000"):
            other.execute(f"ALTER DATABASE {database} SET {setting}".encode())
    with PostgresLedgerStore.open_writer(address) as store:
        for setting, value in (("synchronous_commit", "on"), ("statement_timeout", "0")):
            assert store._connection.execute(f"SHOW {setting}".encode()).fetchone() == (value,)
        store.append(0, rows=[Row(leaf=b"x", at_ms=1)])


def test_an_unlogged_table_is_refused(mortal: PostgresServer) -> None:
    address = made(mortal)
    with other_hand(mortal, address) as other:
        other.execute("ALTER TABLE entries SET UNLOGGED")
    with pytest.raises(UnavailableError, match="emptied by a crash"):
        PostgresLedgerStore.open_writer(address)


def test_a_ledger_is_made_only_where_nothing_is(mortal: PostgresServer) -> None:
    url = mortal.url("postgres")
    with psycopg.connect(url, autocommit=True) as other:
        other.execute("CREATE SCHEMA taken; CREATE TABLE taken.meta (other text)")
        other.execute("CREATE SCHEMA other; CREATE TABLE other.thing (other text)")
        other.execute("CREATE SCHEMA empty")
    for schema in ("taken", "other"):
        address = parse_address(url, schema=schema)
        with pytest.raises(RefusedError) as told:
            PostgresLedgerStore.create(address)
        assert told.value.code == "store.exists"
        with pytest.raises(UnavailableError) as read:
            PostgresLedgerStore.open_reader(address)
        assert read.value.code == "store.foreign"
    take_away = PostgresLedgerStore.create(parse_address(url, schema="empty"))
    with pytest.raises(RefusedError):
        PostgresLedgerStore.create(parse_address(url, schema="empty"))
    take_away()
    PostgresLedgerStore.create(parse_address(url, schema="absent"))()
    for schema, stays in (("empty", True), ("absent", False)):
        with pytest.raises(UnavailableError, match="no ledger here"):
            PostgresLedgerStore.open_writer(parse_address(url, schema=schema))
        with psycopg.connect(url) as other:
            assert bool(other.execute("SELECT FROM pg_namespace WHERE nspname = %s", [schema]).fetchall()) is stays


def test_a_newer_ledger_is_left_alone(mortal: PostgresServer) -> None:
    address = made(mortal)
    with other_hand(mortal, address) as other:
        other.execute("UPDATE meta SET value = '99' WHERE name = 'version'")
    with pytest.raises(UnavailableError, match="version 99") as told:
        PostgresLedgerStore.open_writer(address)
    assert told.value.code == "store.newer"


def test_times_and_rolled_back_entries_leave_no_gap(mortal: PostgresServer) -> None:
    with PostgresLedgerStore.open_writer(made(mortal)) as store:
        ledger = started(store, clock=FakeClock())
        for _ in range(3):
            with pytest.raises(RefusedError):
                ledger.append([release(5)])
        assert ledger.append([release(0)])[0].index == 2
        verify_log(Log(store))
