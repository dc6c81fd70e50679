"""Callers on one asyncio event loop before a sequencer: a group of receipts wakes the loop once, not each by itself."""

import asyncio
from collections.abc import Sequence
from typing import cast

from suyuan.ledger import Draft, Receipt
from suyuan.ledger.sequencer import Answer, Sequencer


class LoopCallers:
    """Lets any number of tasks of one event loop append by a sequencer.

    A task that is cancelled while its drafts wait withdraws them; once their group is being written, they may stand in
    the ledger without a receipt.
    Test: tests/unit/adapters/test_event_loop.py
    """

    __slots__ = ("_loop", "_sequencer")

    def __init__(self, sequencer: Sequencer) -> None:
        """Take the sequencer, in the running loop.

        Raises: RuntimeError: no event loop is running in this thread.
        """
        self._sequencer = sequencer
        self._loop = asyncio.get_running_loop()

    async def append(self, drafts: Sequence[Draft]) -> Sequence[Receipt]:
        """Append drafts that stand or fall together, and wait until they are durable; see `Sequencer.submit`."""
        receipts: asyncio.Future[Sequence[Receipt]] = self._loop.create_future()
        self._sequencer.submit_for(self, ticket=receipts, drafts=drafts)
        return await receipts

    def waits(self, ticket: object) -> bool:
        """See `ledger.sequencer.Callers`; a read of one word, which any thread may do."""
        return not _future(ticket).cancelled()

    def tell(self, answers: Sequence[tuple[object, Answer]]) -> None:
        """See `ledger.sequencer.Callers`."""
        try:
            self._loop.call_soon_threadsafe(_resolve, answers)
        except RuntimeError:
            return  # The loop was closed: nobody waits any more.


def _resolve(answers: Sequence[tuple[object, Answer]]) -> None:
    for ticket, answer in answers:
        receipts = _future(ticket)
        if receipts.done():
            continue
        if isinstance(answer, BaseException):
            receipts.set_exception(answer)
        else:
            receipts.set_result(answer)


def _future(ticket: object) -> "asyncio.Future[Sequence[Receipt]]":
    # A ticket is what `append` made; the sequencer only hands it back.
    return cast("asyncio.Future[Sequence[Receipt]]", ticket)
