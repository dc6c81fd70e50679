"""Admission: columns of the register only, every cell a value of its kind, bad cells named by row and field."""

import polars as pl
import pytest

from suyuan.collect.admit import ROW, admit, match_columns
from suyuan.collect.field import FieldPolicy
from suyuan.errors import RefusedError
from suyuan.terms import FieldName, KindName

FIELDS = {
    FieldName("customer"): FieldPolicy(
        name=FieldName("customer"), kind=KindName.IDENTIFIER, strong=True, key=True, aliases=("客户编号",)
    ),
    FieldName("phone"): FieldPolicy(name=FieldName("phone"), kind=KindName.PHONE, strong=True),
}


def table(*rows: tuple[str | None, str | None]) -> pl.DataFrame:
    """Give a table of people."""
    return pl.DataFrame(list(rows), schema={"customer": pl.String, "phone": pl.String}, orient="row")


def test_values_become_canonical_and_empty_cells_absent() -> None:
    admitted, rejected = admit(table(("C1", "165 0000 0001"), ("C2", " ")), fields=FIELDS)
    assert rejected == ()
    assert admitted.values["phone"].to_list() == ["+8616500000001", None]
    assert admitted.values[ROW].to_list() == [1, 2]


def test_bad_cells_are_named_and_their_rows_set_aside() -> None:
    admitted, rejected = admit(table(("C1", "secret-thing"), ("C2", "16500000002")), fields=FIELDS)
    assert [(cell.row, cell.field) for cell in rejected] == [(1, "phone")]
    assert admitted.values["customer"].to_list() == ["C2"]
    assert "secret-thing" not in repr(rejected)


def test_columns_are_known_by_alias_and_whatever_their_case() -> None:
    assert match_columns(["客户编号", " PHONE "], fields=FIELDS)[" PHONE "].name == "phone"


@pytest.mark.parametrize("column", ["Customer", "cus_tomer", "CUS-TOMER", "cus tomer"])
def test_spaces_hyphens_and_underscores_do_not_matter(column: str) -> None:
    assert match_columns([column], fields=FIELDS)[column].name == "customer"


def test_two_columns_for_one_field_are_refused() -> None:
    with pytest.raises(RefusedError, match="two columns are field customer"):
        match_columns(["customer", "客户编号"], fields=FIELDS)


def test_a_column_outside_the_register_is_refused_by_name() -> None:
    with pytest.raises(RefusedError, match="shoe_size") as refused:
        admit(table(("C1", None)).with_columns(shoe_size=pl.lit("44")), fields=FIELDS)
    assert "collect only what is necessary" in refused.value.hint


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([("C1", None), (None, "16500000002")], [(2, "customer is empty")]),
        (
            [("C1", None), ("C2", None), ("C1", None)],
            [(1, "customer is in another row too"), (3, "customer is in another row too")],
        ),
    ],
)
def test_keys_are_there_and_distinct(rows: list[tuple[str | None, str | None]], said: list[tuple[int, str]]) -> None:
    _, rejected = admit(table(*rows), fields=FIELDS)
    assert [(cell.row, cell.why) for cell in rejected] == said


def test_a_table_without_a_key_column_is_refused() -> None:
    with pytest.raises(RefusedError, match="key field"):
        admit(pl.DataFrame({"phone": ["16500000001"]}), fields=FIELDS)
