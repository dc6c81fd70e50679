"""A copy of a SQLite file as it stands at one moment, taken while others read and write it."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from suyuan.adapters.sqlite.failure import unavailable


def copy_database(path: Path, *, target: Path) -> None:
    """Copy a database to a new file, durably: one moment's state, whoever writes meanwhile.

    Raises: UnavailableError: it is not there, or the disk refuses.
    """
    try:
        os.close(os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        address = f"{path.absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(address, uri=True)) as source, closing(sqlite3.connect(target)) as copy:
            # All pages in one step: a single read transaction, which holds no writer up in this journal mode.
            source.backup(copy)
            # One file that lies still: a copy in WAL mode could not be opened from a read-only disk.
            copy.execute("PRAGMA journal_mode = DELETE").fetchall()
        with target.open("rb") as written:
            os.fsync(written.fileno())
    except (sqlite3.Error, OSError) as error:
        raise unavailable(error, path=path) from error
