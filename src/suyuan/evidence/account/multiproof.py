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
        """Give the root of [start, end), in which the known leaves of [first, last) stand: at least one."""
        if last - first == 1:
            return self._path(self._places[first], self._digests[first], start, end)
        split = start + (1 << ((end - start - 1).bit_length() - 1))
        between = bisect_left(self._places, split, first, last)
        if between == first:
            left, right = self._take(), self.subtree(first, last, split, end)
        elif between == last:
            left = self.subtree(first, last, start, split)
            right = self._take()
        else:
            left = self.subtree(first, between, start, split)
            right = self.subtree(between, last, split, end)
        return sha256(_NODE + left + right).digest()

    def _take(self) -> bytes:
        taken = self._hashes[self.used]
        self.used += 1
        return taken

    def _path(self, place: int, digest: bytes, start: int, end: int) -> bytes:
        """Give the root of a subtree that holds one known leaf, without a call for each level.

        From left to right its proof has the left neighbours from the top down, then the right ones from the
        bottom up.
        """
        turns: list[bool] = []
        while end - start > 1:
            split = start + (1 << ((end - start - 1).bit_length() - 1))
            if place >= split:
                turns.append(True)
                start = split
            else:
                turns.append(False)
                end = split
        left = self.used + sum(turns)
        right = left
        hashes, self.used = self._hashes, self.used + len(turns)
        if self.used > len(hashes):
            raise IndexError
        for goes_right in reversed(turns):
            if goes_right:
                left -= 1
                digest = sha256(_NODE + hashes[left] + digest).digest()
            else:
                digest = sha256(_NODE + digest + hashes[right]).digest()
                right += 1
        return digest
