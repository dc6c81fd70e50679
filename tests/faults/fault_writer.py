"""One run that appends and publishes 200 release entries, made again and again under another injected fault.

Run by test_syscall_faults.py: `python fault_writer.py`. Each line on stdin, `FOLDER SYSCALL FAULT WHEN`, is one life:
a child is forked, strace attaches to it and makes the WHEN-th such system call fail (`error=EIO`, `error=ENOSPC`) or
kills it there (`signal=KILL`). What the child was given a receipt for stands in memory that it shares with this
process, so that no injected fault can fall on the telling. The answer is one line of JSON.
"""

import json
import mmap
import os
import select
import subprocess
import sys
from pathlib import Path

from tests.ledger_world import KEY, outcome, release, started

from suyuan.adapters.files.tile_directory import TileDirectory
from suyuan.adapters.sqlite.ledger_store import SqliteLedgerStore
from suyuan.errors import UnavailableError
from suyuan.ledger import Ledger, publish

ENTRIES = 200
COMMIT = 25
"""Releases appended in one commit; each commit carries the outcomes of the one before it."""

_SIZE = 1 << 16


class Told:
    """Receipts, told through shared memory: a count, then the leaf hashes in the order of their indexes."""

    FIRST, COUNT, REFUSED, RESUMED, DONE = 0, 8, 16, 17, 18
    HASHES = 32

    def __init__(self) -> None:
        self.memory = mmap.mmap(-1, _SIZE)

    def clear(self) -> None:
        self.memory[: self.HASHES] = bytes(self.HASHES)

    def number(self, at: int) -> int:
        return int.from_bytes(self.memory[at : at + 8], "big")

    def tell(self, index: int, leaf_hash: bytes) -> None:
        count = self.number(self.COUNT)
        if count == 0:
            self.memory[self.FIRST : self.FIRST + 8] = index.to_bytes(8, "big")
        at = self.HASHES + 32 * count
        self.memory[at : at + 32] = leaf_hash
        self.memory[self.COUNT : self.COUNT + 8] = (count + 1).to_bytes(8, "big")

    def answer(self) -> dict[str, object]:
        hashes = [
            self.memory[self.HASHES + 32 * i : self.HASHES + 32 * (i + 1)].hex() for i in range(self.number(self.COUNT))
        ]
        flags = {"refused": self.REFUSED, "resumed": self.RESUMED, "done": self.DONE}
        return {"first": self.number(self.FIRST), "hashes": hashes} | {
            name: bool(self.memory[at]) for name, at in flags.items()
        }


def work(folder: Path, *, told: Told) -> None:
    """Append 200 releases in commits of 25 and publish after every hundred; stop where the ledger stops."""
    files = TileDirectory(folder / "ledger")
    with SqliteLedgerStore.open_writer(folder / "ledger.db", wait_seconds=5) as store:
        ledger = started(store)
        begun = ledger.pools()[0].next
        waiting: list[int] = []
        for at in range(0, ENTRIES, COMMIT):
            drafts = [*map(outcome, waiting), *(release(begun + at + i, payload=bytes(700)) for i in range(COMMIT))]
            try:
                receipts = ledger.append(drafts)
            except UnavailableError:
                told.memory[told.REFUSED] = 1
                resume(ledger, first=begun + at, told=told)
                return
            for receipt in receipts:
                told.tell(receipt.index, receipt.leaf_hash)
            waiting = [receipt.index for receipt in receipts[-COMMIT:]]
            if (at + COMMIT) % 100 == 0:
                try:
                    publish(ledger, files=files, key=KEY)
                except UnavailableError:
                    publish(ledger, files=files, key=KEY)
    told.memory[told.DONE] = 1


def resume(ledger: Ledger, *, first: int, told: Told) -> None:
    """Try again after a failed append: the ledger must refuse until it is reopened."""
    try:
        ledger.append([release(first)])
    except UnavailableError:
        return
    told.memory[told.RESUMED] = 1


def live(folder: Path, *, syscall: str, fault: str, when: int, told: Told) -> dict[str, object]:
    """Fork a child, attach strace to it, let it run; give what it told and how often the call occurred."""
    told.clear()
    go_reader, go_writer = os.pipe()
    child = os.fork()
    if child == 0:
        # What goes wrong in here is what the test is about; only the parent's answer is read.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        try:
            os.read(go_reader, 1)
            work(folder, told=told)
        finally:
            os._exit(0)
    log = folder.parent / f"{folder.name}.strace"
    inject = [] if fault == "none" else ["-e", f"inject={syscall}:{fault}:when={when}"]
    with subprocess.Popen(
        ["strace", "-f", "-p", str(child), "-o", str(log), "-e", f"trace={syscall}", *inject],
        stderr=subprocess.PIPE, text=True,
    ) as strace:  # fmt: skip
        assert strace.stderr is not None
        ready, _, _ = select.select([strace.stderr], [], [], 20)
        said = strace.stderr.readline() if ready else "strace said nothing"
        if "attached" not in said:
            os.kill(child, 9)
            os.waitpid(child, 0)
            return {"error": said.strip()}
        os.write(go_writer, b"g")
        _, status = os.waitpid(child, 0)
        strace.wait(20)
    os.close(go_reader)
    os.close(go_writer)
    lines = log.read_text("utf-8", "replace").splitlines()
    log.unlink()
    calls = sum(f"{syscall}(" in line or f"{syscall} resumed" in line for line in lines)
    fired = any("(INJECTED)" in line for line in lines) or "SIGKILL" in "".join(lines[-2:])
    return told.answer() | {"calls": calls, "fired": fired, "killed": os.WIFSIGNALED(status)}


def main() -> None:
    """Answer each line with what that life told."""
    told = Told()
    for line in sys.stdin:
        folder, syscall, fault, when = line.split()
        print(json.dumps(live(Path(folder), syscall=syscall, fault=fault, when=int(when), told=told)), flush=True)


if __name__ == "__main__":
    main()
