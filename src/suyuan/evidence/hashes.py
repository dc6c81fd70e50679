"""SHA-256 in the shapes that a bundle uses: plain, tree leaves and nodes, salted commitments."""

import hashlib
from collections.abc import Sequence
from typing import Final

from suyuan.errors import VerificationError

EMPTY_ROOT: Final = hashlib.sha256(b"").digest()


def sha256(data: bytes) -> bytes:
    """Give the SHA-256."""
    return hashlib.sha256(data).digest()


def leaf_hash(entry: bytes) -> bytes:
    """Give the hash of a tree's leaf."""
    return sha256(b"\x00" + entry)


def root_of(entries: Sequence[bytes]) -> bytes:
    """Give the Merkle tree hash of some entries.

    Source: RFC 6962 section 2.1. An odd last hash rises unchanged, which is the split at the largest power of two.
    """
    return root_of_hashes([leaf_hash(entry) for entry in entries])


def root_of_hashes(hashes: Sequence[bytes]) -> bytes:
    """Give the Merkle tree hash of entries of which only the leaf hashes are known."""
    level = list(hashes)
    if not level:
        return EMPTY_ROOT
    while len(level) > 1:
        odd = level[-1:] if len(level) % 2 else []
        level = [sha256(b"\x01" + level[i] + level[i + 1]) for i in range(0, len(level) - 1, 2)] + odd
    return level[0]


def verify_inclusion(entry: bytes, *, index: int, size: int, proof: Sequence[bytes], root: bytes, place: str) -> None:
    """Check that an entry stands at an index of the tree with this size and root.

    Raises: VerificationError: the proof does not lead there, naming the place.
    Source: RFC 9162 section 2.1.3.2.
    """
    if not 0 <= index < size:
        raise VerificationError(f"{place}: stands outside its tree")
    position, last, computed = index, size - 1, leaf_hash(entry)
    for sibling in proof:
        if last == 0:
            raise VerificationError(f"{place}: the inclusion proof is too long")
        if position & 1 or position == last:
            computed = sha256(b"\x01" + sibling + computed)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            computed = sha256(b"\x01" + computed + sibling)
        position, last = position >> 1, last >> 1
    if last != 0 or computed != root:
        raise VerificationError(f"{place}: the inclusion proof does not lead to the root")


def commitment(tag: str, *, salt: bytes, payload: bytes) -> bytes:
    """Give SHA-256(tag || 0 || salt || payload)."""
    return sha256(tag.encode("ascii") + b"\x00" + salt + payload)
