"""The tail of a sum of independent draws, counted on a grid, rounded so that it can only come out larger.

    P(S >= s)  <=  P(S' >= s - t) / (1 - exp(-2 t^2 / (n d^2)))

S' is S with each of its n draws moved to one of the two points of a grid of step d beside it, by a coin that leaves its
mean where it was: given the draws, S' - S is a sum of n independent moves of mean 0, each within an interval of length d,
so it falls below -t with chance at most exp(-2 t^2 / (n d^2)) (Hoeffding), whatever S is. The law of S' is exact but for
the floating point: every draw's law is tilted by exp(theta x), so that s is no longer rare, and their convolution is taken
around a circle. What lies beyond the circle comes to lie in it, at a place that weighs more: that too only adds.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from suyuan.mark.tally import Floats

Transform = npt.NDArray[np.complex128]

THETAS = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0)
STEEPEST = 32.0
"""Theta is not looked for beyond: there the sum is nearly its largest value."""

MOST_WORK = 1 << 22
"""Points of the grid times different laws: about a quarter of a second. What needs more is left to Chernoff's bound."""

LEAST_POINTS, MOST_POINTS = 1 << 10, 1 << 17
_SPREAD, _DEEP = 12.0, 40.0
"""The circle holds so many standard deviations, and as far as exp(-40) beyond the score."""

_FINE = 0.05
"""What d * sqrt(n) costs at the most, in units of 1 / theta, while there are points enough: a tenth of a bit."""

_MOVES = (0.8, 1.0, 1.3, 1.6, 2.0, 2.5, 3.0)
"""What is tried for t, in units of d * sqrt(n): each gives a bound, so the least of them is one."""

_MARGIN = 1e-9
"""What the floating point may have lost, of the largest mass of a point: thousands of times what it does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draws:
    """So many independent draws of one law: `values`, each with its chance; the chances sum to 1."""

    values: Floats
    chances: Floats
    count: int


def log_tail(draws: Sequence[Draws], *, score: float) -> float:
    """Give the log of a bound on the chance that the sum of all draws is at least `score`: counted, or Chernoff's if that is less.

    Source: the module's text; Hoeffding 1963; Chernoff 1952.
    Test: tests/properties/test_convolution.py holds it against every outcome of small sums, and binomial ones.
    """
    chernoff = _log_chernoff(draws, score=score, thetas=THETAS)
    theta = _steepness(draws, score=score)
    if not theta:
        return min(0.0, chernoff)
    sharp = _log_chernoff(draws, score=score, thetas=(theta,))
    return min(0.0, chernoff, sharp, _log_counted(draws, score=score, theta=theta))


def _log_moment(draws: Draws, *, theta: float) -> float:
    """Give log E[exp(theta X)] of one draw."""
    top = float(draws.values.max())
    return theta * top + math.log(float((draws.chances * np.exp(theta * (draws.values - top))).sum()))


def _log_chernoff(draws: Sequence[Draws], *, score: float, thetas: Sequence[float]) -> float:
    """Give the log of the least of Chernoff's bounds at some thetas."""
    return min(
        math.fsum(law.count * _log_moment(law, theta=theta) for law in draws) - theta * score for theta in thetas
    )


def _tilted(draws: Draws, *, theta: float) -> Floats:
    """Give the chances of the values under the tilt."""
    weights = draws.chances * np.exp(theta * (draws.values - draws.values.max()))
    return np.asarray(weights / weights.sum(), dtype=np.float64)


def _steepness(draws: Sequence[Draws], *, score: float) -> float:
    """Give the theta under which the sum has the score for its mean; 0 where it has so, or more, without a tilt."""

    def mean(theta: float) -> float:
        return math.fsum(law.count * float(_tilted(law, theta=theta) @ law.values) for law in draws)

    if mean(0) >= score:
        return 0.0
    low, high = 0.0, STEEPEST
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if mean(middle) < score else (low, middle)
    return high


def _log_counted(draws: Sequence[Draws], *, score: float, theta: float) -> float:
    """Give the log of the bound of the module's text, at the best t."""
    spread = math.sqrt(math.fsum(law.count * _variance(law, theta=theta) for law in draws))
    size, root = _SPREAD * spread + _DEEP / theta, math.sqrt(sum(law.count for law in draws))
    wanted = 1 << math.ceil(math.log2(size * theta * root / _FINE))
    points = min(max(wanted, LEAST_POINTS), MOST_POINTS)
    while points > LEAST_POINTS and points * len(draws) > MOST_WORK:
        points //= 2
    if points * len(draws) > MOST_WORK:
        return math.inf
    step = size / points
    factors, log_moment = dict[int, Transform](), 0.0
    for law in draws:
        places, masses, moment = _on_grid(law, step=step, theta=theta)
        turned = np.fft.rfft(np.bincount(places % points, weights=masses, minlength=points))
        for bit in range(law.count.bit_length()):
            if law.count >> bit & 1:
                factors[bit] = factors[bit] * turned if bit in factors else turned
        log_moment += law.count * moment
    transform = _powered(factors)
    # The mean of the transform's moduli is at least the mass of any point.
    most = (2 * float(np.abs(transform).sum())) / points
    mass = np.maximum(np.fft.irfft(transform, n=points), 0) + _MARGIN * most
    weight = np.exp(-theta * step * np.arange(points))
    return min(
        _from(math.floor((score - move * step * root) / step), mass=mass, weight=weight, theta=theta, step=step)
        + log_moment
        - math.log1p(-math.exp(-2 * move**2))
        for move in _MOVES
    )


def _powered(factors: Mapping[int, Transform]) -> Transform:
    """Give the product of every factor to the power of two that it stands under: powers of all laws by as few squarings."""
    transform = factors[max(factors)]
    for bit in range(max(factors) - 1, -1, -1):
        transform = transform * transform
        if bit in factors:
            transform *= factors[bit]
    return transform


def _from(first: int, *, mass: Floats, weight: Floats, theta: float, step: float) -> float:
    """Give the log of the tilted chance of all points from the first on, the tilt taken back but for its moment."""
    # Not `@`: for products so long the library of linear algebra starts threads, which wait busily behind it.
    return math.log(float((np.roll(mass, -(first % len(mass))) * weight).sum())) - theta * step * first


def _variance(draws: Draws, *, theta: float) -> float:
    chances = _tilted(draws, theta=theta)
    mean = float(chances @ draws.values)
    return float(chances @ (draws.values - mean) ** 2)


def _on_grid(
    draws: Draws, *, step: float, theta: float
) -> tuple["np.ndarray[tuple[int], np.dtype[np.int64]]", Floats, float]:
    """Give one draw's law moved onto the grid, tilted: its points, their masses, and the log of what tilting divided by."""
    below = np.floor(draws.values / step)
    above = draws.values / step - below
    points = np.concatenate([below, below + 1])
    chances = np.concatenate([draws.chances * (1 - above), draws.chances * above])
    top = float(points.max())
    masses = chances * np.exp(theta * step * (points - top))
    whole = float(masses.sum())
    return points.astype(np.int64), masses / whole, theta * step * top + math.log(whole)
