"""Stretches of rows that lack what most rows show: looked for in the file's order, however it was cut into blocks or splits."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from suyuan.terms import FieldName

WINDOW_ROWS: Final = 200
"""Rows that are judged together: where half of what a column usually shows is missing from one, something has moved."""

SHOWN_LEAST: Final = 0.5
"""The share of all rows that must show a kind before its absence from some says anything."""

Places = npt.NDArray[np.int64] | npt.NDArray[np.intp] | npt.NDArray[np.uint32]


@dataclass(slots=True)
class Gaps:
    """How often a field is shown in all rows, and in the worst `WINDOW_ROWS` in a row that begin at a multiple of that.

    `open` says how many show it of the rows that fill no window yet.
    """

    rows: int = 0
    shown: dict[FieldName, int] = field(default_factory=dict)
    least: dict[FieldName, int] = field(default_factory=dict)
    open: dict[FieldName, int] = field(default_factory=dict)

    def take(self, shown: Mapping[FieldName, Places], *, rows: int) -> None:
        """Look at the next rows, which are so many.

        Args:
            shown: for each field, the rows of these that show it.
        """
        first = self.rows % WINDOW_ROWS
        windows = (first + rows) // WINDOW_ROWS
        self.rows += rows
        for name, places in shown.items():
            self.shown[name] = self.shown.get(name, 0) + len(places)
            before = self.open.get(name, 0)
            tail = windows * WINDOW_ROWS - first
            self.open[name] = len(places) - int((places < tail).sum()) if windows else before + len(places)
            # Fewer gaps than that cannot make half a window.
            if windows and (rows + first - len(places) - before) * 4 >= WINDOW_ROWS:
                counts = np.bincount((places.astype(np.int64) + first) // WINDOW_ROWS, minlength=windows)[:windows]
                counts[0] += before
                self.least[name] = min(self.least.get(name, WINDOW_ROWS), int(counts.min()))

    @property
    def is_moved(self) -> bool:
        """Whether some stretch shows less than half of what all rows do."""
        return any(
            self.shown[name] >= SHOWN_LEAST * self.rows and 2 * least * self.rows < self.shown[name] * WINDOW_ROWS
            for name, least in self.least.items()
        )


class Remembered(Gaps):
    """Judges nothing, since the rows are a part of a file: remembers by field which of them show it, a bit for each."""

    __slots__ = ("_bits",)

    def __init__(self) -> None:
        super().__init__()
        self._bits: dict[str, list[npt.NDArray[np.bool_]]] = {}

    def take(self, shown: Mapping[FieldName, Places], *, rows: int) -> None:
        """See `Gaps`."""
        self.rows += rows
        for name, places in shown.items():
            mask = np.zeros(rows, dtype=np.bool_)
            mask[places] = True
            self._bits.setdefault(name, []).append(mask)

    @property
    def is_moved(self) -> bool:
        """Never."""
        return False

    def bits(self) -> dict[str, bytes]:
        """Give the bits by field."""
        return {name: np.packbits(np.concatenate(masks)).tobytes() for name, masks in self._bits.items()}


def gaps_of(parts: Iterable[tuple[int, Mapping[str, bytes]]]) -> Gaps:
    """Give the gaps of a file from its parts, in order: how many rows each has, and what was remembered of them."""
    found = Gaps()
    for rows, bits in parts:
        masks = {
            FieldName(name): np.unpackbits(np.frombuffer(some, dtype=np.uint8), count=rows)
            for name, some in bits.items()
        }
        found.take({name: np.flatnonzero(mask) for name, mask in masks.items()}, rows=rows)
    return found
