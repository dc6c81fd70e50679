"""The self-test of marks: what it sends shows every form, and what it finds is what was done to the samples."""

import math

import polars as pl
import pytest

from suyuan.errors import RefusedError
from suyuan.mark.selftest import Samples, assess, make_samples
from suyuan.terms import FieldName, KindName

KINDS = {
    FieldName("customer"): KindName.IDENTIFIER,
    FieldName("phone"): KindName.PHONE,
    FieldName("email"): KindName.EMAIL,
    FieldName("address"): KindName.POSTAL_ADDRESS,
}
ROWS = 96


@pytest.fixture(scope="module")
def samples() -> Samples:
    numbers = range(ROWS)
    people = pl.DataFrame(
        {
            "customer": [f"C{n:04d}" for n in numbers],
            "phone": [f"1640000{n:04d}" for n in numbers],
            "email": [f"p{n}@example.org" for n in numbers],
            "address": [f"四川省成都市双流区柏岭街{n + 1}号11栋2单元205室" for n in numbers],
        }
    )
    return make_samples(people, kinds=KINDS, key=FieldName("customer"))


def shares(samples: Samples, returned: pl.DataFrame) -> dict[str, tuple[float, float, float]]:
    slots = assess(samples, returned=returned).slots
    return {
        f"{s.field} {s.slot}": (s.survived / s.sent, s.erased / s.sent, s.altered / s.sent) for s in slots if s.sent
    }


def test_every_form_of_every_field_is_sent(samples: Samples) -> None:
    for name, forms in samples.forms.items():
        for slot in range(forms.radices.shape[1]):
            radix = int(forms.radices[:, slot].max())
            sent = samples.sent[name][:, slot]
            assert radix == 1 or set(sent.tolist()) == set(range(radix)), f"{name} slot {slot}"


def test_a_pipeline_that_changes_nothing(samples: Samples) -> None:
    outcome = assess(samples, returned=samples.shown)
    assert (outcome.rows_back, outcome.rows_unknown, outcome.by_order) == (ROWS, 0, False)
    assert outcome.bits_back == pytest.approx(outcome.bits_sent)
    assert outcome.bits_sent > math.log2(6)
    assert set(shares(samples, samples.shown).values()) == {(1.0, 0.0, 0.0)}
    assert all(v.same == v.sent == ROWS for v in outcome.identifiers)


def test_order_does_not_matter(samples: Samples) -> None:
    outcome = assess(samples, returned=samples.shown.reverse().sample(fraction=1.0, shuffle=True, seed=1))
    assert outcome.bits_back == pytest.approx(outcome.bits_sent)


def test_a_pipeline_that_takes_the_dashes_out(samples: Samples) -> None:
    returned = samples.shown.with_columns(pl.col("phone").str.replace_all("[ -]", ""))
    found = shares(samples, returned)
    assert found["phone grouping"][0] < 0.5
    assert found["address separator"] == (1.0, 0.0, 0.0)
    phone = next(v for v in assess(samples, returned=returned).identifiers if v.field == "phone")
    assert phone.same == ROWS


def test_a_cell_that_is_rewritten_beyond_all_forms_is_erased(samples: Samples) -> None:
    returned = samples.shown.with_columns(address="送到 " + pl.col("address"))
    assert shares(samples, returned)["address separator"] == (0.0, 1.0, 0.0)


def test_rows_that_are_lost_and_rows_that_are_new(samples: Samples) -> None:
    strange = samples.shown.head(5).with_columns(customer=pl.lit("X"), phone=pl.lit(""), email=pl.lit(""))
    outcome = assess(samples, returned=pl.concat([samples.shown.head(30), strange]))
    assert (outcome.rows_back, outcome.rows_unknown) == (30, 5)
    assert outcome.bits_back < outcome.bits_sent / 2


def test_the_order_of_neighbours_survives_what_keeps_the_rows_as_they_stand(samples: Samples) -> None:
    assert assess(samples, returned=samples.shown).pairs_kept == ROWS // 2
    rewritten = samples.shown.with_columns(address=pl.lit("gone"), name=pl.lit(""))
    outcome = assess(samples, returned=rewritten.filter(pl.int_range(ROWS) % 5 != 0))
    assert 0 < outcome.pairs == outcome.pairs_kept < ROWS // 2
    turned = assess(samples, returned=samples.shown.reverse())
    assert (turned.pairs, turned.pairs_kept) == (ROWS // 2, 0)
    by_order = assess(samples, returned=samples.shown.select(address="x" + pl.col("address").str.slice(0, 2)))
    assert (by_order.by_order, by_order.pairs) == (True, 0)


def test_a_lost_key_is_made_up_for_by_another_column(samples: Samples) -> None:
    outcome = assess(samples, returned=samples.shown.drop("customer", "phone"))
    assert outcome.lost_columns == ("customer", "phone")
    assert outcome.rows_back == ROWS
    assert {s.field: s.survived for s in outcome.slots}["phone"] == 0


def test_rows_told_by_their_order_alone(samples: Samples) -> None:
    returned = samples.shown.select(address="x" + pl.col("address").str.slice(0, 2))
    outcome = assess(samples, returned=returned)
    assert (outcome.by_order, outcome.bits_back) == (True, 0.0)


def test_rows_that_nothing_ties_to_the_samples(samples: Samples) -> None:
    with pytest.raises(RefusedError) as refused:
        assess(samples, returned=pl.DataFrame({"address": ["somewhere else"]}))
    assert refused.value.code == "mark.rows"
