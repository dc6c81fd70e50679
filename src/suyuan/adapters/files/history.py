"""Sealed parts as files: of legacy histories under `history/` of the store, of the kept look-ups of the ledger under `lookups/`,
of traces that did not end under `unfinished/`.
"""

import os
import shutil
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from suyuan.adapters.sqlite.upgrade import sync_folder
from suyuan.errors import UnavailableError

HISTORY = "history"
LOOKUPS = "lookups"
"""Not in a backup: it is made anew from the ledger where it is missing."""
UNFINISHED = "unfinished"
"""Not in a backup: a trace that does not find it begins anew."""


class HistoryFiles:
    """One folder for each source, one file for each part; written beside and renamed, so that no part is ever half there."""

    def __init__(self, store: Path, *, folder: str = HISTORY) -> None:
        self._name, self._folder = folder, store / folder

    def part(self, source: str, number: int) -> bytes | None:
        """Give a part, or None."""
        try:
            return self._path(source, number).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as e:
            raise UnavailableError(f"{self._name}/ cannot be read: {e.strerror}", code="store.unreadable") from e

    def put(self, source: str, number: int, body: bytes) -> None:
        """Keep a part, durably."""
        target = self._path(source, number)
        aside = target.with_suffix(".tmp")
        try:
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(body)
                file.flush()
                os.fsync(file.fileno())
            aside.replace(target)
            sync_folder(target.parent)
        except OSError as e:
            with suppress(OSError):
                aside.unlink(missing_ok=True)
            raise UnavailableError(f"{self._name}/ cannot be written: {e.strerror}", code="store.unwritable") from e

    def _path(self, source: str, number: int) -> Path:
        return self._folder / source / f"part-{number:05}.sealed"


class UnfinishedFiles(HistoryFiles):
    """One folder for each piece of work; it goes when its trace has ended, or when nobody has taken it up in time."""

    def __init__(self, store: Path) -> None:
        super().__init__(store, folder=UNFINISHED)

    def drop(self, source: str) -> None:
        """Remove all parts of a piece."""
        shutil.rmtree(self._folder / source, ignore_errors=True)

    def sweep(self, *, before: datetime) -> None:
        """Remove every piece to which nothing was added since a time."""
        for folder in self._folder.glob("*"):
            with suppress(OSError):
                if folder.stat().st_mtime < before.timestamp():
                    shutil.rmtree(folder, ignore_errors=True)
