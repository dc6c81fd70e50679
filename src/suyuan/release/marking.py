"""Mark and render: from canonical values and row keys to the forms that this release shows."""

from struct import Struct

import numpy as np
import numpy.typing as npt
import polars as pl

from suyuan.crypto import side_by_side
from suyuan.crypto.arrays import Texts, text_column
from suyuan.crypto.compiled import frozen
from suyuan.kinds.kind import SLOTS_PER_FIELD, Canonical, FormColumns, Kind
from suyuan.mark.law import BIASED, TOTAL, Law, choose_columns
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
    """`show` over a column, in an export by the bias classes of its rows; null stays null.

    Where kernels are loaded and rows are many, forms are written from recipes, unless a value has none.
    """
    if side_by_side.is_ready(canonical.len()):
        recipes = forms.recipes
        if recipes.null_count() == canonical.null_count():
            shown = show_recipes(recipes, radices=forms.radices, lane_keys=lane_keys, biases=biases)
            if shown is not None:
                return shown
    shown = forms.written(choose_forms(lane_keys, radices=forms.radices, biases=biases))
    return pl.select(pl.when(canonical.is_not_null()).then(shown)).to_series()


def show_recipes(
    recipes: pl.Series, *, radices: npt.NDArray[np.uint8], lane_keys: Keys, biases: npt.NDArray[np.uint8] | None
) -> pl.Series | None:
    """`show_column` of values whose recipes are at hand, in one compiled loop; None where one of them is no recipe.

    Args:
        recipes: `FormColumns.recipes`; null stays null.
    """
    from suyuan.release.showing_kernel import write_column

    count = recipes.len()
    texts, classes = Texts.of_column(recipes), np.zeros(count, dtype=np.uint8) if biases is None else biases
    out, ends = np.empty(len(texts.data), dtype=np.uint8), np.zeros(count + 1, dtype=np.int64)
    left = write_column(
        frozen(texts.data), frozen(texts.starts), frozen(texts.sizes),
        frozen(draw_columns(lane_keys, slots=radices.shape[1])), frozen(radices), frozen(classes), _EDGES, out, ends[1:],
    )  # fmt: skip
    if left != recipes.null_count():
        return None
    shown = text_column(out, bounds=ends)
    return pl.select(pl.when(recipes.is_not_null()).then(shown)).to_series() if left else shown


_EDGES = frozen(np.array([TOTAL, *(BIASED[each].weights[0] for each in sorted(BIASED))], dtype=np.int64))
"""For each bias class, from which draw on choice 1 is shown. A fair one, the first, has no need of it."""


def omitted_rows(lane_keys: Keys, *, law: Law) -> npt.NDArray[np.bool_]:
    """Give which rows the omission lane leaves out."""
    return draw_columns(lane_keys, slots=1)[:, 0].astype(np.int64) >= law.weights[0]
