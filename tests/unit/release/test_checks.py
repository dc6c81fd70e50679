"""Every check says no by its own code, in the ledger too, and yes where nothing is against it."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from tests.unit.release.site import Site, site

from suyuan.adapters.files import open_sink
from suyuan.collect.ports import ConsentState
from suyuan.errors import RefusedError
from suyuan.hold.ports import ALL_PURPOSES
from suyuan.release.approvals import Approver
from suyuan.release.bulk import export
from suyuan.release.checks.asked import Asked, Sharing
from suyuan.release.checks.contract import require_region
from suyuan.release.door import Door
from suyuan.release.ports import Verdict
from suyuan.release.request import ExportRequest, LookupRequest
from suyuan.release.sources import StoredRows
from suyuan.terms import AccountId, ContractId, PartnerId, PurposeName, Recipient

GRANTS = """
[[grant]]
role = "courier"
purpose = "delivery"
acts = ["lookup", "list"]
fields = { name = "clear", phone = "clear" }
where = [["queue", "=", "$account.outlet"]]
[[grant]]
role = "clerk"
purpose = "open"
acts = ["lookup"]
limits = { persons = 3, per = "1d", rows = 50 }
"""
ROLES = '[courier]\ntitle = { en = "Courier", zh = "快递员" }\n[clerk]\ntitle = { en = "Clerk", zh = "客服" }\n'


def refused(here: Site, door: Door, request: LookupRequest) -> str:
    """Give the code by which a look-up is refused; it is in the ledger."""
    with pytest.raises(RefusedError) as caught:
        door.lookup(request)
    assert here.last_refusal() == caught.value.code
    return caught.value.code


def test_a_purpose_that_sleeps_lets_nothing_out(tmp_path: Path) -> None:
    with site(tmp_path) as (here, door):
        assert refused(here, door, here.ask("asleep")) == "release.inactive"
        assert door.lookup(here.ask()).fields


def test_a_legal_hold_freezes_a_person_for_everybody(tmp_path: Path) -> None:
    with site(tmp_path) as (here, door):
        here.store.people.add_hold(here.persons[0], hold="suit", at=here.clock.now())
        assert refused(here, door, here.ask()) == "release.held"
        assert door.lookup(here.ask(person=1)).fields
        here.store.people.end_hold(here.persons[0], hold="suit", at=here.clock.now())
        assert door.lookup(here.ask()).fields


@pytest.mark.parametrize("purpose", ["open", ALL_PURPOSES])
def test_an_objection_stops_the_purpose_and_its_end_starts_it(tmp_path: Path, purpose: str) -> None:
    with site(tmp_path) as (here, door):
        people, at = here.store.people, here.clock.now()
        people.restrict(here.persons[0], purpose=PurposeName("marketing"), at=at)
        assert door.lookup(here.ask()).fields  # Another purpose's.
        people.restrict(here.persons[0], purpose=PurposeName(purpose), at=at)
        assert refused(here, door, here.ask()) == "release.restricted"
        people.unrestrict(here.persons[0], purpose=PurposeName(purpose), at=at)
        assert door.lookup(here.ask()).fields


def test_data_past_their_time_are_shown_to_nobody(tmp_path: Path) -> None:
    with site(tmp_path) as (here, door):
        persons = np.array(here.persons[:1], dtype=np.int64)
        here.store.people.collected(persons, purpose=PurposeName("brief"), at=here.clock.now())
        assert door.lookup(here.ask("brief")).fields
        here.clock.forward(days=31)
        assert refused(here, door, here.ask("brief")) == "release.retention"
        here.store.people.collected(persons, purpose=PurposeName("brief"), at=here.clock.now())
        assert door.lookup(here.ask("brief")).fields


def test_consent_lives_from_word_to_word(tmp_path: Path) -> None:
    with site(tmp_path) as (here, door):
        assert refused(here, door, here.ask("marketing")) == "release.consent"
        here.say(0)
        assert door.lookup(here.ask("marketing")).fields
        assert refused(here, door, here.ask("marketing", person=1)) == "release.consent"
        here.say(0, state=ConsentState.WITHDRAWN)
        assert refused(here, door, here.ask("marketing")) == "release.consent"  # The very next release.


def test_a_child_is_shown_on_her_guardians_word_and_a_second_persons(tmp_path: Path) -> None:
    with site(tmp_path) as (here, door):
        here.store.people.set_ages([(int(here.persons[0]), date(2030, 1, 1), date(2034, 1, 1))])
        with pytest.raises(RefusedError):
            here.say(0)  # She is too young to say it herself.
        here.say(0, guardian="mother")
        approval = approved(here, door, here.ask("marketing"))
        assert door.lookup(here.ask("marketing", approval=approval)).fields
        other = approved(here, door, here.ask("open"))
        assert refused(here, door, here.ask("open", approval=other)) == "release.guardian"


def approved(here: Site, door: Door, request: LookupRequest) -> str:
    """Let a second person say yes to a look-up; give the approval's id."""
    asked = here.store.approvals.ask(request, digest=door.approval_digest(request), reason="a parent calls")
    here.store.approvals.give(asked.id, by=Approver(account=AccountId("bob")))
    return asked.id


