"""The open store behind the server: one thread owns it, works for everybody, and opens it anew when it fails."""

import asyncio
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, suppress
from functools import partial
from http import HTTPStatus
from typing import Any, Final, TypeVar

from suyuan.errors import SuyuanError, UnavailableError, VerificationError
from suyuan.web.groups import Ask, Given, answer_group
from suyuan.web.logs import Log
from suyuan.web.measures import Measures
from suyuan.web.problems import RequestError
from suyuan.web.waiting import Job, Opened, Opening, Waiting

GROUP: Final = 64
"""How many requests share one append at most."""

GATHER_SECONDS: Final = 0.002
"""How long the door waits for those who came together before."""

WAITING: Final = 4096
"""How many requests may wait for the door; whoever comes then is told to come again."""

BESIDE: Final = 16
"""How many files and the like may wait for their turn: each holds the rows that came with it."""

REOPEN_SECONDS: Final = (0.2, 0.5, 1.0, 2.0, 5.0)
"""How long it waits before it opens a failed store again, the first time, the second..., and from then on."""

KEYS_AHEAD: Final = 4 * GROUP
"""How many row keys are kept ahead of the look-ups: when fewer are left, the next pool is drawn beside them."""

DUE_SECONDS: Final = 3600.0
"""How often it is counted whose time is over."""

_OF_THE_STORE: Final = ("store.", "ledger.stopped", "ledger.closed", "clock.")

T = TypeVar("T")


