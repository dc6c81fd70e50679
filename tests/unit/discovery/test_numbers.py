"""The quick tests of numbers agree with the kinds, and labels decide where digits do not."""

import random

import pytest

from suyuan.discovery import Scanner, What
from suyuan.discovery.labels import Label, label_before
from suyuan.discovery.numbers import is_bank_card, is_resident_id
from suyuan.kinds import KINDS, NotA
from suyuan.terms import KindName

CARD, RESIDENT = KINDS[KindName.BANK_CARD], KINDS[KindName.RESIDENT_ID]


def test_the_quick_test_of_ids_agrees_with_the_kind() -> None:
    rng = random.Random(1)
    seen = 0
    for _ in range(20_000):
        body = f"{rng.randrange(1, 10)}{rng.randrange(10**5):05}{rng.randrange(1900, 2036)}{rng.randrange(14):02}{rng.randrange(33):02}"
        text = body + f"{rng.randrange(1000):03}" + rng.choice("0123456789X")
        expected = not isinstance(RESIDENT.canonical(text), NotA)
        seen += expected
        assert is_resident_id(text.encode()) == expected, text
    assert seen > 500


def test_the_quick_test_of_cards_agrees_with_the_kind() -> None:
    rng = random.Random(2)
    seen = 0
    for _ in range(20_000):
        head = rng.choice(["62", "4", "5", "2221", "2720", "81", "3", "2219", "9", "6", "69010119900307"])
        text = (head + f"{rng.randrange(10**18):018}")[: rng.randrange(12, 21)]
        expected = not isinstance(CARD.canonical(text), NotA)
        seen += expected
        assert is_bank_card(text.encode()) == expected, text
    assert seen > 500


@pytest.mark.parametrize(
    ("before", "label"),
    [
        ("手机号码：", Label.PHONE),
        ('{"mobile_no": "', Label.PHONE),
        ("tel:+", Label.PHONE),
        ("银行卡号为", Label.CARD),
        ('"cardNo":"', Label.CARD),
        ("身份证号码 ", Label.IDENTITY),
        ('"idCardNo":"', Label.IDENTITY),
        ("订单编号：", Label.OTHER),
        ("trade_no = '", Label.OTHER),
        ("out_trade_no=", Label.OTHER),
        ("contacts=", None),
        ("user_id=", Label.OPAQUE),
        ("编号", Label.OPAQUE),
        ("order=1,phone ", Label.PHONE),
        ("order\n", None),
        ("", None),
    ],
)
def test_what_a_number_is_called(before: str, label: Label | None) -> None:
    data = (before + "16300001234").encode()
    assert label_before(data, len(before.encode())) is label


def test_a_label_decides() -> None:
    scanner = Scanner()
    assert [f.what for f in scanner.scan("卡号 6200000000000005")] == [What.BANK_CARD]
    assert scanner.scan("订单号 6200000000000005") == ()
    assert [f.confidence for f in scanner.scan("6200000000000005")] == [0.85]