def test_an_export_needs_each_persons_word_for_the_partner_and_leaves_the_others_out(tmp_path: Path) -> None:
    with site(tmp_path) as (here, door):
        for person in range(6):
            here.say(person)
        for person in range(4):
            here.say(person, scope="provision", recipient="acme")
        here.store.people.add_hold(here.persons[3], hold="suit", at=here.clock.now())
        request = ExportRequest(partner=PartnerId("acme"), purpose=PurposeName("marketing"), contract=ContractId("C-m"))
        admission = door.admit(request)
        persons = np.array([*here.persons, here.persons[0]], dtype=np.int64)
        admission, keep = door.sort_out(admission, persons=persons)
        assert keep.nonzero()[0].tolist() == [0, 1, 2, len(here.persons)]
        assert admission.withheld == {
            "release.consent": len(here.persons) - 6, "release.held": 1, "release.separate_consent": 2
        }  # fmt: skip
        with pytest.raises(RefusedError) as caught:
            door.sort_out(admission, persons=persons[3:6])
        assert caught.value.code == here.last_refusal() == "release.held"


def test_grants_decide_by_role_case_and_fields(tmp_path: Path) -> None:
    with site(tmp_path, grants=GRANTS, roles=ROLES) as (here, door):
        case = here.link("ann", person=0, queue="north")
        ask = here.ask("delivery", case=case, roles=("courier",), outlet="north")
        assert list(door.lookup(ask).fields) == ["name", "phone"]  # The purpose's address is not in the grant.
        assert (
            refused(here, door, here.ask("delivery", case=case, roles=("courier",), outlet="south")) == "release.role"
        )
        assert refused(here, door, here.ask("delivery", case=case, roles=("clerk",))) == "release.role"
        assert refused(here, door, here.ask("delivery", case=case)) == "release.role"


def test_a_grants_limit_counts_different_persons_in_its_window(tmp_path: Path) -> None:
    with site(tmp_path, grants=GRANTS, roles=ROLES) as (here, door):
        for person in (0, 1, 2, 0, 1):
            door.lookup(here.ask(person=person, roles=("clerk",)))
        assert refused(here, door, here.ask(person=3, roles=("clerk",))) == "release.budget"
        assert door.lookup(here.ask(person=2, roles=("clerk",))).fields  # Seen already.
        assert door.lookup(here.ask(person=3, account="bob", roles=("clerk",))).fields
        here.clock.forward(days=1, seconds=1)
        assert door.lookup(here.ask(person=3, roles=("clerk",))).fields


def test_a_child_needs_her_guardian_and_a_minor_a_second_person(tmp_path: Path) -> None:
    with site(tmp_path) as (here, door):
        child, minor, adult = (int(number) for number in here.persons[:3])
        here.store.people.set_ages(
            [
                (child, date(2030, 1, 1), date(2034, 1, 1)),
                (minor, date(2024, 1, 1), date(2028, 1, 1)),
                (adult, date(2010, 1, 1), date(2014, 1, 1)),
            ]
        )
        assert refused(here, door, here.ask(person=0)) == "release.approval"
        assert refused(here, door, here.ask(person=1)) == "release.approval"
        assert door.lookup(here.ask(person=2)).fields


