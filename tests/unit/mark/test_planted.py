"""Planted identifiers: 2c / M bounds an innocent's chance of a hit, by enumerating every draw of small pools.

The adversary holds other copies whole, planted before and after the innocent's, and puts into the dump what it likes.
"""

from collections import defaultdict
from collections.abc import Iterable
from fractions import Fraction
from functools import cache
from itertools import combinations, product

import numpy as np
import pytest

from suyuan.errors import RefusedError
from suyuan.mark.pool import ATTEMPTS, PhonePool, draw_member
from suyuan.mark.score import PLANTED_SHARES, planted_bits

SIZE = 8
POOL = PhonePool(name="p", first="+8616500000000", size=SIZE)
ORDERS = ("iikk", "kkii", "ikik", "kiki", "ikki", "iiik")
"""Who plants in turn: i the innocent, k a copy that the adversary knows. One more than half of the pool never is."""


@cache
def chances(taken: frozenset[int]) -> dict[int, Fraction]:
    """Give the law of one draw, by drawing with every lane key there is; draws that are refused are drawn anew."""
    counts: dict[int, int] = defaultdict(int)
    for draws in product(range(SIZE), repeat=ATTEMPTS):
        key = b"".join(draw.to_bytes(8, "big") for draw in draws)
        try:
            counts[draw_member(POOL, lane_key=key, taken=taken)[1]] += 1
        except RefusedError:
            continue
    whole = sum(counts.values())
    return {index: Fraction(count, whole) for index, count in counts.items()}


def joint(order: str) -> dict[tuple[int, ...], Fraction]:
    """Give the law of all identifiers planted in this order."""
    worlds: dict[tuple[int, ...], Fraction] = {(): Fraction(1)}
    for _ in order:
        longer: dict[tuple[int, ...], Fraction] = {}
        for drawn, chance in worlds.items():
            for index, more in chances(frozenset(drawn)).items():
                longer[(*drawn, index)] = chance * more
        worlds = longer
    return worlds


def e_values(identifiers: np.ndarray, *, dump: Iterable[int]) -> np.ndarray:
    """Give E of each row of identifiers as the product computes it."""
    found = sorted(set(dump))
    hits = np.isin(identifiers, found) * (SIZE / (2 * len(found)))
    suspects, planted = identifiers.shape
    return np.exp2(planted_bits(hits=hits.ravel(), suspect=np.repeat(np.arange(suspects), planted), suspects=suspects))


@pytest.mark.parametrize("order", ORDERS)
def test_whatever_the_adversary_knows_the_mean_is_at_most_one(order: str) -> None:
    known = [i for i, who in enumerate(order) if who == "k"]
    mine = [i for i, who in enumerate(order) if who == "i"]
    groups: dict[tuple[int, ...], list[tuple[tuple[int, ...], Fraction]]] = defaultdict(list)
    for drawn, chance in joint(order).items():
        groups[tuple(drawn[i] for i in known)].append((tuple(drawn[i] for i in mine), chance))
    worst = 0.0
    for seen, worlds in list(groups.items())[:2]:  # The others are these, renamed.
        own = np.array([identifiers for identifiers, _ in worlds])
        weight = np.array([float(chance) for _, chance in worlds])
        weight /= weight.sum()
        others = [index for index in range(SIZE) if index not in seen]
        for size in range(1, SIZE + 1):
            for dump in [*combinations(range(SIZE), size), *combinations(others, min(size, len(others)))]:
                worst = max(worst, float(weight @ e_values(own, dump=dump)))
    assert worst <= 1 + 1e-12
    assert worst > 0.8, "the bound is not idle: the adversary comes near it"


def test_a_single_draw_is_even_over_what_is_free() -> None:
    for taken in (frozenset({1}), frozenset({0, 3}), frozenset({0, 1, 2, 7})):
        law = chances(taken)
        assert set(law) == set(range(SIZE)) - taken
        assert len(set(law.values())) == 1
        assert next(iter(law.values())) <= Fraction(2, SIZE)


def after_a_miss(*, known: int, searched: int, then: int) -> float:
    """Give the mean E of a second dump for an innocent of whom a first dump of `searched` identifiers showed none.

    The adversary also knows `known` identifiers of other copies, and repeats none of either.
    """
    left = np.arange(known + searched, SIZE)[:, None]
    return float(e_values(left, dump=range(known + searched, known + searched + then)).mean())


def test_a_miss_tells_something_and_the_half_of_the_pool_that_must_be_left_pays_for_it() -> None:
    """`trace.naming.hits.planted_that_count` asks 2 * (others + shown before) <= size; beyond it the bound would break."""
    for known, searched in product(range(SIZE), repeat=2):
        if known + searched >= SIZE:
            continue
        means = [
            after_a_miss(known=known, searched=searched, then=then) for then in range(1, SIZE - known - searched + 1)
        ]
        if 2 * (known + searched) <= SIZE:
            assert max(means) <= 1 + 1e-12
        else:
            assert max(means) > 1


def test_misses_cost_and_hits_gain() -> None:
    suspect = np.array([0, 0, 1])
    bits = planted_bits(hits=np.array([2.0**20, 0.0, 0.0]), suspect=suspect, suspects=2)
    assert 15 < bits[0] < 20
    assert -1 < bits[1] < 0
    assert bits[1] >= -np.log2(len(PLANTED_SHARES) + 1)
