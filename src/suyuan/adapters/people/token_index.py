"""From tokens to persons: the tokens of a kind as the store has them, each with the one person it leads to, or none."""

from collections.abc import Iterable, Sequence
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt

from suyuan.hold.ports import Numbers, Tokens
from suyuan.terms import Digest
from suyuan.trace.matching.index import PersonIndex

FOUND: Final = np.dtype([("token", "i8"), ("person", "i8"), ("current", "?")])
"""A token, its 64 bits read as a signed integer, a person who has or had it, and whether she has it now."""


class TokenIndex:
    """Whom each token leads to.

    A token of one current person leads to her; of several, to none. A token that nobody has any more
    leads to the person who had it, unless several had.
    """

    __slots__ = ("_index",)

    def __init__(self, index: PersonIndex) -> None:
        self._index = index

    @classmethod
    def build(cls, rows: Iterable[tuple[Any, ...]]) -> Self:
        """Build from rows (token, person, whether current), in any order. Any: SQLite gives 0 and 1 for a bool."""
        return cls.of(np.fromiter(rows, FOUND))

    @classmethod
    def of(cls, found: npt.NDArray[np.void]) -> Self:
        """Build from an array of `FOUND`, in any order."""
        keys = np.ascontiguousarray(found["token"]).view(np.uint64)
        order = np.argsort(keys, kind="stable")
        keys, persons, current = keys[order], found["person"][order], found["current"][order]
        del found, order
        first = np.ones(len(keys), dtype=np.bool_)
        first[1:] = keys[1:] != keys[:-1]
        starts = np.flatnonzero(first)
        if len(starts) == len(keys):
            return cls(PersonIndex(keys=keys, persons=persons))
        owners = np.diff(np.append(starts, len(keys)))
        now = np.add.reduceat(current.astype(np.int64), starts)
        the_current = np.add.reduceat(np.where(current, persons, 0), starts)
        the_only = np.where((now == 0) & (owners == 1), persons[starts], -1)
        return cls(PersonIndex(keys=keys[starts], persons=np.where(now == 1, the_current, the_only)))

    def find(self, tokens: Tokens) -> Numbers:
        """Give the person of each token, -1 where there is none or not one."""
        return self._index.find(tokens)

    def rest(self) -> None:
        """Let go of its memory until the next look-up, as far as a file has it."""
        self._index.rest()

    @property
    def digest(self) -> Digest:
        """Give the SHA-256 of the tokens and persons, the same of equal ones and only of those."""
        return self._index.digest

    @property
    def entries(self) -> tuple[Tokens, Numbers]:
        """Give the tokens, ascending, and the person of each, -1 where there is not one."""
        return self._index.entries


def spanned(token: int, person: int, since: int, until: int | None) -> tuple[int, int, int, int | None]:
    """Give a stored token with its person and span as the port gives it: the token without a sign."""
    return token & 0xFFFF_FFFF_FFFF_FFFF, person, since, until


def former(rows: Sequence[tuple[Any, ...]]) -> tuple[Tokens, Numbers, Numbers]:
    """Give rows (token, person, until) as columns. Any: as `TokenIndex.build`."""
    found = np.array(rows, np.int64).reshape(-1, 3)
    token, person, until = (np.ascontiguousarray(found[:, place]) for place in range(3))
    return token.view(np.uint64), person, until
