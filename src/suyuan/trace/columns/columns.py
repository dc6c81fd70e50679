"""Which column of a dump is which field: by content, with the header as a hint, the caller's word above both."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import polars as pl

from suyuan.collect.field import RESERVED_FIELDS
from suyuan.errors import RefusedError
from suyuan.kinds.column import kind_shares_each
from suyuan.kinds.plain import HAN
from suyuan.terms import FieldName, KindName
from suyuan.trace.columns.calls import called_person
from suyuan.trace.columns.headers import (
    ENDINGS,
    HEADER_WEIGHT,
    ROLE_WEIGHT,
    SURE,
    TELLING,
    hint_of,
    is_other_number,
    plain_name,
)
from suyuan.trace.dump import DumpColumn

ENOUGH: Final = 0.3
"""The score from which a column counts as of a kind: a third of its cells, or its header's word."""

COLUMNS_AT_MOST: Final = 1_000

NUMBERS: Final = (KindName.PHONE, KindName.EMAIL, KindName.RESIDENT_ID)

OF_MANY: Final = (*NUMBERS, KindName.PERSON_NAME)
"""Kinds of which a list of people has many values."""

COLUMNS_OF_ONE: Final = 6
"""Columns of telephones that one person's row may have, where nothing names them."""

FEW_LEAST, FEW_TIMES = 20, 10
"""How many cells a column must have, and how often each value of it, to be one of few values."""

OPAQUE: Final = frozenset({KindName.IDENTIFIER, KindName.TEXT})
"""Kinds that any cell could be of: only a header or the caller tells them."""

NO_HOUSE: Final = r"\d{12}"
"""Digits that no address has in a row: numbers of columns without a gap touch in such a cell."""

PIECE_OF_HOUSE: Final = r"^\s*第?[0-9A-Za-z一二三四五六七八九十]{1,5}(?:栋|幢|座|号楼|楼|层|单元|室|号房|房)\s*$"
"""A house, a unit or a room by itself: of an address that stands in several columns, and none alone."""

