"""The fuzzy matcher: one person a row, strangers left alone, the same answer twice, and not a word about anyone."""

import logging
import random
import sys

import polars as pl
import pytest

from suyuan.adapters.splink.matcher import SplinkMatcher
from suyuan.errors import RefusedError, UnavailableError
from suyuan.terms import FieldName, KindName

KINDS = {
    FieldName("given name"): KindName.PERSON_NAME,
    FieldName("姓"): KindName.PERSON_NAME,
    FieldName("born"): KindName.DATE,
    FieldName("address"): KindName.POSTAL_ADDRESS,
    FieldName("phone"): KindName.PHONE,
    FieldName("member"): KindName.IDENTIFIER,
}
GIVEN = [a + b for a in ("an", "bel", "cor", "dan", "el", "fer", "gus", "hen") for b in ("na", "la", "mo", "ry", "vin")]
FAMILY = [a + b for a in ("park", "stone", "wood", "hill", "mar", "bern", "kers") for b in ("er", "ton", "ley", "son")]


def people(count: int) -> pl.DataFrame:
    draw = random.Random(4)
    rows = [
        (
            number,
            draw.choice(GIVEN),
            draw.choice(FAMILY),
            f"{draw.randint(1940, 2005)}-{draw.randint(1, 12):02}-{draw.randint(1, 28):02}",
            f"{draw.randint(1, 300)} {draw.choice(FAMILY)} street {draw.choice(GIVEN)}",
            f"+86138{draw.randint(0, 99_999_999):08}",
            f"M{draw.randint(0, 9_999_999):07}",
        )
        for number in range(count)
    ]
    return pl.DataFrame(rows, schema=["person", *KINDS], orient="row")


def dirty(table: pl.DataFrame) -> pl.DataFrame:
    """Give the people as dump rows 100, 101, ..., every member number and phone wrong in one digit, a field lost."""
    draw = random.Random(5)
    rows = []
    for row, (_, *cells) in enumerate(table.rows(), start=100):
        for place in (4, 5):
            at = len(cells[place]) - 1 - draw.randrange(6)
            cells[place] = cells[place][:at] + str((int(cells[place][at]) + 1) % 10) + cells[place][at + 1 :]
        cells[draw.randrange(4)] = None
        rows.append((row, *cells))
    return pl.DataFrame(rows, schema=["row", *KINDS], orient="row").with_columns(pl.col("row").cast(pl.UInt64))


@pytest.mark.parametrize("count", [30, 300])
@pytest.mark.parametrize("is_one_to_one", [True, False])
def test_persons_are_found_and_strangers_are_not(count: int, is_one_to_one: bool) -> None:
    everyone = people(2 * count)
    ours, dump = everyone[:count], dirty(everyone)
    found = SplinkMatcher(kinds=KINDS, is_one_to_one=is_one_to_one).match(dump, people=ours)
    assert found.schema == pl.Schema({"row": pl.UInt64, "person": pl.Int64, "probability": pl.Float64})
    wrong = found.filter(pl.col("row").cast(pl.Int64) - 100 != pl.col("person"))
    assert wrong.height == 0
    assert found.height >= 0.99 * count


def test_a_person_can_be_in_a_dump_twice_unless_told_otherwise() -> None:
    ours = people(50)
    dump = pl.concat([dirty(ours[:20]), dirty(ours[:20]).with_columns(pl.col("row") + 1000)])
    assert SplinkMatcher(kinds=KINDS).match(dump, people=ours).height == 40
    once = SplinkMatcher(kinds=KINDS, is_one_to_one=True).match(dump, people=ours)
    assert once.height == once["person"].n_unique() == 20


def test_twins_in_everything_are_not_guessed() -> None:
    ours = people(50)
    twin = ours[:1].with_columns(person=pl.lit(99, dtype=pl.Int64))
    found = SplinkMatcher(kinds=KINDS).match(dirty(ours[:10]), people=pl.concat([ours, twin]))
    assert 100 not in found["row"].to_list()
    assert found.height == 9


def test_the_same_input_gives_the_same_answer() -> None:
    ours = people(200)
    answers = [SplinkMatcher(kinds=KINDS).match(dirty(ours), people=ours) for _ in range(2)]
    assert answers[0].select("row", "person").equals(answers[1].select("row", "person"))


def test_nothing_in_common_gives_nothing() -> None:
    ours = people(5)
    empty = dirty(ours).with_columns(pl.lit(None, dtype=pl.String).alias(name) for name in KINDS)
    assert SplinkMatcher(kinds=KINDS).match(empty, people=ours).height == 0
    with pytest.raises(RefusedError, match="share no field"):
        SplinkMatcher(kinds=KINDS).match(dirty(ours).select("row"), people=ours)


def test_no_value_is_said_or_logged(capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> None:
    ours = people(150)
    with caplog.at_level(logging.DEBUG):
        SplinkMatcher(kinds=KINDS).match(dirty(ours), people=ours)
    out, err = capfd.readouterr()
    said = out + err + caplog.text
    assert not [value for row in ours.drop("person").rows() for value in row if str(value) in said]
    assert out == err == ""


def test_a_failure_names_no_value(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ValueError("could not convert M0000001 of anna parker")

    monkeypatch.setattr("suyuan.adapters.splink.matcher.weigh_by_splink", fail)
    with pytest.raises(UnavailableError) as refused:
        SplinkMatcher(kinds=KINDS).match(dirty(people(5)), people=people(5))
    assert "ValueError" in str(refused.value)
    assert "anna" not in str(refused.value)


def test_without_splink_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "splink", None)
    with pytest.raises(UnavailableError, match="not installed") as refused:
        SplinkMatcher(kinds=KINDS).match(dirty(people(5)), people=people(5))
    assert refused.value.code == "trace.matcher"
    assert "suyuan[trace]" in refused.value.hint
