"""Cases as files say them: times in the forms that databases and people write, and what is wrong named for what it is."""

from datetime import UTC, datetime

import polars as pl
import pytest

from suyuan.collect.cases import admit_cases, times
from suyuan.collect.field import FieldPolicy
from suyuan.errors import RefusedError
from suyuan.terms import FieldName, KindName

KEY = FieldPolicy(name=FieldName("customer"), kind=KindName.IDENTIFIER, strong=True, key=True)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22T06:51:12Z",
        "2026-11-22T14:51:12+08:00",
        "2026-11-22 06:51:12+00",  # COPY of PostgreSQL
        "2026-11-22 06:51:12.000000+00",
        "2026-11-22 14:51:12+08",
        "2026-11-22 01:21:12-05:30",
        "2026-11-22 06:51:12",
    ],
)
def test_one_instant_however_it_is_written(text: str) -> None:
    assert times(pl.Series("opened", [text])).to_list() == [datetime(2026, 11, 22, 6, 51, 12, tzinfo=UTC)]


def test_a_day_is_no_zone() -> None:
    assert times(pl.Series("opened", ["2026-11-08"])).to_list() == [datetime(2026, 11, 8, tzinfo=UTC)]


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ({"opened": ""}, "row 1: opened is empty"),
        ({"opened": "yesterday"}, "row 1: opened is no time"),
        ({"account": " "}, "row 1: account is empty"),
        ({"customer": ""}, "row 1: customer is empty"),
    ],
)
def test_what_is_wrong_is_said(cell: dict[str, str], said: str) -> None:
    row = {"case": "P-1", "account": "a", "customer": "C1", "opened": "2026-01-01"} | cell
    with pytest.raises(RefusedError) as refused:
        admit_cases(pl.DataFrame([row]), key=KEY)
    assert str(refused.value) == said
    assert ("ISO 8601" in refused.value.hint) == ("time" in said)
