"""Every foreign error becomes one line with a way out, and none repeats what the foreign text said."""

import errno
import sqlite3
from pathlib import Path

import pytest

from suyuan.adapters.sqlite import failure
from suyuan.adapters.sqlite.database import Access
from suyuan.adapters.sqlite.failure import unavailable
from suyuan.adapters.sqlite.key_store import SqliteKeyStore
from suyuan.errors import SuyuanError

SECRET = "13800000000"


def by_sqlite(code: int) -> sqlite3.Error:
    error = sqlite3.OperationalError(f"near {SECRET}")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (by_sqlite(sqlite3.SQLITE_FULL), "store.full"),
        (by_sqlite(sqlite3.SQLITE_READONLY_DIRECTORY), "store.readonly"),
        (by_sqlite(sqlite3.SQLITE_BUSY_SNAPSHOT), "store.locked"),
        (by_sqlite(sqlite3.SQLITE_CANTOPEN), "store.unreadable"),
        (by_sqlite(sqlite3.SQLITE_CORRUPT_INDEX), "store.corrupt"),
        (by_sqlite(sqlite3.SQLITE_NOTADB), "store.foreign"),
        (by_sqlite(sqlite3.SQLITE_IOERR_WRITE), "store.io"),
        (sqlite3.OperationalError(SECRET), "store.io"),
        (OSError(errno.ENOSPC, SECRET), "store.full"),
        (OSError(errno.EROFS, SECRET), "store.readonly"),
        (OSError(errno.EIO, SECRET), "store.io"),
        (OSError(SECRET), "store.io"),
    ],
)
def test_an_error_is_one_line_with_a_way_out(tmp_path: Path, error: sqlite3.Error | OSError, code: str) -> None:
    told = unavailable(error, path=tmp_path / "data.db")
    assert told.code == code
    assert told.exit_code == 5
    assert str(told).startswith(f"{tmp_path}/data.db: ")
    assert told.hint
    for text in (str(told), told.hint):
        assert SECRET not in text
        assert "\n" not in text


def test_an_input_output_error_on_a_full_disk_is_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failure, "_ROOM_BYTES", 1 << 62)
    assert unavailable(by_sqlite(sqlite3.SQLITE_IOERR_SHMSIZE), path=tmp_path / "data.db").code == "store.full"
    assert unavailable(by_sqlite(sqlite3.SQLITE_IOERR), path=tmp_path / "gone" / "data.db").code == "store.io"


def test_no_value_is_in_any_part_of_an_error(tmp_path: Path) -> None:
    with SqliteKeyStore(tmp_path / "keys.db", access=Access.CREATE) as store:
        store.put("log", b"one")
        with pytest.raises(SuyuanError) as told:
            store.put("log", SECRET.encode())
    met: BaseException | None = told.value
    while met is not None:
        assert SECRET not in f"{met!s}{met!r}{met.args}{vars(met)}"
        met = met.__cause__ or met.__context__
