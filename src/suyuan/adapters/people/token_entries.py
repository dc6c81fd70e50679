"""Tokens as columns: gathered from a batch, compared with those held, packed into a person's row."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
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
        KindName.TEXT: 8,
        KindName.BANK_CARD: 9,
        KindName.PLATE: 10,
        KindName.MOMENT: 11,
        KindName.COORDINATE: 12,
    }
)
"""The code of each kind in the file. A format: codes are added and never changed."""

_PACKED = np.dtype([("kind", "u1"), ("token", "<i8")])
"""One token in a person's row: 9 bytes."""

_ODD = 0x40
"""Added to the kind of a token of a generation 1, 3, 5: at most two that follow each other are ever held."""

_CLOSED = 0x80
"""Added to the kind of a token that the person has no more."""


def code_of(kind: KindName, *, generation: int) -> int:
    """Give the code of a kind's tokens of a generation."""
    return KIND_CODES[kind] | generation_bit(generation)


def generation_bit(generation: int) -> int:
    """Give the bit of a code that tells a generation from those next to it."""
    return _ODD if generation % 2 else 0


def codes_of(kind: KindName) -> list[int]:
    """Give every code under which tokens of a kind lie: 64 random bits tell generations apart by themselves."""
    return [code_of(kind, generation=0), code_of(kind, generation=1)]


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
                np.array([code_of(column.kind, generation=column.generation) for column in columns], np.uint8),
                [len(column.rows) for column in columns],
            ),
            np.concatenate([*held, *(column.tokens.view(np.int64) for column in columns)]),
        )

    @classmethod
    def _ordered(cls, persons: Numbers, kinds: npt.NDArray[np.uint8], tokens: Numbers) -> Self:
        order = _order(_owner(persons, kinds), tokens, together=1)
        persons, kinds, tokens = persons[order], kinds[order], tokens[order]
        first = np.ones(len(order), np.bool_)
        first[1:] = (persons[1:] != persons[:-1]) | (kinds[1:] != kinds[:-1]) | (tokens[1:] != tokens[:-1])
        return cls(persons=persons[first], kinds=kinds[first], tokens=tokens[first])

    def __len__(self) -> int:
        return len(self.persons)

    def where(self, kept: npt.NDArray[np.bool_]) -> Self:
        """Give some of the entries."""
        return type(self)(persons=self.persons[kept], kinds=self.kinds[kept], tokens=self.tokens[kept])

    def outside(self, generation: int) -> Self:
        """Give the entries that are not of a generation."""
        return self.where((self.kinds & _ODD) != generation_bit(generation))

    def union(self, other: Self) -> Self:
        """Give the entries that are in either."""
        if not len(self) or not len(other):
            return self if len(self) else other
        return self._ordered(
            np.concatenate([self.persons, other.persons]),
            np.concatenate([self.kinds, other.kinds]),
            np.concatenate([self.tokens, other.tokens]),
        )

    def without(self, other: Self) -> Self:
        """Give the entries that are in this and not in the other."""
        if not len(self) or not len(other):
            return self
        owners = np.concatenate([_owner(self.persons, self.kinds), _owner(other.persons, other.kinds)])
        tokens = np.concatenate([self.tokens, other.tokens])
        # Both are distinct and the sort is stable: an entry of both lies directly before its twin.
        order = _order(owners, tokens, together=2)
        owners, tokens = owners[order], tokens[order]
        kept = np.ones(len(order), np.bool_)
        kept[order[:-1][(owners[1:] == owners[:-1]) & (tokens[1:] == tokens[:-1])]] = False
        return self.where(kept[: len(self)])

    def in_token_order(self, *, at_ms: int) -> Iterable[tuple[int, int, int, int]]:
        """Give (kind, token, person, `at_ms`) as the token table lies on the disk: a sorted insert is the fast one."""
        order = np.lexsort((self.tokens, self.kinds))
        columns = (self.kinds[order].tolist(), self.tokens[order].tolist(), self.persons[order].tolist())
        return zip(*columns, repeat(at_ms, len(order)), strict=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonTokens:
    """All tokens of some persons: those they have now, and those they had once and have no more."""

    current: TokenEntries
    closed: TokenEntries

    @classmethod
    def unpack(cls, rows: Iterable[tuple[int, bytes]]) -> Self:
        """Read persons' rows: each a distinct number and her packed tokens."""
        numbers: list[int] = []
        packed: list[bytes] = []
        for number, tokens in sorted(rows):
            numbers.append(number)
            packed.append(tokens)
        found = np.frombuffer(b"".join(packed), _PACKED)
        sizes = [len(tokens) // _PACKED.itemsize for tokens in packed]
        persons = np.repeat(np.array(numbers, np.int64), sizes)
        entries = TokenEntries(persons=persons, kinds=found["kind"] & ~np.uint8(_CLOSED), tokens=found["token"])
        is_closed = found["kind"] >= _CLOSED
        return cls(current=entries.where(~is_closed), closed=entries.where(is_closed))

    def pack(self, persons: Numbers) -> Iterator[tuple[int, bytes]]:
        """Give the row of each of these persons, who are ascending and distinct."""
        kinds = [self.current.kinds, self.closed.kinds | np.uint8(_CLOSED)]
        owners = np.concatenate([self.current.persons, self.closed.persons])
        # Stable: a person's current tokens come first, and each part stays in the order (kind, token).
        order = np.argsort(owners, kind="stable")
        packed = np.empty(len(owners), _PACKED)
        packed["kind"] = np.concatenate(kinds)[order]
        packed["token"] = np.concatenate([self.current.tokens, self.closed.tokens])[order]
        whole, owners = packed.tobytes(), owners[order]
        starts = (np.searchsorted(owners, persons, side="left") * _PACKED.itemsize).tolist()
        ends = (np.searchsorted(owners, persons, side="right") * _PACKED.itemsize).tolist()
        for number, start, end in zip(persons.tolist(), starts, ends, strict=True):
            yield number, whole[start:end]


def _order(owners: Numbers, tokens: Numbers, *, together: int) -> Numbers:
    """Give a stable order that brings equal (owner, token) together.

    Owners come as a few sorted runs, which merge fast; the random tokens need sorting only where more than
    `together` entries have one owner.
    """
    order = np.argsort(owners, kind="stable")
    ordered = owners[order]
    crowded = np.any(ordered[together:] == ordered[:-together])
    return np.lexsort((tokens, owners)) if crowded else order


def _owner(persons: Numbers, kinds: npt.NDArray[np.uint8]) -> Numbers:
    """Give person and kind as one number to sort by; person numbers stay far below 2^55."""
    return (persons << 8) | kinds


def _require_shape(column: TokenColumn, *, size: int) -> None:
    rows = column.rows
    if len(rows) != len(column.tokens):
        raise RefusedError(
            f"tokens of {column.kind.value}: {len(rows)} rows for {len(column.tokens)} tokens",
            code="hold.batch_shape",
        )
    if len(rows) and not 0 <= int(rows.min()) <= int(rows.max()) < size:
        raise RefusedError(f"tokens of {column.kind.value}: a row outside the batch of {size}", code="hold.batch_shape")
