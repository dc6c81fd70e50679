"""VRF outputs in bulk by compiled loops: what `vrf_outputs` gives, at a fifth of its arithmetic beside the multiplications.

The multiplications themselves, which alone take the secret, stay libsodium's. The loops are compiled where Numba is
installed, once a process, when `load` is called; until then, and without Numba, `is_ready` says no.

Test: tests/properties/test_vrf_lanes.py holds it equal to `VrfKey.output`.
"""

from collections.abc import Sequence
from hashlib import sha512
from typing import Final

from nacl import bindings
from nacl.exceptions import RuntimeError as SodiumError

from suyuan.crypto.compiled import OnDemand
from suyuan.crypto.vrf_outputs import Ladder

FEWEST: Final = 48
"""Inputs below which Python's own integers are as fast."""

_COUNTERS: Final = 256
_POINT: Final = 1
_NO_POINT: Final = 0


def load() -> bool:
    """Have the loops compiled, which takes seconds once and half of one from then on; say whether Numba is there for it."""
    return _loaded() is not None


def is_ready(inputs: int) -> bool:
    """Say whether so many inputs go faster side by side, and the loops are there already. Starts no compiler."""
    return inputs >= FEWEST and _loaded.found is not None


def encoded(alphas: Sequence[bytes], *, head: bytes, by: Ladder) -> list[bytes | None]:
    """Give the encoding of each input's product; None where it is to be computed in the plain way.

    Args:
        head: suite, domain and salt, in front of every input. by: what multiplies; its secret goes to libsodium alone.
    """
    import numpy as np

    from suyuan.crypto import curve_lanes

    us = np.zeros((len(alphas), 32), np.uint8)
    points = np.zeros((len(alphas), 3, 10), np.uint64)
    is_point = np.zeros(len(alphas), np.bool_)
    left = np.arange(len(alphas))
    for counter in range(_COUNTERS):
        if not len(left):
            break
        tail = bytes((counter, 0))
        drawn = b"".join([sha512(head + alphas[row] + tail).digest()[:32] for row in left.tolist()])
        found, some_us, some_points = curve_lanes.hashed(np.frombuffer(drawn, np.uint8).reshape(-1, 32))
        hit = found == _POINT
        us[left[hit]], points[left[hit]], is_point[left[hit]] = some_us[hit], some_points[hit], True
        left = left[found == _NO_POINT]
    products = [
        _multiplied(u.tobytes(), by=by) if there else None for u, there in zip(us, is_point.tolist(), strict=True)
    ]
    whole = np.array([row for row, product in enumerate(products) if product is not None], np.int64)
    joined = np.frombuffer(b"".join(filter(None, products)), np.uint8).reshape(-1, 2, 32)
    ones, others = np.ascontiguousarray(joined[:, 0]), np.ascontiguousarray(joined[:, 1])
    is_right, out = curve_lanes.encoded(ones, others, points[whole], negative=by.negative)
    answers: list[bytes | None] = [None] * len(alphas)
    for row, right, text in zip(whole.tolist(), is_right.tolist(), out, strict=True):
        if right:
            answers[row] = text.tobytes()
    return answers


def _multiplied(u: bytes, *, by: Ladder) -> bytes | None:
    try:
        return bindings.crypto_scalarmult(by.first, u) + bindings.crypto_scalarmult(by.second, u)
    except SodiumError:
        return None


@OnDemand
def _loaded() -> bool:
    import numpy as np

    from suyuan.crypto import curve_lanes

    # Both are compiled by their first call, which is best made before this process is copied. What may not be written to is
    # another type to the compiler, so these are as `encoded` gives them.
    _, us, points = curve_lanes.hashed(np.frombuffer(bytes(32), np.uint8).reshape(1, 32))
    curve_lanes.encoded(us, us, points, negative=False)
    return True
