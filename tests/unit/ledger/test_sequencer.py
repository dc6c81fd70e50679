"""Group commit: who waits together shares a commit, who is refused is refused alone, a failed disk stops everyone."""

import asyncio
import threading
from collections.abc import Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest
from tests.ledger_world import KEY, MemoryStore, digest, outcome, release, started

from suyuan.errors import RefusedError, SuyuanError, UnavailableError
from suyuan.ledger import Draft, Ledger, OutcomeEntry, Receipt, RefuseEntry, open_receipt, parse_entry
from suyuan.ledger.sequencer import GROUP_DRAFTS, Sequencer
from suyuan.terms import LeafIndex

WAIT = 60


def refused(number: int) -> Draft:
    return Draft(body=RefuseEntry(commitment=digest(number), recipient=digest(4)))


def wrong(number: int) -> Draft:
    """A draft the ledger refuses: entry 0 is its law, so no outcome can be of it."""
    return Draft(body=OutcomeEntry(commitment=digest(number), release=LeafIndex(0)))


@dataclass
class Gate:
    """A ledger whose appends wait until let through, and that counts the commits which held."""

    ledger: Ledger
    groups: list[int] = field(default_factory=list)
    came: threading.Event = field(default_factory=threading.Event)
    through: threading.Event = field(default_factory=threading.Event)
    failure: Exception | None = None

    def append(self, drafts: Sequence[Draft]) -> Sequence[Receipt]:
        self.came.set()
        assert self.through.wait(WAIT)
        if self.failure is not None:
            raise self.failure
        receipts = self.ledger.append(drafts)
        self.groups.append(len(drafts))
        return receipts


def held(store: MemoryStore, *, gather_seconds: float = 0) -> tuple[Gate, Sequencer, "Future[Sequence[Receipt]]"]:
    """Give a sequencer that is busy with a first submission: whatever comes now waits together."""
    gate = Gate(started(store))
    sequencer = Sequencer(gate, gather_seconds=gather_seconds)
    first = sequencer.submit([refused(0)])
    assert gate.came.wait(WAIT)
    return gate, sequencer, first


def test_threads_share_commits_and_each_gets_the_receipts_of_its_own_entries() -> None:
    store = MemoryStore()
    ledger = started(store)
    begin = threading.Barrier(256)

    def caller(number: int) -> list[tuple[int, bytes, str]]:
        begin.wait(WAIT)
        found: list[tuple[int, bytes, str]] = []
        for turn in range(3):
            mine = number * 10 + turn * 3 + 1
            receipts = sequencer.append([refused(mine), refused(mine + 1)])
            assert receipts[1].index == receipts[0].index + 1, "a submission stands at contiguous indexes"
            bodies = [parse_entry(receipt.leaf).body for receipt in receipts]
            assert [body.commitment for body in bodies if isinstance(body, RefuseEntry)] == [
                digest(mine),
                digest(mine + 1),
            ]
            found += [(r.index, r.leaf, r.note) for r in receipts]
        return found

    with Sequencer(ledger) as sequencer, ThreadPoolExecutor(256) as pool:
        given = [each for one in pool.map(caller, range(256)) for each in one]
    assert sorted(index for index, _, _ in given) == list(range(2, 2 + 256 * 6))
    for index, leaf, note in given:
        assert store.rows[index].leaf == leaf
        assert open_receipt(note, leaf=leaf, keys=[KEY.verify_key]).index == index


def test_what_waits_together_goes_into_one_commit() -> None:
    gate, sequencer, first = held(MemoryStore())
    later = [sequencer.submit([refused(i)]) for i in range(1, 256)]
    gate.through.set()
    indexes = [future.result(WAIT)[0].index for future in (first, *later)]
    sequencer.close()
    assert indexes == list(range(2, 258)), "in the order they came"
    assert gate.groups == [1, 255]


def test_a_group_has_a_largest_size_and_a_larger_submission_still_goes_whole() -> None:
    gate, sequencer, _ = held(MemoryStore())
    sizes = [GROUP_DRAFTS - 1, 1, 1, GROUP_DRAFTS + 5, 2]
    later = [sequencer.submit([refused(i) for i in range(size)]) for size in sizes]
    gate.through.set()
    sequencer.close()
    assert [len(future.result(WAIT)) for future in later] == sizes
    assert gate.groups == [1, GROUP_DRAFTS, 1, GROUP_DRAFTS + 5, 2]


@pytest.mark.parametrize("bad", [{0}, {7}, {15}, {3, 4}, {0, 8, 15}, set(range(16))])
def test_a_refused_submission_fails_alone(bad: set[int]) -> None:
    store = MemoryStore()
    gate, sequencer, _ = held(store)
    later = [sequencer.submit([refused(i), wrong(i)] if i in bad else [refused(i)]) for i in range(16)]
    gate.through.set()
    sequencer.close()
    for i, future in enumerate(later):
        if i in bad:
            with pytest.raises(RefusedError, match="no release"):
                future.result(WAIT)
    kept = [future.result(WAIT)[0].index for i, future in enumerate(later) if i not in bad]
    assert kept == list(range(3, 3 + 16 - len(bad))), "contiguous, and in the order they came"
    assert len(store.rows) == 3 + 16 - len(bad), "nothing of a refused submission is stored"


