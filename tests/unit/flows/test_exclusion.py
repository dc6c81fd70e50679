"""Exclusion as the sole source: values replaced before an account looked, written after it did, fields it was never shown."""

from pathlib import Path

import polars as pl
import pytest
from tests.courier import courier

from suyuan.trace.sets.exclusion import contradictions
from suyuan.trace.sets.gather import LOOKUPS

FIELDS = pl.DataFrame({"person": [1, 1], "field": ["name", "phone"]})
SPANS = pl.DataFrame(
    {"person": [1], "since": [100], "until": [200]}, schema={"person": pl.Int64, "since": pl.Int64, "until": pl.Int64}
)


def looked(at_ms: int, *, fields: str = "name\0phone", legacy: bool = False) -> pl.DataFrame:
    row = (1, "account", "a", at_ms, "", "", legacy, fields)
    return pl.DataFrame([row], schema=LOOKUPS, orient="row")


@pytest.mark.parametrize(
    ("lookup", "expected"),
    [
        (looked(150), []),
        (looked(200), [("account", "a", 1, 0, 0)]),
        (looked(99), [("account", "a", 0, 1, 0)]),
        (looked(99, legacy=True), []),
        (looked(150, fields="name"), [("account", "a", 0, 0, 1)]),
        (looked(150, fields="*"), []),
        (pl.concat([looked(50), looked(250)]), []),
    ],
)
def test_what_contradicts_a_recipient(lookup: pl.DataFrame, expected: list[tuple[object, ...]]) -> None:
    assert contradictions(lookup, spans=SPANS, fields=FIELDS).rows() == expected


def test_a_field_that_a_look_up_did_not_show_excludes_the_account_as_the_only_source(tmp_path: Path) -> None:
    with courier(tmp_path) as here, here.store.door() as door:
        customers = here.people["customer"].to_list()[:12]
        for customer in customers:
            here.look_up(door, account="a", customer=customer)
        frame = here.people.filter(pl.col("customer").is_in(customers))
        frame.select("name", "phone", "address").write_csv(here.folder / "shown.csv")
        frame.select("name", "phone", "email").write_csv(here.folder / "more.csv")
        sets = here.store.access_sets()
        flow = here.store.leak_response(door, matcher=None)
        plain = flow.trace(here.folder / "shown.csv", beside=sets.beside).attribution.sets
        assert plain is not None
        assert plain.contradictions == ()
        more = flow.trace(here.folder / "more.csv", beside=sets.beside).attribution.sets
        assert more is not None
        [one] = more.contradictions
        with_mail = frame["email"].is_not_null().sum()
        assert (one.recipient.id, one.superseded, one.later, one.never_held) == ("a", 0, 0, with_mail)
