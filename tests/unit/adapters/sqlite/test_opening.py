"""Opening a store: what is not ours, not whole or not of this version is told in one line, and is not changed."""

import os
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from suyuan.adapters.people.token_entries import KIND_CODES
from suyuan.adapters.sqlite.database import Access, Database
from suyuan.adapters.sqlite.key_store import SqliteKeyStore
from suyuan.adapters.sqlite.people_store import APPLICATION_ID, VERSION, SqlitePeopleStore
from suyuan.adapters.sqlite.schema import Schema, separated
from suyuan.errors import RefusedError, SuyuanError, UnavailableError
from suyuan.terms import KindName

NOW = Schema.load("people", application_id=APPLICATION_ID, version=VERSION)
OBSERVED = NOW.steps[0][NOW.steps[0].index("CREATE TABLE observed") :]
BEFORE = replace(NOW, steps=(NOW.steps[0].removesuffix(OBSERVED),))
"""An invented past: a version that did not remember observed marks."""
AFTER = replace(BEFORE, steps=(*BEFORE.steps, OBSERVED))
SQL = {
    "add": "INSERT INTO person (number, tokens) VALUES (?, x'')",
    "persons": "SELECT number FROM person ORDER BY number",
    "observed": "SELECT count(*) FROM observed",
}


