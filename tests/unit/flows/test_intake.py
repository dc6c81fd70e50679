"""Intake: a form or a table is taken in as far as purposes, necessity and consents allow, and whole or not at all."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from tests.consent_world import ANN, DELIVERY, FULFILMENT, KYC, MARKETING, START, ConsentWorld, consent_world, word
from tests.resident_ids import with_check

from suyuan.app import SystemEntropy
from suyuan.collect.admit import admit
from suyuan.collect.form import read_form
from suyuan.collect.ports import ConsentScope, ConsentState
from suyuan.collect.submission import Submission
from suyuan.errors import RefusedError
from suyuan.flows.intake import Intake, Taken
from suyuan.hold.vault import Vault
from suyuan.terms import FieldName, PersonNumber, PurposeName

ID_OF_A_CHILD = "990101201501021239"
FORM = {"customer": "C-9", "name": "Ann Lee", "phone": "+86 139 1111 2222"}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[ConsentWorld]:
    with consent_world(tmp_path) as opened:
        yield opened


def intake(world: ConsentWorld) -> Intake:
    vault = Vault(world.people, broker=world.broker, clock=world.clock, entropy=SystemEntropy())
    return Intake(
        world.people,
        vault=vault,
        broker=world.broker,
        consents=world.consents(),
        registry=world.policy,
        clock=world.clock,
    )


def submit(world: ConsentWorld, *purposes: PurposeName, said: tuple[object, ...] = (), **values: str) -> Taken:
    return intake(world).submit(
        Submission(purposes=purposes or (DELIVERY,), values={**FORM, **values}),
        words=said,  # type: ignore[arg-type]
    )


def refused(
    code: str, world: ConsentWorld, *purposes: PurposeName, said: tuple[object, ...] = (), **values: str
) -> RefusedError:
    """Require a refusal that leaves nothing behind."""
    before, size = dict(world.people.counts()), world.ledger.size
    with pytest.raises(RefusedError) as error:
        submit(world, *purposes, said=said, **values)
    assert error.value.code == code
    assert not any(value in f"{error.value} {error.value.hint}" for value in (*FORM.values(), *values.values()))
    assert (dict(world.people.counts()), world.ledger.size) == (before, size)
    return error.value


def test_a_form_is_stored_under_a_new_person_and_corrected_under_the_same(world: ConsentWorld) -> None:
    first = submit(world)
    assert first.added
    assert first.submitted.taken == {DELIVERY: frozenset(map(FieldName, ("name", "phone")))}
    again = submit(world, name="Ann B. Lee")
    assert (again.added, again.person) == (False, first.person)
    assert [one.version for one in world.people.versions(first.person)] == [1, 2]
    assert world.people.purposes_of(first.person) == {DELIVERY: START}


def test_a_field_outside_is_refused_by_name_with_the_way_out(world: ConsentWorld) -> None:
    error = refused("collect.necessity", world, email="a@example.org")
    assert "email" in str(error)
    assert "purposes.toml" in error.hint
    error = refused("collect.necessity", world, DELIVERY, MARKETING, email="a@example.org")
    assert "consent" in error.hint
    refused("collect.value", world, phone="not a phone at all")


def test_what_is_said_with_the_form_counts_and_is_ledgered_before_the_record(world: ConsentWorld) -> None:
    taken = submit(world, DELIVERY, MARKETING, said=(word(MARKETING, channel="form"),), email="a@example.org")
    assert taken.submitted.taken[MARKETING] == {FieldName("email"), FieldName("name")}
    [said] = taken.said
    assert (said.consent.person, said.consent.state) == (taken.person, ConsentState.GIVEN)
    assert world.people.purposes_of(taken.person).keys() == {DELIVERY, MARKETING}
    assert not submit(world, DELIVERY, MARKETING, email="b@example.org").added


def test_to_refuse_the_extra_with_the_form_never_blocks_the_basic_function(world: ConsentWorld) -> None:
    taken = submit(world, said=(word(MARKETING, state=ConsentState.REFUSED),))
    assert taken.submitted.taken.keys() == {DELIVERY}
    refused("collect.necessity", world, DELIVERY, MARKETING, email="a@example.org")


def test_a_yes_that_is_taken_back_ends_what_it_allowed(world: ConsentWorld) -> None:
    taken = submit(world, DELIVERY, MARKETING, said=(word(MARKETING),), email="a@example.org")
    world.consents().withdraw(word(MARKETING, person=taken.person))
    refused("collect.necessity", world, MARKETING, email="b@example.org")


def test_a_sensitive_field_takes_a_separate_yes(world: ConsentWorld) -> None:
    number = "990101199001021234"
    yes, separate = word(KYC), word(KYC, scope=ConsentScope.SENSITIVE)
    error = refused("collect.necessity", world, DELIVERY, KYC, said=(yes,), id_number=_valid(number))
    assert "--scope sensitive" in error.hint
    taken = submit(world, DELIVERY, KYC, said=(yes, separate), id_number=_valid(number))
    assert FieldName("id_number") in taken.submitted.taken[KYC]


def test_a_child_is_told_by_her_number_and_her_guardian_speaks(world: ConsentWorld) -> None:
    number, scopes = _valid(ID_OF_A_CHILD), (ConsentScope.PURPOSE, ConsentScope.SENSITIVE)
    said = tuple(word(KYC, scope=scope) for scope in scopes)
    refused("collect.guardian", world, DELIVERY, KYC, said=said, id_number=number)
    said = tuple(word(KYC, scope=scope, guardian="mother") for scope in scopes)
    taken = submit(world, DELIVERY, KYC, said=said, id_number=number)
    facts = world.people.facts([taken.person])[taken.person]
    assert (facts.child_until, facts.minor_until) == (date(2029, 2, 1), date(2033, 2, 1))


def test_an_adult_s_age_is_not_kept_and_a_mistaken_one_is_corrected(world: ConsentWorld) -> None:
    scopes = (ConsentScope.PURPOSE, ConsentScope.SENSITIVE)
    said = tuple(word(KYC, scope=scope, guardian="mother") for scope in scopes)
    taken = submit(world, DELIVERY, KYC, said=said, id_number=_valid(ID_OF_A_CHILD))
    submit(world, DELIVERY, KYC, id_number=_valid("990101199001021234"))
    facts = world.people.facts([taken.person]).get(taken.person)
    assert facts is None or (facts.child_until, facts.minor_until) == (None, None)
    assert world.people.facts([ANN]) == {}


# ---- tables ----------------------------------------------------------------------------------------------


def table(world: ConsentWorld, *, purposes: tuple[PurposeName, ...], **columns: list[str | None]):  # type: ignore[no-untyped-def]
    admitted, rejected = admit(pl.DataFrame(columns), fields=world.policy.fields)
    assert rejected == ()
    return intake(world).inside(admitted, purposes=purposes)


def test_a_column_that_nobody_may_give_refuses_the_table(world: ConsentWorld) -> None:
    with pytest.raises(RefusedError) as error:
        table(world, purposes=(DELIVERY,), customer=["C-1"], email=["a@example.org"])
    assert error.value.code == "collect.necessity"
    assert "email" in str(error.value)


def test_rows_lack_their_own_consents_alone(world: ConsentWorld) -> None:
    yes = submit(world, said=(word(MARKETING),), customer="C-1").person
    submit(world, customer="C-2")
    customers, mails = ["C-1", "C-2", "C-3", "C-4"], ["a@example.org", "b@example.org", "c@example.org", None]
    admitted, rejected, taken = table(
        world, purposes=(DELIVERY, MARKETING), customer=customers, name=["Ann"] * 4, email=mails
    )
    assert [(cell.row, cell.field) for cell in rejected] == [(2, "email"), (3, "email")]
    assert admitted.values["customer"].to_list() == ["C-1", "C-4"]
    assert taken == {DELIVERY: ("C-1", "C-4"), MARKETING: ("C-1",)}
    flow = intake(world)
    vault = Vault(world.people, broker=world.broker, clock=world.clock, entropy=SystemEntropy())
    assert sum(step.added + step.corrected + step.unchanged for step in vault.store(admitted)) == 2
    world.clock.pass_days(1)
    flow.collected(admitted, taken=taken)
    assert world.people.purposes_of(yes) == {DELIVERY: world.clock.now(), MARKETING: world.clock.now()}
    [new] = flow.persons(pl.Series(["C-4"])).tolist()
    assert world.people.purposes_of(PersonNumber(new)).keys() == {DELIVERY}


def test_a_table_allows_each_row_what_its_own_form_would(world: ConsentWorld) -> None:
    """The columnar rule is the scalar one: each person's row passes exactly if her form passes."""
    submit(world, said=(word(MARKETING),), customer="C-1")
    submit(world, said=(word(MARKETING, state=ConsentState.REFUSED),), customer="C-2")
    submit(world, customer="C-3")
    for purposes in ((DELIVERY,), (MARKETING,), (DELIVERY, MARKETING), (FULFILMENT,)):
        for columns in (("name",), ("email",), ("name", "email"), ("phone",)):
            values = {"name": "Ann", "email": "a@example.org", "phone": "+86 139 1111 2222"}
            rows = {"customer": ["C-1", "C-2", "C-3"], **{c: [values[c]] * 3 for c in columns}}
            try:
                admitted, _, _ = table(world, purposes=purposes, **rows)
                passed = set(admitted.values["customer"].to_list())
            except RefusedError:
                passed = set()
            for customer in rows["customer"]:
                form = Submission(purposes=purposes, values={"customer": customer, **{c: values[c] for c in columns}})
                try:
                    intake(world).submit(form)
                    alone = True
                except RefusedError:
                    alone = False
                assert (customer in passed) == alone, (purposes, columns, customer)


