"""Writes a column of a copy from recipes: each row's form, as its draws and its bias class choose it; for `marking`.

Test: tests/properties/test_show_column.py holds it equal to `FormColumns.written`.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from suyuan.crypto.compiled import compiled
from suyuan.release.writing_kernel import pick

Bytes = npt.NDArray[np.uint8]
Places = npt.NDArray[np.int64]

_LAST: Final = np.uint16(65_535)


@compiled
def write_column(
    data: Bytes, starts: Places, sizes: Places, draws: npt.NDArray[np.uint16], radices: Bytes, classes: Bytes,
    edges: Places, out: Bytes, ends: Places,
) -> int:  # fmt: skip
    """Write the rows' forms one behind the other; give how many there are that have no recipe to write them from.

    Args:
        data: the recipes; that of row i is data[starts[i] : starts[i] + sizes[i]], nothing where there is none.
        draws: shape (rows, slots). radices: the same. classes: the bias class of each row, 0 where it is fair.
        edges: for each class, from which draw on the first slot of two choices shows the second.
        out: room for all recipes. ends: where each row ends in it.
    """
    put, left = 0, 0
    drawn = np.empty(4, np.uint16)
    for row in range(len(starts)):
        for slot in range(draws.shape[1]):
            drawn[slot] = draws[row, slot]
        if classes[row]:
            for slot in range(draws.shape[1]):
                if radices[row, slot] == 2:
                    # `pick` chooses evenly: the ends of the draws are choice 0 and 1 under any law.
                    drawn[slot] = _LAST if drawn[slot] >= edges[classes[row]] else 0
                    break
        ended = pick(data, starts[row], starts[row] + sizes[row], drawn, out, put) if sizes[row] else -1
        if ended < 0:
            left += 1
        else:
            put = ended
        ends[row] = put
    return left
