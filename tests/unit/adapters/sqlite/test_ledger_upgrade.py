import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from tests.ledger_world import release, started

from suyuan.adapters.sqlite.ledger_store import SqliteLedgerStore
from suyuan.errors import UnavailableError
from suyuan.ledger import Row


def older(path: Path) -> Path:
    """A ledger as version 1 left it: without registry labels."""
    with SqliteLedgerStore.open_writer(path) as store:
        started(store).append([release(0)])
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP TABLE registered")
        connection.execute("PRAGMA user_version = 1")
        connection.commit()
    return path


def test_a_reader_reads_an_older_ledger_as_it_is(tmp_path: Path) -> None:
    path = older(tmp_path / "ledger.db")
    with SqliteLedgerStore.open_reader(path) as store:
        assert (store.size(), store.registered([b"a"]), store.derived().registered) == (3, {}, {})
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)


def test_a_writer_keeps_a_copy_and_upgrades(tmp_path: Path) -> None:
    path = older(tmp_path / "ledger.db")
    with SqliteLedgerStore.open_writer(path) as store:
        leaves = store.leaves(0, end=3)
        store.append(3, rows=[Row(leaf=b"x", at_ms=2**50, enrols=(b"a",))])
        assert store.registered([b"a"]) == {b"a": 3}
    with SqliteLedgerStore.open_reader(tmp_path / "ledger.db.v1.bak") as kept:
        assert kept.leaves(0, end=9) == leaves
    with SqliteLedgerStore.open_writer(path) as again:
        assert again.size() == 4
    assert len(list(tmp_path.glob("*.bak"))) == 1


def test_a_ledger_of_a_later_version_and_another_file_are_left_alone(tmp_path: Path) -> None:
    path = older(tmp_path / "ledger.db")
    for pragma, code in (("user_version = 9", "store.newer"), ("application_id = 7", "store.foreign")):
        with closing(sqlite3.connect(path)) as connection:
            connection.execute(f"PRAGMA {pragma}")
            connection.commit()
        for opening in (SqliteLedgerStore.open_reader, SqliteLedgerStore.open_writer):
            with pytest.raises(UnavailableError) as told:
                opening(path)
            assert told.value.code == code
