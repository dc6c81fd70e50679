"""Opened records on their way through the door: made by `hold.unseal` alone, and gone when the page is written."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from suyuan.crypto import canonical
from suyuan.terms import FieldName


class Opened:
    """The contents of records, in their order. Prints without them, and will not serialise."""

    __slots__ = ("bounds", "data")

    def __init__(self, data: npt.NDArray[np.uint8], *, bounds: npt.NDArray[np.int64]) -> None:
        """Take the canonical JSON of the records, joined: that of row i is data[bounds[i]:bounds[i + 1]]."""
        self.data = data
        self.bounds = bounds

    def __len__(self) -> int:
        return len(self.bounds) - 1

    def __repr__(self) -> str:
        return f"<{len(self)} opened records>"

    def __reduce_ex__(self, protocol: object) -> str:
        raise TypeError(f"{self!r} do not serialise")

    def text(self, row: int) -> bytes:
        """Give the canonical JSON of one record."""
        return self.data[self.bounds[row] : self.bounds[row + 1]].tobytes()

    def values(self, row: int, *, fields: Sequence[FieldName]) -> dict[FieldName, str]:
        """Give these fields of one record, as far as it has them."""
        # Their spelling was checked before they were sealed, and the seal says that they are still what was sealed.
        read = canonical.read_plain(self.text(row))
        return {name: value for name in fields if isinstance(value := read.get(name), str)}
