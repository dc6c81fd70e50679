"""Where the invented world's randomness comes from: one seed, one independent stream per purpose."""

import math
import zlib

import numpy as np
import numpy.typing as npt

from suyuan.errors import RefusedError


def stream(seed: int, *, purpose: str) -> np.random.Generator:
    """Give the random stream of one purpose under one seed.

    Streams of different purposes are independent, so drawing more phones never changes a name.
    The same seed gives the same world under one version of numpy.

    Raises: RefusedError: the seed is negative.
    """
    if seed < 0:
        raise RefusedError("a seed is 0 or more")
    return np.random.default_rng([seed, zlib.crc32(purpose.encode())])


def distinct(n: int, *, below: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Give `n` different numbers in 0..below-1, in random order and spread over the whole range.

    A walk with a random stride coprime to `below` never repeats within `below` steps; the walk is
    then shuffled. It needs memory for `n` numbers, not for `below`.

    Raises: RefusedError: more numbers are asked than there are.
    """
    if not 0 <= n <= below:
        raise RefusedError(f"{n} different numbers were asked of a range that holds {below}")
    stride = int(rng.integers(below // 3, below // 2 + 1)) if below > 8 else 1
    while math.gcd(stride, below) != 1:
        stride += 1
    start = int(rng.integers(0, below)) if below else 0
    # At most 10^7 steps of a stride below 10^10: the products stay far under 2^63.
    walk = (start + np.arange(n, dtype=np.int64) * stride) % max(below, 1)
    return rng.permutation(walk)


def weighted(n: int, *, weights: npt.ArrayLike, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Give `n` positions, each drawn with probability in proportion to its weight."""
    edges = np.cumsum(np.asarray(weights, dtype=np.float64))
    found = np.searchsorted(edges, rng.random(n) * edges[-1], side="right")
    # A draw may round up to the last edge itself.
    positions: npt.NDArray[np.int64] = np.minimum(found, len(edges) - 1).astype(np.int64)
    return positions
