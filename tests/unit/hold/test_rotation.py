"""Rotation: no secret lost and no read failed, whatever else goes on and whenever it is killed."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from tests.postgres_server import PostgresServer
from tests.unit.hold.key_rotation_runs import ring

from suyuan.adapters.postgres.address import parse_address
from suyuan.adapters.postgres.key_store import PostgresKeyStore
from suyuan.adapters.sqlite.database import Access
from suyuan.adapters.sqlite.key_store import SqliteKeyStore
from suyuan.crypto.suite import Suite
from suyuan.errors import SuyuanError, UnavailableError
from suyuan.hold.ports import MARK, KeyStore
from suyuan.hold.rotation import Rotation
from suyuan.terms import PersonNumber

RUNS = Path(__file__).with_name("key_rotation_runs.py")
SUITES = pytest.mark.parametrize("suite", list(Suite))
ROOT = Path(__file__).resolve().parents[3]


@contextmanager
def filled(path: Path, *, persons: int, suite: Suite = Suite.AES) -> Iterator[tuple[SqliteKeyStore, list[bytes]]]:
    with SqliteKeyStore(path, access=Access.CREATE) as keys:
        broker = ring(keys, suite=suite)
        broker.named("log-key")
        broker.named("recipient/account/a")
        broker.enrol(persons)
        yield keys, broker._secrets(range(persons))


@SUITES
def test_everything_is_wrapped_anew_and_the_old_generation_is_gone(tmp_path: Path, suite: Suite) -> None:
    path = tmp_path / "keys.db"
    with filled(path, persons=9_000, suite=suite) as (keys, secrets):
        before = [*keys.persons(range(0, 9_000, 500)), keys.get("log-key") or b"", keys.get("kek/1") or b""]
        steps: list[tuple[int, int]] = []
        rotated = Rotation(keys, ring=ring(keys, suite=suite)).rotate(
            progress=lambda _, done, total: steps.append((done, total))
        )
        assert (rotated.generation, rotated.persons, rotated.secrets) == (2, 9_000, 2)
        assert (rotated.destroyed, rotated.resumed) == ((1,), False)
        assert steps[0] == (0, 9_000)
        assert steps[-1] == (9_000, 9_000)
        after = ring(keys, suite=suite)
        assert after._secrets(range(9_000)) == secrets
        assert after.generations.held() == (2,)
        assert keys.count_stale(after.generations.mark) == 0
    files = b"".join(file.read_bytes() for file in tmp_path.glob("keys.db*"))
    assert [envelope in files for envelope in before] == [False] * len(before)


def test_a_secret_that_was_erased_meanwhile_stays_erased(tmp_path: Path) -> None:
    with filled(tmp_path / "keys.db", persons=40) as (keys, secrets):
        given = keys.stale_persons

        def erasing(mark: bytes, *, after: int, count: int) -> list[tuple[int, bytes]]:
            found = list(given(mark, after=after, count=count))
            keys.erase(PersonNumber(7))
            return found

        keys.stale_persons = erasing  # type: ignore[method-assign]
        assert Rotation(keys, ring=ring(keys)).rotate().persons == 39
        assert keys.erased_among(range(40)) == {7}
        assert ring(keys)._secrets([6, 8]) == [secrets[6], secrets[8]]


def test_a_named_secret_that_was_destroyed_meanwhile_stops_nothing(tmp_path: Path) -> None:
    with filled(tmp_path / "keys.db", persons=1) as (keys, _):
        ring(keys).named("vrf-key/1")
        given = keys.rewrite
        gone: list[str] = []

        def rewrite(changes: list[tuple[str, bytes | None, bytes]]) -> None:
            if changes[0][0] != MARK and not gone:
                gone.append("vrf-key/1")
                keys.discard("vrf-key/1")
            given(changes)

        keys.rewrite = rewrite  # type: ignore[assignment,method-assign]
        assert Rotation(keys, ring=ring(keys)).rotate().secrets == 2
        assert keys.get("vrf-key/1") is None
        assert ring(keys).generations.held() == (2,)


def test_nothing_is_destroyed_while_something_is_under_it(tmp_path: Path) -> None:
    with filled(tmp_path / "keys.db", persons=9) as (keys, secrets):
        keys.rewrap_persons = lambda changes: len(changes)  # type: ignore[method-assign]
        with pytest.raises(UnavailableError, match="none was destroyed"):
            Rotation(keys, ring=ring(keys)).rotate()
        assert ring(keys).generations.held() == (1, 2)
        assert ring(keys)._secrets(range(9)) == secrets


def killed_after(path: Path, *, seconds: float, batch: int) -> bool:
    """Rotate in a process of its own and kill it; say whether it was at work then."""
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
    command = [sys.executable, str(RUNS), str(path), str(batch)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    rest = process.stdout.read()
    process.stdout.close()
    process.wait()
    return b"done" not in rest


def test_killed_at_any_time_the_next_run_finishes(tmp_path: Path) -> None:
    path, chosen, cut, held = tmp_path / "keys.db", random.Random(7), 0, (1,)
    with filled(path, persons=4_000) as (keys, secrets):
        pass
    # Until six were cut in the middle of the work, the last one among them: a run may be done before it is killed.
    for _ in range(60):
        killed = killed_after(path, seconds=chosen.uniform(0.0, 0.3), batch=3)
        with SqliteKeyStore(path) as keys:
            after = ring(keys)
            assert after._secrets(range(4_000)) == secrets
            held = after.generations.held()
        cut += killed and len(held) == 2
        if cut >= 6 and len(held) == 2:
            break
    assert cut >= 6
    with SqliteKeyStore(path) as keys:
        rotated = Rotation(keys, ring=ring(keys)).rotate()
        assert rotated.resumed
        assert rotated.generation == held[-1]
        assert ring(keys)._secrets(range(4_000)) == secrets
        assert ring(keys).generations.held() == (held[-1],)


@pytest.fixture(params=["sqlite", "postgres"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[bool], AbstractContextManager[KeyStore]]:
    """How a key store of each database is opened, for writing or for reading."""
    if request.param == "sqlite":
        path = tmp_path / "keys.db"
        SqliteKeyStore(path, access=Access.CREATE).close()
        return lambda writes: SqliteKeyStore(path, access=Access.WRITE if writes else Access.READ)
    server: PostgresServer = request.getfixturevalue("postgres")
    address = parse_address(server.url("postgres"), schema=server.new_schema(), what="keys")
    PostgresKeyStore.create(address)
    return lambda writes: PostgresKeyStore.open(address, writes=writes)


def test_readers_and_a_writer_never_fail_beside_rotations(
    opened: Callable[[bool], AbstractContextManager[KeyStore]],
) -> None:
    stop = threading.Event()
    failed: list[SuyuanError] = []
    counts = {"read": 0, "written": 0}
    with opened(True) as keys:
        first = ring(keys)
        first.named("log-key")
        first.enrol(3_000)
        secrets = first._secrets(range(3_000))

    def read() -> None:
        with opened(False) as keys:
            reader, chosen = ring(keys), random.Random(3)
            while not stop.is_set():
                some = chosen.sample(range(3_000), 50)
                try:
                    assert reader._secrets(some) == [secrets[number] for number in some]
                    reader.named("log-key")
                except SuyuanError as error:
                    failed.append(error)
                counts["read"] += 51

    def write() -> None:
        with opened(True) as keys:
            writer = ring(keys)
            while not stop.is_set():
                try:
                    added = writer.enrol(3)
                    writer.named(f"recipient/account/{added}")
                    writer._secrets((added, added + 2))
                except SuyuanError as error:
                    failed.append(error)
                counts["written"] += 1

    threads = [threading.Thread(target=work) for work in (read, read, write)]
    for thread in threads:
        thread.start()
    try:
        with opened(True) as keys:
            rotations = [Rotation(keys, ring=ring(keys)).rotate() for _ in range(5)]
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert failed == []
    assert [rotated.generation for rotated in rotations] == [2, 3, 4, 5, 6]
    assert min(counts.values()) > 5
    with opened(True) as keys:
        last = ring(keys)
        total = 3_000 + 3 * counts["written"]
        assert last._secrets(range(total))[:3_000] == secrets
        assert last.generations.held() == (6,)
        assert keys.count_stale(last.generations.mark) == 0
