"""From tokens to persons: one sorted column of tokens, each with the one person it leads to, or -1."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from suyuan.hold.ports import Numbers, Tokens

_FOUND = np.dtype([("token", "i8"), ("person", "i8"), ("current", "?")])


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenIndex:
    """Distinct tokens (signed, ascending) and whom each leads to.

    A token of one current person leads to her; of several, to none. A token that nobody has any more
    leads to the person who had it, unless several had.
    """

    tokens: Numbers
    persons: Numbers

    @classmethod
    def build(cls, rows: Iterable[tuple[Any, ...]]) -> Self:
        """Build from rows (token, person, whether current), in any order. Any: SQLite gives 0 and 1 for a bool."""
        found = np.fromiter(rows, _FOUND)
        if not len(found):
            return cls(tokens=np.empty(0, np.int64), persons=np.empty(0, np.int64))
        found = found[np.argsort(found["token"], kind="stable")]
        starts = np.flatnonzero(np.concatenate([[True], np.diff(found["token"]) != 0]))
        owners = np.diff(np.append(starts, len(found)))
        current = np.add.reduceat(found["current"].astype(np.int64), starts)
        the_current = np.add.reduceat(np.where(found["current"], found["person"], 0), starts)
        the_only = np.where((current == 0) & (owners == 1), found["person"][starts], -1)
        return cls(tokens=found["token"][starts], persons=np.where(current == 1, the_current, the_only))

    def find(self, tokens: Tokens) -> Numbers:
        """Give the person of each token, -1 where there is none or not one."""
        wanted = tokens.view(np.int64)
        if not len(self.tokens):
            return np.full(len(wanted), -1, np.int64)
        places = np.minimum(np.searchsorted(self.tokens, wanted), len(self.tokens) - 1)
        return np.where(self.tokens[places] == wanted, self.persons[places], np.int64(-1))
