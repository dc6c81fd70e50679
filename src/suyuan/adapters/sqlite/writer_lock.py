"""One writer per store directory: a lock file that the kernel lets go of when its holder dies."""

import fcntl
import os
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from suyuan.adapters.sqlite.failure import unavailable
from suyuan.errors import UnavailableError

_PAUSE_SECONDS = 0.05


class WriterLock:
    """Hold the right to write a store for the length of a `with` block.

    The lock is `flock` on an open file: a killed holder frees it, and two threads of one process exclude
    each other too. The file stays behind, empty of meaning; only the lock on it counts.

    Args:
        path: the lock file inside the store's directory; made if it is missing.
        wait_seconds: how long to wait for another writer; 0 tries once.
    Raises: UnavailableError: `store.locked` when another writer held it all that time; `store.readonly` and
        the like when the file cannot be made.
    """

    def __init__(self, path: Path, wait_seconds: float) -> None:
        self._path = path
        self._wait_seconds = wait_seconds
        self._descriptor: int | None = None

    def __enter__(self) -> Self:
        if self._descriptor is not None:
            raise UnavailableError(f"{self._path}: this lock is already held here", code="store.locked")
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise unavailable(error, path=self._path) from error
        try:
            self._obtain(descriptor)
        except BaseException:
            os.close(descriptor)
            raise
        self._descriptor = descriptor
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _obtain(self, descriptor: int) -> None:
        deadline = time.monotonic() + self._wait_seconds
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                if time.monotonic() >= deadline:
                    raise UnavailableError(
                        f"{self._path}: {_holder(descriptor)} is writing this store (waited {self._wait_seconds:g} s)",
                        code="store.locked",
                        hint="wait for it to end, then try again; reading needs no lock",
                    ) from error
                time.sleep(_PAUSE_SECONDS)
            except OSError as error:
                raise unavailable(error, path=self._path) from error
            else:
                _sign(descriptor)
                return


def _sign(descriptor: int) -> None:
    """Leave this process's number for those who wait. A courtesy: a full disk does not stop the holder."""
    try:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, b"%d\n" % os.getpid(), 0)
    except OSError:
        return


def _holder(descriptor: int) -> str:
    written = os.pread(descriptor, 20, 0).strip()
    return f"process {int(written)}" if written.isdigit() else "another process"
