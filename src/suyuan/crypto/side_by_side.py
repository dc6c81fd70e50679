"""SHA-256 and HMAC of many rows side by side: what takes the place of a loop over `hashlib` where rows are many.

One call of `hashlib` costs several times the hashing of a short row. The kernel is compiled where Numba is installed, once
a process, when `load` is called; until then, and without Numba, `is_ready` says no and `bulk`, `merkle` and `keystream`
go row by row. What is given is the same, bit for bit.

Test: tests/properties/test_side_by_side.py
"""

import hmac
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Final, NamedTuple, overload

from suyuan.crypto.compiled import OnDemand, frozen

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Bytes = npt.NDArray[np.uint8]
    Words = npt.NDArray[np.uint32]
    Numbers = npt.NDArray[np.int64] | npt.NDArray[np.uint64]

FEWEST: Final = 48
"""Rows below which a loop is as fast."""

_BLOCK: Final = 64
_DIGEST: Final = 32
_TRIED: Final = bytes(range(200))
_INNER: Final = 0x36
_OUTER: Final = 0x5C


class _Kernels(NamedTuple):
    """What is compiled of `sha256_laid`, called with the rows' bytes where they stand in a template of whole blocks."""

    compress_laid: "Callable[[Words, Bytes, Bytes, int, Words], None]"
    sign_laid: "Callable[[Words, Words, Bytes, Bytes, int, Words], None]"
    climb: "Callable[[Bytes, Bytes, int], None]"

    def hashed(self, rows: "Bytes", *, template: bytes, at: int) -> "Words":
        """Give the state behind the blocks of each row, shape (rows, 8)."""
        import numpy as np

        from suyuan.crypto.sha256_kernel import START

        digests = np.empty((len(rows), _DIGEST // 4), np.uint32)
        self.compress_laid(START, np.frombuffer(template, np.uint8), frozen(rows), at, digests)
        return digests

    def states(self, keys: "Bytes") -> "tuple[Words, Words]":
        """Give the inner and the outer state behind the padded key of each row."""
        import numpy as np

        inner, outer = (
            self.hashed(keys ^ np.uint8(pad), template=bytes((pad,)) * _BLOCK, at=0) for pad in (_INNER, _OUTER)
        )
        return inner, outer

    def signed(self, states: "tuple[Words, Words]", *, message: bytes, rows: "Bytes") -> "Words":
        """Give HMAC-SHA256(key, message || row) of every row."""
        import numpy as np

        digests, size = np.empty((len(rows), _DIGEST // 4), np.uint32), len(message) + rows.shape[1]
        template = np.frombuffer(_padded(message, size=size, before=_BLOCK), np.uint8)
        self.sign_laid(*states, template, frozen(rows), len(message), digests)
        return digests


def load() -> bool:
    """Have the kernel compiled, which takes seconds once and half of one from then on; say whether Numba is there for it."""
    return _loaded() is not None


def unload() -> None:
    """Go row by row again, as a process that never called `load`."""
    _loaded.forget()


def is_ready(rows: int) -> bool:
    """Say whether so many rows go faster side by side, and the kernel is there already. Starts no compiler."""
    return rows >= FEWEST and _loaded.found is not None


class KeyRows(Sequence[bytes]):
    """Rows of 32 bytes as one array: keys, labels, digests. Each is a `bytes` of its own only where it is looked at.

    As keys they sign several messages, and what all of those begin with is computed once.
    """

    def __init__(self, rows: "Bytes") -> None:
        """Take the rows, shape (rows, 32)."""
        self.array = rows

    @classmethod
    def of(cls, rows: Sequence[bytes]) -> "KeyRows":
        """Give rows as such, as they are if they are so already."""
        if isinstance(rows, KeyRows):
            return rows
        import numpy as np

        return cls(np.frombuffer(b"".join(rows), dtype=np.uint8).reshape(len(rows), _DIGEST))

    @cached_property
    def each(self) -> list[bytes]:
        """The rows one by one."""
        return split(self.array.tobytes())

    @cached_property
    def states(self) -> "tuple[Words, Words]":
        """The inner and the outer state behind the padded key, row by row."""
        return _kernels().states(self.array)

    def pick(self, places: "Sequence[int]") -> "KeyRows":
        """Give the rows at some places, with their states where they are made."""
        picked = KeyRows(self.array[places])
        if "states" in self.__dict__:
            inner, outer = self.states
            picked.__dict__["states"] = inner[places], outer[places]
        return picked

    def __len__(self) -> int:
        return len(self.array)

    @overload
    def __getitem__(self, place: int) -> bytes: ...
    @overload
    def __getitem__(self, place: slice) -> list[bytes]: ...
    def __getitem__(self, place: int | slice) -> bytes | list[bytes]:
        return self.each[place]

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.each)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and self.each == list(other)

    __hash__ = None  # type: ignore[assignment]  # As a list has none.

    def __repr__(self) -> str:
        return f"<{len(self)} rows>"


def joined(rows: Sequence[bytes]) -> bytes:
    """Give rows as one run of bytes."""
    return rows.array.tobytes() if isinstance(rows, KeyRows) else b"".join(rows)


def hmac_rows(keys: Sequence[bytes], *, message: bytes, numbers: "Iterable[int] | Numbers | None" = None) -> KeyRows:
    """Give HMAC-SHA256(key, message) for every 32-byte key, or HMAC-SHA256(key, message || u64 number of its row)."""
    import numpy as np

    count = len(keys)
    rows = np.empty((count, 0), np.uint8)
    if numbers is not None:
        given = numbers if isinstance(numbers, np.ndarray) else np.fromiter(numbers, np.uint64, count)
        rows = given.astype(">u8").view(np.uint8).reshape(count, 8)
    return KeyRows(_kernels().signed(KeyRows.of(keys).states, message=message, rows=rows).view(np.uint8))


def hmac_table(keys: KeyRows, *, places: "npt.NDArray[np.int64]", message: bytes, tails: "Bytes") -> "Bytes":
    """Give HMAC-SHA256(keys[places[i]], message || tails[i]) of every row, shape (rows, 32); `tails` has shape (rows, bytes)."""
    import numpy as np

    inner, outer = keys.states
    return _kernels().signed((inner[places], outer[places]), message=message, rows=tails).view(np.uint8)


def hmac_heads(keys: KeyRows, *, message: bytes, numbers: Sequence[int], size: int) -> bytes:
    """Give the first bytes of HMAC-SHA256(key, message || u64 number) for every number under each key, joined key by key."""
    import numpy as np

    tails = np.tile(np.array(numbers, ">u8").view(np.uint8).reshape(len(numbers), 8), (len(keys), 1))
    signed = hmac_table(keys, places=np.repeat(np.arange(len(keys)), len(numbers)), message=message, tails=tails)
    return signed[:, :size].tobytes()


def hash_rows(rows: Sequence[bytes], *, before: bytes = b"", after: bytes = b"") -> KeyRows:
    """Give SHA-256(before || row || after) for every row; all rows have one size."""
    import numpy as np

    return hash_array(np.frombuffer(joined(rows), np.uint8).reshape(len(rows), -1), before=before, after=after)


def hash_array(rows: "Bytes", *, before: bytes = b"", after: bytes = b"") -> KeyRows:
    """`hash_rows` of rows as one array, shape (rows, size)."""
    import numpy as np

    at, size = len(before), len(before) + rows.shape[1] + len(after)
    template = _padded(before + bytes(rows.shape[1]) + after, size=size)
    return KeyRows(_kernels().hashed(rows, template=template, at=at).view(np.uint8))


def hash_joined(rows: bytes, *, size: int, before: bytes = b"") -> bytes:
    """`hash_rows` of joined rows of `size` bytes each, and the digests joined."""
    import numpy as np

    return joined(hash_array(np.frombuffer(rows, np.uint8).reshape(-1, size), before=before))


def levels(leaves: bytes) -> list[bytes]:
    """Give every level of the RFC 6962 tree over joined leaf hashes, the leaves first; an odd last hash rises unchanged."""
    import numpy as np

    sizes = [len(leaves) // _DIGEST]
    while sizes[-1] > 1:
        sizes.append((sizes[-1] + 1) // 2)
    room = np.empty((sum(sizes), _DIGEST), np.uint8)
    room[: sizes[0]] = np.frombuffer(leaves, np.uint8).reshape(sizes[0], _DIGEST)
    template = np.frombuffer(_padded(b"\x01", size=1 + 2 * _DIGEST), np.uint8)
    _kernels().climb(template, room, sizes[0])
    return [room[start:end].tobytes() for start, end in pairwise([0, *accumulate(sizes)])]


def split(joined: bytes) -> list[bytes]:
    """Give joined digests one by one."""
    return [joined[i : i + _DIGEST] for i in range(0, len(joined), _DIGEST)]


def _padded(message: bytes, *, size: int, before: int = 0) -> bytes:
    """Give a message of `size` bytes, of which these are the first, behind `before` others, with the padding of SHA-256."""
    whole = ((size + 8) // _BLOCK + 1) * _BLOCK
    return b"".join(
        (
            message,
            bytes(size - len(message)),
            b"\x80",
            bytes(whole - size - 9),
            (8 * (before + size)).to_bytes(8, "big"),
        )
    )


def _kernels() -> _Kernels:
    found = _loaded()
    if found is None:
        raise AssertionError("rows go side by side only where `is_ready` says so")
    return found


@OnDemand
def _loaded() -> _Kernels | None:
    import numpy as np

    from suyuan.crypto.sha256_laid import climb, compress_laid, sign_laid

    # Compiled by these calls; and a kernel that does not do what `hmac` does is none.
    found = _Kernels(compress_laid, sign_laid, climb)
    climb(np.frombuffer(_padded(b"\x01", size=1 + 2 * _DIGEST), np.uint8), np.zeros((1, _DIGEST), np.uint8), 1)
    key, row = np.frombuffer(_TRIED[:_DIGEST], np.uint8), np.frombuffer(_TRIED, np.uint8)
    signed = found.signed(found.states(key.reshape(1, -1)), message=_TRIED, rows=row.reshape(1, -1))
    return found if signed.tobytes() == hmac.digest(key.tobytes(), _TRIED * 2, "sha256") else None