MASKED: Final[Mapping[KindName, str]] = {
    KindName.PHONE: r"^(?:\+?86[- ]?)?1[3-9]\d[*xX＊]{4}\d{4}$",
    KindName.RESIDENT_ID: r"^\d{3,6}[*xX＊]{8,12}[\dXx*]{2,4}$",
    KindName.PERSON_NAME: rf"^[{HAN}]{{1,2}}[*＊]{{1,2}}[{HAN}]?$",
    KindName.EMAIL: r"^[A-Za-z0-9._-]{0,8}[*＊]{2,}[A-Za-z0-9._-]{0,8}@[A-Za-z0-9.-]+\.[A-Za-z]{2,}$",
}
"""How masked values are written: no values to link by, but a column of them is of their kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SampledColumn:
    """One column as the sample shows it. `told`: the kind that it was put together to be."""

    index: int
    name: str
    cells: pl.Series
    told: KindName | None = None


def assign_columns(
    sampled: Sequence[SampledColumn],
    *,
    fields: Mapping[FieldName, KindName],
    given: Mapping[int | str, tuple[FieldName, KindName]],
) -> tuple[DumpColumn, ...]:
    """Give every column its field, or none.

    1. The caller's word. 2. A header that is a field's name, unless the content is surely of another kind, or no cell
    is of this one while another column's are.
    3. The kind by content and header words together; fields of one kind are filled in order.

    Raises: RefusedError: `trace.column`, a given column that is not there or a field given twice;
        `trace.no-column`, nothing recognised; `trace.format`, more columns than a table of people has.
    """
    if len(sampled) > COLUMNS_AT_MOST:
        raise RefusedError(
            f"the dump has more than {COLUMNS_AT_MOST} columns", code="trace.format", hint="name its delimiter"
        )
    if RESERVED_FIELDS & {*fields, *(name for name, _ in given.values())}:
        raise RefusedError(
            f"no field may be called {', '.join(sorted(RESERVED_FIELDS))}",
            code="trace.column",
            hint="rename it in fields.toml",
        )
    called = called_person([column.name for column in sampled], [column.cells for column in sampled])
    sampled = [replace(one, told=KindName.PHONE) if place == called else one for place, one in enumerate(sampled)]
    taken: dict[int, tuple[FieldName, KindName]] = given_columns(sampled, given=given)
    shares = dict(zip((column.index for column in sampled), shares_of([c.cells for c in sampled]), strict=True))
    if not taken and not any(column.name for column in sampled):
        require_one_person(shares)
    free = {field: kind for field, kind in fields.items() if field not in {name for name, _ in taken.values()}}
    names = {plain_name(field): field for field in free}
    for column in sampled:
        field = names.get(plain_name(column.name))
        if column.index in taken or field is None or field not in free:
            continue
        is_refuted = is_surely_other(shares[column.index], kind=free[field])
        if not is_refuted and not is_elsewhere(column, kind=free[field], sampled=sampled, shares=shares):
            taken[column.index] = (field, free.pop(field))
    for kind, indices in best_columns(sampled, shares=shares, taken=taken, free=free).items():
        for index in indices:
            match = next(field for field, its_kind in free.items() if its_kind is kind)
            taken[index] = (match, free.pop(match))
    if not taken:
        raise RefusedError(
            "no column of the dump is of a kind that a field has",
            code="trace.no-column",
            hint="name a column and its field yourself",
        )
    return tuple(described(column, taken=taken, shares=shares[column.index]) for column in sampled)


def require_one_person(shares: Mapping[int, Mapping[KindName, float]]) -> None:
    """Refuse a table without names of columns whose rows have the numbers of more people than one.

    Raises: RefusedError: `trace.format`.
    """
    for kind in NUMBERS:
        if sum(column.get(kind, 0.0) >= ENOUGH for column in shares.values()) > COLUMNS_OF_ONE:
            raise RefusedError(
                "a row holds the numbers of several people",
                code="trace.format",
                hint="turn the table round, or put each person on a line",
            )


def best_columns(
    sampled: Sequence[SampledColumn],
    *,
    shares: Mapping[int, Mapping[KindName, float]],
    taken: Mapping[int, object],
    free: Mapping[FieldName, KindName],
) -> dict[KindName, list[int]]:
    """Give the columns of each kind that a field is free for, in the file's order.

    Where more columns are of a kind than fields, those of the best header and content are it: a sender's telephone
    number stands before the recipient's on a waybill, and is not the customer's. A hotline's that fills a column is not
    either, where another column of nobody else's has many numbers; nor is a town a name, though it has the shape.
    """
    found: dict[KindName, list[tuple[bool, float, int]]] = {}
    own: set[KindName] = set()
    for column in sampled:
        if column.index in taken:
            continue
        kind, score = likely_kind(column, shares=shares[column.index], among=frozenset(free.values()))
        if kind is not None:
            hint = hints_of(column).get(kind, 0.0)
            is_told = kind is KindName.PERSON_NAME and hint > ROLE_WEIGHT
            is_few = not is_told and kind in OF_MANY and is_of_few(column.cells)
            found.setdefault(kind, []).append((is_few, -round(score, 1), column.index))
            if not is_few and score >= SURE and hint >= 0:
                own.add(kind)
    room = Counter(free.values())
    best: dict[KindName, list[int]] = {}
    for kind, columns in found.items():
        ranked = sorted((is_few and kind in own, score, index) for is_few, score, index in columns)
        best[kind] = sorted(index for _, _, index in ranked[: room[kind]])
    return best


def is_of_few(cells: pl.Series) -> bool:
    """Say whether a column has the same few values again and again."""
    filled = cells.filter(cells != "")
    return len(filled) >= FEW_LEAST and filled.n_unique() * FEW_TIMES <= len(filled)


def given_columns(
    sampled: Sequence[SampledColumn], *, given: Mapping[int | str, tuple[FieldName, KindName]]
) -> dict[int, tuple[FieldName, KindName]]:
    """Give the caller's choices by column index."""
    indices = {column.index for column in sampled}
    by_name = {plain_name(column.name): column.index for column in sampled if column.name}
    taken: dict[int, tuple[FieldName, KindName]] = {}
    for place, (which, choice) in enumerate(given.items(), start=1):
        index = which if isinstance(which, int) else by_name.get(plain_name(which), -1)
        if index not in indices:
            raise RefusedError(
                f"the dump has no column for choice {place}",
                code="trace.column",
                hint=f"columns are numbered 0 to {len(indices) - 1}",
            )
        if index in taken or choice[0] in {field for field, _ in taken.values()}:
            raise RefusedError(f"column {index} or its field is given twice", code="trace.column")
        taken[index] = choice
    return taken


