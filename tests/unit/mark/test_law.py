"""The integer law: every draw has one choice, every chance is exact, and the hash covers what a stranger needs."""

from collections import Counter
from fractions import Fraction

import numpy as np
import pytest

from suyuan.errors import RefusedError
from suyuan.kinds import KINDS
from suyuan.mark.law import (
    DECOYS,
    MAX_RADIX,
    SHOWN,
    TOTAL,
    Law,
    LawBook,
    decoy_class,
    decoys_shown,
    omission,
    uniform,
)
from suyuan.mark.pool import PhonePool

RADICES = range(1, MAX_RADIX + 1)
RATES = (1, 655, 3_277, 6_554, 32_768, TOTAL - 1)


@pytest.mark.parametrize("law", [*map(uniform, RADICES), *(omission(omitted_per_65536=rate) for rate in RATES)])
def test_every_draw_has_one_choice_and_the_chances_are_their_counts(law: Law) -> None:
    counts = Counter(map(law.choose, range(TOTAL)))
    assert [counts[choice] for choice in range(len(law.weights))] == list(law.weights)
    assert sum(law.chance(choice) for choice in range(len(law.weights))) == 1
    assert all(law.chance(choice) == Fraction(counts[choice], TOTAL) for choice in counts)


@pytest.mark.parametrize("radix", RADICES)
def test_uniform_is_as_even_as_integers_allow(radix: int) -> None:
    weights = uniform(radix).weights
    assert len(weights) == radix
    assert max(weights) - min(weights) <= 1


@pytest.mark.parametrize("rate", RATES)
def test_omission_leaves_out_at_its_rate(rate: int) -> None:
    law = omission(omitted_per_65536=rate)
    assert law.chance(SHOWN) == 1 - Fraction(rate, TOTAL)


@pytest.mark.parametrize(
    "weights", [(), (TOTAL + 1,), (TOTAL - 1,), (TOTAL, 0), (TOTAL + 1, -1), (3_856,) * 16 + (3_840,)]
)
def test_weights_that_are_no_law_are_refused(weights: tuple[int, ...]) -> None:
    with pytest.raises(RefusedError):
        Law(weights)


@pytest.mark.parametrize("draw", [-1, TOTAL])
def test_a_draw_outside_16_bits_is_refused(draw: int) -> None:
    with pytest.raises(RefusedError):
        uniform(3).choose(draw)


@pytest.mark.parametrize("radix", [0, MAX_RADIX + 1])
def test_a_radix_outside_its_range_is_refused(radix: int) -> None:
    with pytest.raises(RefusedError):
        uniform(radix)


@pytest.mark.parametrize("rate", [0, TOTAL])
def test_an_omission_rate_outside_its_range_is_refused(rate: int) -> None:
    with pytest.raises(RefusedError):
        omission(omitted_per_65536=rate)


def test_a_decoy_is_in_a_copy_with_the_chance_of_its_class() -> None:
    draws = np.arange(TOTAL, dtype=np.uint16)
    for place, law in enumerate(DECOYS):
        shown = decoys_shown(draws, classes=np.full(TOTAL, place, dtype=np.uint8))
        assert shown.tolist() == [law.choose(draw) == SHOWN for draw in range(TOTAL)]
    assert [float(law.chance(SHOWN)) for law in DECOYS] == pytest.approx([0.5, 0.7, 0.85], abs=1e-5)
    counts = Counter(map(decoy_class, range(TOTAL)))
    assert max(counts.values()) - min(counts.values()) <= 1
    assert set(counts) == {0, 1, 2}


def test_every_kind_fits_the_law() -> None:
    assert all(len(kind.slot_names) <= 4 for kind in KINDS.values())


def test_the_hash_of_the_law_changes_with_everything_a_stranger_needs() -> None:
    pool = PhonePool(name="p", first="+8616500000000", size=16)
    books = [
        LawBook(kinds=KINDS),
        LawBook(kinds=dict(list(KINDS.items())[1:])),
        LawBook(kinds=KINDS, omissions=(3_277,)),
        LawBook(kinds=KINDS, pools={"p": pool}),
        LawBook(kinds=KINDS, pools={"q": pool}),
    ]
    assert len({book.digest() for book in books}) == len(books)
    assert LawBook(kinds=KINDS, omissions=(2, 1, 2)).digest() == LawBook(kinds=KINDS, omissions=(1, 2)).digest()
    document = books[2].document()
    assert document["omission"] == {"3277": [TOTAL - 3_277, 3_277]}
    assert document["radix"] == {str(radix): list(uniform(radix).weights) for radix in RADICES}
