"""The door with ledger, people and keys on PostgreSQL: a server killed under load loses nothing that was acknowledged."""

import threading
import time
from pathlib import Path

import pytest
from tests.postgres_server import PostgresServer, running_server
from tests.unit.release.site import PEOPLE, SetClock, again, site

from suyuan.errors import SuyuanError
from suyuan.ledger.entry import ReleaseEntry
from suyuan.release.listing import list_cases
from suyuan.release.released import Released
from suyuan.release.request import ListRequest
from suyuan.terms import AccountId, PersonNumber, PurposeName


def serve_until_killed(
    folder: Path, *, server: PostgresServer, clock: SetClock, shown: list[tuple[PersonNumber, int]]
) -> None:
    """List and look up until the server dies; whatever was shown is added to `shown`."""
    data, keys = server.new_database(), server.new_database()
    databases = f'[ledger]\ndatabase = "{data}"\n[data]\ndatabase = "{data}"\n[keys]\ndatabase = "{keys}"\n'
    with site(folder, clock=clock, databases=databases) as (here, door):
        for person in range(5):
            here.link("ann", person=person)
        listed = list_cases(door, request=ListRequest(account=AccountId("ann"), purpose=PurposeName("delivery")))
        assert len(listed.rows) == 5
        killer = threading.Thread(target=lambda: (time.sleep(0.4), server.kill()))
        killer.start()
        try:
            for turn in range(100_000):
                people = [(turn * 4 + i) % PEOPLE for i in range(4)]
                results = door.lookup_many([here.ask(person=person) for person in people])
                for person, result in zip(people, results, strict=True):
                    if isinstance(result, Released):
                        shown.append((here.persons[person], int(result.receipt.index)))
        finally:
            killer.join()


def test_a_server_that_is_killed_under_load_has_the_entry_of_whatever_was_shown(tmp_path: Path) -> None:
    clock = SetClock()
    shown: list[tuple[PersonNumber, int]] = []
    with running_server() as server:
        with pytest.raises(SuyuanError):
            serve_until_killed(tmp_path, server=server, clock=clock, shown=shown)
        assert shown
        server.start()
        with again(tmp_path, clock=clock) as (here, door):
            ledger, broker = here.store.ledger, here.store.broker
            for number, index in shown:
                entry = ledger.entry(index)
                assert isinstance(entry.body, ReleaseEntry)
                assert entry.body.label == broker.label(number, epoch=entry.epoch)
            assert door.lookup(here.ask()).fields
            seen = door.budgets.count(AccountId("ann"), purpose=PurposeName("open"), now=clock.now())
            assert len({number for number, _ in shown}) <= seen <= PEOPLE
