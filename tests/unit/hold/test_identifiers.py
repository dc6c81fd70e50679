"""By what identifier a person is enrolled: the key field's value, else the strongest she was seen with; once for good."""

from pathlib import Path

import polars as pl
from tests.courier import COLUMNS, Courier, courier

from suyuan.collect.admit import admit
from suyuan.hold.ports import Registration
from suyuan.hold.registrar import Enrolled
from suyuan.release.sources import SuppliedRows
from suyuan.simulation import invent_people


def identifiers(here: Courier, persons: list[int]) -> list[bytes]:
    found = here.store.people.registrations(persons)
    assert len(found) == len(persons)
    return here.store.broker.open_identifiers(persons, sealed=[row.sealed_identifier for row in found])


def supply(here: Courier, frame: pl.DataFrame) -> list[int]:
    source = SuppliedRows(frame, fields=here.store.policy.fields, broker=here.store.broker)
    source.enrol(here.store.vault, people=here.store.people, clock=here.store.clock)
    return [int(number) for number in source.persons]


def forget(here: Courier, person: int) -> Registration:
    """Make a person as an older store holds her: known, and without an identifier for the registry."""
    [before] = here.store.people.registrations([person])
    here.store.people._database._connection.execute("DELETE FROM registry WHERE person = ?", (person,))  # type: ignore[attr-defined]
    return before


def test_an_import_enrols_by_the_key_field(tmp_path: Path) -> None:
    with courier(tmp_path, people=8) as here:
        customers = here.people["customer"].to_list()
        persons = [int(here.numbers[customer]) for customer in customers]
        assert identifiers(here, persons) == [b"identifier\x00" + customer.encode() for customer in customers]
        assert all(row.enrolled is not None and not row.shared for row in here.store.people.registrations(persons))
        assert len({here.store.registrar.label_of(here.numbers[customer]) for customer in customers}) == 8
        assert here.store.registrar.enrol_pending() == Enrolled(enrolled=0, shared=0)


def test_a_record_and_its_identifier_are_stored_together(tmp_path: Path) -> None:
    with courier(tmp_path, people=8) as here:
        admitted, _ = admit(invent_people(12, seed=5).select(COLUMNS), fields=here.store.policy.fields)
        for _ in here.store.vault.store(admitted):
            pending = here.store.people.to_enrol(since=0).tolist()
            assert len(pending) == 4
            assert {row.person for row in here.store.people.records(pending)} == set(pending)
        assert here.store.registrar.enrol_pending() == Enrolled(enrolled=4, shared=0)


def test_a_person_of_an_older_store_is_enrolled_when_she_is_seen_again(tmp_path: Path) -> None:
    with courier(tmp_path, people=6) as here:
        same, corrected, overlaid = (here.numbers[customer] for customer in here.people["customer"][:3])
        for person in (same, corrected, overlaid):
            forget(here, person)
        changed = pl.when(pl.int_range(pl.len()) == 1).then(pl.lit("+8616399990000")).otherwise(pl.col("phone"))
        admitted, _ = admit(here.people.head(2).with_columns(phone=changed), fields=here.store.policy.fields)
        list(here.store.vault.store(admitted))
        assert here.store.people.to_enrol(since=0).tolist() == [same, corrected]
        assert supply(here, here.people[2:3].select("phone", "email")) == [overlaid]
        assert identifiers(here, [overlaid])[0].startswith(b"phone\x00")
        # An import brings the key later; the first identifier stays, or she would be enrolled twice.
        admitted, _ = admit(here.people, fields=here.store.policy.fields)
        list(here.store.vault.store(admitted))
        assert identifiers(here, [overlaid])[0].startswith(b"phone\x00")


def test_supplied_rows_enrol_by_the_strongest_that_any_row_shows(tmp_path: Path) -> None:
    with courier(tmp_path, people=2) as here:
        frame = pl.DataFrame(
            {
                "customer": ["N-1", None, None, None],
                "phone": ["+8616500000011", "+8616500000012", None, None],
                "email": [None, "two@example.com", "three@example.com", None],
                "address": ["here", "here", "here", "nobody can be named by this"],
            }
        )
        persons = supply(here, frame)
        assert len(set(persons)) == 4
        assert identifiers(here, persons[:3]) == [
            b"identifier\x00N-1",
            b"phone\x00+8616500000012",
            b"email\x00three@example.com",
        ]
        assert here.store.people.registrations(persons[3:]) == []
        assert here.store.registrar.enrol_pending() == Enrolled(enrolled=3, shared=0)


def test_rows_of_one_person_enrol_her_once(tmp_path: Path) -> None:
    with courier(tmp_path, people=2) as here:
        frame = pl.DataFrame({"phone": ["+8616500000021"] * 3, "email": [None, "a@example.com", "b@example.com"]})
        first, *others = supply(here, frame)
        assert set(others) == {first}
        assert identifiers(here, [first]) == [b"phone\x00+8616500000021"]
        assert here.store.registrar.enrol_pending() == Enrolled(enrolled=1, shared=0)


def test_a_phone_of_two_people_enrols_one_of_those_known_by_it_alone(tmp_path: Path) -> None:
    with courier(tmp_path, people=4) as here:
        shared = here.people.head(2).with_columns(phone=pl.lit("+8616500000031"))
        admitted, _ = admit(shared, fields=here.store.policy.fields)
        list(here.store.vault.store(admitted))
        alone = pl.DataFrame({"phone": ["+8616500000031"]})
        one, other = supply(here, alone), supply(here, alone)
        assert one != other
        assert here.store.registrar.enrol_pending() == Enrolled(enrolled=1, shared=1)
        assert [row.shared for row in here.store.people.registrations([*one, *other])] == [False, True]
