"""Work beside this process, on another processor: in a forked copy of it, which writes its result into shared memory.

What the work reads, secrets too, is in the memory that the copy shares; nothing is sent, and only the result comes back.
The copy does nothing but compute: it closes every file and connection it was born with, so that none outlives this
process, and ends when this process does.
"""

import gc
import mmap
import os
import signal
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Final

_PAUSE_SECONDS: Final = 0.005
_STANDSTILL_SECONDS: Final = 120.0
_COUNTER_BYTES: Final = 8


def processors() -> int:
    """Give on how many processors work can run side by side; 1 where this process should not be copied."""
    if not sys.platform.startswith("linux"):
        return 1
    return len(os.sched_getaffinity(0))


class Forked:
    """One piece of work in a copy of this process.

    Args:
        work: gives the result in pieces. It uses nothing that another thread of this process may be using: no logging,
            no file, no library with threads of its own.
        size_bytes: how long the result is.
    """

    def __init__(self, work: Callable[[], Iterator[bytes]], *, size_bytes: int) -> None:
        self._size = size_bytes
        self._shared = mmap.mmap(-1, size_bytes + _COUNTER_BYTES)
        parent = os.getpid()
        with warnings.catch_warnings():
            # Later Pythons warn of copies of processes with threads; what the copy does is written for it.
            warnings.simplefilter("ignore", DeprecationWarning)
            self._process = os.fork()
        if self._process == 0:
            _compute(work, shared=self._shared, size=size_bytes, parent=parent)

    def result(self) -> bytes | None:
        """Wait for the result; None where the copy did not come to its end."""
        done, since = b"", time.monotonic()
        while not self._ended():
            now, count = time.monotonic(), self._shared[self._size :]
            if count != done:
                done, since = count, now
            elif now - since > _STANDSTILL_SECONDS:
                self.stop()
                break
            time.sleep(_PAUSE_SECONDS)
        whole = self._counted() == self._size
        found = self._shared[: self._size] if whole else None
        self._shared.close()
        return found

    def stop(self) -> None:
        """End the copy, whatever it has done."""
        if not self._ended():
            os.kill(self._process, signal.SIGKILL)
            os.waitpid(self._process, 0)
            self._process = 0

    def _ended(self) -> bool:
        if self._process:
            try:
                ended, _ = os.waitpid(self._process, os.WNOHANG)
            except ChildProcessError:  # Somebody has waited for every child of this process.
                ended = self._process
            if ended:
                self._process = 0
        return not self._process

    def _counted(self) -> int:
        return int.from_bytes(self._shared[self._size :], "big")


def _compute(work: Callable[[], Iterator[bytes]], *, shared: mmap.mmap, size: int, parent: int) -> None:
    """Be the copy, and end."""
    with suppress(BaseException):
        gc.disable()
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        done = 0
        for piece in work():
            shared[done : done + len(piece)] = piece
            done += len(piece)
            shared[size:] = done.to_bytes(_COUNTER_BYTES, "big")
            if os.getppid() != parent:
                break
    os._exit(0)
