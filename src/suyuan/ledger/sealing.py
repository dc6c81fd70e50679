"""When the log is sealed: after so many entries or seconds, and when an epoch has lasted long enough."""

from dataclasses import dataclass
from enum import StrEnum

from suyuan.errors import RefusedError


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
        """Give the seal that is due; never one over nothing but other seals."""
        if standing.epoch_entries and standing.epoch_seconds >= self.epoch_seconds:
            return Due.CLOSING
        if standing.entries and (standing.entries >= self.entries or standing.seconds >= self.seconds):
            return Due.INTERIM
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What stands unsealed: entries and seconds since the last seal, and the same since the last closing one.

    Before the first seal, time counts from the first entry.
    """

    entries: int
    seconds: float
    epoch_entries: int
    epoch_seconds: float
