"""A bar for steps that take longer than a second, on standard error, and only where a person looks at it."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

PATIENCE_SECONDS = 1.0


class Bars:
    """Shows how far each step has come; called as `release.ports.Progress` asks."""

    def __init__(self) -> None:
        self._started: dict[str, float] = {}
        self._tasks: dict[str, TaskID] = {}
        self._shown: Progress | None = None
        self._watched = sys.stderr.isatty()

    def __call__(self, step: str, done: int, total: int) -> None:
        """Say that `done` of `total` of a step are finished."""
        if not self._watched:
            return
        now = time.monotonic()
        begun = self._started.setdefault(step, now)
        if self._shown is None and now - begun < PATIENCE_SECONDS:
            return
        bars = self._bars()
        if step not in self._tasks:
            self._tasks[step] = bars.add_task(step, total=total)
        bars.update(self._tasks[step], completed=done, total=total)

    def wait(self, step: str) -> None:
        """Announce a step that cannot say how far it has come."""
        if self._watched:
            self._tasks[step] = self._bars().add_task(step, total=None)

    def close(self) -> None:
        """Take the bars away."""
        if self._shown is not None:
            self._shown.stop()

    def _bars(self) -> "Progress":
        if self._shown is None:
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
        return self._shown


@contextmanager
def bars() -> Iterator[Bars]:
    """Give bars that are gone when the block ends, however it ends."""
    shown = Bars()
    try:
        yield shown
    finally:
        shown.close()
