"""Forms as products: a value's forms are its parts in order, each part fixed or chosen by one slot."""

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from suyuan.kinds.kind import AsPart, Choices, FormColumns, FormTable
from suyuan.kinds.recipe import recipes, single_recipes

ROWS_PER_BLOCK = 65_536
"""Rows whose forms are built at once: about 250 MB of text for the richest addresses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartColumns:
    """The columnar twin of `Part`: `choices` are names of String columns, the first never null.

    A row reads only as many of them as the radix of the slot in that row.
    """

    choices: tuple[str, ...]
    slot: int | None = None


def product(parts: Sequence[AsPart], *, slots: int) -> FormTable:
    """Give every combination of choices in mixed-radix order, slot 0 the most significant."""
    radices = [1] * slots
    parts = [(choices, slot) for choices, slot in parts if len(choices) > 1 or choices[0]]
    for choices, slot in parts:
        if slot is not None:
            radices[slot] = len(choices)
    slotted = [slot for _, slot in parts if slot is not None]
    if all(before < after for before, after in itertools.pairwise(slotted)):
        # Each slot once and in order: the product of the parts is in mixed-radix order already.
        texts = tuple(map("".join, itertools.product(*(choices for choices, _ in parts))))
        return FormTable(radices=tuple(radices), texts=texts)
    texts = tuple(
        "".join(choices[0 if slot is None else digits[slot]] for choices, slot in parts)
        for digits in itertools.product(*(range(radix) for radix in radices))
    )
    return FormTable(radices=tuple(radices), texts=texts)


def product_columns(frame: pl.DataFrame, *, parts: Sequence[PartColumns], radices: Sequence[str]) -> FormColumns:
    """Give `product` for every row of `frame`.

    Rows are taken in groups of equal radices; inside a group each combination of choices is one
    column, and the columns are laid out row by row.

    Args:
        frame: the String columns that `parts` name, the radix columns, and a Boolean `given`
            that is false where the canonical is null.
        radices: name of the radix column of each slot.
    """
    used = sorted({name for part in parts for name in part.choices})
    if not frame["given"].all():
        frame = frame.with_columns(
            *(pl.when("given").then(name).otherwise(pl.lit("")).alias(name) for name in used),
            *(pl.when("given").then(name).otherwise(1).alias(name) for name in radices),
        )
    frame = frame.select("given", *used, *(pl.col(name).cast(pl.UInt8) for name in radices))
    matrix = np.column_stack([frame[name].to_numpy() for name in radices]).astype(np.uint8)

    def build() -> pl.Series:
        blocks = [
            _block(frame.slice(start, ROWS_PER_BLOCK), parts=parts, matrix=matrix[start : start + ROWS_PER_BLOCK])
            for start in range(0, frame.height, ROWS_PER_BLOCK)
        ]
        return pl.concat(blocks) if blocks else pl.Series(dtype=pl.List(pl.String))

    return FormColumns(
        radices=matrix,
        build=build,
        pick=lambda choices: _picked(frame, parts=parts, choices=choices),
        spell=lambda: recipes(frame, parts=parts, radices=radices),
    )


def single_form_columns(canonical: pl.Series, *, slots: int) -> FormColumns:
    """Give the columns of a kind whose values have no form but the canonical one."""
    texts = canonical.fill_null("").reshape((canonical.len(), 1)) if canonical.len() else canonical
    lists = texts.cast(pl.List(pl.String)) if canonical.len() else pl.Series(dtype=pl.List(pl.String))
    return FormColumns(
        radices=np.ones((canonical.len(), slots), dtype=np.uint8),
        build=lambda: lists,
        pick=lambda _: canonical.fill_null(""),
        spell=lambda: single_recipes(canonical),
    )


def merge_columns(pieces: Sequence[tuple[pl.Series, FormColumns]], *, slots: int) -> FormColumns:
    """Put together the forms of disjoint sets of rows, each with the row numbers it is for; together all rows."""
    if not pieces:
        return single_form_columns(pl.Series(dtype=pl.String), slots=slots)
    if len(pieces) == 1:
        return pieces[0][1]
    rows = np.concatenate([row.to_numpy() for row, _ in pieces])
    place = np.empty(len(rows), dtype=np.uint32)
    place[rows] = np.arange(len(rows), dtype=np.uint32)
    radices = np.concatenate([columns.radices for _, columns in pieces])

    def together(parts: Iterable[pl.Series]) -> pl.Series:
        return pl.concat([part.rename("") for part in parts]).rechunk().gather(pl.Series(place))

    return FormColumns(
        radices=radices[place],
        build=lambda: together(columns.texts for _, columns in pieces),
        pick=lambda choices: together(columns.written(choices[row.to_numpy()]) for row, columns in pieces),
        spell=lambda: together(columns.recipes for _, columns in pieces),
    )


def _picked(frame: pl.DataFrame, *, parts: Sequence[PartColumns], choices: Choices) -> pl.Series:
    """Give one form of each row: each part's own choice, joined."""
    slots = {part.slot for part in parts if part.slot is not None}
    chosen = frame.with_columns(pl.Series(f":{slot}", choices[:, slot]) for slot in sorted(slots))
    texts = [pl.col(part.choices[0]) if part.slot is None else _choice(part.choices, slot=part.slot) for part in parts]
    return chosen.select(pl.concat_str(texts).alias("form")).to_series()


