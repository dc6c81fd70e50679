"""Rows whose cells stand in another order than the rest: two exports in one file, told by what stands under what."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from suyuan.kinds.postal_address import looks_like_address
from suyuan.kinds.registry import KINDS
from suyuan.terms import FieldName, KindName
from suyuan.trace.columns.glued import WHOLE, WHOLE_NAME

MIXED_SHARE: Final = 0.02
MIXED_ROWS: Final = 3


def is_other(cells: pl.Series, *, kind: KindName) -> pl.Series:
    """Say which cells are surely a value of another kind: a number, a mailbox, a name or an address."""
    found = cells.str.contains(WHOLE_NAME) & cells.str.contains(r"[^\x00-\u024f]") | looks_like_address(cells)
    for other, pattern in WHOLE.items():
        if other is not kind:
            found = found | cells.str.contains(pattern)
    return found & KINDS[kind].canonical_column(cells).is_null()


def is_mixed(columns: Sequence[pl.Series]) -> bool:
    """Say whether one column has numbers or mailboxes of people, and among them cells that are surely something else."""
    for cells in columns:
        filled = cells.filter(cells != "")
        least = max(MIXED_ROWS, MIXED_SHARE * len(filled))
        for kind, pattern in WHOLE.items():
            hits = int(filled.str.contains(pattern).sum())
            if hits >= least and len(filled) - hits >= least and int(is_other(filled, kind=kind).sum()) >= least:
                return True
    return False


def shifted_rows(
    table: pl.DataFrame, *, kinds: Mapping[FieldName, KindName], plain: Mapping[FieldName, npt.NDArray[np.bool_]]
) -> pl.Series:
    """Say in which rows a number or mailbox stands under another field, and under its own field something else.

    Such a row is not read: which of its cells are whose is anybody's guess.

    Args:
        plain: which cells surely are of their field's kind, where that is known.
    """
    shifted = pl.Series(np.zeros(table.height, dtype=np.bool_))
    for field, kind in kinds.items():
        pattern = WHOLE.get(kind)
        if pattern is None or field not in table.columns:
            continue
        here = shifted.clear().extend_constant(False, table.height)
        doubted = np.flatnonzero(~plain[field]) if field in plain else np.arange(table.height)
        if len(doubted):
            here = here.scatter(doubted, is_other(table[field].gather(doubted), kind=kind))
        if not here.any():
            continue
        for other, its_kind in kinds.items():
            if its_kind is not kind and its_kind in KINDS and other in table.columns:
                shifted |= here & table[other].str.contains(pattern)
    return shifted
