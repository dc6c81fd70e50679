from decimal import Decimal

import pytest

from suyuan.errors import RefusedError
from suyuan.simulation import break_even


def test_the_courier_case() -> None:
    dear = break_even(8_000, price_per_record=Decimal(1))
    assert (dear.cost, dear.income, dear.needed, dear.profit, dear.pays) == (500, 8_000, 500, 7_500, True)
    cheap = break_even(8_000, price_per_record=Decimal("0.1"), account_days=2)
    assert (cheap.cost, cheap.income, cheap.needed, cheap.profit, cheap.pays) == (1_000, 800, 10_000, -200, False)


def test_break_even_is_the_first_count_that_pays() -> None:
    for price in (Decimal("0.1"), Decimal("0.3"), Decimal(1), Decimal(7)):
        needed = break_even(0, price_per_record=price, account_days=3).needed
        assert break_even(needed, price_per_record=price, account_days=3).pays
        assert break_even(needed, price_per_record=price, account_days=3).profit >= 0
        assert break_even(needed - 1, price_per_record=price, account_days=3).profit < 0


def test_nothing_rented_costs_nothing() -> None:
    assert break_even(0, price_per_record=Decimal(1), account_days=0).pays


@pytest.mark.parametrize(
    ("records", "price", "days", "fee"), [(-1, 1, 1, 1), (1, 0, 1, 1), (1, -1, 1, 1), (1, 1, -1, 1), (1, 1, 1, -1)]
)
def test_impossible_offers_are_refused(records: int, price: int, days: int, fee: int) -> None:
    with pytest.raises(RefusedError):
        break_even(records, price_per_record=Decimal(price), account_days=days, fee_per_day=Decimal(fee))
