"""Whatever outside call fails, before or after it did its work: no value leaves without its entry, and the door goes on."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.unit.release.site import Site, site

from suyuan.errors import UnavailableError
from suyuan.hold.ports import SealedRecord
from suyuan.hold.sealed_columns import SealedColumns
from suyuan.ledger.batch import SIDE, split_rows
from suyuan.ledger.entry import BatchEntry, ReleaseEntry
from suyuan.release import door as door_room
from suyuan.release.approvals import Approver
from suyuan.release.bulk import export
from suyuan.release.door import Door
from suyuan.release.listing import list_cases
from suyuan.release.released import Released
from suyuan.release.request import ExportRequest, ListRequest
from suyuan.release.sources import StoredRows
from suyuan.terms import AccountId, ContractId, PartnerId, PersonNumber, PurposeName

ONE = (
    ("people", "cases_among"),
    ("people", "facts"),
    ("people", "records"),
    ("people", "collected_before"),
    ("people", "approval"),
    ("people", "use_approval"),
    ("broker", "group"),
    ("broker", "budget_pairs"),
    ("broker", "draw_pool"),
    ("broker", "prepare_group"),
    ("broker", "tables_of_group"),
    ("broker", "seal_group_rows"),
    ("ledger", "append"),
    ("broker", "open_group"),
    ("broker", "lane_keys"),
    ("broker", "seal_group_outcomes"),
)
MANY = (
    ("people", "cases_where"),
    ("people", "facts"),
    ("people", "sealed_columns"),
    ("broker", "group"),
    ("broker", "draw_pool"),
    ("broker", "name_rows"),
    ("broker", "tables_of_rows"),
    ("broker", "seal_columns"),
    ("ledger", "append"),
    ("broker", "open_rows"),
    ("broker", "lane_keys"),
)
FILE = (
    ("people", "facts"),
    ("broker", "draw_pool"),
    ("broker", "prepare_rows"),
    ("broker", "seal_rows"),
    ("ledger", "append"),
    ("broker", "open"),
    ("broker", "lane_keys"),
)


class Memory:
    """A sink that keeps what it is given; handed over only at the end."""

    def __init__(self) -> None:
        self.frames: list[Any] = []
        self.finished = False

    def write(self, frame: Any) -> None:
        self.frames.append(frame)

    def finish(self) -> bytes:
        self.finished = True
        return bytes(32)

    def abandon(self) -> None:
        self.frames.clear()


def ledgered(here: Site) -> set[bytes]:
    """Give every label that an entry of a release names."""
    ledger, found = here.store.ledger, set()
    for index, entry in ledger.entries():
        if isinstance(entry.body, ReleaseEntry):
            found.add(entry.body.label)
        elif isinstance(entry.body, BatchEntry):
            found |= {row[:32] for row in split_rows(ledger.side(index, name=SIDE) or b"")}
    return found


@contextmanager
def watched(here: Site, patch: pytest.MonkeyPatch) -> Iterator[list[PersonNumber]]:
    """Require at every unsealing that the person's entry is in the ledger already."""
    real, real_each, opened = door_room.unseal, door_room.unseal_each, []

    def see(record: SealedRecord) -> None:
        label = here.store.broker.label(record.person, epoch=here.store.ledger.epoch)
        assert label in ledgered(here), "a value was opened before its entry"
        opened.append(record.person)

    def unseal(record: SealedRecord, *, key: bytes) -> Any:
        see(record)
        return real(record, key=key)

    def unseal_each(records: SealedColumns, **named: Any) -> Any:
        for place in range(len(records)):
            see(records.record(place))
        return real_each(records, **named)

    with patch.context() as patched:
        patched.setattr(door_room, "unseal", unseal)
        patched.setattr(door_room, "unseal_each", unseal_each)
        yield opened


@contextmanager
def failing(here: Site, patch: pytest.MonkeyPatch, *, part: str, name: str, after: bool) -> Iterator[list[int]]:
    """Let one outside call fail, before it does its work or after."""
    owner = getattr(here.store, part)
    real, times = getattr(owner, name), []

    def broken(*arguments: Any, **named: Any) -> Any:
        times.append(1)
        if after:
            real(*arguments, **named)
        raise UnavailableError("it does not answer")

    with patch.context() as patched:
        patched.setattr(owner, name, broken)
        yield times


def each(steps: tuple[tuple[str, str], ...]) -> Callable[[Any], Any]:
    cases = [pytest.param(part, name, after, id=f"{name}-{'after' if after else 'before'}") for part, name in steps for after in (False, True)]  # fmt: skip
    return pytest.mark.parametrize(("part", "name", "after"), cases)


@each(ONE)
def test_a_look_up_fails_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: str, name: str, *, after: bool
) -> None:
    with site(tmp_path) as (here, door):
        case = here.link("ann", person=0)
        here.store.people.collected(np.array(here.persons), purpose=PurposeName("brief"), at=here.clock.now())
        request = here.ask("brief", case=case)
        asked = here.store.approvals.ask(request, digest=door.approval_digest(request), reason="so that all is asked")
        here.store.approvals.give(asked.id, by=Approver(account=AccountId("bob")))
        ask = here.ask("brief", case=case, approval=asked.id)
        given: list[object] = []
        with (
            watched(here, monkeypatch) as opened,
            failing(here, monkeypatch, part=part, name=name, after=after) as times,
        ):
            try:
                given = list(door.lookup_many([ask]))
            except UnavailableError:
                given = []
        assert times, "the step that was to fail was not taken"
        assert not any(isinstance(one, Released) for one in given)
        if ONE.index((part, name)) <= ONE.index(("ledger", "append")):
            assert not opened
        # And it goes on: another person of the same account.
        with watched(here, monkeypatch):
            assert door.lookup(here.ask(person=5)).fields


@each(MANY)
def test_a_list_fails_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: str, name: str, *, after: bool
) -> None:
    with site(tmp_path) as (here, door):
        for person in range(5):
            here.link("ann", person=person)
        request = ListRequest(account=AccountId("ann"), purpose=PurposeName("delivery"))
        with watched(here, monkeypatch), failing(here, monkeypatch, part=part, name=name, after=after) as times:
            with pytest.raises(UnavailableError):
                list_cases(door, request=request)
            assert times
        with watched(here, monkeypatch) as opened:
            assert len(list_cases(door, request=request).rows) == 5
            assert opened == here.persons[:5]


@each(FILE)
def test_a_file_fails_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: str, name: str, *, after: bool
) -> None:
    with site(tmp_path) as (here, door):
        with watched(here, monkeypatch), failing(here, monkeypatch, part=part, name=name, after=after) as times:
            sink = Memory()
            with pytest.raises(UnavailableError):
                hand_over(here, door, sink=sink)
            assert times
            assert not sink.finished
            assert not sink.frames
        with watched(here, monkeypatch):
            sink = Memory()
            hand_over(here, door, sink=sink)
            assert sink.finished


def hand_over(here: Site, door: Door, *, sink: Memory) -> None:
    """Export five persons of the store."""
    request = ExportRequest(partner=PartnerId("acme"), purpose=PurposeName("fulfilment"), contract=ContractId("C-1"))
    fields = [here.store.policy.fields[name] for name in here.store.policy.purpose(request.purpose).fields]
    persons = np.array(here.persons[:5], dtype=np.int64)
    source = StoredRows(persons, people=here.store.people, fields=fields, broker=here.store.broker)
    export(door, request=request, source=source, sink=sink)
