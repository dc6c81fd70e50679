"""Reads base64 of digests that lie alike in many texts, compiled; for `record_columns`. Test: tests/ports/test_people_store.py."""

from typing import Final

import numpy as np
import numpy.typing as npt

from suyuan.crypto.compiled import compiled

Bytes = npt.NDArray[np.uint8]

_ALPHABET: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_NONE: Final = 255
_DIGITS: Final = 43
"""Of 32 bytes; the padding comes after them."""

_VALUES: Final = np.full(256, _NONE, np.uint8)
_VALUES[np.frombuffer(_ALPHABET, np.uint8)] = np.arange(64)


@compiled
def read_alike(
    texts: Bytes, like: Bytes, is_fixed: npt.NDArray[np.bool_], starts: npt.NDArray[np.int64], digests: Bytes,
    fine: npt.NDArray[np.bool_],
) -> None:  # fmt: skip
    """Read the digests of every text, and say which texts are as `like` where that is fixed, with digests in their one spelling.

    Args:
        texts: shape (texts, size). like, is_fixed: shape (size,).
        starts: where the base64 of each digest begins, 44 bytes of it.
        digests: shape (digests, texts, 32); of a text that is not fine it holds nothing of use.
    """
    for row in range(len(texts)):
        text, good = texts[row], True
        for i in range(len(like)):
            if is_fixed[i] and text[i] != like[i]:
                good = False
        for place in range(len(starts)):
            at, held, bits, put = starts[place], 0, 0, 0
            for i in range(_DIGITS):
                value = int(_VALUES[text[at + i]])
                if value == _NONE:
                    good = False
                held, bits = (held << 6 | value) & 0xFFFF, bits + 6
                if bits >= 8:
                    bits -= 8
                    digests[place, row, put] = held >> bits & 0xFF
                    put += 1
            if held & 3 or text[at + _DIGITS] != 61:
                good = False
        fine[row] = good
