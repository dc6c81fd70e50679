"""AES-256-GCM of many rows as tables of bytes, each under a key of its own: in one compiled loop where it is there.

It is there where a process has called `load`, Numba is installed, and the processor has the instructions. Until then, for
few rows and under other ciphers everything goes row by row through `aead`. What is sealed is the same, bit for bit.

Test: tests/properties/test_aead_table.py
"""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from suyuan.crypto import aead
from suyuan.crypto.aead import Sealer
from suyuan.crypto.compiled import OnDemand, frozen
from suyuan.crypto.side_by_side import FEWEST, KeyRows
from suyuan.errors import VerificationError

Bytes = npt.NDArray[np.uint8]
Places = npt.NDArray[np.int64]

_AROUND: Final = aead.NONCE_BYTES + aead.TAG_BYTES
_UNBOUND: Final = np.zeros((1, 0), np.uint8)


class _Kernels(NamedTuple):
    """What is compiled of `aead_kernel`."""

    open_rows: Callable[[Bytes, Bytes, Places, int, Bytes, Bytes, Places], int]
    seal_rows: Callable[[Bytes, Bytes, Bytes, Bytes, int], None]


class Opened(NamedTuple):
    """What rows opened as, joined: row i is data[bounds[i]:bounds[i + 1]]."""

    data: Bytes
    bounds: Places


def load() -> bool:
    """Have the loop compiled; say whether there can be one here."""
    return _loaded() is not None


def unload() -> None:
    """Go row by row again, as a process that never called `load`."""
    _loaded.forget()


def open_table(keys: Sequence[bytes], *, sealed: Sequence[bytes], bound: Bytes) -> Opened:
    """Open rows, each nonce || ciphertext || tag; twin of `aead.open_rows`.

    Args:
        bound: the associated data, shape (rows, size).
    Raises: VerificationError: a row was altered, or is another key's; nothing is given then.
    """
    if _is_ready(keys):
        return _opened(KeyRows.of(keys).array, sealed=sealed, bound=bound)
    texts = aead.open_rows(keys, sealed=sealed, associated=[row.tobytes() for row in bound])
    return Opened(np.frombuffer(b"".join(texts), np.uint8), bounds_of(texts))


def open_array(keys: Bytes, *, sealed: Bytes, head: int) -> Bytes:
    """Open rows of one size, head || nonce || ciphertext || tag; twin of `aead.open_rows`.

    Args:
        keys: shape (rows, key bytes). sealed: shape (rows, size).
    Returns: the opened rows, shape (rows, bytes).
    Raises: VerificationError: as `open_table`.
    """
    count, size = len(sealed), sealed.shape[1] - head - _AROUND
    if size < 0:
        raise VerificationError("sealed bytes: truncated")
    if count < FEWEST or keys.shape[1] != aead.KEY_BYTES or _loaded.found is None:
        rows = aead.open_rows([key.tobytes() for key in keys], sealed=[row.tobytes() for row in sealed[:, head:]])
        return np.frombuffer(b"".join(rows), np.uint8).reshape(count, size)
    data, places = frozen(np.ascontiguousarray(sealed).reshape(-1)), np.arange(count + 1, dtype=np.int64)
    return _read(keys, data=data, starts=places * sealed.shape[1], head=head, puts=places * size).reshape(count, size)


def open_each(sealer: Sealer, *, sealed: Sequence[bytes], associated: bytes, head: int) -> Sequence[bytes]:
    """Open rows of 32 bytes that were sealed under one key; twin of `Sealer.open_each`. Raises: as that."""
    if len(sealed) < FEWEST or len(sealer.key) != aead.KEY_BYTES or _loaded.found is None:
        return sealer.open_each(sealed, associated=associated, head=head)
    key, bound = (np.frombuffer(one, np.uint8).reshape(1, -1) for one in (sealer.key, associated))
    return KeyRows(_opened(key, sealed=sealed, bound=bound, head=head).data.reshape(len(sealed), -1))


