"""Tokens as columns: gathered from a batch, compared with those held, packed into a person's row."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Self

import numpy as np
import numpy.typing as npt

from suyuan.errors import RefusedError
from suyuan.hold.ports import Numbers, TokenColumn
from suyuan.terms import KindName

KIND_CODES: Mapping[KindName, int] = MappingProxyType(
    {
        KindName.PHONE: 1,
        KindName.PERSON_NAME: 2,
        KindName.POSTAL_ADDRESS: 3,
        KindName.RESIDENT_ID: 4,
        KindName.EMAIL: 5,
        KindName.DATE: 6,
        KindName.IDENTIFIER: 7,
    }
)
"""The code of each kind in the file. A format: codes are added and never changed."""

_PACKED = np.dtype([("kind", "u1"), ("token", "<i8")])
"""One token in a person's row: 9 bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenEntries:
    """Tokens with their persons, as three columns; a token's 64 bits are read as a signed integer.

    Entries are distinct and in the order (person, kind, token).
    """

    persons: Numbers
    kinds: npt.NDArray[np.uint8]
    tokens: Numbers

    @classmethod
    def gather(cls, columns: Sequence[TokenColumn], persons: Numbers) -> Self:
        """Give the entries of a batch: row r of every column belongs to `persons[r]`.

        Raises: RefusedError: a person below 0, a row outside the batch, or rows and tokens of unequal length.
        """
        if len(persons) and persons.min() < 0:
            row = int(np.flatnonzero(persons < 0)[0])
            raise RefusedError(f"row {row}: it has tokens and no person", code="hold.batch_shape")
        for column in columns:
            _require_shape(column, size=len(persons))
        held = [np.empty(0, np.int64)]
        return cls._ordered(
            np.concatenate([*held, *(persons[column.rows] for column in columns)]),
            np.repeat(
                np.array([KIND_CODES[column.kind] for column in columns], np.uint8),
                [len(column.rows) for column in columns],
            ),
            np.concatenate([*held, *(column.tokens.view(np.int64) for column in columns)]),
        )

    @classmethod
    def unpack(cls, rows: Iterable[tuple[int, bytes]]) -> Self:
        """Give the entries of persons' rows: each a person's number and her packed tokens."""
        numbers, packed = [], []
        for number, tokens in rows:
            numbers.append(number)
            packed.append(tokens)
        found = np.frombuffer(b"".join(packed), _PACKED)
        sizes = [len(tokens) // _PACKED.itemsize for tokens in packed]
        return cls._ordered(np.repeat(np.array(numbers, np.int64), sizes), found["kind"], found["token"])

    @classmethod
    def _ordered(cls, persons: Numbers, kinds: npt.NDArray[np.uint8], tokens: Numbers) -> Self:
        order = np.lexsort((tokens, kinds, persons))
        persons, kinds, tokens = persons[order], kinds[order], tokens[order]
        first = np.ones(len(order), np.bool_)
        if len(order):
            first[1:] = (np.diff(persons) != 0) | (np.diff(kinds) != 0) | (np.diff(tokens) != 0)
        return cls(persons=persons[first], kinds=kinds[first], tokens=tokens[first])

    def __len__(self) -> int:
        return len(self.persons)

    def union(self, other: Self) -> Self:
        """Give the entries that are in either."""
        return self._ordered(
            np.concatenate([self.persons, other.persons]),
            np.concatenate([self.kinds, other.kinds]),
            np.concatenate([self.tokens, other.tokens]),
        )

    def without(self, other: Self) -> Self:
        """Give the entries that are in this and not in the other."""
        persons = np.concatenate([self.persons, other.persons])
        kinds = np.concatenate([self.kinds, other.kinds])
        tokens = np.concatenate([self.tokens, other.tokens])
        # Both are distinct and the sort is stable: an entry of both lies directly before its twin.
        order = np.lexsort((tokens, kinds, persons))
        twin = (np.diff(persons[order]) == 0) & (np.diff(kinds[order]) == 0) & (np.diff(tokens[order]) == 0)
        kept = np.ones(len(order), np.bool_)
        kept[order[:-1][twin]] = False
        kept = kept[: len(self)]
        return type(self)(persons=self.persons[kept], kinds=self.kinds[kept], tokens=self.tokens[kept])

    def of(self, persons: Numbers) -> Self:
        """Give the entries of some persons."""
        kept = np.isin(self.persons, persons)
        return type(self)(persons=self.persons[kept], kinds=self.kinds[kept], tokens=self.tokens[kept])

    def in_token_order(self) -> Iterable[tuple[int, int, int]]:
        """Give (kind, token, person) as the token table lies on the disk: a sorted insert is the fast one."""
        order = np.lexsort((self.persons, self.tokens, self.kinds))
        return zip(self.kinds[order].tolist(), self.tokens[order].tolist(), self.persons[order].tolist(), strict=True)

    def pack(self, persons: Numbers) -> Iterable[tuple[int, bytes]]:
        """Give the row of each of these persons, ascending and distinct: her number and her packed tokens."""
        packed = np.empty(len(self), _PACKED)
        packed["kind"], packed["token"] = self.kinds, self.tokens
        whole = packed.tobytes()
        starts = (np.searchsorted(self.persons, persons, side="left") * _PACKED.itemsize).tolist()
        ends = (np.searchsorted(self.persons, persons, side="right") * _PACKED.itemsize).tolist()
        for number, start, end in zip(persons.tolist(), starts, ends, strict=True):
            yield number, whole[start:end]


def _require_shape(column: TokenColumn, *, size: int) -> None:
    rows = column.rows
    if len(rows) != len(column.tokens):
        raise RefusedError(
            f"tokens of {column.kind.value}: {len(rows)} rows for {len(column.tokens)} tokens",
            code="hold.batch_shape",
        )
    if len(rows) and not 0 <= int(rows.min()) <= int(rows.max()) < size:
        raise RefusedError(f"tokens of {column.kind.value}: a row outside the batch of {size}", code="hold.batch_shape")