# ---- the form itself -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "document",
    [
        [],
        {"purposes": "delivery", "values": {}},
        {"purposes": ["delivery"], "values": {"name": 7}},
        {"purposes": ["delivery"], "values": []},
        {"purposes": ["delivery"], "values": {}, "all": True},
        {"purposes": ["delivery"], "values": {}, "conditions": ["always"]},
        {"purposes": ["delivery"], "values": {}, "consents": "all"},
        {"purposes": ["delivery"], "values": {}, "consents": [{"purpose": "marketing"}]},
        {"purposes": ["delivery"], "values": {}, "consents": [{"purpose": "marketing", "state": "yes"}]},
        {"purposes": ["delivery"], "values": {}, "consents": [{"purposes": ["marketing", "kyc"], "state": "given"}]},
        {"purposes": ["delivery"], "values": {"name": "x" * 5_000}},
        {"purposes": ["delivery"], "values": {}, "channel": 7},
    ],
)
def test_a_form_of_another_shape_is_refused(document: object) -> None:
    with pytest.raises(RefusedError) as error:
        read_form(document)
    assert error.value.code in ("collect.form", "id.text")


def test_a_form_says_one_purpose_at_a_time() -> None:
    document = {
        "purposes": ["delivery"], "values": {"name": "Ann"}, "conditions": ["visit"], "channel": "app",
        "consents": [{"purpose": "fulfilment", "scope": "provision", "recipient": "acme", "state": "given"}],
    }  # fmt: skip
    submission, [said] = read_form(document)
    assert submission.conditions == {"visit"}
    assert (said.purpose, said.recipient, said.channel, said.scope) == (
        "fulfilment",
        "acme",
        "app",
        ConsentScope.PROVISION,
    )


def _valid(number: str) -> str:
    """Give a resident ID with its check digit set right; its region code is assigned to nobody."""
    return with_check(number[:17])
