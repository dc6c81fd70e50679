"""Consents: one word at a time, the ledger first, a receipt for each; withdrawal stops, a changed purpose asks anew."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from tests.consent_world import (
    ANN,
    BEN,
    FULFILMENT,
    KYC,
    MARKETING,
    START,
    ConsentWorld,
    changed,
    consent_world,
    word,
)

from suyuan.adapters.sqlite.people_store import SqlitePeopleStore
from suyuan.collect.ports import ConsentScope, ConsentState
from suyuan.errors import RefusedError, UnavailableError, VerificationError
from suyuan.evidence.receipt import verify_receipt
from suyuan.ledger.bodies import ConsentEntry
from suyuan.release.sides import CONSENT_SIDE
from suyuan.release.words import StoredWords
from suyuan.terms import FieldName, PurposeName

GIVEN, REFUSED, WITHDRAWN = ConsentState.GIVEN, ConsentState.REFUSED, ConsentState.WITHDRAWN


@pytest.fixture
def world(tmp_path: Path) -> Iterator[ConsentWorld]:
    with consent_world(tmp_path) as opened:
        yield opened


def consenting(
    world: ConsentWorld,
    purpose: PurposeName = MARKETING,
    *,
    scope: ConsentScope = ConsentScope.PURPOSE,
    recipient: str = "",
) -> list[bool]:
    """Ask as the door does: under the terms in force."""
    persons = np.array([ANN, BEN], dtype=np.int64)
    words = StoredWords(world.people, policy=world.policy, broker=world.broker)
    found = words.consenting(persons, purpose=purpose, scope=scope, recipient=recipient)
    return [bool(one) for one in found]


def refused(code: str, act: object) -> RefusedError:
    with pytest.raises(RefusedError) as error:
        act()  # type: ignore[operator]
    assert error.value.code == code
    return error.value


def test_a_yes_holds_for_one_person_and_one_purpose(world: ConsentWorld) -> None:
    said = world.consents().give(word())
    assert consenting(world) == [True, False]
    assert consenting(world, KYC) == [False, False]
    assert isinstance(world.ledger.entry(said.consent.entry).body, ConsentEntry)
    assert said.consent.at == START


def test_nothing_is_consented_to_before_a_word(world: ConsentWorld) -> None:
    assert consenting(world) == [False, False]
    assert world.consents().of(ANN) == ()


def test_withdrawal_is_one_call_and_stops_what_the_door_asks(world: ConsentWorld) -> None:
    consents = world.consents()
    consents.give(word())
    taken_back = consents.withdraw(word())
    assert consenting(world) == [False, False]
    assert verify_receipt(taken_back.receipt).record.state == "withdrawn"


def test_a_withdrawal_needs_a_yes_and_nothing_else(world: ConsentWorld) -> None:
    refused("collect.consent", lambda: world.consents().withdraw(word()))
    world.consents().give(word())
    world.policy = replace(changed(world.policy, MARKETING, active=False), notices={})
    world.consents().withdraw(word())
    refused("collect.consent", lambda: world.consents().withdraw(word()))


@pytest.mark.parametrize(
    "members",
    [
        {"method": "by a machine"},
        {"title": {"en": "Advertising", "zh": "广告"}},
        {"collects": frozenset({FieldName("email"), FieldName("name"), FieldName("phone")})},
        {"retention_days": 3650},
        {"automated": True},
    ],
)
def test_another_purpose_method_or_kind_asks_anew(world: ConsentWorld, members: dict[str, object]) -> None:
    first = world.consents().give(word())
    world.policy = changed(world.policy, MARKETING, **members)
    assert consenting(world) == [False, False]
    again = world.consents().give(word())
    assert consenting(world) == [True, False]
    assert again.consent.entry != first.consent.entry


def test_another_kind_of_a_field_asks_anew(world: ConsentWorld) -> None:
    world.consents().give(word())
    email = FieldName("email")
    fields = {**world.policy.fields, email: replace(world.policy.fields[email], item="address_book")}
    world.policy = replace(world.policy, fields=fields)
    assert consenting(world) == [False, False]


def test_a_new_version_of_the_notice_asks_anew_and_another_contact_does_not(world: ConsentWorld) -> None:
    world.consents().give(word())
    world.policy = replace(world.policy, platform=replace(world.policy.platform, contact="dpo@courier.example"))
    assert consenting(world) == [True, False]
    notice = world.policy.notices["all"]
    world.policy = replace(world.policy, notices={"all": replace(notice, version=2)})
    assert consenting(world) == [False, False]


def test_to_say_yes_twice_is_to_say_it_once(world: ConsentWorld) -> None:
    first = world.consents().give(word())
    again = world.consents().give(word())
    assert again.repeated
    assert again.consent == first.consent
    assert again.receipt == first.receipt
    assert world.ledger.size == first.consent.entry + 1


def test_nobody_is_asked_again_so_soon_after_a_no(world: ConsentWorld) -> None:
    consents = world.consents()
    consents.refuse(word())
    world.clock.pass_days(29.9)
    error = refused("collect.cool_down", lambda: consents.give(word()))
    assert "2026-12-01" in str(error)
    refused("collect.cool_down", lambda: consents.require_may_ask(word()))
    consents.give(word(prompted=False))
    consents.withdraw(word())
    refused("collect.cool_down", lambda: consents.require_may_ask(word()))
    world.clock.pass_days(30.1)
    consents.require_may_ask(word())
    consents.give(word())
    assert consenting(world) == [True, False]


def test_a_no_is_ledgered_and_never_needs_a_guardian(world: ConsentWorld) -> None:
    world.people.set_ages([(ANN, date(2030, 1, 1), date(2034, 1, 1))])
    said = world.consents().refuse(word())
    assert verify_receipt(said.receipt).record.state == "refused"
    assert consenting(world) == [False, False]


def test_for_a_child_only_a_guardian_says_yes(world: ConsentWorld) -> None:
    world.people.set_ages([(ANN, date(2026, 12, 1), date(2030, 12, 1)), (BEN, date(2020, 1, 1), None)])
    refused("collect.guardian", lambda: world.consents().give(word()))
    said = world.consents().give(word(guardian="mother"))
    assert said.consent.guardian
    assert verify_receipt(said.receipt).record.guardian == "mother"
    refused("collect.guardian", lambda: world.consents().give(word(person=BEN, guardian="father")))
    world.clock.pass_days(40)
    assert world.consents().give(word()).consent.guardian is False


def test_providing_names_a_partner_and_holds_for_that_one_alone(world: ConsentWorld) -> None:
    refused("collect.recipient", lambda: world.consents().give(word(FULFILMENT, scope=ConsentScope.PROVISION)))
    refused(
        "collect.recipient",
        lambda: world.consents().give(word(FULFILMENT, scope=ConsentScope.PROVISION, recipient="nobody")),
    )
    refused("collect.recipient", lambda: world.consents().give(word(recipient="acme")))
    said = world.consents().give(word(FULFILMENT, scope=ConsentScope.PROVISION, recipient="acme"))
    assert consenting(world, FULFILMENT, scope=ConsentScope.PROVISION, recipient="acme") == [True, False]
    assert consenting(world, FULFILMENT, scope=ConsentScope.PROVISION, recipient="globex") == [False, False]
    record = verify_receipt(said.receipt).record
    assert record.recipient == "acme"
    assert record.fields == ("name", "phone")


def test_a_contract_that_lets_out_more_asks_anew(world: ConsentWorld) -> None:
    world.consents().give(word(FULFILMENT, scope=ConsentScope.PROVISION, recipient="acme"))
    wider = {key: replace(one, fields=None) for key, one in world.policy.contracts.items()}
    world.policy = replace(world.policy, contracts=wider)
    assert consenting(world, FULFILMENT, scope=ConsentScope.PROVISION, recipient="acme") == [False, False]


def test_a_region_abroad_is_named_too(world: ConsentWorld) -> None:
    abroad = word(FULFILMENT, scope=ConsentScope.CROSS_BORDER, recipient="SG")
    world.consents().give(abroad)
    assert consenting(world, FULFILMENT, scope=ConsentScope.CROSS_BORDER, recipient="SG") == [True, False]
    refused(
        "collect.recipient",
        lambda: world.consents().give(word(FULFILMENT, scope=ConsentScope.CROSS_BORDER, recipient="US")),
    )


def test_sensitive_information_is_asked_for_by_itself(world: ConsentWorld) -> None:
    world.consents().give(word(KYC))
    assert consenting(world, KYC, scope=ConsentScope.SENSITIVE) == [False, False]
    said = world.consents().give(word(KYC, scope=ConsentScope.SENSITIVE))
    assert verify_receipt(said.receipt).record.fields == ("id_number",)
    refused("collect.scope", lambda: world.consents().give(word(MARKETING, scope=ConsentScope.SENSITIVE)))
    refused("collect.scope", lambda: world.consents().give(word(MARKETING, scope=ConsentScope.PUBLICATION)))


def test_nobody_is_asked_on_half_a_notice(world: ConsentWorld) -> None:
    notice = world.policy.notices["all"]
    silent = {lang: {**texts, "rights": " "} for lang, texts in notice.texts.items()}
    world.policy = replace(world.policy, notices={"all": replace(notice, texts=silent)})
    error = refused("collect.notice", lambda: world.consents().give(word()))
    assert "en.rights of notice all" in str(error)
    world.policy = replace(world.policy, notices={})
    refused("collect.notice", lambda: world.consents().give(word()))


def test_an_unknown_purpose_is_refused_without_its_name(world: ConsentWorld) -> None:
    error = refused("collect.purpose", lambda: world.consents().give(word(PurposeName("138 0013 8000"))))
    assert "138" not in str(error)
    world.policy = changed(world.policy, MARKETING, active=False)
    refused("collect.purpose", lambda: world.consents().give(word()))


def test_receipts_are_given_again_as_they_were(world: ConsentWorld) -> None:
    consents = world.consents()
    given = [consents.give(word()), consents.refuse(word(KYC)), consents.withdraw(word())]
    assert [one.receipt for one in consents.receipts(ANN)] == [one.receipt for one in given]
    assert [verify_receipt(one.receipt).record.state for one in given] == ["given", "refused", "withdrawn"]
    assert consents.receipts(BEN) == []


def test_many_words_stand_or_fall_together(world: ConsentWorld) -> None:
    consents = world.consents()
    refused("collect.scope", lambda: consents.say([word(), word(MARKETING, scope=ConsentScope.SENSITIVE)]))
    assert world.ledger.size == 0
    said = consents.say([word(person=BEN), word(), word(KYC, state=REFUSED)])
    assert [one.consent.entry for one in said] == [0, 1, 2]
    assert consenting(world) == [True, True]


def test_words_of_before_are_brought_in_once(world: ConsentWorld) -> None:
    before = START - timedelta(days=100, microseconds=-1)
    words = [word(state=REFUSED, at=before), word(person=BEN, state=GIVEN, at=before)]
    first = world.consents().take(words, asked=False)
    again = world.consents().take(words, asked=False)
    assert [one.repeated for one in first] == [False, False]
    assert [one.repeated for one in again] == [True, True]
    assert world.ledger.size == 2
    # A no and a later yes of before are no asking: no cool-down stands between them.
    assert world.consents().take([word(state=GIVEN, at=before + timedelta(days=1))], asked=False)[0].repeated is False


def test_the_ledger_holds_nothing_of_hers_in_clear(world: ConsentWorld) -> None:
    said = world.consents().give(word(guardian="mother", channel="counter 7"))
    side = world.ledger.side(said.consent.entry, name=CONSENT_SIDE) or b""
    for kept in (world.ledger.leaf(said.consent.entry), side):
        assert not any(text in kept for text in (b"C-0", b"marketing", b"mother", b"counter"))


def test_erased_she_takes_her_receipts_with_her(world: ConsentWorld) -> None:
    said = world.consents().give(word())
    world.broker.forget()
    world.keys.erase(ANN)
    with pytest.raises(RefusedError):
        world.consents().receipt(said.consent)
    # The store is emptied of her; what stands in the ledger then leads to nobody, and is not looked for again.
    world.people.erase(ANN)
    assert world.consents().follow() == 0
    assert world.people.consents_followed() == said.consent.entry
    assert world.people.consents(ANN) == ()


class Failing:
    """A store of consents that the machine dies before."""

    def __init__(self, store: object) -> None:
        self._store = store

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    def add_consents(self, consents: object, *, followed: int) -> None:
        raise UnavailableError("the power is gone")


def test_killed_between_ledger_and_store_the_store_follows(world: ConsentWorld) -> None:
    first = world.consents().give(word(person=BEN))
    whole, world.people = world.people, Failing(world.people)  # type: ignore[assignment]
    with pytest.raises(UnavailableError):
        world.consents().say([word(guardian="aunt"), word(KYC, state=REFUSED)])
    world.people = whole
    assert consenting(world) == [False, True]
    assert world.ledger.size == first.consent.entry + 3
    assert world.consents().follow() == 2
    assert consenting(world) == [True, True]
    [given, no] = world.consents().receipts(ANN)
    assert verify_receipt(given.receipt).record.guardian == "aunt"
    assert (no.consent.state, no.consent.purpose) == (REFUSED, KYC)
    assert world.consents().follow() == 0


def test_what_is_made_good_is_what_was_to_be_kept(world: ConsentWorld) -> None:
    told = word(FULFILMENT, scope=ConsentScope.PROVISION, recipient="acme", guardian="aunt")
    whole, world.people = world.people, Failing(world.people)  # type: ignore[assignment]
    with pytest.raises(UnavailableError):
        world.consents().give(told)
    world.people = whole
    assert world.consents().follow() == 1
    [kept] = world.consents().of(ANN)
    twin = world.consents().give(replace(told, person=BEN)).consent
    assert replace(kept, id=twin.id, person=BEN, entry=twin.entry) == twin
    assert (kept.purpose, kept.scope, kept.recipient, kept.state, kept.guardian, kept.entry, kept.at) == (
        FULFILMENT, ConsentScope.PROVISION, "acme", GIVEN, True, 0, START,
    )  # fmt: skip
    assert world.consents().give(told).repeated


def test_a_backup_of_the_store_that_is_brought_back_follows_too(world: ConsentWorld) -> None:
    """What was said after the copy was made is in the ledger: a withdrawal among it holds again at once."""
    world.consents().give(word())
    with closing(sqlite3.connect(world.folder / "data.db")) as live, closing(sqlite3.connect(":memory:")) as copy:
        live.backup(copy)
        world.consents().withdraw(word())
        world.people.close()
        copy.backup(live)
    world.people = SqlitePeopleStore(world.folder / "data.db")
    assert world.people.consents(ANN)[-1].state is GIVEN
    assert consenting(world) == [False, False], "what was taken back is kept beside the keys as well"
    assert world.consents().follow() == 1
    assert world.people.consents(ANN)[-1].state is WITHDRAWN
    assert consenting(world) == [False, False]
    world.people.close()


def test_a_copy_of_the_store_leads_to_no_entry(world: ConsentWorld) -> None:
    """Nothing in a row of hers stands in the ledger or its sides, and neither order nor size tells the entries apart."""
    consents = world.consents()
    said = [
        consents.give(word(person=BEN)),
        consents.refuse(word(KYC)),
        consents.give(word()),
        consents.withdraw(word()),
    ]
    rows = {person: world.people.consents(person) for person in (ANN, BEN)}
    assert [row.place for row in rows[ANN]] == [0, 1, 2]
    assert [row.place for row in rows[BEN]] == [0]
    assert len({len(row.receipt) for row in (*rows[ANN], *rows[BEN])}) == 1
    sides = [world.ledger.side(one.consent.entry, name=CONSENT_SIDE) or b"" for one in said]
    public = b"".join(world.ledger.leaf(one.consent.entry) for one in said) + b"".join(sides)
    for row in (*rows[ANN], *rows[BEN]):
        for held in (row.id, row.receipt, row.receipt[:16], row.receipt[12:28]):
            assert held not in public


def test_a_store_that_was_altered_is_told(world: ConsentWorld) -> None:
    world.consents().give(word(person=BEN))
    said = world.consents().give(word())
    with pytest.raises(VerificationError):
        world.consents().receipt(replace(said.consent, entry=said.consent.entry - 1))
    [row] = world.people.consents(ANN)
    forged = replace(row, place=1, receipt=row.receipt[:-1] + bytes([row.receipt[-1] ^ 1]))
    world.people.add_consents([forged], followed=said.consent.entry)
    with pytest.raises(VerificationError):
        world.consents().of(ANN)
