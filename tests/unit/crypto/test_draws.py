"""Draws by number: the same for the same number and key, whatever stands around it; even; and of sound keys only."""

import numpy as np
import pytest

from suyuan.crypto.draws import numbered_draws
from suyuan.errors import RefusedError


def test_a_number_has_one_draw_wherever_it_stands() -> None:
    numbers = np.array([7, 0, 2**40, 7])
    drawn = numbered_draws(bytes(32), numbers=numbers)
    assert drawn[0] == drawn[3] == numbered_draws(bytes(32), numbers=np.array([7]))[0]
    assert drawn.tolist() != numbered_draws(b"\x01" * 32, numbers=numbers).tolist()
    # AES-256 of the zero block under the zero key: FIPS 197, as published with NIST's AESAVS.
    assert drawn[1] == 0xDC95


def test_draws_are_even_and_keys_are_whole() -> None:
    drawn = numbered_draws(b"k" * 32, numbers=np.arange(100_000))
    assert abs(float(drawn.mean()) - 32_767.5) < 4 * 18_918 / 100_000**0.5
    with pytest.raises(RefusedError):
        numbered_draws(b"short", numbers=np.arange(1))
