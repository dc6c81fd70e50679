"""Callers on one event loop: each has the receipts of its own drafts, and the loop is woken once for a group."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from tests.ledger_world import MemoryStore, digest, started

from suyuan.adapters.event_loop import LoopCallers
from suyuan.errors import RefusedError, UnavailableError
from suyuan.ledger import Draft, Ledger, OutcomeEntry, Receipt, RefuseEntry, parse_entry
from suyuan.ledger.sequencer import Sequencer
from suyuan.terms import LeafIndex

WAIT = 60


def refused(number: int) -> Draft:
    return Draft(body=RefuseEntry(commitment=digest(number), recipient=digest(4)))


def wrong(number: int) -> Draft:
    """A draft the ledger refuses: entry 0 is its law, so no outcome can be of it."""
    return Draft(body=OutcomeEntry(commitment=digest(number), release=LeafIndex(0)))


class Gate:
    """A ledger whose appends wait until let through, or fail."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.came, self.through = threading.Event(), threading.Event()
        self.failure: Exception | None = None

    def append(self, drafts: Sequence[Draft]) -> Sequence[Receipt]:
        self.came.set()
        assert self.through.wait(WAIT)
        if self.failure is not None:
            raise self.failure
        return self.ledger.append(drafts)


async def held(callers: LoopCallers, *, gate: Gate) -> "asyncio.Task[Sequence[Receipt]]":
    """Keep the sequencer busy with a first submission: whatever comes now waits together."""
    first = asyncio.create_task(callers.append([refused(0)]))
    assert await asyncio.to_thread(gate.came.wait, WAIT)
    return first


def tasks(callers: LoopCallers, *, drafts: Sequence[Draft]) -> "list[asyncio.Task[Sequence[Receipt]]]":
    return [asyncio.create_task(callers.append([draft])) for draft in drafts]


def test_each_task_has_its_own_receipts_and_a_refusal_is_its_own() -> None:
    async def caller(callers: LoopCallers, number: int) -> int:
        [receipt] = await callers.append([wrong(number) if number % 10 == 0 else refused(number)])
        body = parse_entry(receipt.leaf).body
        assert isinstance(body, RefuseEntry)
        assert body.commitment == digest(number)
        return receipt.index

    async def all_callers() -> list[int | BaseException]:
        callers = LoopCallers(sequencer)
        return await asyncio.gather(*(caller(callers, i) for i in range(256)), return_exceptions=True)

    with Sequencer(started(MemoryStore())) as sequencer:
        found = asyncio.run(all_callers())
    assert all(isinstance(each, RefusedError) == (i % 10 == 0) for i, each in enumerate(found))
    assert sorted(each for each in found if isinstance(each, int)) == list(range(2, 2 + 256 - 26))


def test_the_loop_is_woken_once_for_a_group(monkeypatch: pytest.MonkeyPatch) -> None:
    gate = Gate(started(MemoryStore()))

    async def all_callers() -> tuple[int, list[Sequence[Receipt]]]:
        wakes: list[object] = []
        loop, callers = asyncio.get_running_loop(), LoopCallers(sequencer)
        first = await held(callers, gate=gate)
        wake = loop.call_soon_threadsafe

        def counted(act: Callable[..., object], *arguments: Any, **more: Any) -> asyncio.Handle:
            wakes.append(act)
            return wake(act, *arguments, **more)

        monkeypatch.setattr(loop, "call_soon_threadsafe", counted)
        later = tasks(callers, drafts=[refused(i) for i in range(1, 256)])
        await asyncio.sleep(0)
        gate.through.set()
        found = await asyncio.gather(first, *later)
        return len(wakes), found

    with Sequencer(gate, gather_seconds=0) as sequencer:
        wakes, receipts = asyncio.run(all_callers())
    assert wakes == 2
    assert [each[0].index for each in receipts] == list(range(2, 258)), "in the order they came"


def test_a_cancelled_task_withdraws_what_waits_and_not_what_is_being_written() -> None:
    store = MemoryStore()
    gate = Gate(started(store))

    async def all_callers() -> list[Any]:
        callers = LoopCallers(sequencer)
        first = await held(callers, gate=gate)
        later = tasks(callers, drafts=[refused(1), refused(2), refused(3)])
        await asyncio.sleep(0)
        first.cancel()
        later[1].cancel()
        await asyncio.sleep(0)
        gate.through.set()
        return await asyncio.gather(first, *later, return_exceptions=True)

    with Sequencer(gate, gather_seconds=0) as sequencer:
        first, one, two, three = asyncio.run(all_callers())
    assert isinstance(first, asyncio.CancelledError)
    assert isinstance(two, asyncio.CancelledError)
    assert [one[0].index, three[0].index] == [3, 4], "entry 2 was being written"
    assert len(store.rows) == 5


def test_after_a_failed_commit_every_task_fails() -> None:
    gate = Gate(started(MemoryStore()))
    gate.failure = UnavailableError("ledger.db: the disk is full", code="store.full")

    async def all_callers() -> list[Any]:
        callers = LoopCallers(sequencer)
        first = await held(callers, gate=gate)
        later = tasks(callers, drafts=[refused(1), refused(2)])
        await asyncio.sleep(0)
        gate.through.set()
        found = await asyncio.gather(first, *later, return_exceptions=True)
        with pytest.raises(UnavailableError):
            await callers.append([refused(3)])
        return found

    with Sequencer(gate, gather_seconds=0) as sequencer:
        found = asyncio.run(all_callers())
    assert [error.code for error in found] == ["store.full", "ledger.stopped", "ledger.stopped"]


def test_a_loop_that_has_ended_holds_nobody_up() -> None:
    store = MemoryStore()
    gate = Gate(started(store))

    async def leaves() -> None:
        await held(LoopCallers(sequencer), gate=gate)

    with Sequencer(gate) as sequencer:
        asyncio.run(leaves())
        gate.through.set()
        [receipt] = sequencer.append([refused(1)])
    assert receipt.index == 3
    assert len(store.rows) == 4
