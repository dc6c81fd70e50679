"""A known leak that is sold again is recognised by its rows; another copy's rows of the same persons are not."""

import numpy as np
import polars as pl
import pytest

from suyuan.errors import VerificationError
from suyuan.terms import FieldName
from suyuan.trace.naming.known import Known, cell_tokens, encode_shown, known_of, rows_shown

FIELDS = (FieldName("name"), FieldName("phone"))
OWN = {1: b"k" * 32, 2: b"l" * 32}


def rows(*given: tuple[int, str, str]) -> pl.DataFrame:
    return pl.DataFrame(list(given), schema=["person", *FIELDS], orient="row")


def tokens(frame: pl.DataFrame, own: dict[int, bytes] = OWN) -> np.ndarray:
    return cell_tokens(frame, channels=FIELDS, own=own)


FIRST = rows((1, "Wei Lin", "179 0000 0001"), (2, "Lin, Wei", "+8617900000002"))


def test_rows_sold_again_are_known_in_any_order_and_case_and_with_cells_left_out() -> None:
    side = encode_shown(tokens(FIRST))
    again = rows((2, "LIN,  WEI", ""), (1, "wei lin", "179 0000 0001"))
    assert rows_shown(side, tokens=tokens(again)).tolist() == [True, True]


def test_another_writing_another_person_and_an_empty_row_are_not_known() -> None:
    side = encode_shown(tokens(FIRST))
    other = rows((1, "Lin, Wei", "179 0000 0001"), (2, "Wei Lin", "179 0000 0001"), (1, "", ""))
    assert rows_shown(side, tokens=tokens(other)).tolist() == [False, False, False]


def test_who_was_erased_is_not_kept_and_not_found() -> None:
    kept = tokens(FIRST, {2: OWN[2]})
    assert (kept[0] == 0).all()
    assert rows_shown(encode_shown(tokens(FIRST)), tokens=kept).tolist() == [False, True]


def test_half_of_the_rows_make_a_known_dump() -> None:
    seen = {7: np.array([True, True, False, False]), 9: np.array([False, False, False, True])}
    assert known_of(seen, rows=4) == Known(rows=2, openings=(7,))
    assert known_of({}, rows=0) == Known(rows=0, openings=())


def test_a_side_that_is_not_whole_is_refused() -> None:
    with pytest.raises(VerificationError):
        rows_shown(b"short", tokens=tokens(FIRST))
