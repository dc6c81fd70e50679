"""A process that releases until it is killed. Run by test_release_crash.py: `python releaser.py FOLDER`.

Each line on stdin is one life, `ACT KIND N TURN`: it opens the store in FOLDER, does ACT, and dies by kill -9 at the
N-th step of KIND. `outside` steps are just before and just after each call that writes or syncs; `call` steps are calls
of the product's own functions; `time` is N milliseconds after the act began; `never` lives on and tells its steps.
What was unsealed, shown or finished is in FOLDER/events, written before the next step can kill.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import polars as pl
from tests.courier import COLUMNS
from tests.faults.lives import Life, bear

from suyuan import app
from suyuan.adapters.files import open_sink
from suyuan.collect.admit import admit
from suyuan.ledger.log import Ledger
from suyuan.release import door as door_room
from suyuan.release.bulk import export
from suyuan.release.request import ExportRequest, LookupRequest
from suyuan.release.sources import StoredRows, SuppliedRows
from suyuan.simulation import invent_people
from suyuan.terms import AccountId, ContractId, PartnerId, PersonNumber, PurposeName

REQUEST = ExportRequest(partner=PartnerId("acme"), purpose=PurposeName("fulfilment"), contract=ContractId("C-decoys"))
FIELDS = ("customer", "name", "phone", "email", "address")


class Scene:
    """One life's store, and the acts it may do there."""

    def __init__(self, folder: Path, *, turn: int) -> None:
        self.folder = folder
        self.turn = turn
        self._events = os.open(folder / "events", os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def tell(self, event: str) -> None:
        """Write an event where a kill cannot take it back."""
        os.write(self._events, f"{event}\n".encode())

    def lookup(self, store: app.Store) -> None:
        """Show four people to an account."""
        persons = store.people.all_persons()[:4].tolist()
        with store.door() as door:
            for person in persons:
                request = LookupRequest(
                    account=AccountId("ann"), purpose=PurposeName("service"), case=None, person=PersonNumber(person)
                )
                released = door.lookup(request)
                self.tell(f"shown {person} {released.receipt.index}")

    def group(self, store: app.Store) -> None:
        """Show six people to two accounts, in groups of three."""
        persons = store.people.all_persons()[:6].tolist()
        with store.door() as door:
            for start in (0, 3):
                requests = [
                    LookupRequest(
                        account=AccountId(f"ann-{person % 2}"),
                        purpose=PurposeName("service"),
                        case=None,
                        person=PersonNumber(person),
                    )
                    for person in persons[start : start + 3]
                ]
                for request, released in zip(requests, door.lookup_many(requests), strict=True):
                    if isinstance(released, Exception):
                        raise released
                    self.tell(f"shown {request.person} {released.receipt.index}")

    def overlay(self, store: app.Store) -> None:
        """Export rows that the caller supplies, some of people not met before."""
        frame = invent_people(30, seed=self.turn).select(FIELDS)
        with store.door() as door:
            source = SuppliedRows(frame, fields=store.policy.fields, broker=store.broker)
            source.enrol(store.vault, people=store.people, clock=store.clock)
            store.registrar.enrol_pending()
            target = self.folder / "out" / f"{self.turn}.csv"
            done = export(door, request=REQUEST, source=source, sink=open_sink(target))
            self.tell(f"finished {target.name} {done.receipt.index}")

    def sealed(self, store: app.Store) -> None:
        """Export people of the store."""
        fields = [store.policy.fields[name] for name in store.policy.purpose(REQUEST.purpose).fields if name in FIELDS]
        with store.door() as door:
            source = StoredRows(
                store.people.all_persons()[:25], people=store.people, fields=fields, broker=store.broker
            )
            target = self.folder / "out" / f"{self.turn}.parquet"
            done = export(door, request=REQUEST, source=source, sink=open_sink(target))
            self.tell(f"finished {target.name} {done.receipt.index}")

    def pool(self, store: app.Store) -> None:
        """Draw row keys ahead, for look-ups of a few kinds of width."""
        with store.door() as door:
            for lanes in (3, 8):
                self.tell(f"drawn {door.row_keys.draw(rows=16, lanes=lanes)}")

    def collect(self, store: app.Store) -> None:
        """Import people: some new, some known, some corrected."""
        frame = invent_people(20 + self.turn % 40, seed=5).select(COLUMNS)
        changed = pl.col("phone").str.replace(r"\d{2}$", f"{self.turn % 90 + 10}")
        admitted, _ = admit(frame.with_columns(changed), fields=store.policy.fields)
        list(store.vault.store(admitted))
        store.registrar.enrol_pending()
        self.tell("collected")

    def trace(self, store: app.Store) -> None:
        """Trace a leak; opening the trace is an entry of its own."""
        with store.door() as door:
            traced = store.leak_response(door, matcher=None).trace(self.folder / "dump.csv")
            self.tell(f"traced {traced.attribution.number}")


ACTS: dict[str, Callable[[Scene, app.Store], None]] = {
    "lookup": Scene.lookup, "group": Scene.group, "overlay": Scene.overlay, "sealed": Scene.sealed,
    "pool": Scene.pool, "collect": Scene.collect, "trace": Scene.trace,
}  # fmt: skip


def live(folder: Path, *, act: str, life: Life, turn: int) -> None:
    """Open the store, do one act, tell how many steps it took."""
    scene = Scene(folder, turn=turn)
    unseal, unseal_each, append = door_room.unseal, door_room.unseal_each, Ledger.append

    def telling_unseal(record, *, key):  # type: ignore[no-untyped-def]
        scene.tell(f"unsealed {record.person}")
        return unseal(record, key=key)

    def telling_unseal_each(records, **named):  # type: ignore[no-untyped-def]
        for person in records.persons.tolist():
            scene.tell(f"unsealed {person}")
        return unseal_each(records, **named)

    def telling_append(ledger, drafts):  # type: ignore[no-untyped-def]
        receipts = append(ledger, drafts)
        scene.tell(f"size {ledger.size}")
        return receipts

    door_room.unseal, door_room.unseal_each = telling_unseal, telling_unseal_each
    Ledger.append = telling_append  # type: ignore[method-assign]
    with app.open_store(folder / "store") as store:
        life.watch()
        ACTS[act](scene, store)
        sys.setprofile(None)
    scene.tell(f"steps {life.steps['outside']} {life.steps['call']}")


def main() -> None:
    """Live every life of stdin."""
    folder = Path(sys.argv[1])

    def one(words: list[str]) -> None:
        act, kind, at, turn = words
        live(folder, act=act, life=Life(kind, at=int(at)), turn=int(turn))

    bear(one)


if __name__ == "__main__":
    main()
