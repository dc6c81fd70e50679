"""Kernels over the person index: whom a token leads to, and what a row's tokens say together."""

from typing import Final

import numpy as np
import numpy.typing as npt

from suyuan.crypto.compiled import compiled
from suyuan.trace.matching.index import LINE_KEYS, NOBODY, NOT_ONE, SLOTS

Tokens = npt.NDArray[np.uint64]
Numbers = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]

AT_ONCE: Final = 128
"""Tokens whose lines are fetched together: enough that memory works on many of them at a time, few enough to stay in cache."""


@compiled
def below(keys: Tokens, begin: np.uint64, token: np.uint64) -> np.uint64:
    """Give how many tokens of the line that begins here are below a token; counted without a branch."""
    count = np.uint64(0)
    for slot in range(np.uint64(SLOTS)):
        count += np.uint64(keys[begin + slot] < token)
    return count


@compiled
def probe(tokens: Tokens, homes: int, keys: Tokens, owners: npt.NDArray[np.uint32], out: npt.NDArray[np.int64]) -> None:
    """Write to `out[i]` whom `tokens[i]` leads to, -1 where it leads to nobody.

    Args:
        homes: how many lines are homes of tokens.
        keys, owners: the lines of `index.PersonIndex`, as numbers of 64 bits and of 32.
    """
    # Indexes are without a sign and arrays have one dimension: others Numba places by several more steps.
    slots, line_keys, half = np.uint64(SLOTS), np.uint64(LINE_KEYS), np.uint64(32)
    lines = np.empty(AT_ONCE, dtype=np.uint64)
    for first in range(np.uint64(0), np.uint64(len(tokens)), np.uint64(AT_ONCE)):
        size = min(np.uint64(AT_ONCE), np.uint64(len(tokens)) - first)
        for i in range(size):
            begin = ((tokens[first + i] >> half) * np.uint64(homes) >> half) * line_keys
            lines[i] = begin
            out[first + i] = np.int64(keys[begin])  # Asks memory for the line; what this writes is written over.
        for i in range(size):
            token, begin = tokens[first + i], lines[i]
            slot = below(keys, begin, token)
            while slot == slots:
                begin += line_keys
                slot = below(keys, begin, token)
            owner = np.int64(owners[np.uint64(2) * (begin + slots) + slot])
            is_one = (keys[begin + slot] == token) & (owner != NOT_ONE)
            out[first + i] = owner if is_one else NOBODY


@compiled
def tally(
    votes: npt.NDArray[np.int64],
    linked: Numbers,
    by: Bytes,
    most: Bytes,
    total: Bytes,
    contradicting: npt.NDArray[np.bool_],
) -> int:
    """Give every row to the person that more of its fields name than any other; `link.count_votes` says the rule.

    Args:
        votes: shape (fields, rows), strongest field first, -1 where a field names no one.
        linked: the rows that have a person, written as the others are: row, place of the strongest field that says
            so, its votes, and all votes of the row.
    Returns: how many rows have a person.
    """
    fields, rows = votes.shape
    count = 0
    for row in range(rows):
        best = every = 0
        winner = np.int64(NOBODY)
        place = 0
        tied = False
        for one in range(fields):
            person = votes[one, row]
            if person == NOBODY:
                continue
            every += 1
            same = 0
            is_first = True
            for other in range(fields):
                if votes[other, row] == person:
                    same += 1
                    is_first &= other >= one
            if not is_first:
                continue
            if same > best:
                best, winner, place, tied = same, person, one, False
            elif same == best:
                tied = True
        contradicting[row] = tied
        if winner != NOBODY and not tied:
            linked[count], by[count], most[count], total[count] = row, place, best, every
            count += 1
    return count
