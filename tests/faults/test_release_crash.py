"""kill -9 at many points of a release: nothing is out without its entry, the log verifies, the next release works."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest
from tests.courier import COLUMNS, make_store
from tests.faults.lives import pass_life, running

from suyuan.adapters.files import open_sink
from suyuan.app import Store, open_store
from suyuan.collect.admit import admit
from suyuan.ledger.entry import BatchEntry, KeysEntry, OutcomeEntry, ReleaseEntry
from suyuan.ledger.verify import verify_log
from suyuan.release.door import Door
from suyuan.release.request import LookupRequest
from suyuan.simulation import invent_people
from suyuan.terms import AccountId, PersonNumber, PurposeName

# How many points of each act: steps just around writes, calls of the product, and moments of time.
OUTSIDE, CALLS, MOMENTS = 7, 3, (3, 11)
ACTS = ("lookup", "group", "overlay", "sealed", "pool", "collect", "trace")


@dataclass
class Nursery:
    """The process that gives birth to releasers, and the folder they live in."""

    folder: Path
    process: "subprocess.Popen[str]"
    turn: int = 0

    def live(self, act: str, *, kind: str, at: int) -> tuple[int, list[list[str]]]:
        """Let one life pass; give how it ended and what it told."""
        (self.folder / "events").unlink(missing_ok=True)
        self.turn += 1
        code = pass_life(self.process, act, kind, at, self.turn)
        events = self.folder / "events"
        return code, [line.split() for line in events.read_text("ascii").splitlines()] if events.exists() else []


@pytest.fixture
def nursery(repository: Path, tmp_path: Path) -> Iterator[Nursery]:
    with open_store(make_store(tmp_path)) as store:
        admitted, _ = admit(invent_people(30, seed=5).select(COLUMNS), fields=store.policy.fields)
        list(store.vault.store(admitted))
        with store.door() as door:
            shown = [look_up(door, person=int(person)) for person in store.people.all_persons()[:10]]
    pl.DataFrame(shown).write_csv(tmp_path / "dump.csv")
    (tmp_path / "out").mkdir()
    with running("releaser.py", repository=repository, folder=tmp_path) as process:
        yield Nursery(folder=tmp_path, process=process)


def look_up(door: Door, *, person: int) -> dict[str, str]:
    request = LookupRequest(
        account=AccountId("bob"), purpose=PurposeName("service"), case=None, person=PersonNumber(person)
    )
    return {name: value.reveal() for name, value in door.lookup(request).fields.items()}


def points(steps: int, *, count: int) -> list[int]:
    """Give `count` different steps, evenly over all of them."""
    return sorted({1 + i * (steps - 1) // max(1, count - 1) for i in range(count)})


def require_sound(store: Store, *, since: int, events: list[list[str]], out: Path) -> None:
    """Nothing left the store without an entry, and what is durable is whole."""
    ledger = store.ledger
    verified = verify_log(ledger, keys=(ledger.key.verify_key,), files=store.files)
    entries = dict(ledger.entries(since))
    labels = {entry.body.label for entry in entries.values() if isinstance(entry.body, ReleaseEntry)}
    batches = {index for index, entry in entries.items() if isinstance(entry.body, BatchEntry)}
    for event, *said in events:
        if event == "size":
            assert verified.size >= int(said[0])  # What was acknowledged is there.
        elif event == "unsealed":
            own = {store.broker.label(PersonNumber(int(said[0])), epoch=e.epoch) for e in entries.values()}
            assert batches or own & labels
        elif event == "shown":
            entry = ledger.entry(int(said[1]))
            assert isinstance(entry.body, ReleaseEntry)
            assert entry.body.label == store.broker.label(PersonNumber(int(said[0])), epoch=entry.epoch)
        elif event == "finished":
            assert int(said[1]) in batches
            assert (out / said[0]).exists()
    # A file stands under its name only after its entry, and is whole.
    told = {index for index, entry in entries.items() if isinstance(entry.body, OutcomeEntry)}
    for path in out.iterdir():
        if path.name.startswith("."):
            continue
        assert len(batches) == 1, path.name
        frame = pl.read_parquet(path) if path.suffix == ".parquet" else pl.read_csv(path, infer_schema=False)
        [index] = batches
        body = ledger.entry(index).body
        assert isinstance(body, BatchEntry)
        assert frame.height == body.rows + 4, (path.name, told)  # The kept persons, and four decoys.
        path.unlink()
    for index, entry in ledger.entries():
        if isinstance(entry.body, KeysEntry):
            tree = store.broker.pool_tree(root=entry.body.root, rows=entry.body.rows, lanes=entry.body.lanes)
            assert tree.root == entry.body.root, index


def test_no_release_without_an_entry_whenever_it_is_killed(nursery: Nursery) -> None:
    killed = 0
    out = nursery.folder / "out"
    for act in ACTS:
        code, events = nursery.live(act, kind="never", at=0)
        assert code == 0, (act, events)
        outside, calls = (int(count) for count in events[-1][1:])
        for path in out.iterdir():
            path.unlink()
        lives = [
            *(("outside", at) for at in points(outside, count=OUTSIDE)),
            *(("call", at) for at in points(calls, count=CALLS)),
            *(("time", ms) for ms in MOMENTS),
        ]
        for kind, at in lives:
            with open_store(nursery.folder / "store") as store:
                since, pools = store.ledger.size, {pool.index: pool.next for pool in store.ledger.pools()}
            code, events = nursery.live(act, kind=kind, at=at)
            assert code in (-9, 0), (act, kind, at)
            killed += code == -9
            with open_store(nursery.folder / "store") as store:
                require_sound(store, since=since, events=events, out=out)
                assert all(pool.next >= pools.get(pool.index, 0) for pool in store.ledger.pools()), (act, kind, at)
                with store.door() as door:
                    assert look_up(door, person=1)["name"]
                verified = verify_log(store.ledger, keys=(store.ledger.key.verify_key,), files=store.files)
                assert verified.unpublished == 0
    assert killed >= 50
    # What a killed export left aside goes with the next export to that folder, and what a living one writes stays.
    (out / ".old.csv.1.suyuan.part").write_bytes(b"left")
    first, second = open_sink(out / "first.csv"), open_sink(out / "second.csv")
    assert len(list(out.iterdir())) == 2
    first.abandon()
    second.abandon()
    assert list(out.iterdir()) == []