def test_the_outcome_is_that_of_appending_one_by_one() -> None:
    """Two draws of one ordinal: whoever came first has it. What stood on a refused draw is refused as well."""
    gate, sequencer, _ = held(MemoryStore())
    asked = [[release(0)], [release(0)], [release(2)], [release(1)], [outcome(3)], [outcome(0)], [release(2)]]
    later = [sequencer.submit(drafts) for drafts in asked]
    gate.through.set()
    sequencer.close()
    assert [future.exception(WAIT) is None for future in later] == [True, False, False, True, True, False, True]

    alone = started(MemoryStore())
    alone.append([refused(0)])
    stood = []
    for drafts in asked:
        try:
            stood.append([receipt.leaf for receipt in alone.append(drafts)])
        except RefusedError:
            stood.append([])
    assert stood == [[r.leaf for r in future.result()] if future.exception() is None else [] for future in later]


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (UnavailableError("ledger.db: the disk is full", code="store.full", hint="Free it."), "store.full"),
        (ZeroDivisionError("a bug"), "ledger.stopped"),
    ],
)
def test_after_a_failed_commit_everything_waiting_and_later_fails(failure: Exception, code: str) -> None:
    store = MemoryStore()
    gate, sequencer, first = held(store)
    later = [sequencer.submit([refused(i)]) for i in range(8)]
    gate.failure = failure
    gate.through.set()
    with pytest.raises(SuyuanError) as failed:
        first.result(WAIT)
    assert failed.value.code == code
    raised = [future.exception(WAIT) for future in later]
    assert all(isinstance(error, UnavailableError) and error.code == "ledger.stopped" for error in raised)
    assert len({id(error) for error in raised}) == len(raised), "an exception of each caller's own"
    gate.failure = None  # The disk is well again; that does not undo what is not known.
    with pytest.raises(UnavailableError) as stopped:
        sequencer.append([refused(9)])
    assert stopped.value.code == "ledger.stopped"
    sequencer.close()
    assert len(store.rows) == 2


def test_those_who_shared_the_failed_commit_fail_and_those_before_keep_their_receipts() -> None:
    gate, sequencer, first = held(MemoryStore())
    good = [sequencer.submit([refused(i)]) for i in range(4)]
    gate.through.set()
    indexes = [future.result(WAIT)[0].index for future in (first, *good)]
    gate.failure = UnavailableError("gone", code="store.full")
    together = [sequencer.submit([refused(i)]) for i in range(4)]
    assert {type(future.exception(WAIT)) for future in together} == {UnavailableError}
    sequencer.close()
    assert indexes == [2, 3, 4, 5, 6]


def test_close_writes_what_waits_and_takes_no_more() -> None:
    gate, sequencer, _ = held(MemoryStore())
    later = [sequencer.submit([refused(i)]) for i in range(100)]
    closing = threading.Thread(target=sequencer.close)
    closing.start()
    gate.through.set()
    closing.join(WAIT)
    assert not closing.is_alive()
    assert [future.result(0)[0].index for future in later] == list(range(3, 103))
    with pytest.raises(UnavailableError) as closed:
        sequencer.submit([refused(1)])
    assert closed.value.code == "ledger.closed"
    sequencer.close()


def test_those_who_came_together_are_waited_for_and_one_alone_is_not() -> None:
    gate, sequencer, _ = held(MemoryStore(), gather_seconds=WAIT)
    together = [sequencer.submit([refused(i)]) for i in range(8)]
    gate.through.set()
    for future in together:
        future.result(WAIT)
    back = [sequencer.submit([refused(i)]) for i in range(7)]
    for turn in range(1, 8):
        assert not any(future.done() for future in back), f"written before the last one came back, turn {turn}"
        gate.came.clear()
        assert not gate.came.wait(0.005)
    back.append(sequencer.submit([refused(8)]))
    assert [future.result(WAIT)[0].index for future in back] == list(range(11, 19))
    left = sequencer.submit([refused(9)])
    sequencer.close()  # Closing waits for nobody who might still come.
    assert left.result(0)[0].index == 19
    assert gate.groups == [1, 8, 8, 1]


def test_a_pause_keeps_the_thread_from_writing_beside_another() -> None:
    store = MemoryStore()
    ledger = started(store)
    with Sequencer(ledger) as sequencer:
        sequencer.append([refused(1)])
        with sequencer.paused():
            waiting = [sequencer.submit([refused(i)]) for i in range(2, 6)]
            seal = ledger.seal(closing=False)
        assert [future.result(WAIT)[0].index for future in waiting] == [4, 5, 6, 7]
    assert seal.index == 3


def test_a_cancelled_submission_is_not_written() -> None:
    store = MemoryStore()
    gate, sequencer, _ = held(store)
    later = [sequencer.submit([refused(i)]) for i in range(3)]
    assert later[1].cancel()
    gate.through.set()
    sequencer.close()
    assert [later[0].result(WAIT)[0].index, later[2].result(WAIT)[0].index] == [3, 4]
    with pytest.raises(CancelledError):
        later[1].result(WAIT)
    assert len(store.rows) == 5


def test_asyncio_callers_await_their_receipts() -> None:
    ledger = started(MemoryStore())

    async def caller(number: int) -> int:
        drafts = [wrong(number)] if number % 10 == 0 else [refused(number)]
        return (await asyncio.wrap_future(sequencer.submit(drafts)))[0].index

    async def all_callers() -> list[int | BaseException]:
        return await asyncio.gather(*(caller(i) for i in range(256)), return_exceptions=True)

    with Sequencer(ledger) as sequencer:
        found = asyncio.run(all_callers())
    assert all(isinstance(each, RefusedError) == (i % 10 == 0) for i, each in enumerate(found))
    assert sorted(each for each in found if isinstance(each, int)) == list(range(2, 2 + 256 - 26))


def test_no_drafts_have_no_receipts() -> None:
    with Sequencer(started(MemoryStore())) as sequencer:
        assert len(sequencer.append([])) == 0