def seal_table(keys: Sequence[bytes], *, rows: Bytes, nonces: bytes, head: int = 0) -> Bytes:
    """Give room for `head` bytes, then nonce || ciphertext || tag of every row; twin of `aead.seal_rows`.

    Args:
        rows: shape (rows, size).
        nonces: a fresh nonce for every row, joined.
    """
    count, size = rows.shape
    out = np.zeros((count, head + size + _AROUND), np.uint8)
    if _is_ready(keys):
        drawn = np.frombuffer(nonces, np.uint8).reshape(count, aead.NONCE_BYTES)
        _kernels().seal_rows(frozen(KeyRows.of(keys).array), frozen(rows), drawn, out, head)
    elif count:
        sealed = aead.seal_rows(keys, rows=[row.tobytes() for row in rows], nonces=nonces)
        out[:, head:] = np.frombuffer(b"".join(sealed), np.uint8).reshape(count, -1)
    return out


def _opened(keys: Bytes, *, sealed: Sequence[bytes], bound: Bytes, head: int = 0) -> Opened:
    """Open rows by the loop. Keys and associated data: one a row, or one for all."""
    starts = bounds_of(sealed)
    puts = starts - (_AROUND + head) * np.arange(len(starts))
    if len(sealed) and int(np.diff(puts).min()) < 0:
        raise VerificationError("sealed bytes: truncated")
    data = np.frombuffer(b"".join(sealed), np.uint8)
    return Opened(_read(keys, data=data, starts=starts, head=head, puts=puts, bound=bound), puts)


def _read(keys: Bytes, *, data: Bytes, starts: Places, head: int, puts: Places, bound: Bytes = _UNBOUND) -> Bytes:
    out = np.empty(int(puts[-1]), np.uint8)
    if _kernels().open_rows(frozen(keys), data, starts, head, frozen(bound), out, puts) != len(starts) - 1:
        raise VerificationError("sealed bytes: altered, or sealed under another key or context")
    return out


def bounds_of(rows: Sequence[bytes]) -> Places:
    """Give where each of some rows begins when they are joined, and where the last ends."""
    bounds = np.zeros(len(rows) + 1, np.int64)
    np.cumsum(np.fromiter(map(len, rows), np.int64, len(rows)), out=bounds[1:])
    return bounds


def _is_ready(keys: Sequence[bytes]) -> bool:
    """Say whether rows under these keys go faster by the loop, and it is there already. Starts no compiler."""
    # Keys side by side are of 32 bytes: those of the other cipher never are.
    return isinstance(keys, KeyRows) and len(keys) >= FEWEST and _loaded.found is not None


def _kernels() -> _Kernels:
    found = _loaded.found
    if found is None:
        raise AssertionError("rows are opened in one loop only where it is there")
    return found


@OnDemand
def _loaded() -> _Kernels | None:
    try:
        from suyuan.crypto import aead_kernel
    except (ImportError, AttributeError):
        return None  # A libsodium of another make, or one that `nacl` keeps elsewhere.
    if not aead_kernel.is_there():
        return None
    # Compiled by these calls; and a loop that does not seal and open as `aead` does is none.
    found = _Kernels(aead_kernel.open_rows, aead_kernel.seal_rows)
    key, row = bytes(range(aead.KEY_BYTES)), bytes(range(100))
    sealed = aead.wrap(row, kek=key, nonce=bytes(aead.NONCE_BYTES), associated=b"")
    keys, rows, room = (np.frombuffer(one, np.uint8).reshape(1, -1) for one in (key, row, sealed))
    out, opened = np.zeros_like(room), np.zeros(len(row), np.uint8)
    found.seal_rows(frozen(keys), frozen(rows), frozen(room[:, : aead.NONCE_BYTES] * np.uint8(0)), out, 0)
    ends = np.array([0, len(sealed)]), np.array([0, len(row)])
    went = found.open_rows(frozen(keys), np.frombuffer(sealed, np.uint8), ends[0], 0, frozen(_UNBOUND), opened, ends[1])
    return found if (went, out.tobytes(), opened.tobytes()) == (1, sealed, row) else None
