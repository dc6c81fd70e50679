"""The vault: what an import adds, corrects and leaves alone, told without unsealing anything."""

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from tests.courier import COLUMNS, Courier, courier

from suyuan.collect.admit import admit
from suyuan.collect.field import FieldPolicy
from suyuan.errors import RefusedError
from suyuan.hold.vault import Imported, find_person
from suyuan.simulation import invent_people
from suyuan.terms import FieldName, PersonNumber, PurposeName


def store(here: Courier, frame: pl.DataFrame) -> Imported:
    admitted, rejected = admit(frame, fields=here.store.policy.fields)
    assert not rejected
    [done] = list(here.store.vault.store(admitted))
    return done


def find(here: Courier, name: str, text: str) -> PersonNumber | None:
    field = here.store.policy.fields[FieldName(name)]
    return find_person(text, field=field, people=here.store.people, broker=here.store.broker)


def test_a_record_that_is_the_same_is_left_alone(tmp_path: Path) -> None:
    with courier(tmp_path, people=20) as here:
        before = [here.store.people.record(number) for number in here.numbers.values()]
        assert store(here, here.people) == Imported(added=0, corrected=0, unchanged=20)
        assert [here.store.people.record(number) for number in here.numbers.values()] == before
        # Another spelling of the same values is no change either; an empty field, as some here have, is none.
        assert here.people["id_number"].null_count() > 0
        spaced = here.people.with_columns(pl.col("email").str.to_uppercase())
        assert store(here, spaced) == Imported(added=0, corrected=0, unchanged=20)


def test_a_correction_keeps_the_dates_and_names_what_changed(tmp_path: Path) -> None:
    with courier(tmp_path, people=10) as here:
        row = here.people.head(1)
        person = here.numbers[row["customer"][0]]
        assert store(
            here, row.with_columns(phone=pl.lit("+8616399990000"), email=pl.lit(None, dtype=pl.String))
        ) == Imported(added=0, corrected=1, unchanged=0)
        first, second = here.store.people.versions(person)
        assert (first.version, second.version) == (1, 2)
        assert first.until == second.since
        assert second.until is None
        assert set(second.changed) == {"phone", "email"}
        record = here.store.people.record(person)
        assert record is not None
        assert "email" not in record.commitments
        assert store(here, row.with_columns(phone=pl.lit("+8616399990000"))).corrected == 1  # The e-mail is back.
        # The old phone still finds her, so that an old dump does.
        assert find(here, "phone", row["phone"][0]) == person


def test_new_and_known_people_come_in_one_file(tmp_path: Path) -> None:
    with courier(tmp_path, people=10, seed=5) as here:
        more = invent_people(15, seed=5).select(COLUMNS)
        mixed = pl.concat([more.tail(5), here.people.head(4)])
        before = here.store.people.counts()["persons"]
        assert store(here, mixed).added == 5
        assert here.store.people.counts()["persons"] == before + 5


def test_people_are_found_by_strong_fields(tmp_path: Path) -> None:
    with courier(tmp_path, people=5) as here:
        for name in ("customer", "phone", "email"):
            assert find(here, name, here.people[name][2]) == here.numbers[here.people["customer"][2]]
        for text in ("+8619999999999", "not a phone at all"):
            assert find(here, "phone", text) is None


def test_a_shared_identifier_names_nobody(tmp_path: Path) -> None:
    with courier(tmp_path, people=5) as here:
        store(here, here.people.with_columns(email=pl.lit("both@example.com")))
        assert find(here, "email", "both@example.com") is None


def searchable(here: Courier, *, minimum: int) -> FieldPolicy:
    """Declare that phones are found by their last four digits, and import everybody anew."""
    fields = dict(here.store.policy.fields)
    phone = replace(fields[FieldName("phone")], search=("last4",), search_minimum=minimum)
    admitted, _ = admit(here.people, fields=fields | {phone.name: phone})
    list(here.store.vault.store(admitted))
    return phone


def test_a_bucket_is_found_by_a_part_and_a_small_one_is_not(tmp_path: Path) -> None:
    with courier(tmp_path, people=30) as here:
        for row in range(0, 30, 3):
            same = here.people.slice(row, 1).with_columns(phone=pl.lit(f"+86163{row:04d}7777"))
            assert store(here, same).corrected == 1
        phone = searchable(replace_people(here), minimum=2)
        vault = here.store.vault
        expected = [int(here.numbers[here.people["customer"][row]]) for row in range(0, 30, 3)]
        assert vault.find_part(" 7777", field=phone, part="last4", count=99).tolist() == sorted(expected)
        assert len(vault.find_part("7777", field=phone, part="last4", count=4)) == 4
        refusals = []
        for text, asked in (
            (here.people["phone"][1][-4:], phone),
            ("0000", phone),
            ("7777", replace(phone, search_minimum=11)),
            ("7777", replace(phone, search_minimum=4)),  # The store has fewer than ten times as many persons.
        ):
            with pytest.raises(RefusedError) as told:
                vault.find_part(text, field=asked, part="last4", count=99)
            refusals.append((told.value.code, str(told.value).replace(f"than {asked.search_minimum}", "than n")))
        assert len(set(refusals)) == 1, "whether anybody shares it is not told"
        with pytest.raises(RefusedError) as told:
            vault.find_part("7777", field=here.store.policy.fields[FieldName("email")], part="last4", count=9)
        assert told.value.code == "hold.part"


def replace_people(here: Courier) -> Courier:
    """Give the world whose people are as they were corrected."""
    phones = [
        f"+86163{row:04d}7777" if row % 3 == 0 else phone for row, phone in enumerate(here.people["phone"].to_list())
    ]
    return replace(here, people=here.people.with_columns(phone=pl.Series(phones)))


def test_an_import_for_a_purpose_is_remembered_for_everybody_in_it(tmp_path: Path) -> None:
    with courier(tmp_path, people=4) as here:
        admitted, _ = admit(here.people.head(3), fields=here.store.policy.fields)
        list(here.store.vault.store(admitted, purposes=[PurposeName("delivery")]))
        asked = [here.store.people.purposes_of(person) for person in here.numbers.values()]
        assert [list(purposes) for purposes in asked] == [["delivery"]] * 3 + [[]]
