"""CPU of a durable look-up beyond a bare durable SQLite commit of the same bytes, in one run.

    PYTHONPATH=src python benchmarks/lookup.py [look-ups]

Look-ups and bare commits take turns, a hundred at a time. A look-up is everything the door does: checks, plan, entry
with its private sides and the outcome of the one before, receipt, unsealing, masking, marking. The bare commit inserts
one row of as many bytes into a WAL file with synchronous=FULL. Medians over the turns.
"""

import os
import sqlite3
import statistics
import sys
import tempfile
from pathlib import Path

from measured import Used, bare_sqlite, machine, make_store, measured, stocked

from suyuan.app import open_store
from suyuan.release.door import Door
from suyuan.release.request import LookupRequest

TURN = 100
ACCOUNTS = 20


def look_up(door: Door, *, asked: list[LookupRequest]) -> None:
    for request in asked:
        door.lookup(request)


def bytes_of(store: Path) -> int:
    """Give the bytes of all entries and sides."""
    with sqlite3.connect(store / "ledger.db") as connection:
        [(leaves,)] = connection.execute("SELECT coalesce(sum(length(leaf)), 0) FROM entries")
        [(sides,)] = connection.execute("SELECT coalesce(sum(length(body)), 0) FROM sides")
    return int(leaves) + int(sides)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
    with tempfile.TemporaryDirectory(dir=os.environ.get("SUYUAN_BENCH_DIR")) as folder:
        path = make_store(Path(folder))
        ours: list[Used] = []
        theirs: list[Used] = []
        with open_store(path) as store:
            asked = stocked(store, count=count, accounts=ACCOUNTS)
            with store.door() as door:
                look_up(door, asked=asked[:TURN])  # The law, the recipients and the first row keys.
                before = bytes_of(path)
                look_up(door, asked=asked[TURN : 2 * TURN])
                size = (bytes_of(path) - before) // TURN
                with bare_sqlite(Path(folder), size_bytes=size) as commits:
                    for start in range(2 * TURN, count, TURN):
                        ours.append(measured(lambda at=start: look_up(door, asked=asked[at : at + TURN])))  # type: ignore[misc]
                        theirs.append(measured(lambda: commits(TURN)))
    cpu, bare_cpu = (statistics.median(used.cpu for used in runs) / TURN * 1e3 for runs in (ours, theirs))
    wall, bare_wall = (statistics.median(used.wall for used in runs) / TURN * 1e3 for runs in (ours, theirs))
    print(machine())
    print(f"{count - 2 * TURN:,} look-ups of three marked fields, {size:,} bytes a look-up, one commit each")
    print(f"look-up      CPU ms {cpu:.3f}  wall ms {wall:.3f}")
    print(f"bare commit  CPU ms {bare_cpu:.3f}  wall ms {bare_wall:.3f}")
    print(f"beyond it    CPU ms {cpu - bare_cpu:.3f}  ({cpu / bare_cpu:.1f} x; aim: at most 1 ms beyond)")


if __name__ == "__main__":
    main()
