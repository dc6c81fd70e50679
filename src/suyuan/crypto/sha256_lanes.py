"""SHA-256 of many short messages: the first bytes of each digest, put where a token's message wants them.

Only for messages of one block (at most 55 bytes): canonical values before they become tokens. The rounds are `sha256_kernel`'s.
Source: FIPS 180-4 section 5.1.1. Test: tests/properties/test_sha256_lanes.py holds it to hashlib.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from suyuan.crypto.compiled import compiled
from suyuan.crypto.sha256_kernel import START, compress

LONGEST: Final = 55
"""What one block holds besides its padding: a set bit and the length."""

Bytes = npt.NDArray[np.uint8]


@compiled
def scatter_heads(digests: Bytes, places: npt.NDArray[np.int64], out: Bytes) -> None:
    """Write the first 15 bytes of every digest to its place; byte 15 is left alone."""
    for i in range(len(places)):
        for byte in range(15):
            out[places[i], byte] = digests[i, byte]


@compiled
def pad_messages(data: Bytes, starts: npt.NDArray[np.int64], lengths: npt.NDArray[np.int64], padded: Bytes) -> None:
    """Write each message, a stretch of `data` of at most 55 bytes, as a padded block; `padded` is zeros."""
    for i in range(len(starts)):
        size = lengths[i]
        for place in range(size):
            padded[i, place] = data[starts[i] + place]
        padded[i, size] = 0x80
        padded[i, 62], padded[i, 63] = size * 8 >> 8, size * 8 & 0xFF


@compiled
def pack_short(data: Bytes, starts: npt.NDArray[np.int64], lengths: npt.NDArray[np.int64], blocks: Bytes) -> None:
    """Write the token block of every value of at most 15 bytes, and of longer ones its last byte; `blocks` is zeros."""
    for i in range(len(starts)):
        size = lengths[i]
        if size > 15:
            blocks[i, 15] = 0x80
            continue
        for place in range(size):
            blocks[i, place] = data[starts[i] + place]
        blocks[i, 15] = size


def write_heads(padded: Bytes, *, count: int, out: Bytes, places: npt.NDArray[np.int64]) -> None:
    """Write the first 15 bytes of the SHA-256 of every message to `out[places[i], :15]`.

    Args:
        padded: shape (count or more, 64), contiguous: messages padded as section 5.1.1 says.
    """
    digests = np.empty((count, 8), dtype=np.uint32)
    compress(START, padded[:count].view("<u4"), digests)
    scatter_heads(digests.view(np.uint8), places[:count], out)
