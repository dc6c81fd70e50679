"""Resealing: what an older version kept beside releases leads to them by number, and after it does not."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.courier import Courier, courier

from suyuan.adapters.sqlite.ledger_store import SqliteLedgerStore
from suyuan.crypto import canonical
from suyuan.ledger.entry import BatchEntry, Entry, OutcomeEntry, ReleaseEntry
from suyuan.release import bulk, sides
from suyuan.release.manifest import sealed_row_bytes
from suyuan.release.plan import OnePerson, parse_plan
from suyuan.release.resealing import Resealing
from suyuan.release.sides import read_side, require_side, seal_sides
from suyuan.terms import PersonNumber
from suyuan.trace.naming.tracer import Traced


def aged(here: Courier, *, numbers: list[int]) -> None:
    """Put the sides back into the form that version 1 gave them, and the records' commitments too."""
    ledger, broker = here.store.ledger, here.store.broker
    linked = broker.linked(numbers)
    whose: dict[int, int] = {}
    for index, entry in ledger.entries():
        body = entry.body
        if isinstance(body, ReleaseEntry | BatchEntry):
            plan = parse_plan(require_side(ledger, index=index, name=sides.PLAN_SIDE, broker=broker))
            number_of = dict(zip(linked.labels(epoch=entry.epoch), numbers, strict=True))
            rows = plan.one or require_side(ledger, index=index, name=sides.ROWS_SIDE, broker=broker)
            assert isinstance(rows, bytes)
            width = sealed_row_bytes(marked=len(plan.marked), biased=bool(plan.family))
            kept_rows = np.frombuffer(rows, dtype=np.uint8).reshape(-1, width)
            labels = [body.label] if isinstance(body, ReleaseEntry) else split(here, index=index)
            persons = [number_of[label] for label in labels]
            opened = linked.open_rows(
                np.array(persons, dtype=np.int64), pools=np.full(len(kept_rows), body.keys.pool),
                ordinals=body.keys.first + np.arange(len(kept_rows)), kept=kept_rows,
            )  # fmt: skip
            manifest = [row.tobytes() for row in opened]
            document = {**canonical.decode_object(replace(plan, one=None).encode()), "v": 1}
            kept = {}
            if isinstance(body, ReleaseEntry):
                document["one"] = {"manifest": canonical.to_base64(manifest[0]), "person": persons[0]}
                whose[index] = persons[0]
            else:
                planted = require_side(ledger, index=index, name=sides.PLANTED_SIDE, broker=broker)
                assert planted == b"[]"
                kept[sides.PERSONS_SIDE] = np.array(persons, dtype="<u8").tobytes()
                kept[sides.MANIFEST_SIDE] = b"".join(manifest)
            put(here, index=index, entry=entry, sealed={**kept, sides.PLAN_SIDE: canonical.encode(document)})
        elif isinstance(body, OutcomeEntry) and body.release in whose:
            released = ledger.entry(body.release).body
            sealed = ledger.side(index, name=sides.OWN_OUTCOME_SIDE)
            assert isinstance(released, ReleaseEntry)
            assert sealed is not None
            opened = broker.open_outcome(
                PersonNumber(whose[body.release]), pool=released.keys.pool, ordinal=released.keys.first, sealed=sealed,
                bound=body.commitment,
            )  # fmt: skip
            put(here, index=index, entry=entry, sealed={sides.OUTCOME_SIDE: opened})
    records = here.store.people.records(numbers)
    shown = {
        record.person: {
            name: column[0] for name, column in broker.tables_of((record,), fields=tuple(record.commitments)).items()
        }
        for record in records
    }
    with here.store.people.writing() as transaction:  # type: ignore[attr-defined]
        from suyuan.adapters.people.record_rows import record_row

        bare = (replace(record, commitments=shown[record.person], hidden=False) for record in records)
        transaction.run_each("save_record", (record_row(record) for record in bare))


def split(here: Courier, *, index: int) -> list[bytes]:
    joined = require_side(here.store.ledger, index=index, name=sides.LABELS_SIDE, broker=here.store.broker)
    return [joined[i : i + 32] for i in range(0, len(joined), 32)]


def put(here: Courier, *, index: int, entry: Entry, sealed: dict[str, bytes]) -> None:
    """Replace the sides that changed their form."""
    gone = {sides.LABELS_SIDE, sides.ROWS_SIDE, sides.OWN_OUTCOME_SIDE, *sealed}
    ledger = here.store.ledger
    kept = {name: ledger.side(index, name=name) or b"" for name in ledger.side_names(index) if name not in gone}
    kept |= seal_sides(entry.body, broker=here.store.broker, sealed=sealed)
    store_of(here).replace_sides({index: kept})


def store_of(here: Courier) -> SqliteLedgerStore:
    store = here.store.ledger._store
    assert isinstance(store, SqliteLedgerStore)
    return store


