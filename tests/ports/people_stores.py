"""Every people store, opened anew as often as a test asks: what all of them do is tested on each."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.postgres_server import PostgresServer

from suyuan.adapters.postgres.address import Address, parse_address
from suyuan.adapters.postgres.people_store import PostgresPeopleStore
from suyuan.adapters.sqlite.database import Access
from suyuan.adapters.sqlite.people_store import SqlitePeopleStore

AnyStore = SqlitePeopleStore | PostgresPeopleStore
Reopen = Callable[[], AnyStore]


def sqlite(folder: Path) -> SqlitePeopleStore:
    """Open the file of a folder, made where it is absent."""
    path = folder / "data.db"
    return SqlitePeopleStore(path, access=Access.WRITE if path.exists() else Access.CREATE)


def people_address(server: PostgresServer) -> Address:
    """Make an empty people store in a schema of its own."""
    address = parse_address(server.url("postgres"), schema=server.new_schema(), what="people")
    PostgresPeopleStore.create(address)
    return address


def opening(request: pytest.FixtureRequest, folder: Path) -> Callable[[], AnyStore]:
    """Give what opens one store of the kind that a test was parametrised with."""
    if request.param == "sqlite":
        return lambda: sqlite(folder)
    address = people_address(request.getfixturevalue("postgres"))
    return lambda: PostgresPeopleStore.open_writer(address)


@pytest.fixture(params=["sqlite", "postgres"])
def reopen(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Reopen]:
    """Open the same store, anew each time it is called."""
    opens = opening(request, tmp_path)
    with ExitStack() as opened:
        yield lambda: opened.enter_context(opens())


@pytest.fixture
def store(reopen: Reopen) -> AnyStore:
    """One open store."""
    return reopen()
