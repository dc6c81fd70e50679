"""What waits for the thread that owns the store: jobs, and requests for the door."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Generic, TypeAlias, TypeVar

from suyuan.app import Store
from suyuan.release.door import Door
from suyuan.web.groups import Ask, Given

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A store with its door, as the thread that owns them sees them."""

    store: Store
    door: Door


Opening: TypeAlias = Callable[[], AbstractContextManager[Store]]


@dataclass(slots=True)
class Job(Generic[T]):
    """Something to be done with the open store by the thread that owns it."""

    work: Callable[[Opened], T]
    done: Future[T] = field(default_factory=Future)

    def run(self, opened: Opened) -> BaseException | None:
        """Do it; give what went wrong."""
        if not self.done.set_running_or_notify_cancel():
            return None
        try:
            with opened.door.lock:
                self.done.set_result(self.work(opened))
        except BaseException as error:
            self.done.set_exception(error)
            return error
        return None


@dataclass(slots=True)
class Waiting:
    """A request for the door, and the task that waits for its answer."""

    ask: Ask
    told: "asyncio.Future[Given]"