def database(path: Path, *, schema: Schema, access: Access) -> Database:
    return Database(path, schema=schema, access=access, sql=SQL)


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A store as the past left it, with one person."""
    path = tmp_path / "data.db"
    with database(path, schema=BEFORE, access=Access.CREATE) as store, store.writing() as transaction:
        transaction.run("add", (7,))
    return path


def test_an_older_store_is_copied_and_upgraded(old: Path) -> None:
    with database(old, schema=AFTER, access=Access.WRITE) as store:
        assert store.rows("persons") == [(7,)]
        assert store.rows("observed") == [(0,)]
    copy = old.with_name("data.db.v1.bak")
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    with database(copy, schema=BEFORE, access=Access.READ) as kept:
        assert kept.rows("persons") == [(7,)]
    with database(old, schema=AFTER, access=Access.WRITE):
        pass
    assert sorted(path.name for path in old.parent.iterdir()) == ["data.db", "data.db.v1.bak"]


def test_an_earlier_copy_is_never_overwritten(old: Path) -> None:
    copy = old.with_name("data.db.v1.bak")
    copy.write_text("precious")
    database(old, schema=AFTER, access=Access.WRITE).close()
    assert copy.read_text() == "precious"
    with database(old.with_name("data.db.v1.2.bak"), schema=BEFORE, access=Access.READ) as kept:
        assert kept.rows("persons") == [(7,)]


def test_an_upgrade_that_fails_leaves_the_old_store(old: Path) -> None:
    broken = replace(AFTER, steps=(*AFTER.steps, "CREATE TABLE extra (a INTEGER) STRICT;\nDROP TABLE no_such;\n"))
    with pytest.raises(UnavailableError):
        database(old, schema=broken, access=Access.WRITE)
    with database(old, schema=BEFORE, access=Access.WRITE) as store:
        assert store.rows("persons") == [(7,)]


def test_a_reader_does_not_upgrade(old: Path) -> None:
    with pytest.raises(UnavailableError, match="version 1, and this suyuan reads version 2") as told:
        database(old, schema=AFTER, access=Access.READ)
    assert told.value.code == "store.older"
    assert not old.with_name("data.db.v1.bak").exists()


@pytest.mark.parametrize("access", [Access.READ, Access.WRITE])
def test_a_store_of_a_later_suyuan_is_left_alone(old: Path, access: Access) -> None:
    database(old, schema=AFTER, access=Access.WRITE).close()
    before = old.read_bytes()
    with pytest.raises(UnavailableError, match="version 2, and this suyuan knows versions up to 1") as told:
        database(old, schema=BEFORE, access=access)
    assert told.value.code == "store.newer"
    assert old.read_bytes() == before


def text_file(path: Path) -> None:
    path.write_text("name,phone\n" * 400)


def empty_file(path: Path) -> None:
    path.touch()


def other_database(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE theirs (a)")
        connection.commit()


def key_store(path: Path) -> None:
    SqliteKeyStore(path, access=Access.CREATE).close()


@pytest.mark.parametrize("access", list(Access))
@pytest.mark.parametrize("make", [text_file, empty_file, other_database, key_store])
def test_what_is_not_a_people_store_is_not_changed(
    tmp_path: Path, make: Callable[[Path], None], access: Access
) -> None:
    path = tmp_path / "data.db"
    make(path)
    if make is empty_file and access is Access.CREATE:
        SqlitePeopleStore(path, access=access).close()
        return
    before = path.read_bytes()
    with pytest.raises(UnavailableError, match=r"data\.db") as told:
        SqlitePeopleStore(path, access=access)
    assert told.value.code == "store.foreign"
    assert told.value.hint
    assert path.read_bytes() == before
    if access is not Access.READ:
        # A reader of a store leaves SQLite's two side files, which it may not delete.
        assert os.listdir(tmp_path) == ["data.db"]


def test_a_missing_store_is_not_made_by_chance(tmp_path: Path) -> None:
    for access in (Access.READ, Access.WRITE):
        with pytest.raises(UnavailableError) as told:
            SqlitePeopleStore(tmp_path / "data.db", access=access)
        assert told.value.code == "store.missing"
    assert not os.listdir(tmp_path)


def test_a_store_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys.db"
    with SqliteKeyStore(path, access=Access.CREATE) as store:
        store.put("log", b"x")
        assert {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()} == {0o600}
        with pytest.raises(RefusedError, match="there is a store already") as refused:
            SqliteKeyStore(path, access=Access.CREATE)
        assert refused.value.code == "store.exists"
        assert store.get("log") == b"x"


def test_a_damaged_store_is_told_without_its_content(tmp_path: Path) -> None:
    path = tmp_path / "keys.db"
    with SqliteKeyStore(path, access=Access.CREATE) as store:
        store.add_persons([b"\x13 8000 0000"] * 5_000)
    with path.open("r+b") as file:
        file.seek(4_096)
        file.write(b"\x13 8000 0000" * 6_000)
    with SqliteKeyStore(path) as store, pytest.raises(UnavailableError) as told:
        store.persons(range(5_000))
    assert told.value.code == "store.corrupt"
    assert str(told.value) == f"{path}: the file is damaged"


def test_a_store_that_lacks_a_table_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "data.db"
    SqlitePeopleStore(path, access=Access.CREATE).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP TABLE case_link")
    with SqlitePeopleStore(path) as store, pytest.raises(SuyuanError) as told:
        store.counts()
    assert told.value.code == "store.corrupt"


def test_durable_settings(tmp_path: Path) -> None:
    with SqlitePeopleStore(tmp_path / "data.db", access=Access.CREATE) as store:
        ask = store._database._connection.execute
        assert ask("PRAGMA journal_mode").fetchone() == ("wal",)
        assert ask("PRAGMA synchronous").fetchone() == (2,)
        assert ask("PRAGMA secure_delete").fetchone() == (1,)


def test_a_second_transaction_is_told_to_wait(tmp_path: Path) -> None:
    path = tmp_path / "data.db"
    with SqlitePeopleStore(path, access=Access.CREATE) as store, SqlitePeopleStore(path) as other:
        other._database._connection.execute("PRAGMA busy_timeout = 20")
        with store._database.writing(), pytest.raises(UnavailableError) as told:
            other.observe([(1, 1, "phone")], dump=1)
        assert told.value.code == "store.locked"


def test_a_script_is_cut_at_its_statements() -> None:
    assert separated("-- A; b.\nCREATE TABLE a (\n  b TEXT DEFAULT ';'\n);\nDROP TABLE a;\n-- end\n") == (
        "-- A; b.\nCREATE TABLE a (\n  b TEXT DEFAULT ';'\n);",
        "DROP TABLE a;",
    )


def test_every_kind_has_a_code_of_its_own() -> None:
    assert set(KIND_CODES) == set(KindName)
    assert len(set(KIND_CODES.values())) == len(KIND_CODES)
    assert all(0 < code < 128 for code in KIND_CODES.values())


def test_people_of_version_1_are_there_and_not_enrolled(tmp_path: Path) -> None:
    path = tmp_path / "data.db"
    older = replace(NOW, steps=NOW.steps[:1])
    with database(path, schema=older, access=Access.CREATE) as store, store.writing() as transaction:
        transaction.run("add", (7,))
    with SqlitePeopleStore(path) as people:
        assert people.counts()["persons"] == 1
        assert people.to_enrol(since=0).tolist() == []
        assert people.without_identifier(np.array([7], np.int64)).tolist() == [7]
        people.add_tokens([], np.empty(0, np.int64), at=datetime(2026, 1, 1, tzinfo=UTC), identifiers=[(7, b"sealed")])
        assert people.to_enrol(since=0).tolist() == [7]
    assert (tmp_path / "data.db.v1.bak").exists()
