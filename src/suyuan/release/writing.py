"""Step 5 for a page: its rows written at once from what its records keep, where the kernel for it is there.

Test: tests/properties/test_writing.py holds it equal to `render_rows`.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt
import orjson

from suyuan.crypto import canonical, commit
from suyuan.crypto.aead_table import bounds_of
from suyuan.crypto.compiled import OnDemand, frozen
from suyuan.hold.opened import Opened
from suyuan.kinds.kind import Canonical
from suyuan.release.rendering import Step, render_rows

Writer = Callable[..., None]
Told = list[dict[str, str]]

_ROOM_A_ROW: Final = 16
"""Brackets and marks that a row has beyond what stands in its record."""


def load() -> bool:
    """Have the kernel compiled; say whether Numba is there for it."""
    return _loaded() is not None


def unload() -> None:
    """Write row by row again, as a process that never called `load`."""
    _loaded.forget()


def write_rows(opened: Opened, *, steps: Sequence[Step], draws: npt.NDArray[np.uint16]) -> tuple[Told, bytes]:
    """Give what is told of each row of a page, field by field, and the SHA-256 of the list that it is.

    Args:
        draws: of each lane of each row, shape (rows, lanes, 4).
    """
    writer = _loaded.found
    if writer is None:
        return _by_rows(opened, rows=range(len(opened)), steps=steps, draws=draws)
    written, ends = _written(writer, opened=opened, steps=steps, draws=draws)
    told: Told = orjson.loads(written)
    left = [row for row, (start, end) in enumerate(pairwise([0, *ends])) if start == end]
    if not left and all(step.mask is None for step in steps):
        return told, commit.digest(written)
    rest, _ = _by_rows(opened, rows=left, steps=steps, draws=draws[left])
    for row, one in zip(left, rest, strict=True):
        told.insert(row, one)
    kept = set(left)
    for name, kind, mask, _ in steps:
        if mask is not None:
            for row, one in enumerate(told):
                if row not in kept and name in one:
                    one[name] = mask.mask(kind.name, Canonical(one[name]))
    return told, commit.digest(canonical.encode_plain(told))


def _by_rows(
    opened: Opened, *, rows: Sequence[int], steps: Sequence[Step], draws: npt.NDArray[np.uint16]
) -> tuple[Told, bytes]:
    names = [step.name for step in steps]
    return render_rows([opened.values(row, fields=names) for row in rows], steps=steps, draws=draws.tolist())


def _written(
    writer: Writer, *, opened: Opened, steps: Sequence[Step], draws: npt.NDArray[np.uint16]
) -> tuple[bytes, list[int]]:
    """Give the rows that the kernel can write, as JSON; masked fields as they are. And where each row ends in it."""
    in_order = sorted(steps, key=lambda step: step.name)
    names = [orjson.dumps(step.name)[1:-1] for step in in_order]
    out = np.empty(1 + len(opened.data) + _ROOM_A_ROW * (len(opened) + 1), np.uint8)
    ends = np.empty(len(opened), np.int64)
    writer(
        frozen(opened.data),
        opened.bounds,
        np.frombuffer(b"".join(names), np.uint8),
        bounds_of(names),
        np.frombuffer(b"".join([str(step.kind.version)[:1].encode() for step in in_order]), np.uint8),
        np.array([-1 if step.lane is None else step.lane for step in in_order], np.int64),
        draws,
        out,
        ends,
    )
    last = int(ends[-1]) if len(ends) else 0
    return b"[" + out[:last].tobytes().rstrip(b",") + b"]", ends.tolist()


@OnDemand
def _loaded() -> Writer | None:
    from suyuan.release.writing_kernel import write

    # Compiled by this call.
    nothing = np.empty(0, np.uint8)
    places = np.zeros(1, np.int64)
    frozen = np.frombuffer(b"", np.uint8)
    write(frozen, places, frozen, places, frozen, places[:0], np.empty((0, 1, 4), np.uint16), nothing, places[:0])
    return write
