"""Parts of values: the columnar face equals the scalar one, and what they are."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from suyuan.errors import RefusedError
from suyuan.hold.parts import LAST4, SURNAME, part_column, part_of

NAMES = st.text(alphabet="欧阳王诸葛亮明·aZéß İ .-'", max_size=12)


@given(values=st.lists(st.none() | NAMES | st.text(max_size=6), max_size=20), part=st.sampled_from([LAST4, SURNAME]))
def test_a_column_of_parts_is_each_values_part(values: list[str | None], part: str) -> None:
    one_by_one = [None if value is None else part_of(value, part=part) for value in values]
    assert part_column(pl.Series("v", values, dtype=pl.String), part=part).to_list() == one_by_one


@pytest.mark.parametrize(
    ("canonical", "part", "found"),
    [
        ("+8613911112222", LAST4, "2222"),
        ("11010519491231002X", LAST4, "002X"),
        ("12x", LAST4, None),
        ("欧阳铁柱", SURNAME, "欧阳"),
        ("欧阳", SURNAME, "欧"),
        ("王伟", SURNAME, "王"),
        ("迪丽热巴·迪力木拉提", SURNAME, "迪力木拉提"),
        ("Sian Allen", SURNAME, "allen"),
        ("Madonna", SURNAME, "madonna"),
    ],
)
def test_what_a_part_is(canonical: str, part: str, found: str | None) -> None:
    assert part_of(canonical, part=part) == found


def test_a_part_that_there_is_not_is_refused() -> None:
    for refused in (lambda: part_of("x", part="first4"), lambda: part_column(pl.Series(["x"]), part="first4")):
        with pytest.raises(RefusedError) as told:
            refused()
        assert told.value.code == "hold.part"
