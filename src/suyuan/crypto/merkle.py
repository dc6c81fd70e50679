"""RFC 6962 trees: roots, inclusion and consistency proofs, and the static tree of a bulk list."""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Final

from suyuan.crypto import side_by_side
from suyuan.errors import RefusedError, VerificationError

HASH_BYTES: Final = 32
LEAF: Final = b"\x00"
"""What stands before an entry where its leaf is hashed."""

NODE: Final = b"\x01"
"""What stands before two hashes where their node is hashed."""

_AT_ONCE: Final = 16_384
"""Up to so many hashes the rest of a tree is made in one run; above it level by level, in less room."""

EMPTY_ROOT: Final = sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """Give SHA-256(0x00 || entry)."""
    return sha256(LEAF + entry).digest()


def node_hash(left: bytes, *, right: bytes) -> bytes:
    """Give SHA-256(0x01 || left || right)."""
    return sha256(NODE + left + right).digest()


def leaf_hashes(entries: Iterable[bytes]) -> list[bytes]:
    """Give the leaf hash of every entry, in a tight loop, or side by side where they are many and of one size."""
    if isinstance(entries, list) and side_by_side.is_ready(len(entries)) and len(set(map(len, entries))) == 1:
        return side_by_side.hash_rows(entries, before=LEAF).each
    hasher = sha256
    return [hasher(LEAF + entry).digest() for entry in entries]


def pair_up(level: bytes) -> bytes:
    """Give the next level: the node hash of each 64-byte pair; an odd last hash is left out."""
    pairs = len(level) // 64
    if side_by_side.is_ready(pairs):
        return side_by_side.hash_joined(level[: 64 * pairs], size=64, before=NODE)
    hasher = sha256
    return b"".join([hasher(NODE + level[i : i + 64]).digest() for i in range(0, len(level) - 63, 64)])


class Tree:
    """The whole tree over a list of leaf hashes that will not grow: manifests, batch tables, pools.

    Every level is kept as one run of bytes, 64 bytes a leaf in all. An odd last hash rises unchanged,
    which is what splitting at the largest power of two gives.
    """

    __slots__ = ("_levels", "size")

    def __init__(self, leaves: Sequence[bytes] | bytes) -> None:
        """Take leaf hashes, as a sequence or joined."""
        level = leaves if isinstance(leaves, bytes) else b"".join(leaves)
        if len(level) % HASH_BYTES:
            raise RefusedError("leaf hashes have 32 bytes each")
        self.size = len(level) // HASH_BYTES
        self._levels = [level]
        while len(level) > HASH_BYTES:
            hashes = len(level) // HASH_BYTES
            if hashes <= _AT_ONCE and side_by_side.is_ready(hashes):
                self._levels[-1:] = side_by_side.levels(level)
                break
            odd = level[-HASH_BYTES:] if hashes % 2 else b""
            level = pair_up(level) + odd
            self._levels.append(level)

    @property
    def root(self) -> bytes:
        """The Merkle tree hash; SHA-256 of nothing for an empty tree."""
        return self._levels[-1] if self.size else EMPTY_ROOT

    def leaf(self, index: int) -> bytes:
        """Give the leaf hash at `index`."""
        require_index(index, size=self.size)
        return self._levels[0][index * 32 : index * 32 + 32]

    def range_hash(self, start: int, end: int) -> bytes:
        """Give MTH(D[start:end]) for a range as proofs use them: aligned, and full or running to the end.

        Raises: RefusedError: another range.
        """
        height = (end - start - 1).bit_length()
        aligned = start % (1 << height) == 0 and (end - start == 1 << height or end == self.size)
        if not 0 <= start < end <= self.size or not aligned:
            raise RefusedError(f"the range from {start} to {end} is no subtree of {self.size} entries")
        at = (start >> height) * HASH_BYTES
        return self._levels[height][at : at + HASH_BYTES]

    def inclusion_proof(self, index: int) -> tuple[bytes, ...]:
        """Give the audit path of a leaf, the leaf's sibling first."""
        require_index(index, size=self.size)
        path: list[bytes] = []
        for level in self._levels[:-1]:
            sibling = (index ^ 1) * HASH_BYTES
            if sibling < len(level):
                path.append(level[sibling : sibling + HASH_BYTES])
            index >>= 1
        return tuple(path)


