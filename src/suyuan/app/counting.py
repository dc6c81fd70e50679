"""How far a step has come, in bytes, told to whoever waits for it."""

from suyuan.hold.rotation import Progress


class Counted:
    """Tells how many bytes of a step are done; called with each piece's size."""

    def __init__(self, progress: Progress | None, *, step: str, total: int) -> None:
        self._progress = progress
        self._step = step
        self._total = total
        self._done = 0

    def __call__(self, size: int) -> None:
        """Count some more."""
        self._done = min(self._done + size, self._total)
        if self._progress is not None:
            self._progress(self._step, self._done, self._total)