def resealing(here: Courier) -> Resealing:
    return Resealing(
        here.store.ledger, store=store_of(here), broker=here.store.broker, people=here.store.people,
        entropy=here.store.entropy,
    )  # fmt: skip


def by_number(here: Courier, number: int) -> set[int]:
    """Find releases of a person's number: what the side key alone opens."""
    ledger, broker, found = here.store.ledger, here.store.broker, set()
    for index, entry in ledger.entries():
        if isinstance(entry.body, ReleaseEntry | BatchEntry):
            plan = parse_plan(require_side(ledger, index=index, name=sides.PLAN_SIDE, broker=broker))
            listed = read_side(ledger, index=index, name=sides.PERSONS_SIDE, broker=broker) or b""
            if (isinstance(plan.one, OnePerson) and plan.one.person == number) or number in np.frombuffer(
                listed, "<u8"
            ):
                found.add(int(index))
    return found


@pytest.fixture
def past(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Courier]:
    """A store whose releases lie beside it as version 1 left them: with no bias in its exports."""
    monkeypatch.setattr(bulk, "family_of", lambda request, *, year: "")
    with courier(tmp_path, people=16) as here:
        with here.store.door() as door:
            for customer in here.people["customer"].head(8):
                here.look_up(door, account="a", customer=customer)
            for customer in here.people["customer"].tail(8):
                here.look_up(door, account="b", customer=customer)
            frame = here.people.select("customer", "name", "phone", "address")
            here.export(door, partner="p", contract="C-1", name="out.csv", frame=frame)
        here.rows_of("a").write_csv(tmp_path / "leak.csv")
        aged(here, numbers=sorted(here.numbers.values()))
        yield here


def trace(here: Courier, name: str) -> Traced:
    with here.store.door() as door:
        return here.store.leak_response(door, matcher=None).trace(here.folder / name)


def test_old_sides_are_read_as_they_are(past: Courier) -> None:
    number = past.numbers[past.people["customer"][0]]
    assert len(by_number(past, number)) == 2
    assert [finding.recipient.id for finding in trace(past, "leak.csv").attribution.named] == ["a"]


def test_resealed_sides_hold_no_number_and_trace_the_same(past: Courier) -> None:
    numbers = sorted(past.numbers.values())
    assert all(by_number(past, number) for number in numbers)
    leaves = list(past.store.ledger.leaves(0, end=past.store.ledger.size))
    told: list[str] = []
    again = resealing(past)
    again.reseal(end=past.store.ledger.size, progress=lambda step, done, total: told.append(step))
    again.run()
    assert set(told) == {"seal outcomes", "seal rows"}
    assert not any(by_number(past, number) for number in numbers)
    assert not past.store.people.bare_records(after=-1, count=1)
    old = {sides.PERSONS_SIDE, sides.MANIFEST_SIDE}
    for index, entry in past.store.ledger.entries():
        assert not old & set(past.store.ledger.side_names(index))
        if isinstance(entry.body, OutcomeEntry):
            released = past.store.ledger.entry(entry.body.release).body
            is_own = sides.OWN_OUTCOME_SIDE in past.store.ledger.side_names(index)
            assert is_own == isinstance(released, ReleaseEntry)
    assert list(past.store.ledger.leaves(0, end=len(leaves))) == leaves  # Entries never change.
    assert [finding.recipient.id for finding in trace(past, "leak.csv").attribution.named] == ["a"]
    assert [finding.recipient.id for finding in trace(past, "out.csv").attribution.named] == ["p"]


def test_resealing_goes_on_where_it_was_cut_short(past: Courier, monkeypatch: pytest.MonkeyPatch) -> None:
    size, steps = past.store.ledger.size, 0
    monkeypatch.setattr("suyuan.release.resealing._ENTRIES_PER_STEP", 3)
    for cut_at in range(1, 100):
        store, left = store_of(past), cut_at
        real = store.replace_sides

        def dying(changes: Any, *, real: Any = real) -> None:
            nonlocal left
            left -= 1
            if not left:
                raise KeyboardInterrupt
            real(changes)

        with monkeypatch.context() as patched:
            patched.setattr(store, "replace_sides", dying)
            try:
                resealing(past).reseal(end=size)
                break
            except KeyboardInterrupt:
                steps += 1
    assert steps > 1
    assert not any(by_number(past, number) for number in past.numbers.values())
    assert [finding.recipient.id for finding in trace(past, "leak.csv").attribution.named] == ["a"]


def test_an_erased_persons_old_rows_are_noise_and_the_others_open(past: Courier) -> None:
    gone = past.numbers[past.people["customer"][0]]
    past.store.eraser.erase(gone)
    resealing(past).reseal(end=past.store.ledger.size)
    assert by_number(past, gone) == set()
    assert [finding.recipient.id for finding in trace(past, "leak.csv").attribution.named] == ["a"]


def test_new_stores_have_nothing_to_seal_anew(tmp_path: Path) -> None:
    with courier(tmp_path, people=2) as here:
        assert not resealing(here).is_due()
