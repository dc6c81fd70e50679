"""When the log is sealed: after so many entries or seconds, and when an epoch has lasted long enough."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from suyuan.errors import RefusedError

BEHIND_SECONDS: Final = 300
"""Clocks that are right differ by less."""


class Due(StrEnum):
    """The sort of seal that is due."""

    INTERIM = "interim"
    CLOSING = "closing"


@dataclass(frozen=True, slots=True, kw_only=True)
class SealPolicy:
    """How long entries may stand unsealed, and how long a person's label stays the same.

    Args:
        entries: entries after the last seal at which the next is due.
        seconds: the time after the last seal at which the next is due.
        epoch_seconds: the time after the last closing seal at which the epoch ends.
    Raises: RefusedError: one of them is less than 1.
    """

    entries: int = 65_536
    seconds: int = 600
    epoch_seconds: int = 86_400

    def __post_init__(self) -> None:
        if min(self.entries, self.seconds, self.epoch_seconds) < 1:
            raise RefusedError("a seal policy counts from 1 on")

    def due(self, standing: "Standing") -> Due | None:
        """Give the seal that is due; never one over nothing but other seals.

        Where the clock stands behind the entries they show no time that passes: then seals are due at once, and an
        epoch ends by the count of its entries.
        """
        timeless = standing.behind_seconds > BEHIND_SECONDS
        aged = standing.epoch_seconds >= self.epoch_seconds or (timeless and standing.epoch_entries >= self.entries)
        if standing.epoch_entries and aged:
            return Due.CLOSING
        waited = standing.entries >= self.entries or standing.seconds >= self.seconds or timeless
        return Due.INTERIM if standing.entries and waited else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What stands unsealed: entries and seconds since the last seal, and the same since the last closing one.

    Before the first seal, time counts from the first entry.
    """

    entries: int
    seconds: float
    epoch_entries: int
    epoch_seconds: float
    behind_seconds: float = 0
    """How far the clock stands behind the last entry: it was set forward once, and back."""
