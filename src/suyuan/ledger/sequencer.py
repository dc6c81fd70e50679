"""Group commit: many callers append at once, and those who wait together share one durable commit."""

import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from types import TracebackType
from typing import Final, NamedTuple, Protocol, TypeAlias

from suyuan.errors import RefusedError, SuyuanError, UnavailableError
from suyuan.ledger.log import Draft
from suyuan.ledger.receipt import Receipt

GROUP_DRAFTS: Final = 4096
"""A group takes no further submission once it would hold more entries than this."""

GATHER_SECONDS: Final = 0.002
"""How long the thread waits for those who came together before. A caller who is alone does not wait."""


class Appender(Protocol):
    """What the sequencer writes through: the ledger, which refuses a group whole and stores a group whole."""

    def append(self, drafts: Sequence[Draft]) -> Sequence[Receipt]:
        """See `Ledger.append`."""
        ...


Answer: TypeAlias = "Sequence[Receipt] | BaseException"
"""What becomes of a submission: the receipts of its entries, or why it has none."""


class Callers(Protocol):
    """Many callers who are told of their group all at once, such as the tasks of one event loop.

    Both methods are called by the sequencer's thread, and must not wait.
    """

    def waits(self, ticket: object) -> bool:
        """Say whether the caller with this ticket still waits: a submission that nobody waits for is not written."""
        ...

    def tell(self, answers: Sequence[tuple[object, Answer]]) -> None:
        """Take the answers to all their submissions in one group, in the order they came."""
        ...


class _Submission(NamedTuple):
    """Some drafts, and who waits: a thread for a future, or one of many callers with a ticket."""

    drafts: Sequence[Draft]
    ticket: object
    callers: Callers | None = None

    def taken(self) -> bool:
        """Say whether it is to be written; from here on a future cannot be cancelled."""
        if self.callers is not None:
            return self.callers.waits(self.ticket)
        return _future(self.ticket).set_running_or_notify_cancel()


