"""The matcher on rows that are nobody's: it links none of them, and does not fail for lack of pairs to learn from."""

import polars as pl
from tests.courier import COLUMNS

from suyuan.adapters.splink.matcher import SplinkMatcher
from suyuan.kinds import KINDS
from suyuan.simulation import invent_people, invent_strangers
from suyuan.terms import FieldName, KindName

FIELDS = {
    FieldName("name"): KindName.PERSON_NAME,
    FieldName("phone"): KindName.PHONE,
    FieldName("address"): KindName.POSTAL_ADDRESS,
}


def canonical(frame: pl.DataFrame) -> pl.DataFrame:
    """Give the fields in canonical form."""
    return frame.select(KINDS[kind].canonical_column(frame[name]).alias(name) for name, kind in FIELDS.items())


def test_strangers_are_linked_to_nobody() -> None:
    people = canonical(invent_people(3_000, seed=1).select(COLUMNS)).with_row_index("person").cast({"person": pl.Int64})
    strangers = canonical(invent_strangers(800, seed=2)).with_row_index("row").cast({"row": pl.UInt64})
    found = SplinkMatcher(kinds=FIELDS).match(strangers, people=people)
    assert found.height == 0
