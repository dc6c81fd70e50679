"""A process that appends until it is killed. Run by test_ledger_crash.py: `python ledger_appender.py FOLDER`.

Each line on stdin is one life: `step N` dies at the N-th step inside SQLite, `time MS` is killed after so many
milliseconds, anywhere: between commit and answer, inside a publication. What it acknowledged lies in FOLDER/acks.
"""

import os
import signal
import sys
import time
from itertools import count
from pathlib import Path

from tests.ledger_world import KEY, POOL, outcome, release, started

from suyuan.adapters.files.tile_directory import TileDirectory
from suyuan.adapters.sqlite.ledger_store import SqliteLedgerStore
from suyuan.crypto.canonical import to_base64
from suyuan.ledger import publish


def live(folder: Path, *, die_at_step: int | None) -> None:
    """Append releases by one, two, three ..., with an outcome each, and publish now and then; never return."""
    acks = os.open(folder / "acks", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    with SqliteLedgerStore.open_writer(folder / "ledger.db", wait_seconds=5) as store:
        if die_at_step is not None:
            steps = count()

            def die() -> None:
                if next(steps) == die_at_step:
                    os.kill(os.getpid(), signal.SIGKILL)

            store._connection.set_progress_handler(die, 1)
        ledger = started(store)
        for turn in count(1):
            first = next(pool.next for pool in ledger.pools() if pool.index == POOL)
            drafts = [release(first + i, manifest=b"m" * 3000) for i in range(turn % 4 + 1)]
            receipts = ledger.append([*drafts, outcome(ledger.size)])
            lines = (f"{receipt.index} {to_base64(receipt.leaf_hash)}\n" for receipt in receipts)
            os.write(acks, "".join(lines).encode("ascii"))
            if turn % 3 == 0:
                publish(ledger, files=TileDirectory(folder / "ledger"), key=KEY)


def main() -> None:
    """Give birth to one child per line, and answer when it is dead."""
    folder = Path(sys.argv[1])
    for line in sys.stdin:
        kind, number = line.split()
        child = os.fork()
        if child == 0:
            live(folder, die_at_step=int(number) if kind == "step" else None)
        if kind == "time":
            time.sleep(int(number) / 1000)
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        print(os.WTERMSIG(status) if os.WIFSIGNALED(status) else f"ended {status}", flush=True)


if __name__ == "__main__":
    main()
