"""Candidate pairs among very many persons: those that share a rare key, persons gone through in stretches.

A key is a part of a value that a mask, one wrong digit or a cut leaves whole: the two ends of a phone number, its head or
its tail; the region and the last four of an ID, its head, its tail; an e-mail; a name's sound with an end of the address.
"""

from collections.abc import Iterator, Mapping
from typing import Final

import polars as pl

from suyuan.terms import FieldName, KindName

PERSONS_PER_KEY: Final = 60
"""A key that more persons share tells too little; finer ones are left to find the pair."""

STRETCH: Final = 1_000_000
"""Persons whose keys are in memory at a time."""

PHONE_DIGITS: Final = 11
ID_CHARACTERS: Final = 18
SEED: Final = 20261122

BLOCKABLE: Final = frozenset({KindName.PHONE, KindName.RESIDENT_ID, KindName.EMAIL})


def sound_of(name: FieldName) -> FieldName:
    """Give the name of the column that holds a name by sound."""
    return FieldName(f"{name}_sound")


def candidate_pairs(rows: pl.DataFrame, *, people: pl.DataFrame, kinds: Mapping[FieldName, KindName]) -> pl.DataFrame:
    """Give the pairs worth scoring.

    Args:
        rows, people: `row` and `person`, and comparable String columns.
    Returns: `row`, `person`, each pair once.
    """
    left = pl.concat(list(keys_of(rows, number="row", kinds=kinds))).unique()
    met = []
    for first in range(0, people.height, STRETCH):
        for right in keys_of(people.slice(first, STRETCH), number="person", kinds=kinds):
            met.append(right.join(left, on="key", how="semi"))
    right = pl.concat(met).unique()
    common = right.group_by("key").len().filter(pl.col("len") > PERSONS_PER_KEY)
    right = right.join(common, on="key", how="anti")
    return left.join(right, on="key").select("row", "person").unique(maintain_order=False).sort("row", "person")


def keys_of(table: pl.DataFrame, *, number: str, kinds: Mapping[FieldName, KindName]) -> Iterator[pl.DataFrame]:
    """Give the keys of a table's rows, hashed, one kind of key at a time: `key` and the row's number."""
    for place, key in enumerate(key_expressions(kinds)):
        hashed = key.hash(SEED + place)
        yield table.select(pl.when(key.is_not_null()).then(hashed).alias("key"), number).drop_nulls("key")


def key_expressions(kinds: Mapping[FieldName, KindName]) -> list[pl.Expr]:
    """Give every key as an expression over comparable columns; null where it is not whole."""
    named = [name for name, kind in kinds.items() if kind is KindName.PERSON_NAME]
    lived = [name for name, kind in kinds.items() if kind is KindName.POSTAL_ADDRESS]
    keys: list[pl.Expr] = []
    for name, kind in kinds.items():
        value = pl.col(name)
        if kind is KindName.PHONE:
            ends = value.str.slice(0, 3) + value.str.slice(7)
            parts = [ends, value.str.slice(0, 7), value.str.slice(3)]
            keys += [_whole(part, value=value, size=PHONE_DIGITS) for part in parts]
            keys += [_whole(ends, value=value, size=PHONE_DIGITS) + pl.col(who).str.slice(0, 1) for who in named]
        elif kind is KindName.RESIDENT_ID:
            parts = [value.str.slice(0, 6) + value.str.slice(14), value.str.slice(0, 14), value.str.slice(6)]
            keys += [_whole(part, value=value, size=ID_CHARACTERS) for part in parts]
        elif kind is KindName.EMAIL:
            keys.append(pl.when(~value.str.contains("*", literal=True)).then(value))
    for where in lived:
        address = pl.col(where)
        long = address.str.len_chars() >= 8
        keys.append(pl.when(address.str.len_chars() >= 12).then(address))
        for who in named:
            sound, surname = pl.col(sound_of(who)), pl.col(who).str.slice(0, 1)
            keys += [
                pl.when(long).then(sound + address.str.slice(0, 8)),
                pl.when(long).then(sound + address.str.slice(-6)),
                pl.when(address.str.len_chars() >= 12).then(surname + address.str.slice(-10)),
            ]
    return keys


def _whole(part: pl.Expr, *, value: pl.Expr, size: int) -> pl.Expr:
    return pl.when((value.str.len_chars() == size) & ~part.str.contains("*", literal=True)).then(part)
