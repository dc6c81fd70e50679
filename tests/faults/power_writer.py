"""A process that appends and publishes until its disk loses power. Run by test_power_cut.py: `python power_writer.py MOUNT`.

Each line on stdin, `LIFE SEED MILLISECONDS SYNC`, is one life on the disk MOUNT/LIFE: a child writes there, is killed
after so many milliseconds, and then the disk's power is cut. The answer is one line of JSON with the receipts. With
SYNC `off` the store is opened without syncing: the control that must lose.
"""

import ctypes
import json
import mmap
import os
import signal
import sys
import time
from itertools import count
from pathlib import Path

from tests.ledger_world import KEY, outcome, release, started

from suyuan.adapters.files import tile_directory
from suyuan.adapters.files.tile_directory import TileDirectory
from suyuan.adapters.sqlite.ledger_store import SqliteLedgerStore
from suyuan.ledger import publish

_SIZE = 1 << 22
_PR_SET_PDEATHSIG = 1


def live(disk: Path, *, told: mmap.mmap, syncs: bool) -> None:
    """Append by one, two, three ..., tell every receipt in shared memory, publish now and then; never return."""
    tile_directory._sync_file_system = lambda folder: magic(disk.parent, ".syncfs", "all")
    with SqliteLedgerStore.open_writer(disk / "ledger.db", wait_seconds=5) as store:
        if not syncs:
            store._connection.execute("PRAGMA synchronous = OFF")
        ledger = started(store)
        for turn in count(1):
            pool = ledger.pools()[0]
            drafts = [release(pool.next + i, payload=bytes(900)) for i in range(turn % 5 + 1)]
            for receipt in ledger.append([*drafts, outcome(ledger.size)]):
                tell(told, index=receipt.index, leaf_hash=receipt.leaf_hash)
            if turn % 7 == 0:
                publish(ledger, files=TileDirectory(disk / "ledger"), key=KEY)


def tell(told: mmap.mmap, *, index: int, leaf_hash: bytes) -> None:
    """Add a receipt: first the record, then the count, so that a kill never shows half of one."""
    number = int.from_bytes(told[:8], "big")
    at = 8 + 40 * number
    if at + 40 > _SIZE:
        time.sleep(60)
    told[at : at + 40] = index.to_bytes(8, "big") + leaf_hash
    told[:8] = (number + 1).to_bytes(8, "big")


def magic(mount: Path, name: str, text: str) -> None:
    """Write to one of the mount's magic files."""
    handle = os.open(mount / name, os.O_WRONLY | os.O_CREAT)
    os.write(handle, text.encode("ascii"))
    os.close(handle)


def main() -> None:
    """Answer each line when that life's power is off."""
    mount, told = Path(sys.argv[1]), mmap.mmap(-1, _SIZE)
    for line in sys.stdin:
        life, seed, wait_ms, sync = line.split()
        told[:8] = bytes(8)
        child = os.fork()
        if child == 0:
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            try:
                live(mount / life, told=told, syncs=sync == "on")
            finally:
                os._exit(1)
        time.sleep(int(wait_ms) / 1000)
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        magic(mount, ".cut", f"{life} {seed}")
        receipts = [told[8 + 40 * i : 48 + 40 * i] for i in range(int.from_bytes(told[:8], "big"))]
        answer = [[int.from_bytes(one[:8], "big"), one[8:].hex()] for one in receipts]
        print(json.dumps({"killed": os.WIFSIGNALED(status), "receipts": answer}), flush=True)


if __name__ == "__main__":
    main()
