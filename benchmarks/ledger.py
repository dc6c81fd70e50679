"""The ledger beside the plainest things that do part of its work, in one run.

    PYTHONPATH=src:. python benchmarks/ledger.py [entries of a turn | callers]

Ours and theirs take turns, so that both see the same load; medians over the turns. A CPU second is one of all threads of
this process; what a PostgreSQL server takes is measured beside it. `durable` is one commit a batch: SQLite in WAL with
synchronous=FULL, PostgreSQL with fsync and synchronous_commit.

A latency is that of the machine as it is: beside other work, ask for the processor (`chrt -f 50 python ...`) and say so.
"""

import asyncio
import gc
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hmac import digest as hmac_digest
from itertools import count
from pathlib import Path

from ledger_floors import BarePostgres, BareSqlite, Rows, ServerCpu, commit_seconds, compile_loop, openssl
from measured import machine
from tests.postgres_server import running_server

from suyuan.adapters.event_loop import LoopCallers
from suyuan.adapters.files.tile_directory import TileDirectory
from suyuan.adapters.postgres.address import parse_address
from suyuan.adapters.postgres.ledger_store import PostgresLedgerStore
from suyuan.adapters.sqlite.ledger_store import SqliteLedgerStore
from suyuan.crypto.commit import PAYLOAD, commitment
from suyuan.crypto.frontier import Frontier
from suyuan.crypto.kdf import label_message
from suyuan.crypto.merkle import leaf_hashes
from suyuan.crypto.sign import SigningKey
from suyuan.ledger import Draft, KeysEntry, KeySpan, LawEntry, Ledger, LedgerStore, ReleaseEntry, publish
from suyuan.ledger.seal import build_index
from suyuan.ledger.sequencer import Sequencer
from suyuan.terms import LeafIndex

LAW = bytes(32)
KEY = SigningKey(bytes(32), name="log.example/suyuan")
POOL = LeafIndex(1)
BATCH = 4_096
TURNS = 5
SIDE_BYTES = 300
CALLERS = 256
CALLS = 60
LEAF_BYTES = 256


class WallClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


def say(what: str, value: str, *, bar: str = "") -> None:
    print(f"{what:<58} {value:>24}  {bar}".rstrip(), flush=True)


def cpu(act: Callable[[], object]) -> float:
    """Give the CPU seconds of a piece of work; what was made beforehand is not collected at its cost."""
    gc.collect()
    gc.freeze()
    start = time.process_time()
    act()
    return time.process_time() - start


