"""Row keys drawn ahead: lane keys by random access, their commitments, and the pool's tree.

A pool has one 32-byte seed and `lanes` keys a row. Lane key (row j, lane f) is the 32 bytes of the
AES-256-CTR keystream of the seed (zero nonce) at byte offset (j * lanes + f) * 32. Leaf j of the pool's
tree is u64be j || lane commitment 0 || ... || lane commitment lanes-1.
"""

from hashlib import sha256
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from suyuan.crypto import side_by_side
from suyuan.crypto.commit import LANE
from suyuan.crypto.merkle import LEAF, Tree, leaf_hashes
from suyuan.errors import RefusedError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

LANE_KEY_BYTES: Final = 32
_BLOCKS_PER_KEY: Final = 2
_ROWS_PER_STEP: Final = 8192


def lane_bytes(seed: bytes, *, first: int, count: int, lanes: int) -> bytes:
    """Give the lane keys of rows first .. first+count-1, joined: 32 bytes a lane, row by row.

    Raises: RefusedError: a seed that is not 32 bytes, or a negative range.
    """
    if len(seed) != 32:
        raise RefusedError(f"a pool seed has 32 bytes, got {len(seed)}")
    if first < 0 or count < 0 or lanes < 1:
        raise RefusedError("lane keys: first and count are at least 0, lanes at least 1")
    counter = (first * lanes * _BLOCKS_PER_KEY).to_bytes(16, "big")
    encryptor = Cipher(algorithms.AES(seed), modes.CTR(counter)).encryptor()
    return encryptor.update(bytes(count * lanes * LANE_KEY_BYTES))


def lane_keys(seed: bytes, *, first: int, count: int, lanes: int) -> "npt.NDArray[np.uint8]":
    """Give the lane keys of a run of rows, shape (count, lanes, 32), read-only; any row in the same time."""
    import numpy as np

    stream = lane_bytes(seed, first=first, count=count, lanes=lanes)
    return np.frombuffer(stream, dtype=np.uint8).reshape(count, lanes, LANE_KEY_BYTES)


def lane_commitments(seed: bytes, *, first: int, count: int, lanes: int) -> list[bytes]:
    """Give, for each row, its lane commitments joined: 32 bytes a lane."""
    joined, width = _joined_commitments(seed, first=first, count=count, lanes=lanes), lanes * LANE_KEY_BYTES
    return [joined[i : i + width] for i in range(0, len(joined), width)]


def _joined_commitments(seed: bytes, *, first: int, count: int, lanes: int) -> bytes:
    stream, hasher, prefix = lane_bytes(seed, first=first, count=count, lanes=lanes), sha256, LANE + b"\x00"
    if side_by_side.is_ready(count * lanes):
        return side_by_side.hash_joined(stream, size=LANE_KEY_BYTES, before=prefix)
    return b"".join(
        [hasher(prefix + stream[i : i + LANE_KEY_BYTES]).digest() for i in range(0, len(stream), LANE_KEY_BYTES)]
    )


def pool_leaf(ordinal: int, *, commitments: bytes) -> bytes:
    """Give the leaf of one row: u64be ordinal || its lane commitments. `leaf_hash` of it stands in the tree."""
    return ordinal.to_bytes(8, "big") + commitments


def pool_leaves(seed: bytes, *, first: int, count: int, lanes: int) -> list[bytes]:
    """Give the leaf hashes of a run of rows of a pool's tree."""
    if side_by_side.is_ready(count):
        return side_by_side.split(_joined_leaves(seed, first=first, count=count, lanes=lanes))
    rows = lane_commitments(seed, first=first, count=count, lanes=lanes)
    return leaf_hashes([pool_leaf(first + i, commitments=row) for i, row in enumerate(rows)])


def _joined_leaves(seed: bytes, *, first: int, count: int, lanes: int) -> bytes:
    import numpy as np

    rows = np.empty((count, 8 + lanes * LANE_KEY_BYTES), dtype=np.uint8)
    rows[:, :8] = np.arange(first, first + count, dtype=np.uint64).astype(">u8").view(np.uint8).reshape(count, 8)
    committed = _joined_commitments(seed, first=first, count=count, lanes=lanes)
    rows[:, 8:] = np.frombuffer(committed, dtype=np.uint8).reshape(count, -1)
    return side_by_side.hash_joined(rows.tobytes(), size=rows.shape[1], before=LEAF)


def pool_tree(seed: bytes, *, rows: int, lanes: int) -> Tree:
    """Give the whole tree of a pool, for its root and the proofs of its rows."""
    hashes: list[bytes] = []
    for first in range(0, rows, _ROWS_PER_STEP):
        hashes += pool_leaves(seed, first=first, count=min(_ROWS_PER_STEP, rows - first), lanes=lanes)
    return Tree(hashes)


def pool_root(seed: bytes, *, rows: int, lanes: int) -> bytes:
    """Give the root that a `keys` entry commits to."""
    return pool_tree(seed, rows=rows, lanes=lanes).root
