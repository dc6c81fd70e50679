"""Bank cards: the check digit, the ID that wins, the last four digits, groupings as forms."""

import pytest

from suyuan.kinds import KINDS, NotA
from suyuan.kinds.bank_card import passes_luhn
from suyuan.terms import KindName

CARD = KINDS[KindName.BANK_CARD]


def test_forms_group_in_fours() -> None:
    canonical = CARD.canonical("6200 0000 0000 0000 000")
    assert not isinstance(canonical, NotA)
    assert CARD.forms(canonical).texts == (
        "6200000000000000000",
        "6200 0000 0000 0000 000",
        "6200-0000-0000-0000-000",
    )
    assert CARD.mask(canonical) == "***************0000"


@pytest.mark.parametrize("place", range(15))
def test_one_wrong_digit_is_no_card(place: int) -> None:
    card = "6200000000000005"
    for digit in "0123456789":
        changed = card[:place] + digit + card[place + 1 :]
        assert passes_luhn(changed) == (changed == card)


def test_recognise_tells_issued_lengths_from_others() -> None:
    text = "卡号6200000000000005，单号 62000000000000 x6200000000000005 6200000000000005.5"
    assert [(text[s.start : s.end], s.confidence) for s in CARD.recognise(text)] == [("6200000000000005", 0.9)]
    odd = "3600000000000000000"
    digit = next(d for d in "0123456789" if passes_luhn(odd[:-1] + d))
    assert [s.confidence for s in CARD.recognise(odd[:-1] + digit)] == [0.5]