def opened(store: LedgerStore) -> Ledger:
    """Give a ledger with a law and a pool of row keys."""
    ledger = Ledger(store, key=KEY, clock=WallClock())
    if ledger.size == 0:
        ledger.append([Draft(body=LawEntry(law=LAW)), Draft(body=KeysEntry(rows=10**9, root=LAW, lanes=1))])
    return ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a release is made of, as random bytes drawn before the clock runs."""

    commitment: bytes
    label: bytes
    manifest: bytes
    recipient: bytes
    side: bytes


def given(entries: int, *, side_bytes: int) -> list[Given]:
    recipients = [os.urandom(32) for _ in range(50)]
    return [
        Given(
            commitment=os.urandom(32),
            label=os.urandom(32),
            manifest=os.urandom(32),
            recipient=recipients[i % len(recipients)],
            side=os.urandom(side_bytes),
        )
        for i in range(entries)
    ]


def drafts(made: Sequence[Given], *, first: int) -> list[Draft]:
    return [
        Draft(
            body=ReleaseEntry(
                commitment=each.commitment,
                keys=KeySpan(pool=POOL, first=ordinal, count=1),
                label=each.label,
                manifest=each.manifest,
                law=LAW,
                recipient=each.recipient,
            ),
            sides={"plan": each.side} if each.side else {},
            epoch=0,
        )
        for ordinal, each in enumerate(made, start=first)
    ]


@dataclass(slots=True)
class Bulk:
    """Draft, commit, tiles, checkpoint: batches of 4,096, published once a second and at the end of a turn."""

    ledger: Ledger
    files: TileDirectory
    drawn: int = 0

    def turn(self, made: Sequence[Given]) -> None:
        published = time.perf_counter()
        for start in range(0, len(made), BATCH):
            self.ledger.append(drafts(made[start : start + BATCH], first=self.drawn))
            self.drawn += len(made[start : start + BATCH])
            if time.perf_counter() - published >= 1:
                publish(self.ledger, files=self.files, key=KEY)
                published = time.perf_counter()
        publish(self.ledger, files=self.files, key=KEY)


def rows_of(ledger: Ledger, *, start: int) -> list[Rows]:
    """Give the rows that a turn has stored, in its batches, for a bare commit of the same."""
    leaves = list(ledger.leaves(start, end=ledger.size))
    sides = [ledger.side(index, name="plan") or b"" for index in range(start, ledger.size)]
    rows = [
        (start + i, 1_800_000_000_000, leaf, side) for i, (leaf, side) in enumerate(zip(leaves, sides, strict=True))
    ]
    return [rows[at : at + BATCH] for at in range(0, len(rows), BATCH)]


def tile_builder(folder: Path, *, entries: int) -> None:
    loop = compile_loop(folder)
    bodies = [os.urandom(LEAF_BYTES) for _ in range(entries)]

    def build() -> None:
        frontier = Frontier()
        for first in range(0, entries, BATCH):
            frontier.extend(b"".join(leaf_hashes(bodies[first : first + BATCH])))
        frontier.root()

    ours, theirs = [], []
    for _ in range(TURNS):
        ours.append(entries / cpu(build))
        theirs.append(loop.rate(entries, leaf_bytes=LEAF_BYTES))
    mine, c = statistics.median(ours), statistics.median(theirs)
    say(f"C loop, {openssl()}, one context, leaf + node", f"{c:,.0f} /cpu-s")
    say("tile builder, the same leaves", f"{mine:,.0f} /cpu-s", bar=f"{mine / c:.0%} of the C loop (bar: 15 %)")


def in_bulk(folder: Path, *, entries: int, side_bytes: int) -> None:
    """Durable releases into SQLite, beside bare commits of the same rows into SQLite and PostgreSQL."""
    ours, bare, bare_pg, client_pg, server_pg = [], [], [], [], []
    name = f"bulk-{side_bytes}"
    with (
        SqliteLedgerStore.open_writer(folder / f"{name}.db") as store,
        closing(BareSqlite(folder / f"{name}-bare.db")) as sqlite,
        running_server() as server,
    ):
        bulk = Bulk(opened(store), TileDirectory(folder / name))
        url, address = server.new_database(), parse_address(server.new_database(), schema="suyuan")
        PostgresLedgerStore.create(address)
        server_cpu = ServerCpu(url)
        with closing(BarePostgres(url)) as postgres, PostgresLedgerStore.open_writer(address) as remote:
            bulk_pg = Bulk(opened(remote), TileDirectory(folder / f"{name}-pg"))
            for _ in range(TURNS):
                made, start = given(entries, side_bytes=side_bytes), bulk.ledger.size
                ours.append(entries / cpu(lambda made=made: bulk.turn(made)))  # type: ignore[misc]
                batches = rows_of(bulk.ledger, start=start)
                bare.append(entries / commit_seconds(sqlite.commit, batches=batches)[0])
                before = server_cpu()
                client = commit_seconds(postgres.commit, batches=batches)[0]
                bare_pg.append(entries / (client + server_cpu() - before))
                before = server_cpu()
                client = cpu(lambda made=made: bulk_pg.turn(made))  # type: ignore[misc]
                client_pg.append(entries / client)
                server_pg.append(entries / (client + server_cpu() - before))
    rates = {name: statistics.median(each) for name, each in (("ours", ours), ("bare", bare), ("pg", bare_pg))}
    with_side = f"one side of {side_bytes} bytes each" if side_bytes else "no private side"
    print(f"\nDurable releases in bulk, {with_side}: {TURNS} turns of {entries:,}, batches of {BATCH:,}")
    say("bare SQLite, batched commits of the same rows", f"{rates['bare']:,.0f} /cpu-s")
    say("bare PostgreSQL, COPY of the same rows, client + server", f"{rates['pg']:,.0f} /cpu-s")
    say(
        "suyuan on SQLite: draft, commit, tiles, checkpoint", f"{rates['ours']:,.0f} /cpu-s",
        bar=f"best turn {max(ours):,.0f}; {rates['ours'] / rates['bare']:.0%} of bare SQLite (bar: 60,000)",
    )  # fmt: skip
    say(
        "suyuan on PostgreSQL, this process", f"{statistics.median(client_pg):,.0f} /cpu-s",
        bar=f"client + server {statistics.median(server_pg):,.0f}: "
        f"{statistics.median(server_pg) / rates['pg']:.0%} of bare PostgreSQL",
    )  # fmt: skip


async def call_all(sequencer: Sequencer, *, ordinals: Iterator[int], latencies: list[float]) -> None:
    """256 callers, each in a closed loop: label, commitment, one release, its signed receipt."""
    message = label_message(origin=KEY.verify_key.name, epoch=0)
    callers = LoopCallers(sequencer)

    async def caller(secret: bytes) -> None:
        for _ in range(CALLS):
            start = time.perf_counter()
            body = ReleaseEntry(
                commitment=commitment(PAYLOAD, salt=secret, payload=secret * 6),
                keys=KeySpan(pool=POOL, first=next(ordinals), count=1),
                label=hmac_digest(secret, message, "sha256"),
                manifest=secret,
                law=LAW,
                recipient=LAW,
            )
            draft = Draft(body=body, sides={"plan": secret * 9}, epoch=0)
            receipts = await callers.append([draft])
            assert receipts[0].note
            latencies.append(time.perf_counter() - start)

    await asyncio.gather(*(caller(os.urandom(32)) for _ in range(CALLERS)))


def concurrent(store: LedgerStore, *, name: str) -> None:
    ledger = opened(store)
    latencies: list[float] = []
    load = os.getloadavg()[0]
    with Sequencer(ledger) as sequencer:
        ordinals = count(ledger.pools()[0].next)
        asyncio.run(call_all(sequencer, ordinals=ordinals, latencies=[]))  # The first turn warms the caches.
        used, wall = time.process_time(), time.perf_counter()
        asyncio.run(call_all(sequencer, ordinals=ordinals, latencies=latencies))
        used, wall = time.process_time() - used, time.perf_counter() - wall
    cuts = statistics.quantiles(latencies, n=100)
    say(
        f"{CALLERS} callers on {name}: p50 / p99", f"{cuts[49] * 1e3:.1f} / {cuts[98] * 1e3:.1f} ms",
        bar=f"(bar: p99 50 ms; load {load:.1f}) {len(latencies) / wall:,.0f} /s, {len(latencies) / used:,.0f} /cpu-s",
    )  # fmt: skip


def one_commit(folder: Path) -> None:
    """The floor under any latency here: one row, one bare commit."""
    with closing(BareSqlite(folder / "one.db")) as bare:
        spent = []
        for i in range(200):
            start = time.perf_counter()
            bare.commit([(i, 0, bytes(313), bytes(SIDE_BYTES))])
            spent.append(time.perf_counter() - start)
    cuts = statistics.quantiles(spent, n=100)
    say("bare SQLite, one row a commit, alone: p50 / p99", f"{cuts[49] * 1e3:.1f} / {cuts[98] * 1e3:.1f} ms")


@dataclass(frozen=True, slots=True, kw_only=True)
class InMemory:
    """Entries as the bytes that were read before."""

    held: Sequence[bytes]

    def leaves(self, start: int, *, end: int) -> Sequence[bytes]:
        return self.held[start:end]

    def side(self, index: int, *, name: str) -> bytes | None:
        return None


def seal_replay(folder: Path, *, entries: int) -> None:
    with SqliteLedgerStore.open_writer(folder / "seal.db") as store:
        ledger = opened(store)
        made = given(entries, side_bytes=0)
        for start in range(0, entries, BATCH):
            ledger.append(drafts(made[start : start + BATCH], first=start))
        held = InMemory(held=list(ledger.leaves(0, end=ledger.size)))
        rates = [entries / cpu(lambda: build_index(held, first=0, end=len(held.held))) for _ in range(TURNS)]
        root = build_index(held, first=0, end=len(held.held)).root
        assert ledger.entry(ledger.seal(closing=True).index).body.root == root  # type: ignore[union-attr]
    say(
        f"seals replayed, {entries:,} releases to 50 recipients",
        f"{statistics.median(rates):,.0f} /cpu-s",
        bar=f"best {max(rates):,.0f} (bar: 150,000)",
    )


@contextmanager
def remote_store() -> Iterator[LedgerStore]:
    with running_server() as server:
        address = parse_address(server.new_database(), schema="suyuan")
        PostgresLedgerStore.create(address)
        with PostgresLedgerStore.open_writer(address) as store:
            yield store


def callers(folder: Path) -> None:
    print("\nCallers at once, each with its label, its commitment and its signed receipt")
    one_commit(folder)
    with SqliteLedgerStore.open_writer(folder / "callers.db") as store:
        concurrent(store, name="SQLite")
    with remote_store() as remote:
        concurrent(remote, name="PostgreSQL")


def main() -> None:
    asked = sys.argv[1] if len(sys.argv) > 1 else str(16 * BATCH)
    print(machine())
    with tempfile.TemporaryDirectory(dir=os.environ.get("SUYUAN_BENCH_DIR")) as name:
        folder = Path(name)
        if asked != "callers":
            entries = int(asked)
            tile_builder(folder, entries=200_000)
            in_bulk(folder, entries=entries, side_bytes=0)
            in_bulk(folder, entries=entries, side_bytes=SIDE_BYTES)
        callers(folder)
        if asked != "callers":
            print()
            seal_replay(folder, entries=entries)
    print(f"load at the end {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
