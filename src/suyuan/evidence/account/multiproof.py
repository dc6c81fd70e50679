"""One proof for many leaves of a tree: the verifier's own implementation, told nothing by whoever made the proof."""

from bisect import bisect_left
from collections.abc import Sequence
from hashlib import sha256
from itertools import pairwise
from typing import Final

from suyuan.errors import VerificationError
from suyuan.evidence.plain import HASH_BYTES

_NODE: Final = b"\x01"


def verify_many(known: Sequence[tuple[int, bytes]], *, size: int, proof: bytes, root: bytes, place: str) -> None:
    """Check that leaves stand at their indexes in the tree with this size and root.

    The proof is the joined hashes of the largest subtrees that hold no known leaf, from left to right.

    Args:
        known: index and leaf hash of at least one leaf, ascending.
        size: leaves in the tree.
        proof: joined hashes, none missing and none left over.
    Raises: VerificationError: anything else, naming the place.
    Source: RFC 6962 section 2.1: a tree of n leaves is split at the largest power of two below n.
    Test: tests/properties/test_account_multiproof.py
    """
    places = [index for index, _ in known]
    if not places or places[0] < 0 or places[-1] >= size or any(b <= a for a, b in pairwise(places)):
        raise VerificationError(f"{place}: the leaves shown are not ascending inside their tree")
    hashes = [proof[at : at + HASH_BYTES] for at in range(0, len(proof), HASH_BYTES)]
    walk = _Walk(places, [digest for _, digest in known], hashes)
    try:
        computed = walk.subtree(0, len(places), 0, size)
    except IndexError:
        raise VerificationError(f"{place}: the proof is too short") from None
    if walk.used != len(hashes) or len(proof) % HASH_BYTES:
        raise VerificationError(f"{place}: the proof is too long")
    if computed != root:
        raise VerificationError(f"{place}: the proof does not lead to the root")


class _Walk:
    """Goes down the tree once, taking hashes of the proof in their order."""

    __slots__ = ("_digests", "_hashes", "_places", "used")

    def __init__(self, places: list[int], digests: list[bytes], hashes: list[bytes]) -> None:
        self._places = places
        self._digests = digests
        self._hashes = hashes
        self.used = 0

    def subtree(self, first: int, last: int, start: int, end: int) -> bytes:
        """Give the root of [start, end), in which the known leaves of [first, last) stand: at least one.

        It goes down as long as all of them are on one side, which needs no call for each level. From left to right
        the proof then has the left neighbours from the top down, what is needed at the bottom, and the right
        neighbours from the bottom up.
        """
        lowest, highest = self._places[first], self._places[last - 1]
        turns: list[bool] = []
        size = end - start
        half = _half(size)
        if lowest == highest and half << 1 == size:
            return self._perfect(self._digests[first], place=lowest - start, size=size)
        while half:
            split = start + half
            if lowest >= split:
                turns.append(True)
                start, size = split, size - half
                half = half >> 1 if size == half else _half(size)
            elif highest < split:
                turns.append(False)
                size, half = half, half >> 1
            else:
                break
        to_the_right = sum(turns)
        left = self.used = self.used + to_the_right
        hashes, hasher, node = self._hashes, sha256, _NODE
        if half:
            between = bisect_left(self._places, split, first, last)
            below = self.subtree(first, between, start, split)
            digest = hasher(node + below + self.subtree(between, last, split, start + size)).digest()
        else:
            digest = self._digests[first]
        right = self.used
        self.used = right + len(turns) - to_the_right
        for goes_right in reversed(turns):
            if goes_right:
                left -= 1
                digest = hasher(node + hashes[left] + digest).digest()
            else:
                digest = hasher(node + digest + hashes[right]).digest()
                right += 1
        return digest

    def _perfect(self, digest: bytes, *, place: int, size: int) -> bytes:
        """Give the root of a tree of a power of two leaves with one known: its place's bits are the turns."""
        left = right = self.used + place.bit_count()
        self.used += size.bit_length() - 1
        hashes, hasher, node, bit = self._hashes, sha256, _NODE, 1
        while bit < size:
            if place & bit:
                left -= 1
                digest = hasher(node + hashes[left] + digest).digest()
            else:
                digest = hasher(node + digest + hashes[right]).digest()
                right += 1
            bit <<= 1
        return digest


def _half(size: int) -> int:
    """Give the largest power of two below a size; 0 for a single leaf."""
    return 1 << (size - 1).bit_length() - 1 if size > 1 else 0
