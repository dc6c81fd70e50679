"""VRF outputs by compiled loops are the plain ones, and candidates are points exactly where RFC 8032 says so."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from suyuan.crypto import vrf_lanes
from suyuan.crypto.vrf import VrfKey

P = 2**255 - 19
D = -121665 * pow(121666, -1, P) % P
SIGN = 1 << 255
EDGES = (0, 1, 2, 18, 19, P - 20, P - 2, P - 1, P, P + 1, P + 18, SIGN - 1)


@pytest.fixture(scope="module", autouse=True)
def loops() -> None:
    """Have the loops, or leave the tests out where Numba is not installed."""
    if not vrf_lanes.load():
        pytest.skip("Numba is not installed")


@given(st.binary(min_size=32, max_size=32), st.lists(st.binary(max_size=40), min_size=48, max_size=70))
@settings(max_examples=40)
def test_outputs_by_lanes_are_the_plain_ones(seed: bytes, alphas: list[bytes]) -> None:
    key = VrfKey(seed)
    assert vrf_lanes.is_ready(len(alphas))

    assert key.outputs(alphas) == [key.output(alpha) for alpha in alphas]


@given(st.lists(st.integers(0, 2**256 - 1), min_size=1, max_size=40))
@example([y + sign for y in EDGES for sign in (0, SIGN)])
@settings(max_examples=60)
def test_a_candidate_is_read_as_the_point_that_it_spells(candidates: list[int]) -> None:
    from suyuan.crypto import curve_lanes

    rows = np.frombuffer(b"".join(one.to_bytes(32, "little") for one in candidates), np.uint8).reshape(-1, 32)

    found, us, points = curve_lanes.hashed(rows)

    for candidate, state, u, point in zip(candidates, found, us, points, strict=True):
        y, sign = candidate & SIGN - 1, candidate >> 255
        x = _root((y * y - 1) * pow(D * y * y + 1, -1, P))
        if y >= P or x is None:
            assert state == 0
        elif y in (1, P - 1):
            assert state == 2
        else:
            assert state == 1
            assert int.from_bytes(u.tobytes(), "little") == (1 + y) * pow(1 - y, -1, P) % P
            x8, y8, z8 = (sum(int(limb) << 26 * i for i, limb in enumerate(limbs)) % P for limbs in point)
            assert (x8 * pow(z8, -1, P) % P, y8 * pow(z8, -1, P) % P) == _eightfold(x if x & 1 == sign else P - x, y)


def _root(square: int) -> int | None:
    square %= P
    root = pow(square, (P + 3) // 8, P)
    for one in (root, root * pow(2, (P - 1) // 4, P) % P):
        if one * one % P == square:
            return one
    return None


def _eightfold(x: int, y: int) -> tuple[int, int]:
    for _ in range(3):
        t = D * x * x * y * y % P
        x, y = 2 * x * y * pow(1 + t, -1, P) % P, (y * y + x * x) * pow(1 - t, -1, P) % P
    return x, y
