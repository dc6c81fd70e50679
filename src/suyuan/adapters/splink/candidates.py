"""Which pairs are worth scoring: rows and persons that agree on one rare key or on two common ones."""

from collections.abc import Mapping
from itertools import combinations
from typing import Final

import polars as pl

from suyuan.adapters.splink.levels import HALVED
from suyuan.terms import FieldName, KindName

PAIRS_PER_ROW: Final = 60
"""The most pairs, per dump row, that one blocking rule may bring; what would bring more is left to finer rules."""

Rule = tuple[str, ...]


def with_keys(table: pl.DataFrame, *, kinds: Mapping[FieldName, KindName]) -> pl.DataFrame:
    """Give the table with key columns: every field whole, and some kinds' values by their halves."""
    keys: list[pl.Expr] = []
    for name, kind in kinds.items():
        value = pl.col(name)
        size = value.str.len_chars()
        if kind in HALVED:
            half = (size + 1) // 2
            keys.append(pl.when(size >= 6).then(value.str.slice(0, half)).alias(f"{name}_head"))
            keys.append(pl.when(size >= 6).then(value.str.slice(half)).alias(f"{name}_tail"))
        elif kind is not KindName.EMAIL:
            keys.append(pl.when(size >= 4).then(value.str.to_lowercase().str.slice(0, 4)).alias(f"{name}_head"))
    return table.with_columns(keys)


def blocking_rules(
    residual: pl.DataFrame, *, people: pl.DataFrame, kinds: Mapping[FieldName, KindName]
) -> tuple[Rule, ...]:
    """Choose the sets of key columns whose equality makes a candidate pair.

    A single key is taken where it is selective; two together where neither was; three only where nothing else is.
    Together the rules ask for so little agreement that a person with errors in most fields is still met.
    """
    origin = {column: column.split("_")[0] for column in residual.columns if column.split("_")[0] in kinds}
    most = PAIRS_PER_ROW * max(residual.height, 1)
    rules: list[Rule] = []
    for size in (1, 2, 3):
        if size == 3 and rules:
            break
        for rule in combinations(origin, size):
            distinct = len({origin[column] for column in rule}) == size
            if not distinct or any(set(known) <= set(rule) for known in rules) or is_implied(rule, rules=rules):
                continue
            if pair_count(residual, people=people, rule=rule) <= most:
                rules.append(rule)
    return tuple(rules)


def is_implied(rule: Rule, *, rules: list[Rule]) -> bool:
    """Say whether a known rule on heads or tails already finds all pairs of this rule on whole values."""
    held = {*rule, *(f"{c}_head" for c in rule if "_" not in c), *(f"{c}_tail" for c in rule if "_" not in c)}
    return any(set(known) <= held for known in rules)


def pair_count(residual: pl.DataFrame, *, people: pl.DataFrame, rule: Rule) -> int:
    """Count the pairs that agree on every column of a rule."""
    left = residual.lazy().select(rule).drop_nulls().group_by(rule).len(name="left")
    right = people.lazy().select(rule).drop_nulls().group_by(rule).len(name="right")
    joined = left.join(right, on=list(rule)).select((pl.col("left").cast(pl.Int64) * pl.col("right")).sum())
    return int(joined.collect().item() or 0)
