"""AES-256-GCM of many rows in one loop: libsodium's, called from compiled code; for what `aead_table` makes of it.

A key is set up anew for every row, which costs libsodium a tenth of what it costs through an object of Python. It is the
libsodium that `nacl` brings along; it has AES only where the processor has the instructions, as `is_there` says.

Source: https://doc.libsodium.org/secret-key_cryptography/aead/aes-256-gcm
Test: tests/properties/test_aead_table.py holds both to `aead`.
"""

from collections.abc import Callable
from typing import Final, cast

import numpy as np
import numpy.typing as npt
from llvmlite import binding
from nacl import bindings  # Makes libsodium look at the processor.
from nacl._sodium import ffi, lib
from numba import types

from suyuan.crypto.compiled import compiled

Bytes = npt.NDArray[np.uint8]
Places = npt.NDArray[np.int64]

NONCE: Final = bindings.crypto_aead_aes256gcm_NPUBBYTES
TAG: Final = bindings.crypto_aead_aes256gcm_ABYTES


def is_there() -> bool:
    """Say whether libsodium has AES-256-GCM on this processor."""
    return bool(lib.crypto_aead_aes256gcm_is_available())


def _called(name: str, *arguments: str) -> Callable[..., int]:
    """Give a function of libsodium as compiled code calls it: by addresses and sizes.

    By a name, so that what was compiled serves the next process, where the library lies elsewhere.
    """
    address = int(ffi.cast("uintptr_t", ffi.addressof(lib, name)))
    symbol, kinds = f"suyuan_{name}", {"at": types.uintp, "size": types.uint64}
    binding.add_symbol(symbol, address)
    # `cast`: to mypy Numba's object for it is none that can be called.
    return cast(Callable[..., int], types.ExternalFunction(symbol, types.int32(*(kinds[one] for one in arguments))))


# The result, its size, nothing; the message; the associated data; nonce and key. Encrypting has its nothing further behind.
_DECRYPT: Final = _called("crypto_aead_aes256gcm_decrypt", "at", "at", "at", "at", "size", "at", "size", "at", "at")
_ENCRYPT: Final = _called("crypto_aead_aes256gcm_encrypt", "at", "at", "at", "size", "at", "size", "at", "at", "at")


@compiled
def open_rows(keys: Bytes, data: Bytes, starts: Places, head: int, bound: Bytes, out: Bytes, puts: Places) -> int:
    """Open every row, head || nonce || ciphertext || tag; give the first that does not open, or how many there are.

    Args:
        keys: shape (rows, 32), or (1, 32) for all; `bound`, the associated data: (rows, size), or (1, size) for all.
        data: the rows, joined; row i is data[starts[i]:starts[i + 1]], and no shorter than head, nonce and tag.
        out: room for the opened rows; row i goes to out[puts[i]:puts[i + 1]], which is just its size.
    """
    key_at, key_step = keys.ctypes.data, 0 if len(keys) == 1 else keys.shape[1]
    bound_at, bound_step, size = bound.ctypes.data, 0 if len(bound) == 1 else bound.shape[1], bound.shape[1]
    data_at, out_at, rows = data.ctypes.data, out.ctypes.data, len(starts) - 1
    for i in range(rows):
        at = data_at + starts[i] + head
        behind = starts[i + 1] - starts[i] - head - NONCE
        if _DECRYPT(
            out_at + puts[i], 0, 0, at + NONCE, behind, bound_at + i * bound_step, size, at, key_at + i * key_step
        ):
            return i
    return rows


@compiled
def seal_rows(keys: Bytes, rows: Bytes, nonces: Bytes, out: Bytes, head: int) -> None:
    """Write nonce || ciphertext || tag of every row to its row of `out`, from `head` on.

    Args:
        keys: shape (rows, 32). rows: shape (rows, size). nonces: shape (rows, 12), each fresh.
        out: shape (rows, head + 12 + size + 16).
    """
    key_at, row_at, nonce_at, out_at = keys.ctypes.data, rows.ctypes.data, nonces.ctypes.data, out.ctypes.data
    size, wide = rows.shape[1], out.shape[1]
    for i in range(len(rows)):
        for byte in range(NONCE):
            out[i, head + byte] = nonces[i, byte]
        at = out_at + i * wide + head + NONCE
        _ENCRYPT(at, 0, row_at + i * size, size, 0, 0, 0, nonce_at + NONCE * i, key_at + 32 * i)
