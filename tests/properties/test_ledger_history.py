"""Any history the ledger accepts verifies, however it is published; any change to it is found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.ledger_world import (
    KEY,
    POOL,
    FakeClock,
    MemoryFiles,
    MemoryStore,
    batch,
    digest,
    enrol_batch,
    outcome,
    registry,
    release,
    started,
)

from suyuan.crypto.merkle import leaf_hashes, root
from suyuan.errors import RefusedError, VerificationError
from suyuan.ledger import (
    Draft,
    EnrolEntry,
    EraseEntry,
    Ledger,
    Log,
    SealEntry,
    TraceOpenEntry,
    derive,
    publish,
    verify_log,
)
from suyuan.ledger.fsck import fsck
from suyuan.ledger.published import PublishedLog
from suyuan.terms import LeafIndex

KEYS = [KEY.verify_key]
STEPS = st.lists(
    st.sampled_from(
        [
            *("release", "many", "batch", "outcome", "trace", "publish", "rebuild", "back", "refused"),
            *("seal", "close", "enrol", "enrol-batch", "erase", "erase-again", "old-epoch", "reopen"),
        ]
    ),
    max_size=14,
)


def play(steps: list[str]) -> tuple[MemoryStore, MemoryFiles]:
    store, files, clock = MemoryStore(), MemoryFiles(), FakeClock()
    ledger, released, opened = started(store, clock=clock), list[LeafIndex](), 0
    ledger.append([registry()])
    live, erased = list[int](), list[int]()
    for step in steps:
        clock.forward(minutes=-5 if step == "back" else 1)
        first = store.opened[POOL].next
        match step:
            case "release":
                released.append(ledger.append([release(first)])[0].index)
            case "many":
                ledger.append([release(first + i) for i in range(130)])
            case "batch":
                released.append(ledger.append([batch(first, count=first % 300)])[0].index)
            case "outcome" if released:
                ledger.append([outcome(released[-1])])
            case "trace":
                opened += 1
                ledger.append([Draft(body=TraceOpenEntry(commitment=digest(first), number=opened))])
            case "publish" | "rebuild":
                publish(ledger, files=files, key=KEY, rebuild=step == "rebuild")
            case "seal" | "close":
                ledger.seal(closing=step == "close")
            case "enrol":
                live.append(100_000 + first + ledger.size)
                ledger.append([Draft(body=EnrolEntry(keys=digest(1), label=digest(live[-1])))])
            case "enrol-batch":
                new = [*erased, 100_000 + first + ledger.size]
                erased.clear()
                live += new
                ledger.append([enrol_batch(new)])
            case "erase" if live:
                erased.append(live.pop())
                ledger.append([Draft(body=EraseEntry(label=digest(erased[-1])))])
            case "erase-again" if erased:
                with pytest.raises(RefusedError):
                    ledger.append([Draft(body=EraseEntry(label=digest(erased[-1])))])
            case "old-epoch":
                with pytest.raises(RefusedError):
                    ledger.append([Draft(body=release(first).body, epoch=ledger.epoch + 1)])
            case "reopen":
                ledger = Ledger(store, key=KEY, clock=clock)
            case "refused":
                with pytest.raises(RefusedError):
                    ledger.append([release(first), release(first)])
            case _:
                pass
    return store, files


@given(STEPS)
def test_every_accepted_history_verifies(steps: list[str]) -> None:
    store, files = play(steps)
    log = Log(store)
    verify_log(log, keys=KEYS, files=files)
    checkpoint = publish(log, files=files, key=KEY)
    found = verify_log(log, keys=KEYS, files=files)
    assert (found.unpublished, found.size, found.root) == (0, log.size, checkpoint.root)
    assert found.root == root(leaf_hashes(log.leaves(0, end=log.size)))
    assert fsck(files, keys=KEYS, paths=files.files) == found
    assert derive(log) == store.derived() == PublishedLog(files).derived()


@given(STEPS)
def test_seals_cover_every_entry_once_an_epoch(steps: list[str]) -> None:
    store, _ = play([*steps, "release", "close"])
    log, start, tail, epoch = Log(store), 0, 0, 0
    for index, entry in log.entries():
        assert entry.epoch == epoch
        body = entry.body
        if isinstance(body, SealEntry):
            assert (body.first, body.end) == (start if body.closing else tail, index)
            tail = index + 1
            if body.closing:
                start, epoch = index + 1, epoch + 1
    assert (start, tail, epoch) == (log.size, log.size, log.epoch)


@given(STEPS, st.data())
def test_every_change_of_history_is_found(steps: list[str], data: st.DataObject) -> None:
    store, files = play([*steps, "release", "outcome", "enrol", "seal"])
    publish(Log(store), files=files, key=KEY)
    index = data.draw(st.integers(0, len(store.rows) - 1))
    rows = list(store.rows)
    match data.draw(st.sampled_from(["omit", "swap", "repeat", "alter", "cut"])):
        case "omit":
            del rows[index]
        case "swap":
            other = data.draw(st.integers(0, len(rows) - 1))
            if rows[index].leaf == rows[other].leaf:
                return
            rows[index], rows[other] = rows[other], rows[index]
        case "repeat":
            if index == len(rows) - 1:
                return  # The log merely grew by an entry that may stand twice.
            rows.insert(index, rows[index])
        case "alter":
            rows[index] = rows[index]._replace(leaf=rows[index].leaf.replace(b'"v":1', b'"v":2'))
        case _:
            del rows[index:]
    with pytest.raises(VerificationError):
        verify_log(Log(MemoryStore(rows=rows)), keys=KEYS, files=files)
