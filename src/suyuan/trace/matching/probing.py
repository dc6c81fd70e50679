"""Kernels over the person index: whom a token leads to, and what a row's tokens say together."""

import numpy as np
import numpy.typing as npt

from suyuan.crypto.compiled import compiled

Tokens = npt.NDArray[np.uint64]
Numbers = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]

NOBODY = -1


@compiled
def probe(
    tokens: Tokens,
    shift: int,
    buckets: npt.NDArray[np.uint32],
    keys: Tokens,
    persons: npt.NDArray[np.uint32] | Numbers,
    rows: Numbers,
    out: npt.NDArray[np.int64],
) -> None:
    """Write to `out[rows[i]]` whom `tokens[i]` leads to; where it leads to nobody, nothing is written.

    Args:
        shift: how far a token is shifted right to give its bucket; bucket b is `keys[buckets[b]:buckets[b + 1]]`.
    """
    for i in range(len(tokens)):
        token = tokens[i]
        bucket = np.int64(token >> np.uint64(shift))
        place, end = np.int64(buckets[bucket]), np.int64(buckets[bucket + 1])
        while place < end and keys[place] < token:
            place += 1
        if place < end and keys[place] == token:
            out[rows[i]] = persons[place]


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


@compiled
def count_buckets(keys: Tokens, shift: int, buckets: npt.NDArray[np.uint32]) -> None:
    """Write where every bucket of the sorted keys begins; `buckets` has one more, which is their number."""
    place = 0
    for bucket in range(len(buckets) - 1):
        while place < len(keys) and np.int64(keys[place] >> np.uint64(shift)) < bucket:
            place += 1
        buckets[bucket] = place
    buckets[len(buckets) - 1] = len(keys)
