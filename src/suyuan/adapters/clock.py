"""The machine's clock, held against a clock that nobody can set."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from suyuan.errors import UnavailableError

JUMP_SECONDS: Final = 120.0
"""How far the clock may drift from the machine's own count of seconds before it is taken to have been set."""


def _since_boot() -> float:
    """Give the seconds since the machine started, sleep included; no user can set them."""
    # Without CLOCK_BOOTTIME (it is Linux's) a machine that slept looks like one whose clock was set: it has to be reopened.
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


class SystemClock:
    """Gives the time in UTC, and refuses once the clock was set while it ran."""

    __slots__ = ("_boot", "_boot_start", "_wall", "_wall_start")

    def __init__(self, *, wall: Callable[[], float] = time.time, boot: Callable[[], float] = _since_boot) -> None:
        self._wall = wall
        self._boot = boot
        self._wall_start = wall()
        self._boot_start = boot()

    def now(self) -> datetime:
        """Give the present time.

        Raises: UnavailableError: `clock.jumped`, it moved by more than two minutes beyond what really passed.
        """
        wall = self._wall()
        moved = (wall - self._wall_start) - (self._boot() - self._boot_start)
        if abs(moved) > JUMP_SECONDS:
            by, way = timedelta(seconds=round(abs(moved))), "forward" if moved > 0 else "back"
            raise UnavailableError(
                f"the machine's clock was set {way} by {by} while suyuan ran; nothing more is written",
                code="clock.jumped",
                hint="see that the clock is right, then start again",
            )
        return datetime.fromtimestamp(wall, UTC)