def test_the_watch_has_the_last_word(tmp_path: Path) -> None:
    class Denies:
        def verdict(self, *, recipient: Recipient, purpose: PurposeName, persons: int, now: object) -> Verdict:
            assert persons == 1
            return Verdict.DENY

    with site(tmp_path) as (here, door):
        door._admitting._watch = Denies()
        assert refused(here, door, here.ask()) == "release.watch"
        assert door.budgets.count(here.ask().account, purpose=PurposeName("open"), now=here.clock.now()) == 0


@pytest.mark.parametrize(
    ("contract", "rows", "code"),
    [
        ("C-1", 10, None),
        ("C-9", 10, "release.contract"),
        ("C-old", 10, "release.contract_expired"),
        ("C-coming", 10, "release.contract_expired"),
        ("C-few", 5, None),
        ("C-few", 6, "release.row_cap"),
        ("C-day", 21, "release.row_cap"),
        ("C-names", 10, "release.contract"),
        ("C-abroad", 10, "release.region"),
        ("C-near", 99_999, None),
        ("C-near", 100_000, "release.region"),
    ],
)
def test_contracts_say_who_when_where_and_how_much(tmp_path: Path, contract: str, rows: int, code: str | None) -> None:
    with site(tmp_path, people=2) as (here, door):
        request = ExportRequest(
            partner=PartnerId("acme"), purpose=PurposeName("fulfilment"), contract=ContractId(contract)
        )
        if code is None:
            assert door.admit(request, rows=rows).asked.request is request
            return
        with pytest.raises(RefusedError) as caught:
            door.admit(request, rows=rows)
        assert caught.value.code == code == here.last_refusal()


@pytest.mark.parametrize(
    ("persons", "sensitive", "enough"),
    [
        (0, 0, ("", "contract:9", "assessment:9")),
        (99_989, 0, ("", "contract:9", "assessment:9")),
        (99_990, 0, ("contract:9", "assessment:9")),
        (0, 1, ("contract:9", "assessment:9")),
        (999_989, 0, ("contract:9", "assessment:9")),
        (999_990, 0, ("assessment:9",)),
        (10, 9_999, ("contract:9", "assessment:9")),
        (10, 10_000, ("assessment:9",)),
    ],
)
def test_the_years_amount_across_the_border_says_which_mechanism_is_enough(
    tmp_path: Path, persons: int, sensitive: int, enough: tuple[str, ...]
) -> None:
    with site(tmp_path, people=2) as (here, _):
        policy, contract = here.store.policy, here.store.policy.contracts[ContractId("C-near")]
        for assessment in ("", "contract:9", "assessment:9"):
            asked = Asked(
                request=ExportRequest(
                    partner=contract.partner, purpose=PurposeName("fulfilment"), contract=contract.id
                ),
                policy=policy,
                now=here.clock.now(),
                rows=10,
                sharing=Sharing(persons_abroad=persons, sensitive_abroad=sensitive),
                contract=replace(contract, assessment=assessment),
            )
            if assessment in enough:
                require_region(asked)
                continue
            with pytest.raises(RefusedError) as caught:
                require_region(asked)
            assert caught.value.code == "release.region"


def test_what_crossed_the_border_is_added_up_by_year_from_the_ledger(tmp_path: Path) -> None:
    with site(tmp_path, people=3) as (here, door):
        sink = tmp_path / "near.csv"
        request = ExportRequest(
            partner=PartnerId("acme"), purpose=PurposeName("fulfilment"), contract=ContractId("C-near")
        )
        store = here.store
        fields = [store.policy.fields[name] for name in store.policy.purposes[request.purpose].fields]
        rows = StoredRows(store.people.all_persons(), people=store.people, fields=fields, broker=store.broker)
        export(door, request=request, source=rows, sink=open_sink(sink))
        door.handed.catch_up()
        now = here.clock.now()
        assert door.handed.sharing(request.contract, now=now).persons_abroad == 3
        assert door.handed.sharing(request.contract, now=now.replace(year=now.year + 1)).persons_abroad == 0