class Sequencer:
    """Lets any number of threads append to one ledger; a single thread of its own writes.

    While a commit is on its way to the disk, submissions gather; the next commit takes them all, in the order
    they came. A receipt is given only after the commit that holds the entry is durable.

    Callers who got their receipts together come back together, a little apart; so the thread gathers for a moment
    before it takes a group smaller than the last.

    1. A refused submission fails alone: its group is halved until the refusal stands by itself. The outcome is
       the one that appending one by one would give.
    2. After any other failure nothing more is written: everything that waits, and everything later, fails.
    3. `close` writes what waits, then ends the thread.

    While it is open, nobody else appends to the ledger.
    Test: tests/unit/ledger/test_sequencer.py
    """

    __slots__ = (
        "_expected",
        "_failure",
        "_gather_seconds",
        "_ledger",
        "_open",
        "_thread",
        "_turn",
        "_waiting",
        "_wake",
    )

    def __init__(self, ledger: Appender, *, gather_seconds: float = GATHER_SECONDS) -> None:
        self._ledger = ledger
        self._gather_seconds = gather_seconds
        # How many submissions are worth a moment's wait: as many as came last, half as many after each smaller group.
        self._expected = 1
        self._turn = threading.Lock()
        self._waiting: deque[_Submission] = deque()
        self._wake = threading.Condition()
        self._open = True
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._write, name="suyuan-sequencer", daemon=True)
        self._thread.start()

    def submit(self, drafts: Sequence[Draft]) -> "Future[Sequence[Receipt]]":
        """Queue drafts that stand or fall together, at contiguous indexes; the future gives their receipts.

        Never waits for the disk. A future cancelled while it waits is not written; once its group is being written, it
        cannot be cancelled. Many callers on one event loop: `adapters.event_loop.LoopCallers`.

        The future raises:
            RefusedError: the ledger refuses these drafts; nothing of them is stored.
            UnavailableError: the commit failed, or an earlier one did; what has no receipt may or may not be stored.
        Raises: UnavailableError: closed (`ledger.closed`), or an earlier commit failed (`ledger.stopped`).
        """
        receipts: Future[Sequence[Receipt]] = Future()
        self._queue(_Submission(tuple(drafts), receipts))
        return receipts

    def submit_for(self, callers: Callers, *, ticket: object, drafts: Sequence[Draft]) -> None:
        """Queue drafts as `submit` does; `callers` are told of the ticket.

        Raises: UnavailableError: as `submit`.
        """
        self._queue(_Submission(tuple(drafts), ticket, callers))

    def _queue(self, submission: _Submission) -> None:
        with self._wake:
            if self._failure is not None:
                raise _stopped(self._failure)
            if not self._open:
                raise UnavailableError(
                    "the sequencer is closed", code="ledger.closed", hint="open the store again to append"
                )
            self._waiting.append(submission)
            if len(self._waiting) in (1, self._expected):
                self._wake.notify()

    def append(self, drafts: Sequence[Draft]) -> Sequence[Receipt]:
        """Append and wait until durable; see `submit`."""
        return self.submit(drafts).result()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Keep the thread from writing for the length of a block, whose code may append by itself: a seal, a rotation.

        Submissions gather meanwhile. Whatever the block appends stands before all of them.
        """
        with self._turn:
            yield

    def close(self) -> None:
        """Write everything that waits, then take no more. Safe to call again."""
        with self._wake:
            self._open = False
            self._wake.notify()
        self._thread.join()

    def __enter__(self) -> "Sequencer":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _write(self) -> None:
        while group := self._next_group():
            answers: list[Answer] = []
            try:
                with self._turn:
                    self._commit(group, answers=answers)
            except BaseException as error:  # Whatever it was, what the disk holds is unknown: stop.
                self._stop(error, group=group, answers=answers)
                return
            _tell(group, answers=answers)

    def _next_group(self) -> list[_Submission]:
        """Wait for submissions and take them, up to `GROUP_DRAFTS` entries; none once closed and drained."""
        with self._wake:
            while True:
                if self._waiting and len(self._waiting) < self._expected and self._open:
                    self._wake.wait_for(self._gathered, timeout=self._gather_seconds)
                group: list[_Submission] = []
                entries = 0
                while self._waiting and (not group or entries + len(self._waiting[0].drafts) <= GROUP_DRAFTS):
                    taken = self._waiting.popleft()
                    if taken.taken():
                        group.append(taken)
                        entries += len(taken.drafts)
                if group or not self._open:
                    self._expected = max(len(group), self._expected // 2, 1)
                    return group
                self._wake.wait()

    def _gathered(self) -> bool:
        return len(self._waiting) >= self._expected or not self._open

    def _commit(self, group: Sequence[_Submission], *, answers: list[Answer]) -> None:
        """Append a group in one commit; where it is refused, each half by itself. Adds an answer for each, in order."""
        try:
            receipts = self._ledger.append([draft for submission in group for draft in submission.drafts])
        except RefusedError as error:
            if len(group) == 1:
                answers.append(error)
                return
            middle = len(group) // 2
            self._commit(group[:middle], answers=answers)
            self._commit(group[middle:], answers=answers)
            return
        start = 0
        for submission in group:
            end = start + len(submission.drafts)
            answers.append(receipts[start:end])
            start = end

    def _stop(self, error: BaseException, *, group: Sequence[_Submission], answers: list[Answer]) -> None:
        with self._wake:
            self._failure = error
            waiting = [each for each in self._waiting if each.taken()]
            self._waiting.clear()
        answers += [_as_failure(error) for _ in group[len(answers) :]]
        _tell((*group, *waiting), answers=(*answers, *(_stopped(error) for _ in waiting)))


def _future(ticket: object) -> "Future[Sequence[Receipt]]":
    assert isinstance(ticket, Future)
    return ticket


def _tell(group: Sequence[_Submission], *, answers: Sequence[Answer]) -> None:
    """Tell everyone what became of their drafts; those who came by the same callers at once."""
    together: dict[Callers, list[tuple[object, Answer]]] = {}
    for (_, ticket, callers), answer in zip(group, answers, strict=True):
        if callers is not None:
            together.setdefault(callers, []).append((ticket, answer))
        elif isinstance(answer, BaseException):
            _future(ticket).set_exception(answer)
        else:
            _future(ticket).set_result(answer)
    for callers, theirs in together.items():
        callers.tell(theirs)


def _as_failure(error: BaseException) -> BaseException:
    """Give each waiting caller an exception of its own: one that is raised in several threads mixes their traces."""
    if not isinstance(error, SuyuanError):
        return _stopped(error)
    own = type(error)(str(error), code=error.code, hint=error.hint)
    own.__cause__ = error
    return own


def _stopped(error: BaseException) -> UnavailableError:
    stopped = UnavailableError(
        "an earlier append failed; the ledger takes no more until reopened",
        code="ledger.stopped",
        hint="free the disk, then start again; entries with a receipt are safe",
    )
    stopped.__cause__ = error
    return stopped
