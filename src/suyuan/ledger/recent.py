"""What was appended last, as it was handed to the store: what is read back for a seal or a tile is held against it."""

import threading
from collections.abc import Sequence
from typing import Final

from suyuan.errors import VerificationError

KEPT: Final = 65_536
"""How many leaves are remembered. By then most of them are published, and their hashes stand in tiles."""


class Recent:
    """Remembers the leaves of the last appends, so that no bit that turned in between is signed.

    Source: the end of the CT logs Yeti 2022 and Nimbus 2018, whose stored entries were not what they had promised.
    Test: tests/unit/ledger/test_recent.py
    """

    __slots__ = ("_end", "_leaves", "_start", "_turn")

    def __init__(self) -> None:
        # Leaf i stands at i modulo `KEPT`; those of [start, end) are there.
        self._leaves: list[bytes] = [b""] * KEPT
        self._start = self._end = 0
        self._turn = threading.Lock()

    def take(self, leaves: Sequence[bytes], *, first: int) -> None:
        """Remember what was stored from index `first` on."""
        end = first + len(leaves)
        with self._turn:
            for start, stop, place in _places(max(first, end - KEPT), end):
                self._leaves[place : place + stop - start] = leaves[start - first : stop - first]
            self._start = max(self._start if first == self._end else first, end - KEPT)
            self._end = end

    def require_same(self, leaves: Sequence[bytes], *, first: int) -> None:
        """Require that leaves which were read back are the ones that were stored, as far as they are remembered.

        Raises: VerificationError: the store gives others.
        """
        with self._turn:
            for start, stop, place in _places(max(first, self._start), min(first + len(leaves), self._end)):
                if leaves[start - first : stop - first] != self._leaves[place : place + stop - start]:
                    raise VerificationError(
                        f"the store gives other entries between {start} and {stop} than were appended: nothing was signed",
                        hint="stop writing and keep the store; its disk, its memory or its administrator changed them",
                    )


def _places(start: int, end: int) -> list[tuple[int, int, int]]:
    """Give [start, end) in one piece, or in two where it wraps around, each with its place."""
    places: list[tuple[int, int, int]] = []
    while start < end:
        place = start % KEPT
        stop = min(end, start + KEPT - place)
        places.append((start, stop, place))
        start = stop
    return places
