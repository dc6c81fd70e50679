"""What counts of every copy, as columns: fixed before a mark is read, and spent by the opening that reads it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from suyuan.mark.tally import distinct

Whole = npt.NDArray[np.int64]

NOTHING = -1
"""The lane of a channel that does not count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reads:
    """The channels that count in each copy, shape (copies, channels), channels in ascending order.

    `lanes` holds the lane of a field's marks; for omission the rate, in rows left out of 65,536; `NOTHING` elsewhere.
    """

    channels: tuple[str, ...]
    lanes: Whole

    def __len__(self) -> int:
        return len(self.lanes)

    @classmethod
    def of_copies(cls, copies: Sequence[Mapping[str, int]]) -> "Reads":
        """Take the channels copy by copy."""
        channels = tuple(sorted(set().union(*copies))) if copies else ()
        rows = [[copy.get(channel, NOTHING) for channel in channels] for copy in copies]
        return cls(channels=channels, lanes=np.array(rows, dtype=np.int64).reshape(len(copies), len(channels)))

    def counting(self, channel: str) -> npt.NDArray[np.bool_]:
        """Give in which copies a channel counts."""
        if channel not in self.channels:
            return np.zeros(len(self.lanes), dtype=np.bool_)
        return np.asarray(self.lanes[:, self.channels.index(channel)] != NOTHING)

    def of(self, copy: int) -> dict[str, int]:
        """Give what counts in one copy."""
        lanes = zip(self.channels, self.lanes[copy].tolist(), strict=True)
        return {channel: lane for channel, lane in lanes if lane != NOTHING}

    def patterns(self) -> tuple[list[dict[str, int]], Whole]:
        """Give the distinct readings, and which of them each copy has."""
        if not len(self.lanes) or not self.channels:
            return [{}], np.zeros(len(self.lanes), dtype=np.int64)
        which = np.zeros(len(self.lanes), dtype=np.int64)
        for lanes in self.lanes.T:
            found, lane = distinct(lanes - NOTHING)
            _, which = distinct(which * len(found) + lane)
        first = np.empty(int(which.max()) + 1, dtype=np.int64)
        first[which[::-1]] = np.arange(len(which) - 1, -1, -1)
        return [self.of(place) for place in first.tolist()], which
