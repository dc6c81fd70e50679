"""Mark and render: from canonical values and row keys to the forms that this release shows."""

from struct import Struct

import numpy as np
import numpy.typing as npt
import polars as pl

from suyuan.kinds.kind import SLOTS_PER_FIELD, Canonical, FormColumns, Kind
from suyuan.mark.law import Law, choose_columns
from suyuan.release.drawing import draws_of, show_drawn

Keys = npt.NDArray[np.uint8]

_DRAWS = Struct(f">{SLOTS_PER_FIELD}H")


def draws(lane_key: bytes) -> tuple[int, ...]:
    """Give the four 16-bit draws that a lane key holds, one per slot."""
    return _DRAWS.unpack_from(lane_key)


def draw_columns(lane_keys: Keys, *, slots: int) -> npt.NDArray[np.uint16]:
    """Give the draws of one lane for many rows: lane keys (rows, 32) to 16-bit draws (rows, slots)."""
    return draws_of(lane_keys)[:, :slots]


def show(canonical: Canonical, *, kind: Kind, lane_key: bytes) -> str:
    """Give the form of a value that the lane key chooses; equal to the value in everything but its writing."""
    return show_drawn(canonical, kind=kind, drawn=draws(lane_key))


def choose_forms(
    lane_keys: Keys, *, radices: npt.NDArray[np.uint8], biases: npt.NDArray[np.uint8] | None = None
) -> npt.NDArray[np.uint8]:
    """Give the choice of every slot for rows of one field: the marks m_k."""
    return choose_columns(draw_columns(lane_keys, slots=radices.shape[1]), radices=radices, biases=biases)


def show_column(
    canonical: pl.Series, *, forms: FormColumns, lane_keys: Keys, biases: npt.NDArray[np.uint8] | None = None
) -> pl.Series:
    """`show` over a column, in an export by the bias classes of its rows; null stays null."""
    shown = forms.written(choose_forms(lane_keys, radices=forms.radices, biases=biases))
    return pl.select(pl.when(canonical.is_not_null()).then(shown)).to_series()


def omitted_rows(lane_keys: Keys, *, law: Law) -> npt.NDArray[np.bool_]:
    """Give which rows the omission lane leaves out."""
    return draw_columns(lane_keys, slots=1)[:, 0].astype(np.int64) >= law.weights[0]
