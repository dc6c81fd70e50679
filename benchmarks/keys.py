"""The keys of a million persons: enrolled, unwrapped, rotated beside a reader, in both profiles; and what memory it takes.

Each figure stands beside its floor of the same run: bare AES-256-GCM of the same 32-byte secrets on one core.

    make bench-keys
    make bench-keys PERSONS=100000
"""

import os
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

from benchmarks.measured import machine, measured
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from suyuan.adapters.sqlite.database import Access
from suyuan.adapters.sqlite.key_store import SqliteKeyStore
from suyuan.app import SystemEntropy
from suyuan.crypto.suite import Suite
from suyuan.errors import SuyuanError
from suyuan.hold.broker import KeyBroker
from suyuan.hold.kek import SecretKek
from suyuan.hold.rotation import Rotation

STEP = 65_536
KEK = b"k" * 32


def main() -> None:
    persons = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    print(machine())
    print(f"{persons:,} persons\n")
    floor = _floor(min(persons, 200_000))
    print(f"floor: bare AES-256-GCM, unwrap and wrap     {floor:12,.0f} keys/CPU s")
    for suite in Suite:
        with tempfile.TemporaryDirectory() as folder:
            _measure(Path(folder) / "keys.db", suite=suite, persons=persons, floor=floor)


def _measure(path: Path, *, suite: Suite, persons: int, floor: float) -> None:
    print(f"\n{suite.value}:")
    with _ring(path, suite=suite, access=Access.CREATE) as (_, ring):
        ring.named("log-key")
        used = measured(lambda: [ring.enrol(min(STEP, persons - at)) for at in range(0, persons, STEP)])
        print(f"  enrolled, durably            {persons / used.wall:12,.0f} keys/s      {used}")
    size = path.stat().st_size
    reached, seconds, cpu = _apart(_use_all, path, suite, persons)
    print(f"  unwrapped, and labels made   {persons / seconds:12,.0f} keys/s      CPU s {cpu:8.2f}")
    print(f"  resident then, whole process {reached / 1e6:12,.0f} MB          keys.db has {size / 1e6:,.0f} MB")
    reached, _, _ = _apart(_hold_all, path, suite, persons)
    print(f"  resident with all in memory  {reached / 1e6:12,.0f} MB")
    stop = get_context("spawn").Event()
    results = get_context("spawn").Queue()
    reader = get_context("spawn").Process(target=_read_on, args=(path, suite, persons, stop, results))
    reader.start()
    results.get()
    with _ring(path, suite=suite) as (keys, ring):
        used = measured(lambda: Rotation(keys, ring=ring).rotate())
    stop.set()
    reads, failed = results.get()
    reader.join()
    rate = persons / used.wall
    print(f"  rotated beside a reader      {rate:12,.0f} keys/s      {used}")
    print(f"    of the floor               {persons / used.cpu / floor:12.3f}")
    print(f"    reads meanwhile            {reads:12,} of which failed: {failed}")
    if failed:
        raise SystemExit("a read failed")


def _floor(rounds: int) -> float:
    one, other, secret, nonce = AESGCM(KEK), AESGCM(b"o" * 32), b"s" * 32, b"n" * 12
    sealed = one.encrypt(nonce, secret, b"a")
    used = measured(lambda: [other.encrypt(nonce, one.decrypt(nonce, sealed, b"a"), b"a") for _ in range(rounds)])
    return rounds / used.cpu


@contextmanager
def _ring(path: Path, *, suite: Suite, access: Access = Access.WRITE) -> Iterator[tuple[SqliteKeyStore, KeyBroker]]:
    entropy = SystemEntropy()
    with SqliteKeyStore(path, access=access) as keys:
        kek = SecretKek(KEK, entropy=entropy, suite=suite)
        yield keys, KeyBroker(keys, kek=kek, origin="log.example/bench", entropy=entropy, suite=suite)


def _apart(work: object, *arguments: object) -> tuple[int, float, float]:
    """Run in a process of its own, so that its memory is what this work took."""
    context = get_context("spawn")
    results = context.Queue()
    process = context.Process(target=work, args=(*arguments, results))  # type: ignore[arg-type]
    process.start()
    found: tuple[int, float, float] = results.get()
    process.join()
    return found


def _use_all(path: Path, suite: Suite, persons: int, results: object) -> None:
    with _ring(path, suite=suite, access=Access.READ) as (_, ring):
        started = time.perf_counter()
        for at in range(0, persons, STEP):
            ring.labels(range(at, min(at + STEP, persons)), epoch=0)
        seconds = time.perf_counter() - started
        used = resource.getrusage(resource.RUSAGE_SELF)
        results.put((used.ru_maxrss * 1024, seconds, used.ru_utime + used.ru_stime))  # type: ignore[attr-defined]


def _hold_all(path: Path, suite: Suite, persons: int, results: object) -> None:
    """Hold every payload key, label and commitment at once, as an export of everybody does until its entry stands."""
    with _ring(path, suite=suite, access=Access.READ) as (_, ring):
        rows = ring.prepare_rows(range(persons), payload=b"p" * 200, pool=0, first=0, epoch=0)
        assert len(rows.labels) == persons
        results.put((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, 0.0, 0.0))  # type: ignore[attr-defined]


def _read_on(path: Path, suite: Suite, persons: int, stop: object, results: object) -> None:
    """Read fifty persons' secrets at a time until told to stop, as look-ups and lists do; count what failed."""
    reads = failed = 0
    with _ring(path, suite=suite, access=Access.READ) as (_, ring):
        results.put(None)  # type: ignore[attr-defined]
        while not stop.is_set():  # type: ignore[attr-defined]
            first = int.from_bytes(os.urandom(4), "big") % max(1, persons - 50)
            try:
                ring.labels(range(first, min(first + 50, persons)), epoch=0)
                reads += min(50, persons)
            except SuyuanError:
                failed += 1
    results.put((reads, failed))  # type: ignore[attr-defined]


if __name__ == "__main__":
    main()