def _choice(names: Sequence[str], *, slot: int) -> pl.Expr:
    """Give, row by row, the column that the row's choice names. Behind the last one nobody chooses."""
    text = pl.col(names[-1])
    for place in range(len(names) - 2, -1, -1):
        text = pl.when(pl.col(f":{slot}") == place).then(pl.col(names[place])).otherwise(text)
    return text


def _block(frame: pl.DataFrame, *, parts: Sequence[PartColumns], matrix: npt.NDArray[np.uint8]) -> pl.Series:
    groups, member = np.unique(matrix, axis=0, return_inverse=True)
    member = member.reshape(-1)
    if len(groups) == 1:
        return _group(frame, parts=parts, radices=tuple(groups[0].tolist()))
    order = np.argsort(member, kind="stable")
    counts = np.bincount(member, minlength=len(groups))
    gathered = frame[order]
    done: list[pl.Series] = []
    start = 0
    for group, count in zip(groups, counts.tolist(), strict=True):
        done.append(_group(gathered.slice(start, count), parts=parts, radices=tuple(group.tolist())))
        start += count
    place = np.empty(len(order), dtype=np.uint32)
    place[order] = np.arange(len(order), dtype=np.uint32)
    return pl.concat(done).rechunk().gather(pl.Series(place))


def _group(frame: pl.DataFrame, *, parts: Sequence[PartColumns], radices: tuple[int, ...]) -> pl.Series:
    rows, count = frame.height, math.prod(radices)
    cut = _cut(parts, radices=radices)
    halves = (parts[:cut], parts[cut:])
    combinations = list(itertools.product(*(range(radix) for radix in radices)))
    names = [[_name(half, digits=digits, side=side) for side, half in enumerate(halves)] for digits in combinations]
    built = {
        name: pl.concat_str([part.choices[0 if part.slot is None else digits[part.slot]] for part in halves[side]])
        for digits, pair in zip(combinations, names, strict=True)
        for side, name in enumerate(pair)
        if halves[side]
    }
    built_frame = frame.select(text.alias(name) for name, text in built.items())
    columns = built_frame.select(
        pl.concat_str([name for name in pair if name in built]).alias(str(index)) for index, pair in enumerate(names)
    )
    # Rechunked first: a gather over one chunk is thirty times faster than over many.
    flat = pl.concat([column.rename("forms") for column in columns]).rechunk()
    if count > 1:
        index = np.arange(count, dtype=np.uint32)[None, :] * np.uint32(rows) + np.arange(rows, dtype=np.uint32)[:, None]
        flat = flat.gather(pl.Series(index.ravel()))
    return flat.reshape((rows, count)).cast(pl.List(pl.String))


def _cut(parts: Sequence[PartColumns], *, radices: tuple[int, ...]) -> int:
    """Give where to cut the parts in two so that the fewest half texts are built and then joined."""

    def variants(half: Sequence[PartColumns]) -> int:
        return math.prod(radices[slot] for slot in {part.slot for part in half if part.slot is not None})

    return min(range(1, len(parts) + 1), key=lambda cut: variants(parts[:cut]) + variants(parts[cut:]))


def _name(half: Sequence[PartColumns], *, digits: tuple[int, ...], side: int) -> str:
    used = sorted({part.slot for part in half if part.slot is not None})
    return f"{side}:" + ",".join(f"{slot}={digits[slot]}" for slot in used)
