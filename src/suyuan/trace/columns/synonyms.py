"""Keys of records that say the same: `姓名` in some and `客户` in others, never both in one."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import polars as pl

from suyuan.kinds.column import kind_shares_each
from suyuan.terms import KindName
from suyuan.trace.columns.headers import SURE, hint_of, is_other_number
from suyuan.trace.formats.jsonl import KEYS_AT_MOST

MERGED: Final = (
    KindName.PERSON_NAME,
    KindName.PHONE,
    KindName.EMAIL,
    KindName.RESIDENT_ID,
    KindName.POSTAL_ADDRESS,
)
"""What one person has one of in most lists."""

VALUES_KEPT: Final = 40
VALUES_LEAST: Final = 3
SHAPES_AT_MOST: Final = 2_000
"""Sets of keys that are remembered; records of more are too unlike one another for any two keys to be the same."""


@dataclass(slots=True)
class Met:
    """The keys of records: in the order first met, some values of each, and which stood together with something in them."""

    values: dict[str, list[str]] = field(default_factory=dict)
    shapes: set[frozenset[str]] = field(default_factory=set)

    def take(self, record: Mapping[str, str]) -> None:
        """Take a record."""
        if not record.keys() <= self.values.keys() and len(self.values) <= KEYS_AT_MOST:
            for key in record:
                self.values.setdefault(key, [])
        filled = frozenset(key for key, value in record.items() if value)
        if filled not in self.shapes and len(self.shapes) <= SHAPES_AT_MOST:
            self.shapes.add(filled)
        for key in filled:
            kept = self.values.get(key)
            if kept is not None and len(kept) < VALUES_KEPT:
                kept.append(record[key])

    def kinds(self, keys: Sequence[str]) -> dict[str, KindName | None]:
        """Give the kind of each key's values, by what they are or, where they are nothing surely, by the key."""
        asked = [key for key in keys if len(self.values[key]) >= VALUES_LEAST]
        shares = dict(
            zip(asked, kind_shares_each([pl.Series(self.values[key], dtype=pl.String) for key in asked]), strict=True)
        )
        return {key: kind_of(key, shares=shares.get(key, {})) for key in keys}

    def groups(self) -> tuple[tuple[str, ...], ...]:
        """Give the keys with those after each that say the same and never stand beside it."""
        keys = list(self.values)[: KEYS_AT_MOST + 1]
        if len(self.shapes) < 2 or len(self.shapes) > SHAPES_AT_MOST:
            return tuple((key,) for key in keys)
        bits = {key: 1 << number for number, key in enumerate(keys)}
        every, beside = sum(bits.values()), self.beside(bits)
        groups: list[list[str]] = []
        members: list[int] = []
        kinds: list[KindName | None] = []
        # What stands beside every other key can be no other word for one of them.
        told = self.kinds([key for key in keys if key and every & ~(beside[key] | bits[key])])
        for key in keys:
            kind = told.get(key)
            alike = (
                place
                for place, group in enumerate(members)
                if kind is not None and kinds[place] is kind and not beside[key] & group
            )
            place = next(alike, None)
            if place is None or not self.values[key]:
                groups.append([key])
                members.append(bits[key])
                kinds.append(kind)
            else:
                groups[place].append(key)
                members[place] |= bits[key]
        return tuple(map(tuple, groups))

    def beside(self, bits: Mapping[str, int]) -> dict[str, int]:
        """Give the keys, as bits, that stand in some record with each key, and the key itself where it is in one."""
        found = dict.fromkeys(bits, 0)
        for shape in self.shapes:
            known = [key for key in shape if key in bits]
            whole = sum(map(bits.__getitem__, known))
            for key in known:
                found[key] |= whole
        return found


def kind_of(key: str, *, shares: Mapping[KindName, float]) -> KindName | None:
    """Give the kind of a key's values, of which these are the shares of each kind."""
    hint = hint_of(key)
    if is_other_number(key) or any(weight < 0 for weight in hint.values()):
        return None
    sure = [kind for kind in MERGED if shares.get(kind, 0.0) >= SURE]
    told = [kind for kind in MERGED if hint.get(kind, 0.0) > 0]
    if told and (not sure or told[0] in sure):
        return told[0]
    return sure[0] if sure else None


def grouped(records: Iterable[object]) -> tuple[tuple[str, ...], ...]:
    """Give the keys of records in the order they are first met, those that say the same together; the best known first."""
    met = Met()
    for record in records:
        if isinstance(record, Mapping):
            met.take(record)
    return tuple(tuple(sorted(group, key=lambda key: not hint_of(key))) for group in met.groups())


def first_filled(record: Mapping[str, str], *, groups: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Give what a record holds under each group of keys: the first of them that holds something."""
    for group in groups:
        if len(group) == 1:
            yield record.get(group[0], "")
        else:
            yield next(filter(None, (record.get(key, "") for key in group)), "")
