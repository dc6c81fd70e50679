"""A bar for steps that take longer than a second, on standard error, and only where a person looks at it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock, Timer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

PATIENCE_SECONDS = 1.0


class Bars:
    """Shows how far each step has come; called as `release.ports.Progress` asks.

    What has not ended after a second is drawn by a timer: a step that says nothing for long is seen all the same.
    """

    def __init__(self) -> None:
        self._steps: dict[str, tuple[int, int | None]] = {}
        self._tasks: dict[str, TaskID] = {}
        self._shown: Progress | None = None
        self._timer: Timer | None = None
        self._closed = False
        self._lock = RLock()
        self._watched = sys.stderr.isatty()

    def __call__(self, step: str, done: int, total: int) -> None:
        """Say that `done` of `total` of a step are finished."""
        self._take(step, done=done, total=total)

    def wait(self, step: str) -> None:
        """Announce a step that cannot say how far it has come; it ends where the next one begins."""
        self._take(step, done=0, total=None)

    def close(self) -> None:
        """Take the bars away."""
        with self._lock:
            self._closed = True
            if self._timer is not None:
                self._timer.cancel()
            if self._shown is not None:
                self._shown.stop()

    def _take(self, step: str, *, done: int, total: int | None) -> None:
        if not self._watched:
            return
        with self._lock:
            for other in [name for name, (_, end) in self._steps.items() if end is None and name != step]:
                del self._steps[other]
                if self._shown is not None and other in self._tasks:
                    self._shown.remove_task(self._tasks.pop(other))
            self._steps[step] = (done, total)
            if self._shown is not None:
                self._draw(self._shown, step=step)
            elif self._timer is None and not self._closed:
                self._timer = Timer(PATIENCE_SECONDS, self._show)
                self._timer.daemon = True
                self._timer.start()

    def _show(self) -> None:
        with self._lock:
            self._timer = None
            going = [step for step, (done, total) in self._steps.items() if total is None or done < total]
            if self._closed or not going:
                return
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

            self._shown = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                TaskProgressColumn(),
                TimeRemainingColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            self._shown.start()
            for step in going:
                self._draw(self._shown, step=step)

    def _draw(self, shown: "Progress", *, step: str) -> None:
        done, total = self._steps[step]
        if step not in self._tasks:
            self._tasks[step] = shown.add_task(step, total=total)
        shown.update(self._tasks[step], completed=done, total=total)


@contextmanager
def bars() -> Iterator[Bars]:
    """Give bars that are gone when the block ends, however it ends."""
    shown = Bars()
    try:
        yield shown
    finally:
        shown.close()
