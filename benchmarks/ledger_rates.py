"""Rates of the crypto and ledger rooms, per CPU second. Run: python benchmarks/ledger_rates.py [rows]"""

import os
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from suyuan.adapters.files.tile_directory import TileDirectory
from suyuan.adapters.sqlite.ledger_store import SqliteLedgerStore
from suyuan.crypto import aead, bulk
from suyuan.crypto.frontier import Frontier
from suyuan.crypto.keystream import pool_root
from suyuan.crypto.merkle import leaf_hashes
from suyuan.crypto.sign import SigningKey
from suyuan.crypto.token import Tokenizer
from suyuan.ledger import Draft, KeysEntry, KeySpan, LawEntry, Ledger, ReleaseEntry, publish, verify_log
from suyuan.terms import KindName, LeafIndex

LAW = bytes(32)
KEY = SigningKey(bytes(32), name="log.example/suyuan")


class WallClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


def rate(name: str, count: int, act: Callable[[], object]) -> None:
    wall, cpu = time.perf_counter(), time.process_time()
    act()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    print(f"{name:<44} {count / cpu:>12,.0f} /cpu-s {count / wall:>12,.0f} /s")


def tiles(entries: list[bytes]) -> None:
    frontier = Frontier()
    for first in range(0, len(entries), 1000):
        frontier.extend(b"".join(leaf_hashes(entries[first : first + 1000])))
    frontier.root()


def rows_of_export(secrets: list[bytes], *, tables: list[bytes]) -> None:
    bulk.labels(bulk.label_keys(secrets), origin="log.example/suyuan")
    keys = bulk.payload_keys(secrets)
    bulk.payload_commitments(bulk.payload_salts(keys, pool=1, first=0), payloads=tables)
    for field in ("name", "phone", "address", "email"):
        bulk.table_commitments(bulk.table_salts(keys, field=field, nonces=range(len(keys))), tables=tables)


def sealed_rows(secrets: list[bytes], *, rows: list[bytes]) -> list[bytes]:
    """What is kept beside an export: each manifest row under its own person's key, behind its leaf hash."""
    keys = bulk.row_keys(bulk.payload_keys(secrets), pool=1, ordinals=range(len(rows)))
    sealed = aead.seal_rows(keys, rows=rows, nonces=os.urandom(aead.NONCE_BYTES * len(rows)))
    return [leaf + row for leaf, row in zip(leaf_hashes(rows), sealed, strict=True)]


def opened_rows(secrets: list[bytes], *, sealed: list[bytes]) -> None:
    keys = bulk.row_keys(bulk.payload_keys(secrets), pool=1, ordinals=range(len(sealed)))
    leaf_hashes(aead.open_rows(keys, sealed=[row[32:] for row in sealed]))


def labels_of_epoch(secrets: list[bytes]) -> None:
    eras = bulk.era_keys(bulk.label_keys(secrets), origin="log.example/suyuan", start=1)
    bulk.labels(eras, origin="log.example/suyuan", epoch=2)


def plan(first: int) -> Draft:
    keys = KeySpan(pool=LeafIndex(1), first=first, count=1)
    body = ReleaseEntry(
        commitment=os.urandom(32), keys=keys, label=os.urandom(32), manifest=os.urandom(32), law=LAW, recipient=LAW
    )
    return Draft(body=body, sides={"payload": os.urandom(300)})


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    bodies, secrets = [os.urandom(256) for _ in range(rows)], [os.urandom(32) for _ in range(rows)]
    rate("tile builder, 256-byte leaves", rows, lambda: tiles(bodies))
    rate("export rows: label, payload, 4 tables", rows, lambda: rows_of_export(secrets, tables=bodies))
    shown = [os.urandom(146) for _ in range(rows)]
    sealed = sealed_rows(secrets, rows=shown)
    rate("manifest rows of 3 fields, sealed", rows, lambda: sealed_rows(secrets, rows=shown))
    rate("manifest rows of 3 fields, opened", rows, lambda: opened_rows(secrets, sealed=sealed))
    rate("labels of an epoch", rows, lambda: labels_of_epoch(secrets))
    rate("row keys of 5 lanes, committed", rows, lambda: pool_root(bytes(32), rows=rows, lanes=5))
    phones = pl.Series([str(13_000_000_000 + i) for i in range(rows)])
    tokenizer = Tokenizer(bytes(32), kind=KindName.PHONE)
    rate("tokens of phones", rows, lambda: tokenizer.column(phones))
    rate("tokens of long values", rows, lambda: tokenizer.column(phones + "@mail.example"))
    with (
        tempfile.TemporaryDirectory(dir=os.environ.get("SUYUAN_BENCH_DIR")) as folder,
        SqliteLedgerStore.open_writer(Path(folder) / "ledger.db") as store,
    ):
        ledger = Ledger(store, key=KEY, clock=WallClock())
        ledger.append([Draft(body=LawEntry(law=LAW)), Draft(body=KeysEntry(rows=10**6, root=LAW, lanes=1))])
        rate("durable append, one by one", 300, lambda: [ledger.append([plan(i)]) for i in range(300)])
        later = [[plan(300 + 1000 * k + i) for i in range(1000)] for k in range(10)]
        rate("durable append, by the thousand", 10_000, lambda: [ledger.append(drafts) for drafts in later])
        files = TileDirectory(Path(folder) / "ledger")
        rate("publication", ledger.size, lambda: publish(ledger, files=files, key=KEY))
        keys = [KEY.verify_key]
        rate("verification of store and files", ledger.size, lambda: verify_log(ledger, keys=keys, files=files))


if __name__ == "__main__":
    main()
