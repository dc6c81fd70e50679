"""Draws by number: random access to 16 secret bits for each person of an export family."""

import numpy as np
import numpy.typing as npt
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from suyuan.errors import RefusedError


def numbered_draws(key: bytes, *, numbers: npt.NDArray[np.int64]) -> npt.NDArray[np.uint16]:
    """Give a 16-bit draw for each number, the same for the same number: AES-256 of it under a key for this one use.

    Raises: RefusedError: a key that is not 32 bytes.
    """
    if len(key) != 32:
        raise RefusedError(f"a key for draws has 32 bytes, got {len(key)}")
    blocks = np.zeros((len(numbers), 2), dtype=">u8")
    blocks[:, 1] = numbers
    # One block, one number: no block is chained to another, so the mode hides nothing that had to be hidden.
    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    drawn = np.frombuffer(encryptor.update(blocks.tobytes()), dtype=">u2").reshape(-1, 8)
    return drawn[:, 0].astype(np.uint16)
