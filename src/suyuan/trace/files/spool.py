"""The rows of a dump at rest: in memory while they are few, in private files beyond, and read again at will."""

import os
import shutil
import tempfile
import weakref
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import polars as pl

from suyuan.errors import UnavailableError

HELD_BYTES: Final = 128 << 20
"""How much text stays in memory; what comes after is written out. It bounds a trace's memory, whatever the file's size."""


PREFIX: Final = "suyuan-dump-"


def sweep(where: Path | None = None, *, prefix: str = PREFIX) -> None:
    """Remove what a process that was killed has left: folders of this user whose process is no more.

    Args:
        where: the folder that holds them; by default that of temporary files.
        prefix: what their names begin with; the number of the process and one word more follow.
    Raises: OSError: the folder cannot be read.
    """
    for folder in Path(where or tempfile.gettempdir()).glob(f"{prefix}*-*"):
        number, _, word = folder.name.removeprefix(prefix).partition("-")
        # More behind it is another machine's, whose name begins as this one's prefix does.
        is_ours = number.isdecimal() and "-" not in word
        if is_ours and folder.stat().st_uid == os.getuid() and not is_alive(int(number)):
            shutil.rmtree(folder, ignore_errors=True)


def is_alive(process: int) -> bool:
    """Say whether there is a process of this number."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


class Batches:
    """Batches of rows that can be gone through any number of times, one in memory at a time once they are many.

    Rows beyond `held_bytes` lie in a folder that only its owner may enter, and that goes with this object or with the
    process. Iterating gives the batches in the order they were added; a batch read back equals the one added.
    """

    __slots__ = ("__weakref__", "_files", "_folder", "_held", "_held_bytes", "_size", "rows")

    def __init__(self, tables: Iterable[pl.DataFrame] = (), *, held_bytes: int | None = None) -> None:
        self._held: list[pl.DataFrame] = []
        self._held_bytes = HELD_BYTES if held_bytes is None else held_bytes
        self._files: list[Path] = []
        self._folder: Path | None = None
        self._size = 0
        self.rows = 0
        for table in tables:
            self.add(table)

    def add(self, table: pl.DataFrame) -> None:
        """Add a batch. An empty one counts only as the first: it carries the schema.

        Raises: UnavailableError: the disk takes no more.
        """
        if not table.height and (self._held or self._files):
            return
        self.rows += table.height
        self._size += int(table.estimated_size())
        if not self._held or self._size <= self._held_bytes:
            self._held.append(table)
        else:
            self._write(table)

    def __iter__(self) -> Iterator[pl.DataFrame]:
        has_rows = self.rows > 0
        yield from (table for table in self._held if table.height or not has_rows)
        for path in self._files:
            # Through an open file, so that nothing of it stays mapped into memory.
            with path.open("rb") as file:
                yield pl.read_ipc(file)

    def __repr__(self) -> str:
        return f"<Batches of {self.rows} rows>"

    @property
    def spilled(self) -> int:
        """How many batches lie in files."""
        return len(self._files)

    def _write(self, table: pl.DataFrame) -> None:
        try:
            if self._folder is None:
                sweep()
                self._folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
                weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
            path = self._folder / f"{len(self._files):06}.arrow"
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                table.write_ipc(file, compression="lz4")
        except OSError as error:
            raise UnavailableError(
                f"the rows of the dump could not be kept aside (system error {error.errno})",
                code="trace.spill",
                hint="free some space where temporary files lie, or point TMPDIR elsewhere",
            ) from None
        self._files.append(path)
