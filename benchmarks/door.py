"""What a release through the door costs, in groups of 1, 8 and 32 and as lists, on SQLite and on PostgreSQL.

    make bench-door        (or: PYTHONPATH=src:. python benchmarks/door.py [look-ups a turn])

Everything is in one process: no HTTP. A look-up is all that the door does: facts of five kinds, every check, budgets, plan,
entry with its private sides and the outcome of the one before, one durable commit a group, receipt, unsealing, masking and
marking of three fields. Beside it, in the same run and taking turns: bare commits of one row of as many bytes, and bare
AES-256-GCM of as many bytes. Medians over the turns; p50 and p99 over single look-ups.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path

import psycopg
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from measured import POLICY, Used, bare_sqlite, listing, machine, measured, stocked
from tests.postgres_server import running_server

from suyuan.app import create_store, open_store
from suyuan.app.kernels import load_kernels
from suyuan.release.door import Door
from suyuan.release.listing import list_cases
from suyuan.release.released import Released
from suyuan.release.request import ListRequest, LookupRequest
from suyuan.terms import AccountId, PurposeName

TURNS = 5
ACCOUNTS = 32
PEOPLE = 6_400
LIST_ROWS = 200
PAGES = 80
SIDE_BYTES = 2_000
"""About what an entry, its sides and the outcome before it take."""

PURPOSES = listing(POLICY["purposes.toml"])


def in_groups(door: Door, *, asked: list[LookupRequest], size: int) -> None:
    for start in range(0, len(asked), size):
        for result in door.lookup_many(asked[start : start + size]):
            if not isinstance(result, Released):
                raise SystemExit(f"refused: {result}")


def lists(door: Door, *, count: int) -> None:
    for i in range(count):
        request = ListRequest(
            account=AccountId(f"account-{i % ACCOUNTS}"), purpose=PurposeName("delivery"), count=LIST_ROWS
        )
        if len(list_cases(door, request=request).rows) != LIST_ROWS:
            raise SystemExit("a list is short")


@contextmanager
def bare_postgres(url: str) -> Iterator[Callable[[int], None]]:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE entries (seq bigserial PRIMARY KEY, body bytea NOT NULL)")
        body = os.urandom(SIDE_BYTES)

        def commits(count: int) -> None:
            for _ in range(count):
                with connection.transaction():
                    connection.execute("INSERT INTO entries (body) VALUES (%s)", (body,))

        yield commits


def ciphers(count: int) -> None:
    cipher, body = AESGCM(os.urandom(32)), os.urandom(SIDE_BYTES)
    for _ in range(count):
        cipher.encrypt(os.urandom(12), body, b"")


def run(name: str, *, folder: Path, settings: str, commits: Callable[[int], None], turn: int) -> None:
    secret = folder / "store.passphrase"
    text = f'version = 1\norigin = "log.example/bench"\npassphrase_file = "{secret}"\n{settings}'
    create_store(
        folder / "store", settings_text=text, policy_texts={**POLICY, "purposes.toml": PURPOSES}, passphrase_file=secret
    )
    with open_store(folder / "store") as store:
        asked = stocked(store, count=PEOPLE, accounts=ACCOUNTS)
        with store.door() as door:
            in_groups(door, asked=asked[:ACCOUNTS], size=ACCOUNTS)  # The law, the recipients, the first row keys.
            used: dict[str, list[Used]] = {}
            order = cycle(range(0, PEOPLE - turn, turn))
            for _ in range(TURNS):
                used.setdefault("bare commit", []).append(measured(lambda: commits(turn)))
                used.setdefault("bare AES-256-GCM", []).append(measured(lambda: ciphers(turn)))
                for size in (1, 8, 32):
                    at = next(order)
                    part = asked[at : at + turn]
                    work = lambda part=part, size=size: in_groups(door, asked=part, size=size)  # noqa: E731
                    used.setdefault(f"groups of {size}", []).append(measured(work))
            print(f"\n{name}")
            for label, each in used.items():
                cpu, wall = (
                    statistics.median(pick) / turn * 1e3 for pick in ([u.cpu for u in each], [u.wall for u in each])
                )
                print(f"  {label:18s} CPU ms {cpu:7.3f}  wall ms {wall:7.3f}  {1e3 / wall:8,.0f} /s each")
            singles: list[float] = []
            for request in asked[:1000]:
                before = time.perf_counter()
                door.lookup(request)
                singles.append((time.perf_counter() - before) * 1e3)
            cuts = statistics.quantiles(singles, n=100)
            print(f"  one caller         p50 ms {cuts[49]:.2f}  p99 ms {cuts[98]:.2f}  ({len(singles)} look-ups)")
            lists(door, count=8)
            # Short stretches: where other work keeps the cores busy, the lower quartile says what a row costs.
            pages = sorted(measured(lambda: lists(door, count=2)).cpu / (2 * LIST_ROWS) for _ in range(PAGES))
            for what, cpu in (("lower quartile", pages[PAGES // 4]), ("median", pages[PAGES // 2])):
                print(
                    f"  lists of {LIST_ROWS}, {what:14s} CPU us a row {cpu * 1e6:.1f}  {1 / cpu:,.0f} rows a CPU second"
                )


def main() -> None:
    turn = int(sys.argv[1]) if len(sys.argv) > 1 else 320
    print(machine())
    print("kernels " + ("compiled, as in `suyuan serve`" if load_kernels() else "none: Numba is not installed"))
    print("CPU is this process's; the server's own is beside it on the other core")
    with tempfile.TemporaryDirectory(dir=os.environ.get("SUYUAN_BENCH_DIR")) as place:
        folder = Path(place)
        (folder / "sqlite").mkdir()
        with bare_sqlite(folder, size_bytes=SIDE_BYTES) as commits:
            run("SQLite", folder=folder / "sqlite", settings="", commits=commits, turn=turn)
        with running_server() as server:
            (folder / "postgres").mkdir()
            data, keys = server.new_database(), server.new_database()
            settings = f'[ledger]\ndatabase = "{data}"\n[data]\ndatabase = "{data}"\n[keys]\ndatabase = "{keys}"\n'
            with bare_postgres(server.new_database()) as commits:
                run("PostgreSQL", folder=folder / "postgres", settings=settings, commits=commits, turn=turn)


if __name__ == "__main__":
    main()
