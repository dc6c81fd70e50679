"""Draws: what the lane keys of a page say, and the form of one value that its draws choose."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from suyuan.kinds.kind import SLOTS_PER_FIELD, Canonical, Kind
from suyuan.mark.law import MAX_RADIX, TOTAL

Draws = Sequence[int]
"""The four 16-bit draws of one lane key, one per slot."""


def draws_of(lanes: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint16]:
    """Give the draws of lane keys, shape (..., 32): four draws each, (..., 4)."""
    leading = np.ascontiguousarray(lanes[..., : 2 * SLOTS_PER_FIELD])
    return leading.view(">u2").astype(np.uint16)


def show_drawn(canonical: Canonical, *, kind: Kind, drawn: Draws) -> str:
    """Give the form of a value that its draws choose; equal to the value in everything but its writing.

    A choice is `uniform(radix).choose(draw)`, without walking through the choices: the first ones are one wider.
    """
    text = ""
    for choices, slot in kind.parts(canonical):
        radix = len(choices)
        if slot is None or radix == 1:
            text += choices[0]
            continue
        share, wider, edge = _WIDTHS[radix]
        draw = drawn[slot]
        text += choices[draw // (share + 1) if draw < edge else wider + (draw - edge) // share]
    return text


def _widths(radix: int) -> tuple[int, int, int]:
    """Give the draws of a choice, how many choices have one more, and where those end."""
    share, wider = divmod(TOTAL, radix)
    return share, wider, wider * (share + 1)


_WIDTHS = ((0, 0, 0), *(_widths(radix) for radix in range(1, MAX_RADIX + 1)))
