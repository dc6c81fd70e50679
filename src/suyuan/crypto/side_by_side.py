"""SHA-256 and HMAC of many rows side by side: what takes the place of a loop over `hashlib` where rows are many.

One call of `hashlib` costs several times the hashing of a short row. The kernel is compiled where Numba is installed, once
a process, when `load` is called; until then, and without Numba, `is_ready` says no and `bulk`, `merkle` and `keystream`
go row by row. What is given is the same, bit for bit.

Test: tests/properties/test_side_by_side.py
"""

from collections.abc import Callable, Iterable, Sequence
from functools import cache, cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Bytes = npt.NDArray[np.uint8]
    Words = npt.NDArray[np.uint32]
    Kernel = Callable[[Words, Words, Words], None]

FEWEST: Final = 48
"""Rows below which a loop is as fast."""

_BLOCK: Final = 64
_DIGEST: Final = 32
_TRIED: Final = bytes(range(200))
_INNER: Final = 0x36
_OUTER: Final = 0x5C


def load() -> bool:
    """Have the kernel compiled, which takes seconds once and half of one from then on; say whether Numba is there for it."""
    return _loaded() is not None


def unload() -> None:
    """Go row by row again, as a process that never called `load`."""
    _loaded.cache_clear()


def is_ready(rows: int) -> bool:
    """Say whether so many rows go faster side by side, and the kernel is there already. Starts no compiler."""
    return rows >= FEWEST and _loaded.cache_info().currsize > 0 and _loaded() is not None


class KeyRows(list[bytes]):
    """Keys of 32 bytes each whose HMAC states are made once, for all the messages that they are to sign."""

    @cached_property
    def states(self) -> "tuple[Words, Words]":
        """The inner and the outer state behind the padded key, row by row."""
        import numpy as np

        held = np.frombuffer(b"".join(self), dtype=np.uint8).reshape(len(self), _DIGEST)
        found: list[Words] = []
        for pad in (_INNER, _OUTER):
            block = np.full((len(self), _BLOCK), pad, dtype=np.uint8)
            block[:, :_DIGEST] ^= held
            found.append(_compressed(block))
        return found[0], found[1]

    def pick(self, places: Sequence[int]) -> "KeyRows":
        """Give the keys at some places, with their states where they are made."""
        picked = KeyRows([self[place] for place in places])
        if "states" in self.__dict__:
            inner, outer = self.states
            picked.__dict__["states"] = inner[places], outer[places]
        return picked


def hmac_rows(keys: Sequence[bytes], *, message: bytes, numbers: Iterable[int] | None = None) -> KeyRows:
    """Give HMAC-SHA256(key, message) for every 32-byte key, or HMAC-SHA256(key, message || u64 number of its row)."""
    return KeyRows(split(hmac_joined(keys, message=message, numbers=numbers)))


def hmac_joined(keys: Sequence[bytes], *, message: bytes, numbers: Iterable[int] | None = None) -> bytes:
    """Give `hmac_rows`, joined."""
    import numpy as np

    states = (keys if isinstance(keys, KeyRows) else KeyRows(keys)).states
    count = len(keys)
    tails = np.empty((count, 0), dtype=np.uint8)
    if numbers is not None:
        written = np.fromiter(numbers, dtype=np.uint64, count=count).astype(">u8")
        tails = written.view(np.uint8).reshape(count, 8)
    return _signed(states, message=message, tails=tails).tobytes()


def hmac_table(keys: KeyRows, *, places: "npt.NDArray[np.int64]", message: bytes, tails: "Bytes") -> "Bytes":
    """Give HMAC-SHA256(keys[places[i]], message || tails[i]) of every row, shape (rows, 32); `tails` has shape (rows, bytes)."""
    import numpy as np

    inner, outer = keys.states
    return _signed((inner[places], outer[places]), message=message, tails=tails).view(np.uint8)


def _signed(states: "tuple[Words, Words]", *, message: bytes, tails: "Bytes") -> "Words":
    import numpy as np

    inner, outer = states
    count, size = len(tails), len(message) + tails.shape[1]
    text = _padded(count, size=size, before=_BLOCK)
    text[:, : len(message)] = np.frombuffer(message, dtype=np.uint8)
    text[:, len(message) : size] = tails
    last = _padded(count, size=_DIGEST, before=_BLOCK)
    last[:, :_DIGEST] = _compressed(text, starts=inner).view(np.uint8)
    return _compressed(last, starts=outer)


def hash_rows(rows: Sequence[bytes], *, before: bytes = b"", after: bytes = b"") -> list[bytes]:
    """Give SHA-256(before || row || after) for every row; all rows have one size."""
    return split(hash_joined(b"".join(rows), size=len(rows[0]), before=before, after=after))


def hash_joined(rows: bytes, *, size: int, before: bytes = b"", after: bytes = b"") -> bytes:
    """`hash_rows` of joined rows of `size` bytes each, and the digests joined."""
    import numpy as np

    count, start, stop = len(rows) // size, len(before), len(before) + size
    text = _padded(count, size=stop + len(after))
    text[:, :start] = np.frombuffer(before, dtype=np.uint8)
    text[:, start:stop] = np.frombuffer(rows, dtype=np.uint8).reshape(count, size)
    text[:, stop : stop + len(after)] = np.frombuffer(after, dtype=np.uint8)
    return _compressed(text).tobytes()


def split(joined: bytes) -> list[bytes]:
    """Give joined digests one by one."""
    return [joined[i : i + _DIGEST] for i in range(0, len(joined), _DIGEST)]


def _padded(count: int, *, size: int, before: int = 0) -> "Bytes":
    """Give room for rows of `size` bytes behind `before` others, with the padding of SHA-256 after each."""
    import numpy as np

    data = np.zeros((count, ((size + 8) // _BLOCK + 1) * _BLOCK), dtype=np.uint8)
    data[:, size] = 0x80
    data[:, -8:] = np.frombuffer((8 * (before + size)).to_bytes(8, "big"), dtype=np.uint8)
    return data


def _compressed(data: "Bytes", *, starts: "Words | None" = None) -> "Words":
    """Give the state behind the blocks of each row, shape (rows, 8); what stands before them is nothing, or `starts`."""
    import numpy as np

    kernel = _loaded()
    if kernel is None:
        raise AssertionError("rows go side by side only where `is_ready` says so")
    from suyuan.crypto.sha256_kernel import START

    digests = np.empty((len(data), _DIGEST // 4), dtype=np.uint32)
    kernel(START if starts is None else starts, data.view("<u4"), digests)
    return digests


@cache
def _loaded() -> "Kernel | None":
    import numpy as np

    from suyuan.crypto.compiled import can_compile

    if not can_compile():
        return None
    from suyuan.crypto.sha256_kernel import START, compress

    # Compiled by this call; and a kernel that does not do what `hashlib` does is none.
    tried, digests = _padded(1, size=len(_TRIED)), np.empty((1, _DIGEST // 4), dtype=np.uint32)
    tried[0, : len(_TRIED)] = np.frombuffer(_TRIED, dtype=np.uint8)
    compress(START, tried.view("<u4"), digests)
    return compress if digests.tobytes() == sha256(_TRIED).digest() else None