def root(hashes: Sequence[bytes] | bytes) -> bytes:
    """Give the Merkle tree hash of some leaf hashes, in a sequence or joined."""
    return Tree(hashes).root


def require_index(index: int, *, size: int) -> None:
    """Check that an entry lies inside a tree.

    Raises: RefusedError: it does not.
    """
    if not 0 <= index < size:
        raise RefusedError(f"entry {index} is outside a tree of {size} entries")


def inclusion_ranges(index: int, *, size: int) -> list[tuple[int, int]]:
    """Give the ranges [start, end) whose hashes prove entry `index` in a tree of `size`, sibling first.

    Source: RFC 6962 section 2.1.1.
    """
    require_index(index, size=size)
    ranges: list[tuple[int, int]] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split_point(end - start)
        if index < middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((start, middle))
            start = middle
    return ranges[::-1]


def consistency_ranges(old_size: int, *, new_size: int) -> list[tuple[int, int]]:
    """Give the ranges whose hashes prove that the tree of `old_size` is a prefix of the one of `new_size`.

    Source: RFC 6962 section 2.1.2.
    """
    if not 0 <= old_size <= new_size:
        raise RefusedError(f"a tree of {old_size} is no prefix of one of {new_size}")
    if old_size in (0, new_size):
        return []
    ranges: list[tuple[int, int]] = []
    start, end = 0, new_size
    while end != old_size:
        middle = start + _split_point(end - start)
        if old_size <= middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((start, middle))
            start = middle
    if start != 0:
        ranges.append((start, end))
    return ranges[::-1]


def inclusion_proof(hashes: Sequence[bytes], *, index: int) -> tuple[bytes, ...]:
    """Give the audit path of one leaf among some leaf hashes."""
    return Tree(hashes).inclusion_proof(index)


def consistency_proof(hashes: Sequence[bytes], *, old_size: int) -> tuple[bytes, ...]:
    """Give the proof that the first `old_size` leaf hashes are a prefix of all of them."""
    ranges = consistency_ranges(old_size, new_size=len(hashes))
    return tuple(Tree(hashes[start:end]).root for start, end in ranges)


def verify_inclusion(leaf: bytes, *, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Check an audit path.

    Args:
        leaf: the leaf hash, 32 bytes.
    Raises: VerificationError: it does not lead from the leaf to the root.
    Source: RFC 9162 section 2.1.3.2.
    """
    if not 0 <= index < size or any(len(item) != HASH_BYTES for item in proof):
        raise VerificationError(f"inclusion of entry {index}: the proof is malformed")
    position, last, computed = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise VerificationError(f"inclusion of entry {index}: the proof is too long")
        if position & 1 or position == last:
            computed = node_hash(sibling, right=computed)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            computed = node_hash(computed, right=sibling)
        position, last = position >> 1, last >> 1
    if last != 0 or computed != root:
        raise VerificationError(f"inclusion of entry {index}: the proof does not lead to the root")


def verify_consistency(
    *, old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """Check that one tree is a prefix of another.

    Raises: VerificationError: the proof does not show it.
    Source: RFC 9162 section 2.1.4.2.
    """
    failed = VerificationError(f"consistency of {old_size} with {new_size}: the proof does not hold")
    if not 0 <= old_size <= new_size or any(len(item) != HASH_BYTES for item in proof):
        raise failed
    if old_size == new_size or old_size == 0:
        same = old_root == new_root if old_size == new_size else old_root == EMPTY_ROOT
        if proof or not same:
            raise failed
        return
    path = list(proof)
    if old_size & (old_size - 1) == 0:
        path.insert(0, old_root)
    if not path:
        raise failed
    position, last = old_size - 1, new_size - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise failed
        if position & 1 or position == last:
            old, new = node_hash(sibling, right=old), node_hash(sibling, right=new)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            new = node_hash(new, right=sibling)
        position, last = position >> 1, last >> 1
    if last != 0 or old != old_root or new != new_root:
        raise failed


def _split_point(size: int) -> int:
    """Give the largest power of two below `size` (2 or more)."""
    return 1 << ((size - 1).bit_length() - 1)
