"""What a mark is worth in a coalition: the mean of every ratio is 1, by exact counting of everybody's marks."""

from fractions import Fraction
from itertools import product

import pytest

from suyuan.mark.coalition import ALONE, ATTACKS, COIN, EITHER, FIRST, LAST, MAJORITY, MINORITY, WIDE, ratio
from suyuan.mark.law import BIASED, DECOYS, Law, omission, uniform
from suyuan.mark.score import SIZES

LAWS = {"fair": uniform(2), "low": BIASED[1], "high": BIASED[2]}


def written(marks: tuple[int, ...], *, attack: str) -> Fraction:
    """Give the chance that colluders with these marks write choice 1."""
    ones, size = sum(marks), len(marks)
    if ones in (0, size):
        return Fraction(ones, size)
    if attack in (FIRST, LAST):
        return Fraction(attack == LAST)
    if attack == COIN or 2 * ones == size:
        return Fraction(1, 2)
    return Fraction((2 * ones > size) == (attack == MAJORITY))


def by_counting(law: Law, *, shown: int, mine: int, attack: str, size: int) -> Fraction:
    """Give P(shown | mine) / P(shown), over every way the marks of all members may fall."""
    total = {0: Fraction(0), 1: Fraction(0)}
    for marks in product((0, 1), repeat=size):
        chance = Fraction(1)
        for mark in marks:
            chance *= law.chance(mark)
        one = written(marks, attack=attack)
        total[marks[0]] += chance * (one if shown else 1 - one)
    return total[mine] / law.chance(mine) / (total[0] + total[1])


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("name", LAWS)
def test_the_ratio_is_that_of_counting(attack: str, name: str) -> None:
    law = LAWS[name]
    for size in (2, 3, 4, 5, 6):
        for shown, mine in product((0, 1), repeat=2):
            found = ratio(match=shown == mine, chance=float(law.chance(shown)), side=shown, attack=attack, size=size)
            assert found == pytest.approx(float(by_counting(law, shown=shown, mine=mine, attack=attack, size=size)))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("attack", ATTACKS)
def test_the_mean_over_the_suspects_marks_is_one(attack: str, size: int) -> None:
    laws = [(law, side) for law in LAWS.values() for side in (0, 1)] + [(uniform(r), WIDE) for r in (3, 5, 16)]
    laws += [(law, 0) for law in DECOYS]
    laws += [(omission(omitted_per_65536=rate), EITHER) for rate in (1, 655, 6_554)]
    for law, side in laws:
        chance = float(law.chance(max(side, 0)))
        matches, misses = (
            ratio(match=match, chance=chance, side=side, attack=attack, size=size) for match in (True, False)
        )
        assert chance * matches + (1 - chance) * misses == pytest.approx(1, abs=1e-12)
        assert matches >= 0
        assert misses >= 0


def test_alone_and_a_coalition_that_mixes_are_what_they_were() -> None:
    assert ratio(match=True, chance=0.25, side=WIDE, attack=ALONE, size=1) == 4
    assert ratio(match=False, chance=0.25, side=0, attack=ALONE, size=1) == 0
    assert ratio(match=True, chance=0.25, side=WIDE, attack=MAJORITY, size=4) == pytest.approx(1.75)
    assert ratio(match=False, chance=0.25, side=WIDE, attack=COIN, size=4) == pytest.approx(0.75)


def test_of_three_with_fair_marks_the_minority_says_nothing_and_a_bias_makes_it_speak() -> None:
    """Why exports have a bias: at one half, what fewest show tells nothing of any one of three."""
    assert ratio(match=True, chance=0.5, side=1, attack=MINORITY, size=3) == pytest.approx(1)
    chance = float(BIASED[1].chance(0))
    assert abs(ratio(match=True, chance=chance, side=0, attack=MINORITY, size=3) - 1) > 0.05
