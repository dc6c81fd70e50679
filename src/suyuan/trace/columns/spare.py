"""Columns in which a field's value stands where its own has none: a second telephone's, a landline's."""

from collections.abc import Sequence
from typing import Final

import polars as pl

from suyuan.terms import FieldName, KindName
from suyuan.trace.columns.columns import SampledColumn
from suyuan.trace.columns.glued import WHOLE, WHOLE_NAME
from suyuan.trace.columns.headers import ENDINGS, NUMBERED, SURE, is_own, plain_name
from suyuan.trace.dump import DumpColumn

NAMES_LEAST: Final = 4
"""Names that a column must hold to tell of people."""


def spare_columns(
    sampled: Sequence[SampledColumn], *, columns: Sequence[DumpColumn]
) -> dict[FieldName, tuple[int, ...]]:
    """Give the columns of nobody's that hold numbers and mailboxes of a field's kind, by header or content.

    Where more people than one stand in a row the other number may be the other's: then only columns whose names begin
    alike are one person's, as 收件手机 and 收件固话 are.
    """
    free = [one for one in sampled if columns[one.index].field is None]
    is_alone = sum(map(is_of_person, sampled)) < 2
    found: dict[FieldName, tuple[int, ...]] = {}
    for column in columns:
        kind = column.kind
        if column.field is not None and kind is not None and kind in WHOLE and column.index < len(sampled):
            own = stem(column.name, kind=kind)
            found[column.field] = tuple(
                one.index
                for one in free
                if is_spare(one, kind=kind) and (is_alone or (own and stem(one.name, kind=kind) == own))
            )
    return {name: places for name, places in found.items() if places}


def is_of_person(column: SampledColumn) -> bool:
    """Say whether a column tells of a person: most of what it holds are names, and not the same few words again and again."""
    filled = column.cells.filter(column.cells != "")
    names = min(int(filled.str.contains(WHOLE_NAME).sum()), filled.n_unique())
    return len(filled) >= NAMES_LEAST and names * 2 > len(filled)


def stem(name: str, *, kind: KindName) -> str:
    """Give what the name of a column says before the word for its kind: whose the value is."""
    plain = NUMBERED.sub("", plain_name(name))
    ending = max((word for word in ENDINGS[kind] if plain.endswith(word)), key=len, default="")
    return plain.removesuffix(ending) if ending else ""


def is_spare(column: SampledColumn, *, kind: KindName) -> bool:
    """Say whether a column's header tells a kind, or, where it tells nothing, nearly all that it holds."""
    if column.name:
        return is_own(column.name, kind=kind)
    filled = column.cells.filter(column.cells != "")
    return len(filled) > 0 and int(filled.str.contains(WHOLE[kind]).sum()) >= SURE * len(filled)


def has_spare(table: Sequence[pl.Series], *, header: Sequence[str] | None) -> bool:
    """Say whether a header names several columns of numbers or mailboxes, and in some rows only one of them has any."""
    for kind in WHOLE if header else ():
        filled = [cells != "" for name, cells in zip(header or (), table, strict=False) if is_own(name, kind=kind)]
        if any(bool((one & ~other).any()) for one in filled for other in filled):
            return True
    return False
