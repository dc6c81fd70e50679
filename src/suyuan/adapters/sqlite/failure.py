"""Foreign errors of the file system and of SQLite, told as one clear line: the file, what is wrong, the way out."""

import errno
import shutil
import sqlite3
from pathlib import Path

from suyuan.errors import UnavailableError

_ROOM_BYTES = 1 << 20
"""An input/output error with less than this left on the disk is taken for a full disk."""

_FULL = ("store.full", "the disk is full", "free some space, then try again; nothing of this call was kept")
_READ_ONLY = ("store.readonly", "it may not be written", "give this user the right to write the file and its folder")
_LOCKED = ("store.locked", "another process is writing", "wait for it to end, then try again")
_UNREADABLE = ("store.unreadable", "it cannot be opened", "see that the file and its folder exist and may be read")
_CORRUPT = ("store.corrupt", "the file is damaged", "stop writing, keep the file, and restore the last backup")
_FOREIGN = ("store.foreign", "it is not a suyuan store", "check the path; the file was not touched")
_BROKEN = ("store.io", "the disk or file system failed", "check the disk; nothing of this call was kept")

_BY_SQLITE = {
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_READONLY: _READ_ONLY,
    sqlite3.SQLITE_PERM: _READ_ONLY,
    sqlite3.SQLITE_BUSY: _LOCKED,
    sqlite3.SQLITE_LOCKED: _LOCKED,
    sqlite3.SQLITE_CANTOPEN: _UNREADABLE,
    sqlite3.SQLITE_CORRUPT: _CORRUPT,
    sqlite3.SQLITE_ERROR: _CORRUPT,  # Our SQL is fixed and tested, so a table or a column is missing from the file.
    sqlite3.SQLITE_NOTADB: _FOREIGN,
}
_BY_ERRNO = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EROFS: _READ_ONLY,
    errno.EACCES: _READ_ONLY,
    errno.EPERM: _READ_ONLY,
    errno.ENOENT: _UNREADABLE,
    errno.ENOTDIR: _UNREADABLE,
    errno.EISDIR: _UNREADABLE,
}


def unavailable(error: sqlite3.Error | OSError, *, path: Path) -> UnavailableError:
    """Tell a foreign error as ours. The foreign text is not repeated: it could hold what a statement held.

    Args:
        error: what SQLite or the file system raised.
        path: the file of the store.
    """
    if isinstance(error, OSError):
        found = _BY_ERRNO.get(error.errno or 0, _BROKEN)
    else:
        # The low byte is the primary code; an error that Python itself raises has none.
        found = _BY_SQLITE.get(getattr(error, "sqlite_errorcode", 0) & 0xFF, _BROKEN)
    if found is _BROKEN and _disk_is_full(path):
        found = _FULL
    code, trouble, hint = found
    return UnavailableError(f"{path}: {trouble}", code=code, hint=hint)


def damaged(path: Path) -> UnavailableError:
    """Tell that what the file gave back is not what was written into it."""
    code, trouble, hint = _CORRUPT
    return UnavailableError(f"{path}: {trouble}", code=code, hint=hint)


def _disk_is_full(path: Path) -> bool:
    """SQLite calls some refusals of a full disk input/output errors; the disk itself says which they are."""
    try:
        return shutil.disk_usage(path.parent).free < _ROOM_BYTES
    except OSError:
        return False
