"""Digests and MACs of rows that are arrays: what `bulk` gives for lists of bytes, without an object for every row.

Side by side where the kernel of `side_by_side` is there and rows are many, one by one else; the same, bit for bit.

Test: tests/properties/test_arrays.py
"""

import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from suyuan.crypto import side_by_side
from suyuan.crypto.compiled import frozen

Bytes = npt.NDArray[np.uint8]
Whole = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.uint64]

DIGEST: Final = 32
_ROWS_PER_STEP: Final = 1 << 14
"""Rows whose padded messages are held at a time: they stay in the processor's cache."""


class Signers:
    """Keys of 32 bytes, each of which is to sign many messages. Prints without a key."""

    __slots__ = ("_keys",)

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._keys = side_by_side.KeyRows.of(keys)

    def __repr__(self) -> str:
        return f"<{len(self._keys)} signers>"

    def key(self, place: int) -> bytes:
        """Give one of the keys."""
        return self._keys[place]

    def signed(self, places: Whole, *, message: bytes, numbers: Numbers) -> Bytes:
        """Give HMAC-SHA256(key, message || u64 number || ...) under the key of each place, shape (rows, 32).

        Args:
            numbers: what follows the message in each row, shape (rows, numbers); there may be none.
        """
        tails = np.ascontiguousarray(numbers.astype(">u8")).view(np.uint8).reshape(len(places), 8 * numbers.shape[1])
        if not side_by_side.is_ready(len(places)):
            keys, joined, size = self._keys, tails.tobytes(), tails.shape[1]
            signed = [
                hmac.digest(keys[place], message + joined[i * size : (i + 1) * size], "sha256")
                for i, place in enumerate(places.tolist())
            ]
            return np.frombuffer(b"".join(signed), dtype=np.uint8).reshape(len(places), DIGEST)
        found = np.empty((len(places), DIGEST), dtype=np.uint8)
        for first in range(0, len(places), _ROWS_PER_STEP):
            step = slice(first, first + _ROWS_PER_STEP)
            found[step] = side_by_side.hmac_table(self._keys, places=places[step], message=message, tails=tails[step])
        return found


def hash_table(rows: Bytes, *, before: bytes = b"") -> Bytes:
    """Give SHA-256(before || row) of every row, shape (rows, 32)."""
    count = len(rows)
    if not side_by_side.is_ready(count):
        found = b"".join(sha256(before + row.tobytes()).digest() for row in rows)
        return np.frombuffer(found, dtype=np.uint8).reshape(count, DIGEST)
    return side_by_side.hash_array(rows, before=before).array


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """Texts of any length as they lie in one run of bytes: row i is data[starts[i] : starts[i] + sizes[i]]. Prints without them."""

    data: Bytes = field(repr=False)
    starts: Whole = field(repr=False)
    sizes: Whole = field(repr=False)

    @classmethod
    def of_column(cls, column: pl.Series) -> "Texts":
        """Take a column of text or of bytes; null is empty."""
        filled = column.fill_null(b"" if column.dtype == pl.Binary else "")
        held = filled.to_arrow(compat_level=pl.CompatLevel.oldest())  # A large_string or large_binary array.
        offsets = np.frombuffer(held.buffers()[1], dtype=np.int64)[held.offset : held.offset + len(held) + 1]
        body = held.buffers()[2]
        data = np.frombuffer(body, dtype=np.uint8) if body is not None and body.size else np.zeros(1, dtype=np.uint8)
        return cls(data=data, starts=offsets[:-1], sizes=np.diff(offsets))

    def pick(self, rows: Whole) -> "Texts":
        """Give the texts of some rows; no byte is copied."""
        return Texts(data=self.data, starts=self.starts[rows], sizes=self.sizes[rows])


def column_of(rows: Bytes) -> pl.Series:
    """Give rows of bytes, all of one size, as a column."""
    count, width = rows.shape
    offsets = np.arange(0, (count + 1) * width, max(1, width), dtype=np.int64)[: count + 1]
    held = pa.py_buffer(np.ascontiguousarray(rows))
    return pl.Series(pa.Array.from_buffers(pa.large_binary(), count, [None, pa.py_buffer(offsets), held]))


def text_column(data: Bytes, *, bounds: Whole) -> pl.Series:
    """Give texts in UTF-8 that lie one behind the other as a column: text i is data[bounds[i] : bounds[i + 1]]."""
    buffers = [None, pa.py_buffer(bounds), pa.py_buffer(data[: int(bounds[-1])])]
    return pl.Series(pa.Array.from_buffers(pa.large_string(), len(bounds) - 1, buffers))


def hash_texts(heads: Bytes, *, before: bytes = b"", texts: Texts) -> Bytes:
    """Give SHA-256(before || heads[i] || text i) of every row, shape (rows, 32).

    Raises: ValueError: a text is not inside its run of bytes.
    """
    data, starts, sizes = texts.data, texts.starts, texts.sizes
    rows = len(starts)
    if rows and (int(starts.min()) < 0 or int(sizes.min()) < 0 or int((starts + sizes).max()) > len(data)):
        raise ValueError("a text to be hashed is not inside its run of bytes")
    if not side_by_side.is_ready(rows):
        held, joined, width = np.ascontiguousarray(data).data, heads.tobytes(), heads.shape[1]
        found = [
            sha256(before + joined[i * width : (i + 1) * width] + held[start : start + size]).digest()
            for i, (start, size) in enumerate(zip(starts.tolist(), sizes.tolist(), strict=True))
        ]
        return np.frombuffer(b"".join(found), dtype=np.uint8).reshape(rows, DIGEST)
    digests = np.empty((rows, DIGEST // 4), dtype=np.uint32)
    blocks = (len(before) + heads.shape[1] + sizes + 8) // 64
    # Sixteen rows take as long as the longest of them; sixteen bits sort by radix, and few texts have more blocks.
    order = np.argsort(np.minimum(blocks, 0xFFFF).astype(np.uint16), kind="stable")
    fixed = np.frombuffer(before, dtype=np.uint8)
    _spans()(frozen(fixed), frozen(heads), frozen(data), frozen(starts), frozen(sizes), order, digests)
    return digests.view(np.uint8)


@cache
def _spans() -> Callable[..., None]:
    """Give the kernel, compiled at its first call."""
    from suyuan.crypto.sha256_spans import hash_spans as kernel

    return kernel
