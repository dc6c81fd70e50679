"""The ledger's public files in a directory: whole files by tmp and rename, one pass of syncing, then the checkpoint."""

import ctypes
import errno
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from suyuan.errors import RefusedError, UnavailableError

_SUFFIX: Final = ".tmp"


class TileDirectory:
    """Fulfils `TileFiles` under one folder. Paths are relative, with `/`."""

    __slots__ = ("_root",)

    def __init__(self, root: Path) -> None:
        self._root = root

    def read(self, path: str) -> bytes | None:
        """See `TileFiles.read`."""
        try:
            return self._place(path).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise _unavailable(path, error=error) from error

    def write(self, files: Iterable[tuple[str, bytes]]) -> None:
        """See `TileFiles.write`."""
        made: set[str] = set()
        for path, data in files:
            # Two files for every 256 entries: text paths cost a tenth of what `Path` does.
            folder, _, _ = path.rpartition("/")
            _require_inside(path)
            try:
                if folder not in made:
                    self._place(path).parent.mkdir(parents=True, exist_ok=True)
                    made.add(folder)
                _replace(f"{self._root}/{path}", data=data)
            except OSError as error:
                raise _unavailable(path, error=error) from error

    def commit(self, path: str, *, data: bytes) -> None:
        """See `TileFiles.commit`. Syncs the file system once for all files, then this one and its folder."""
        place = self._place(path)
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            _sync_file_system(place.parent)
            _replace(str(place), data=data, durably=True)
            _sync(place.parent)
        except OSError as error:
            raise _unavailable(path, error=error) from error

    def drop(self, paths: Iterable[str]) -> None:
        """See `TileFiles.drop`."""
        for path in paths:
            place = self._place(path)
            if place.is_dir():
                shutil.rmtree(place, ignore_errors=True)
            else:
                # What stays behind is superseded, not wrong.
                with suppress(OSError):
                    place.unlink(missing_ok=True)

    def paths(self) -> Iterator[str]:
        """Give the path of every file here, sorted.

        Raises: UnavailableError: a folder cannot be read.
        """
        try:
            for folder, folders, names in os.walk(self._root, onerror=_raise):
                folders.sort()
                inside = Path(folder).relative_to(self._root)
                yield from ((inside / name).as_posix() for name in sorted(names))
        except OSError as error:
            raise _unavailable(error.filename or ".", error=error) from error

    def _place(self, path: str) -> Path:
        _require_inside(path)
        return self._root.joinpath(*path.split("/"))


def _require_inside(path: str) -> None:
    if not path or path.startswith("/") or ".." in path.split("/"):
        raise RefusedError("a tile path stays inside its directory")


def _replace(place: str, *, data: bytes, durably: bool = False) -> None:
    temporary = place + _SUFFIX
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o666)
        try:
            written = os.write(handle, data)
            while written < len(data):
                written += os.write(handle, data[written:])
            if durably:
                os.fsync(handle)
        finally:
            os.close(handle)
        os.replace(temporary, place)
    except OSError:
        with suppress(OSError):
            os.unlink(temporary)
        raise


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sync_file_system(folder: Path) -> None:
    """Flush the file system that holds a folder: one call, however many tiles were written."""
    syncfs = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)
    if syncfs is None:
        os.sync()
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        if syncfs(handle) != 0:
            code = ctypes.get_errno() or errno.EIO
            raise OSError(code, os.strerror(code))
    finally:
        os.close(handle)


def _unavailable(path: str, *, error: OSError) -> UnavailableError:
    reason = os.strerror(error.errno) if error.errno else "input/output error"
    return UnavailableError(
        f"ledger file {path}: {reason}", hint="the log itself is safe; these files are rebuilt at the next publication"
    )


def _raise(error: OSError) -> None:
    raise error
