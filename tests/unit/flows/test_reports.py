"""Victims' reports on a real store: they lead to the right account, count once, before the account is drawn, and die with her."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.courier import Courier, courier
from tests.unit.flows.test_access_sets import worked

from suyuan.errors import RefusedError
from suyuan.flows.reports import Weight
from suyuan.hold.vault import find_person
from suyuan.ledger.bodies import TraceNoteEntry
from suyuan.terms import FieldName, PersonNumber

KNEW = (FieldName("phone"), FieldName("address"))


def number(here: Courier, customer: str) -> PersonNumber:
    field = here.store.policy.require_key_field()
    found = find_person(customer, field=field, people=here.store.people, broker=here.store.broker)
    assert found is not None
    return found


def now(here: Courier) -> datetime:
    return here.store.clock.now()


def test_reports_lead_to_the_account_that_looked_the_victims_up(tmp_path: Path) -> None:
    with courier(tmp_path, people=600) as here:
        seen = worked(here)
        reports = here.store.reports()
        assert reports.lead().leading == ()
        for place, customer in enumerate(seen[7][:22]):
            filed = reports.add(number(here, customer), at=now(here), knew=KNEW)
            assert filed.weight is Weight.COUNTS
            if place == 4:
                early = reports.lead()
                assert early.lead is None
                assert early.settling[0][0].id == "clerk-07"
                assert early.settling[0][1].more > 0
        found = reports.lead()
        assert found.lead is not None
        assert found.lead.id == "clerk-07"
        assert found.reports == 22


def test_a_look_up_after_the_call_is_no_hit(tmp_path: Path) -> None:
    with courier(tmp_path, people=300) as here:
        seen = worked(here)
        reports = here.store.reports()
        for customer in seen[2][:15]:
            reports.add(number(here, customer), at=datetime(2023, 6, 1, tzinfo=UTC), knew=KNEW)
        assert all(one.hits == 0 for _, one, _ in reports.lead().leading)


def test_a_report_after_her_account_was_drawn_counts_nothing(tmp_path: Path) -> None:
    with courier(tmp_path, people=40) as here:
        customers = here.people["customer"].to_list()
        before, after = number(here, customers[0]), number(here, customers[1])
        reports = here.store.reports()
        assert reports.add(before, at=now(here), knew=KNEW).weight is Weight.COUNTS
        for person in (before, after):
            here.store.accounts().draw(person)
        assert reports.add(after, at=now(here), knew=KNEW).weight is Weight.ACCOUNT_DRAWN
        assert reports.add(before, at=now(here), knew=KNEW).weight is Weight.ACCOUNT_DRAWN
        assert [filed.weight for filed in reports.filed()] == [
            Weight.COUNTS,
            Weight.ACCOUNT_DRAWN,
            Weight.ACCOUNT_DRAWN,
        ]
        assert dict(reports.lead().not_counted) == {Weight.ACCOUNT_DRAWN: 2}


def test_the_second_report_of_one_person_counts_nothing(tmp_path: Path) -> None:
    with courier(tmp_path, people=20) as here:
        person = number(here, here.people["customer"][0])
        reports = here.store.reports()
        reports.add(person, at=now(here), knew=KNEW)
        assert reports.add(person, at=now(here), knew=KNEW).weight is Weight.REPEATED


def test_a_report_dies_with_the_person_and_shows_nothing_beside_the_ledger(tmp_path: Path) -> None:
    with courier(tmp_path, people=20) as here:
        person = number(here, here.people["customer"][0])
        reports = here.store.reports()
        filed = reports.add(person, at=now(here), knew=KNEW)
        assert isinstance(here.store.ledger.entry(filed.index).body, TraceNoteEntry)
        sides = [
            here.store.ledger.side(filed.index, name=name) or b"" for name in here.store.ledger.side_names(filed.index)
        ]
        assert not any(b"phone" in side or b"address" in side for side in sides)
        here.store.eraser.erase(person)
        assert [one.weight for one in reports.filed()] == [Weight.ERASED]


def test_what_cannot_be_is_refused(tmp_path: Path) -> None:
    with courier(tmp_path, people=10) as here:
        person = number(here, here.people["customer"][0])
        reports = here.store.reports()
        with pytest.raises(RefusedError, match="no field"):
            reports.add(person, at=now(here), knew=(FieldName("shoe_size"),))
        with pytest.raises(RefusedError, match="which fields"):
            reports.add(person, at=now(here), knew=())
        with pytest.raises(RefusedError, match="time to come"):
            reports.add(person, at=now(here) + timedelta(days=1), knew=KNEW)
        with pytest.raises(RefusedError, match="identifier of a pool"):
            reports.add(person, at=now(here), knew=KNEW, alias="somebody@example.org")


def test_an_alias_that_was_called_leads_to_the_copy_it_was_given_out_in(tmp_path: Path) -> None:
    with courier(tmp_path, people=20) as here:
        with here.store.door() as door:
            frame = here.people.select("customer", "email")
            here.export(door, partner="relay-user", contract="C-alias", name="alias.csv", frame=frame)
        import polars as pl

        shown = pl.read_csv(here.folder / "alias.csv", infer_schema=False)["email"].drop_nulls()[0]
        reports = here.store.reports()
        reports.add(number(here, here.people["customer"][0]), at=now(here), knew=KNEW, alias=shown)
        [called] = reports.lead().aliases
        assert [recipient.id for _, recipient in called.releases] == ["relay-user"]