class Site:
    """Answers requests from the one store. `lookup` and `run` are for tasks of one event loop.

    Whoever asks while the store is not open is told to try again. A store whose ledger has stopped is closed and
    opened anew: only that shows what the disk or the database really holds.
    """

    def __init__(
        self, opening: Opening, *, log: Log, measures: Measures, publish_seconds: float, loop: asyncio.AbstractEventLoop
    ) -> None:
        self._opening = opening
        self._log = log
        self._measures = measures
        self._publish_seconds = publish_seconds
        self._loop = loop
        self._turn = threading.Condition()
        self._asks: deque[Waiting] = deque()
        self._jobs: deque[Job[Any]] = deque()  # Any: each job's own answer.
        self._stopping = False
        self._open = False
        self._jobs_turn = True
        self._together = 0
        self._store: Opened | None = None
        self._failed: BaseException | None = None
        self._beside = ThreadPoolExecutor(max_workers=1, thread_name_prefix="suyuan-bulk")
        self._beside_waiting = 0
        self._beside_running = False
        self._ahead = ThreadPoolExecutor(max_workers=1, thread_name_prefix="suyuan-ahead")
        self._drawing: Future[None] | None = None
        self._counting: Future[None] | None = None
        self._counted = -math.inf
        self._first: Future[None] = Future()
        self._thread = threading.Thread(target=self._live, name="suyuan-door")

    @property
    def ready(self) -> bool:
        """Whether the store is open."""
        return self._open

    async def start(self) -> None:
        """Open the store for the first time.

        Raises: SuyuanError: it cannot be opened.
        """
        self._thread.start()
        await asyncio.wrap_future(self._first)

    async def stop(self) -> None:
        """Answer who still waits, settle, publish and close."""
        with self._turn:
            self._stopping = True
            self._turn.notify()
        await asyncio.to_thread(self._thread.join)
        self._beside.shutdown()
        self._ahead.shutdown()

    async def ask(self, ask: Ask) -> Given:
        """Ask the door; who asks at the same time shares one append to the ledger.

        Raises: SuyuanError: as the door says. RequestError `serve.busy`: too many wait already.
        """
        told: asyncio.Future[Given] = self._loop.create_future()
        with self._turn:
            self._require_room(len(self._asks), most=WAITING)
            self._asks.append(Waiting(ask, told))
            self._turn.notify()
        return await told

    async def run(self, work: Callable[[Opened], T]) -> T:
        """Do something with the open store, alone with it.

        Raises: as `work`. RequestError `serve.busy`: as `ask`.
        """
        job: Job[T] = Job(work)
        with self._turn:
            self._require_room(len(self._jobs), most=WAITING)
            self._jobs.append(job)
            self._turn.notify()
        return await asyncio.wrap_future(job.done)

    async def run_beside(self, work: Callable[[Opened], T]) -> T:
        """Do something long in a thread of its own, beside the look-ups: one such thing at a time.

        `work` holds the door's lock where it writes other than through the door.

        Raises: as `run`.
        """
        with self._turn:
            self._require_room(self._beside_waiting, most=BESIDE)
            self._beside_waiting += 1
        try:
            return await self._loop.run_in_executor(self._beside, self._run_beside, work)
        finally:
            with self._turn:
                self._beside_waiting -= 1

    def _run_beside(self, work: Callable[[Opened], T]) -> T:
        with self._turn:
            opened = self._store
            if opened is None or not self._open:
                raise closed()
            self._beside_running = True
        try:
            return work(opened)
        except UnavailableError as error:
            if _is_fatal(error):
                self._failed = error
            raise
        finally:
            with self._turn:
                self._beside_running = False
                self._turn.notify_all()

    def _require_room(self, waiting: int, *, most: int) -> None:
        if not self._open or self._stopping:
            raise closed()
        if waiting >= most:
            raise RequestError(
                "too many requests wait already",
                status=HTTPStatus.SERVICE_UNAVAILABLE,
                code="serve.busy",
                retry_seconds=1,
            )

    def _live(self) -> None:
        """Own the store: open it, work, and open it again after a failure, until told to stop."""
        failures = 0
        while True:
            try:
                with ExitStack() as stack:
                    store = stack.enter_context(self._opening())
                    opened = Opened(store=store, door=stack.enter_context(store.door()))
                    self._opened(opened)
                    failed = self._work(opened)
                    self._closing()
                    if failed is None:
                        return
                    failures = 0
            except SuyuanError as error:
                # Opening, or settling and publishing at the end: what was acknowledged is durable all the same.
                self._closing()
                self._log.trouble("serve.store_failed", code=error.code, fault=type(error).__name__)
                if not self._first.done():
                    self._first.set_exception(error)
                    return
            except BaseException as error:
                self._closing()
                self._log.trouble("serve.fault", fault=type(error).__name__)
                if not self._first.done():
                    self._first.set_exception(error)
                    return
            with self._turn:
                if self._stopping or self._turn.wait_for(lambda: self._stopping, _pause(failures)):
                    return
            failures += 1
            self._measures.reopened.inc()

    def _opened(self, opened: Opened) -> None:
        with self._turn:
            self._store, self._failed = opened, None
            self._open = True
        self._measures.ready.set(1)
        if not self._first.done():
            self._first.set_result(None)
        self._log.note("serve.opened")

    def _closing(self) -> None:
        """Take no more, and send away whoever still waits: nothing of theirs was begun."""
        with self._turn:
            self._open = False
            # What runs beside is let to its end: the store is not closed under it.
            self._turn.wait_for(lambda: not self._beside_running)
            self._store = None
            ahead = [one for one in (self._drawing, self._counting) if one is not None]
            self._drawing = self._counting = None
        wait(ahead)
        with self._turn:
            asks, self._asks = list(self._asks), deque()
            jobs, self._jobs = list(self._jobs), deque()
        self._measures.ready.set(0)
        if asks:
            self._tell([(waiting, closed()) for waiting in asks])
        for job in jobs:
            if job.done.set_running_or_notify_cancel():
                job.done.set_exception(closed())

    def _work(self, opened: Opened) -> BaseException | None:
        """Work until told to stop (None) or until something fails that only opening anew can mend."""
        published = time.monotonic()
        while True:
            group, job, stopping = self._next(published + self._publish_seconds)
            failed: BaseException | None = None
            if group:
                failed = self._answer(group, opened=opened)
            elif job is not None:
                failed = job.run(opened)
            elif stopping:
                return None
            if _is_fatal(failed):
                return failed
            if (not group and job is None) or time.monotonic() > published + 2 * self._publish_seconds:
                failed = self._publish(opened)
                published = time.monotonic()
                if _is_fatal(failed):
                    return failed

    def _next(self, until: float) -> tuple[list[Waiting], Job[Any] | None, bool]:
        """Wait for work, at most until it is time to publish; requests and other jobs take turns."""
        with self._turn:
            while not self._asks and not self._jobs and not self._stopping:
                left = until - time.monotonic()
                if left <= 0 or not self._turn.wait(left):
                    return [], None, False
            self._measures.waiting.set(len(self._asks))
            if self._jobs and (not self._asks or self._jobs_turn):
                self._jobs_turn = False
                return [], self._jobs.popleft(), self._stopping
            self._jobs_turn = True
            self._gather()
            group = [self._asks.popleft() for _ in range(min(GROUP, len(self._asks)))]
            self._together = len(group)
            return group, None, self._stopping

    def _gather(self) -> None:
        """Wait a moment for those who were answered just now and ask again: they share a commit with who waits already.

        Whoever is alone does not wait.
        """
        if self._together < 2 and len(self._asks) < 2:
            return
        wanted, end = min(GROUP, len(self._asks) + self._together), time.monotonic() + GATHER_SECONDS
        while len(self._asks) < wanted and not self._stopping:
            left = end - time.monotonic()
            if left <= 0:
                return
            self._turn.wait(left)

    def _answer(self, group: Sequence[Waiting], *, opened: Opened) -> BaseException | None:
        """Answer a group; give what failed for all of them, if something did."""
        live = [waiting for waiting in group if not waiting.told.cancelled()]
        begun = time.perf_counter()
        try:
            answers: Sequence[Given | BaseException] = answer_group(opened, asks=[one.ask for one in live])
        except BaseException as error:
            answers = [error] * len(live)
        self._measures.groups.observe(len(live))
        self._measures.group_seconds.observe(time.perf_counter() - begun)
        self._tell(list(zip(live, answers, strict=True)))
        self._draw_ahead(opened)
        return next((one for one in answers if isinstance(one, BaseException) and _is_fatal(one)), None)

    def _draw_ahead(self, opened: Opened) -> None:
        """Let the next pool of row keys be drawn beside the look-ups, before they need it."""
        ahead = min(KEYS_AHEAD, opened.store.settings.row_keys_per_pool)
        if opened.door.row_keys.left >= ahead or (self._drawing is not None and not self._drawing.done()):
            return
        self._drawing = self._ahead.submit(self._beside_door, partial(opened.door.row_keys.refill, opened.door.lock))

    def _count_due(self, opened: Opened) -> None:
        if time.monotonic() < self._counted + DUE_SECONDS or (self._counting and not self._counting.done()):
            return
        self._counted = time.monotonic()
        self._counting = self._ahead.submit(self._beside_door, partial(self._tell_due, opened))

    def _tell_due(self, opened: Opened) -> None:
        due = opened.store.retention().due()
        self._measures.due.set(len(due.over))
        self._measures.frozen.set(len(due.frozen))

    def _beside_door(self, work: Callable[[], None]) -> None:
        """Do what nobody waits for; where it fails, whoever needs it meets the failure."""
        try:
            work()
        except Exception as error:
            code = error.code if isinstance(error, SuyuanError) else SuyuanError.code
            self._log.trouble("serve.beside_failed", code=code, fault=type(error).__name__)

    def _publish(self, opened: Opened) -> BaseException | None:
        try:
            with opened.door.lock:
                opened.door.settle()
                opened.store.publish()
                used = opened.door.budgets.use()
            for purpose, part in used.items():
                self._measures.budgets.labels(purpose).set(part)
            self._measures.ledger.set(opened.store.ledger.size)
            self._count_due(opened)
        except VerificationError:
            # What was published is not what is stored: nothing more is let out until opening finds it right again.
            raise
        except SuyuanError as error:
            self._log.trouble("serve.publish_failed", code=error.code)
            return error
        return None

    def _tell(self, answers: list[tuple[Waiting, "Given | BaseException"]]) -> None:
        """Wake the event loop once for all answers."""
        with suppress(RuntimeError):  # The loop was closed: nobody waits any more.
            self._loop.call_soon_threadsafe(_resolve, answers)


def closed() -> UnavailableError:
    """Give the answer to who asks while the store is not open."""
    return UnavailableError("the store is not open at the moment", code="serve.closed")


def _resolve(answers: list[tuple[Waiting, "Given | BaseException"]]) -> None:
    for waiting, answer in answers:
        if waiting.told.done():
            continue
        if isinstance(answer, BaseException):
            waiting.told.set_exception(answer)
        else:
            waiting.told.set_result(answer)


def _is_fatal(answer: object) -> bool:
    """Say whether only opening the store anew can mend it. What is refused, or fails for one request, is answered."""
    return isinstance(answer, UnavailableError) and answer.code.startswith(_OF_THE_STORE)


def _pause(failures: int) -> float:
    return REOPEN_SECONDS[min(failures, len(REOPEN_SECONDS) - 1)]
