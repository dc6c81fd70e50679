"""One proof that many leaves stand in an RFC 6962 tree: the hashes of the subtrees that hold none of them.

Source: RFC 6962 section 2.1; its recursive split, walked once for all leaves.
"""

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Final

from suyuan.crypto.merkle import EMPTY_ROOT, HASH_BYTES, node_hash
from suyuan.errors import RefusedError, VerificationError

MAX_SIZE: Final = 2**53
"""Larger trees are not made; the walk stays shallow whatever is given to it."""


def prove_many(indexes: Sequence[int], *, size: int, range_hash: Callable[[int, int], bytes]) -> list[bytes]:
    """Give the hashes of the maximal subtrees without a known leaf, left to right.

    Args:
        indexes: the known leaves, ascending, each once; none gives the root alone (of an empty tree, nothing).
        range_hash: gives MTH(D[start:end]) of the subtrees that the split makes.
    Raises: RefusedError: indexes out of order or outside the tree.
    """
    if any(a >= b for a, b in pairwise(indexes)) or (indexes and not 0 <= indexes[0] <= indexes[-1] < size):
        raise RefusedError("multiproof: the leaves are not ascending inside the tree")
    found: list[bytes] = []

    def walk(start: int, end: int, low: int, high: int) -> None:
        if low == high:
            found.append(range_hash(start, end))
        elif end - start > 1:
            middle = start + _split_point(end - start)
            cut = bisect_left(indexes, middle, low, high)
            walk(start, middle, low, cut)
            walk(middle, end, cut, high)

    if size:
        walk(0, size, 0, len(indexes))
    return found


def verify_many(leaves: Mapping[int, bytes], *, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Check that the known leaves stand in the tree of `size` under `root`.

    Args:
        leaves: leaf hash by index.
    Raises: VerificationError: they do not, or the proof has a hash too few or too many.
    """
    indexes = sorted(leaves)
    hashes = [leaves[index] for index in indexes]
    if not 0 <= size <= MAX_SIZE or (indexes and not 0 <= indexes[0] <= indexes[-1] < size):
        raise VerificationError("multiproof: a leaf is outside the tree")
    if any(len(item) != HASH_BYTES for item in (*proof, *hashes)):
        raise VerificationError("multiproof: a hash has not 32 bytes")
    given = iter(proof)

    def walk(start: int, end: int, low: int, high: int) -> bytes:
        if low == high:
            taken = next(given, None)
            if taken is None:
                raise VerificationError("multiproof: it has too few hashes")
            return taken
        if end - start == 1:
            return hashes[low]
        middle = start + _split_point(end - start)
        cut = bisect_left(indexes, middle, low, high)
        left = walk(start, middle, low, cut)
        return node_hash(left, right=walk(middle, end, cut, high))

    computed = walk(0, size, 0, len(indexes)) if size else EMPTY_ROOT
    if next(given, None) is not None:
        raise VerificationError("multiproof: it has too many hashes")
    if computed != root:
        raise VerificationError("multiproof: it does not lead to the root")


def _split_point(size: int) -> int:
    return 1 << ((size - 1).bit_length() - 1)
