"""Write a released file beside its place, and move it there whole."""

import fcntl
import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import polars as pl
import pyarrow.parquet as pq

from suyuan.errors import RefusedError, UnavailableError

_CHUNK = 1 << 20
_PIPE = Path("standard output")


_DRAFT = ".suyuan.part"


class _Draft:
    """A file of our own beside the target, unseen until `settle` links it; locked while its writer lives."""

    def __init__(self, target: Path) -> None:
        self._target = target
        self._path = target.parent / f".{target.name}.{os.getpid()}{_DRAFT}"
        with _told(target):
            _sweep(target.parent)
            self.file: IO[bytes] = open(  # noqa: SIM115 - closed by settle or drop
                os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b"
            )
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def settle(self) -> bytes:
        """Make the file durable under its own name; give its SHA-256."""
        with _told(self._target):
            self.file.flush()
            os.fsync(self.file.fileno())
            self.file.seek(0)
            hasher = hashlib.sha256()
            while chunk := self.file.read(_CHUNK):
                hasher.update(chunk)
            self.file.close()
            try:
                # Unlike a rename, a link never takes the place of a file that was made meanwhile.
                os.link(self._path, self._target)
            except FileExistsError:
                raise _exists(self._target) from None
            self._path.unlink()
            folder = os.open(self._target.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        return hasher.digest()

    def drop(self) -> None:
        """Remove the file; doing so twice does nothing."""
        # What could not be flushed to a full disk is not wanted any more.
        with suppress(OSError):
            self.file.close()
        self._path.unlink(missing_ok=True)


def _sweep(folder: Path) -> None:
    """Remove the drafts that killed writers left in a folder: people's values lie in them, and nobody holds them."""
    for left in folder.glob(f".*{_DRAFT}"):
        # What another writer still holds, or another user owns, is not ours to remove.
        with suppress(OSError), left.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            left.unlink(missing_ok=True)


class CsvSink:
    """A CSV file in UTF-8, quoted where RFC 4180 asks for it."""

    def __init__(self, target: Path) -> None:
        self._target = target
        self._draft = _Draft(target)
        self._started = False

    def write(self, frame: pl.DataFrame) -> None:
        """Take the next rows."""
        with _told(self._target):
            self._draft.file.write(frame.write_csv(include_header=not self._started).encode())
        self._started = True

    def finish(self) -> bytes:
        """Hand over the file; give its SHA-256."""
        return self._draft.settle()

    def abandon(self) -> None:
        """Remove what was written."""
        self._draft.drop()


class ParquetSink:
    """A Parquet file, zstd-compressed."""

    def __init__(self, target: Path) -> None:
        self._target = target
        self._draft = _Draft(target)
        self._writer: pq.ParquetWriter | None = None

    def write(self, frame: pl.DataFrame) -> None:
        """Take the next rows."""
        table = frame.to_arrow()
        with _told(self._target):
            if self._writer is None:
                self._writer = pq.ParquetWriter(self._draft.file, table.schema, compression="zstd")
            self._writer.write_table(table)

    def finish(self) -> bytes:
        """Hand over the file; give its SHA-256."""
        with _told(self._target):
            if self._writer is not None:
                self._writer.close()
        return self._draft.settle()

    def abandon(self) -> None:
        """Remove what was written."""
        self._draft.drop()


class StreamSink:
    """A CSV file for a pipe: kept aside without a name until it is whole, then poured out."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._aside: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by finish or abandon
        self._started = False

    def write(self, frame: pl.DataFrame) -> None:
        """Take the next rows."""
        with _told(_PIPE):
            self._aside.write(frame.write_csv(include_header=not self._started).encode())
        self._started = True

    def finish(self) -> bytes:
        """Pour out the file; give its SHA-256."""
        hasher = hashlib.sha256()
        with _told(_PIPE), self._aside as aside:
            aside.seek(0)
            while chunk := aside.read(_CHUNK):
                hasher.update(chunk)
                self._stream.write(chunk)
            self._stream.flush()
        return hasher.digest()

    def abandon(self) -> None:
        """Forget what was written."""
        with suppress(OSError):
            self._aside.close()


def open_sink(target: Path) -> CsvSink | ParquetSink:
    """Open a sink by the target's ending.

    Raises: RefusedError: neither .csv nor .parquet, or the target exists. UnavailableError: no place to write.
    """
    if target.exists():
        raise _exists(target)
    if not target.absolute().parent.is_dir():
        raise RefusedError(f"{target.name}: its folder does not exist", code="file.missing", hint="make it first")
    match target.suffix.lower():
        case ".csv":
            return CsvSink(target)
        case ".parquet":
            return ParquetSink(target)
        case _:
            raise RefusedError(f"{target.name}: write to a .csv or a .parquet file", code="file.format")


def _exists(target: Path) -> RefusedError:
    return RefusedError(f"{target.name}: exists already", code="file.exists", hint="choose another name")


@contextmanager
def _told(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as e:
        raise UnavailableError(
            f"{target.name}: cannot be written: {e.strerror or 'input/output error'}",
            code="file.unwritable",
            hint="nothing was handed over; make room or choose another place",
        ) from e