def shares_of(columns: Sequence[pl.Series]) -> list[Mapping[KindName, float]]:
    """Give the share of each kind among the cells of each column that are not blank, masked ones with the whole."""
    filled = [cells.filter(cells.str.strip_chars() != "") for cells in columns]
    found: list[Mapping[KindName, float]] = []
    for cells, shares in zip(filled, kind_shares_each(filled), strict=True):
        if len(cells) and bool(cells.str.contains("[*xX＊]{2}|[*＊]").any()):
            for kind, mask in MASKED.items():
                shares[kind] = min(1.0, shares[kind] + int(cells.str.contains(mask).sum()) / len(cells))
        if shares.get(KindName.POSTAL_ADDRESS, 0.0) >= ENOUGH:
            left = int((~cells.str.contains(NO_HOUSE) & ~cells.str.contains(PIECE_OF_HOUSE)).sum()) / len(cells)
            shares[KindName.POSTAL_ADDRESS] = min(shares[KindName.POSTAL_ADDRESS], left)
        found.append(shares if len(cells) else {})
    return found


def is_surely_other(shares: Mapping[KindName, float], *, kind: KindName) -> bool:
    """Say whether the content is surely of a telling kind that is not this one."""
    best = max(TELLING, key=lambda other: shares.get(other, 0.0))
    return best is not kind and shares.get(best, 0.0) >= SURE and shares.get(kind, 0.0) < ENOUGH


def is_elsewhere(
    column: SampledColumn,
    *,
    kind: KindName,
    sampled: Sequence[SampledColumn],
    shares: Mapping[int, Mapping[KindName, float]],
) -> bool:
    """Say whether no cell of a column is of the kind that its header names, and nearly every cell of another is.

    `Name` is an order's name to some shops, and the buyer's stands under `Billing Name`. Another person's column is none
    to go to, nor is any where the kind has no shape or the column has nothing in it.
    """
    own = shares[column.index]
    if kind in OPAQUE or not own or own.get(kind, 0.0) > 0:
        return False
    others = (one for one in sampled if one.index != column.index and shares[one.index].get(kind, 0.0) >= SURE)
    return any(hint_of(one.name).get(kind, 0.0) >= 0 for one in others)


def likely_kind(
    column: SampledColumn, *, shares: Mapping[KindName, float], among: frozenset[KindName]
) -> tuple[KindName | None, float]:
    """Give the kind of the highest score among those still wanted, or None, and the score.

    Opaque kinds need their header.
    """
    hints = hints_of(column)
    scores = {kind: (0.0 if kind in OPAQUE else shares.get(kind, 0.0)) + hints.get(kind, 0.0) for kind in KindName}
    if is_other_number(column.name):
        scores |= dict.fromkeys(ENDINGS, 0.0)
    best = max(KindName, key=lambda kind: scores[kind])
    if scores[best] < ENOUGH or best not in among:
        return None, 0.0
    return best, scores[best]


def hints_of(column: SampledColumn) -> Mapping[KindName, float]:
    """Give what a column's name, or what it is known to be, adds to the score of a kind."""
    return hint_of(column.name) if column.told is None else {column.told: HEADER_WEIGHT}


def described(
    column: SampledColumn, *, taken: Mapping[int, tuple[FieldName, KindName]], shares: Mapping[KindName, float]
) -> DumpColumn:
    """Give the column's description."""
    field, kind = taken.get(column.index, (None, None))
    share = shares.get(kind, 0.0) if kind is not None else 0.0
    filled = int(column.cells.str.contains(r"\S").sum())
    if kind is KindName.PERSON_NAME and filled * 2 < len(column.cells):
        # A name or two among blank cells make no column of names.
        share *= filled / len(column.cells)
    return DumpColumn(index=column.index, name=column.name, field=field, kind=kind, share=share)
