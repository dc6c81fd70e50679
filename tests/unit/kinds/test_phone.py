import polars as pl
import pytest

from suyuan.kinds import KINDS, Canonical
from suyuan.terms import KindName

PHONE = KINDS[KindName.PHONE]


def spelled(text: str) -> tuple[str, ...]:
    canonical = PHONE.canonical(text)
    assert isinstance(canonical, str)
    return PHONE.forms(canonical).texts


def test_mobile_forms_in_mixed_radix_order() -> None:
    assert spelled("17000000000") == (
        "17000000000", "170 0000 0000", "170-0000-0000",
        "+86 17000000000", "+86 170 0000 0000", "+86 170-0000-0000",
    )  # fmt: skip


def test_landline_and_international_forms() -> None:
    assert spelled("010-00000000")[::3] == ("01000000000", "+86 1000000000")
    assert spelled("+44 20 7946 0018") == ("+442079460018", "+44 20 7946 0018", "+44-20-7946-0018")


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("17000000012", "170******12"),
        ("010-00000078", "010******78"),
        ("0512-0000007", "0512******7"),
        ("+442079460018", "+4********018"),
    ],
)
def test_mask(text: str, masked: str) -> None:
    canonical = PHONE.canonical(text)
    assert isinstance(canonical, str)
    assert PHONE.mask(canonical) == masked


def test_recognise_leaves_ids_and_orders_alone() -> None:
    text = "电话１7000000000，ID 990101199003070015，单号 SF17000000000000，座机 010-00000000"
    assert [text[s.start : s.end] for s in PHONE.recognise(text)] == ["１7000000000", "010-00000000"]


def test_columns_of_nothing() -> None:
    empty = pl.Series("p", [], dtype=pl.String)
    assert PHONE.canonical_column(empty).to_list() == []
    assert PHONE.forms_column(empty).radices.shape == (0, 2)
    assert PHONE.canonical_column(pl.Series("p", [None, None], dtype=pl.String)).to_list() == [None, None]


def test_a_text_that_is_no_canonical_has_itself_as_only_form() -> None:
    assert PHONE.forms(Canonical("+999")).texts == ("+999",)


def test_recognise_passes_over_what_canonical_refuses() -> None:
    assert PHONE.recognise("call +999 123 456 789 now") == ()
