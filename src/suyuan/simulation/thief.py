"""The thief's arithmetic: what renting an account costs and what the records must fetch.

Source: the courier case of Handan, 2020: accounts rented at 500 yuan a day, records sold at about 1 yuan;
bulk data of another case went down to 0.1 yuan a record.
"""

import math
from dataclasses import dataclass
from decimal import Decimal

from suyuan.errors import RefusedError

FEE_PER_DAY = Decimal(500)
"""Yuan for one rented account and day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakEven:
    """One offer of records at one price. Money is in yuan, exact.

    `needed`: records that pay the rent, at this price. `profit` is negative while the thief loses.
    """

    records: int
    account_days: int
    price_per_record: Decimal
    cost: Decimal
    income: Decimal
    needed: int

    @property
    def profit(self) -> Decimal:
        """Income less rent."""
        return self.income - self.cost

    @property
    def pays(self) -> bool:
        """Whether the rent is covered."""
        return self.records >= self.needed


def break_even(
    records: int,
    *,
    price_per_record: Decimal,
    account_days: int = 1,
    fee_per_day: Decimal = FEE_PER_DAY,
) -> BreakEven:
    """Weigh the records that left against the rent of the accounts they left by.

    Args:
        records: rows sold; 0 or more.
        price_per_record: yuan, above 0; the reported prices are 0.1 and 1.
        account_days: days rented, summed over accounts; 0 or more.
    Raises: RefusedError: a negative count or fee, or a price that is not above 0.
    """
    if records < 0 or account_days < 0 or fee_per_day < 0:
        raise RefusedError("records, account_days and fee_per_day are 0 or more")
    if not price_per_record > 0:
        raise RefusedError("price_per_record is above 0")
    cost = fee_per_day * account_days
    return BreakEven(
        records=records,
        account_days=account_days,
        price_per_record=price_per_record,
        cost=cost,
        income=price_per_record * records,
        needed=math.ceil(cost / price_per_record),
    )
