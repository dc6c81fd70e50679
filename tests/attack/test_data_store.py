"""Attacks by one who writes to `data.db` as he likes, has an account, and has no key: does the door believe what he wrote?"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from tests.unit.release.site import Site, again, site

from suyuan.collect.ports import ConsentState
from suyuan.errors import RefusedError, VerificationError
from suyuan.release.accounts import Account
from suyuan.release.approvals import Approver
from suyuan.release.door import Door
from suyuan.terms import AccountId, ApprovalId, RoleName
from suyuan.web.identity.api_keys import make_key

MARY, JANE = 3, 4
Opened = tuple[Site, Door]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    with site(tmp_path) as made:
        yield made


def alter(where: Site, statement: str, *values: object) -> int:
    """Write to the store beside it, as whoever has the file can; give how many rows were touched."""
    with closing(sqlite3.connect(where.store.settings.store / "data.db", isolation_level=None)) as file:
        return file.execute(statement, values).rowcount


def rows(where: Site, statement: str, *values: object) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(where.store.settings.store / "data.db")) as file:
        return file.execute(statement, values).fetchall()


def refused(where: Opened, code: str, *, person: int, purpose: str = "marketing") -> None:
    place, door = where
    with pytest.raises(RefusedError) as error:
        door.lookup(place.ask(purpose, person=person))
    assert error.value.code == code
    assert place.last_refusal() == code


CONSENT = (
    "SELECT person, place, id, purpose, scope, recipient, state, terms, guardian, receipt FROM consent WHERE person = ?"
)
PUT = "INSERT INTO consent (person, place, id, purpose, scope, recipient, state, terms, guardian, receipt) VALUES "


def test_another_persons_consent_is_none(opened: Opened) -> None:
    where, door = opened
    where.say(MARY)
    assert door.lookup(where.ask("marketing", person=MARY)).fields
    [[_, *hers]] = rows(where, CONSENT, where.persons[MARY])
    alter(where, PUT + "(?,?,?,?,?,?,?,?,?,?)", int(where.persons[JANE]), *hers)
    refused(opened, "release.consent", person=JANE)


@pytest.mark.parametrize("number", range(4))
def test_a_word_that_was_altered_is_none(opened: Opened, number: int) -> None:
    """No becomes yes; yes to one purpose, scope or recipient becomes yes to another; an older yes becomes the last."""
    where, _ = opened
    person = int(where.persons[MARY])
    where.say(MARY)
    [[terms]] = rows(where, "SELECT terms FROM consent WHERE person = ?", person)
    if number:
        where.say(MARY, state=ConsentState.WITHDRAWN)
    match number:
        case 0:
            where.say(JANE, state=ConsentState.REFUSED)
            person = int(where.persons[JANE])
            alter(where, "UPDATE consent SET state = 'given' WHERE person = ?", person)
        case 1:
            alter(where, "UPDATE consent SET state = 'given', terms = ? WHERE person = ?", terms, person)
        case 2:
            alter(where, "UPDATE consent SET place = 9 WHERE person = ? AND state = 'given'", person)
        case 3:
            alter(
                where, "UPDATE consent SET id = randomblob(16), place = 9 WHERE person = ? AND state = 'given'", person
            )
    refused(opened, "release.consent", person=JANE if number == 0 else MARY)


def test_what_was_taken_back_stays_so_though_its_row_is_gone(opened: Opened) -> None:
    where, _ = opened
    person = int(where.persons[MARY])
    where.say(MARY)
    where.say(MARY, state=ConsentState.WITHDRAWN)
    assert alter(where, "DELETE FROM consent WHERE person = ? AND state = 'withdrawn'", person) == 1
    refused(opened, "release.consent", person=MARY)
    alter(where, "UPDATE consents_followed SET entry = ?", where.store.ledger.size)
    refused(opened, "release.consent", person=MARY)


def test_it_stays_so_in_a_later_run_and_a_new_yes_holds(tmp_path: Path) -> None:
    with site(tmp_path) as (where, _):
        where.say(MARY)
        where.say(MARY, state=ConsentState.WITHDRAWN)
        alter(where, "DELETE FROM consent WHERE state = 'withdrawn'")
        clock = where.clock
    with again(tmp_path, clock=clock) as opened:
        where, door = opened
        refused(opened, "release.consent", person=MARY)
        where.say(MARY)
        assert door.lookup(where.ask("marketing", person=MARY)).fields, "she has said yes anew"


def test_a_guardian_cannot_be_written_in(opened: Opened) -> None:
    where, _ = opened
    person = where.persons[MARY]
    where.say(MARY)
    alter(where, "INSERT INTO age VALUES (?, 99999, 99999)", int(person))
    refused(opened, "release.approval", person=MARY)
    alter(where, "UPDATE consent SET guardian = 1 WHERE person = ?", int(person))
    with pytest.raises(VerificationError):
        where.store.consents.of(person)
    refused(opened, "release.consent", person=MARY)


def test_records_are_nobody_elses_and_of_no_other_version(opened: Opened) -> None:
    where, door = opened
    mary, jane = int(where.persons[MARY]), int(where.persons[JANE])
    [[body, commitments]] = rows(where, "SELECT body, commitments FROM record WHERE person = ?", mary)
    alter(where, "UPDATE record SET body = ?, commitments = ? WHERE person = ?", body, commitments, jane)
    with pytest.raises(VerificationError, match=f"record of person {jane}"):
        door.lookup(where.ask(person=JANE))
    alter(where, "UPDATE record SET version = version + 1 WHERE person = ?", mary)
    with pytest.raises(VerificationError, match="does not open"):
        door.lookup(where.ask(person=MARY))


# ---- rights ----------------------------------------------------------------------------------------------

ANN, BOB = AccountId("ann"), AccountId("bob")


def an_account(where: Site, id: AccountId, *roles: str) -> Account:
    now = where.clock.now()
    made = Account(id=id, roles=frozenset(map(RoleName, roles)), attributes={"outlet": "A"}, created=now, changed=now)
    where.store.callers.save_account(made)
    return made


@pytest.mark.parametrize(
    ("has_one", "statement"),
    [
        (True, "UPDATE account SET roles = CAST('[\"chief\"]' AS BLOB) WHERE id = 'ann'"),
        (True, "UPDATE account SET attributes = CAST('{\"outlet\":\"B\"}' AS BLOB) WHERE id = 'ann'"),
        (True, "UPDATE account SET password = 'known to me' WHERE id = 'ann'"),
        (True, "UPDATE account SET disabled = 1 WHERE id = 'ann'"),
        (True, "DELETE FROM account WHERE id = 'ann'"),
        (False, "UPDATE account SET id = 'ann' WHERE id = 'bob'"),
        (
            False,
            "INSERT INTO account SELECT 'ann', roles, attributes, password, disabled, created, changed FROM account",
        ),
    ],
)
def test_an_account_is_as_it_was_saved_or_nobodys(opened: Opened, has_one: bool, statement: str) -> None:
    where, _ = opened
    an_account(where, BOB, "chief")
    if has_one:
        an_account(where, ANN, "clerk")
    assert alter(where, statement) == 1
    with pytest.raises(RefusedError, match="account ann is not as suyuan wrote it"):
        where.store.callers.account(ANN)
    assert where.store.callers.believed(ANN) is None
    assert where.store.callers.account(AccountId("nobody")) is None
    saved = an_account(where, ANN, "clerk")
    assert where.store.callers.account(ANN) == saved, "whoever administers it can put it right"


def test_an_account_that_was_disabled_is_not_let_in_again_by_its_old_row(opened: Opened) -> None:
    where, _ = opened
    made = an_account(where, ANN, "clerk")
    [before] = rows(where, "SELECT * FROM account")
    where.store.callers.save_account(replace(made, disabled=True))
    alter(where, "DELETE FROM account")
    alter(where, "INSERT INTO account VALUES (?, ?, ?, ?, ?, ?, ?)", *before)
    with pytest.raises(RefusedError, match="not as suyuan wrote it"):
        where.store.callers.account(ANN)


def test_a_key_opens_for_its_own_account_only_and_not_once_it_is_revoked(opened: Opened) -> None:
    where, _ = opened
    callers = where.store.callers
    key, _text = make_key(ANN, entropy=where.store.entropy, now=where.clock.now())
    callers.add_api_key(key)
    assert callers.api_key(key.id) == key
    assert alter(where, "UPDATE api_key SET account = 'chief'") == 1
    assert callers.api_key(key.id) is None
    assert callers.api_keys(AccountId("chief")) == []
    alter(where, "UPDATE api_key SET account = 'ann'")
    assert callers.api_key(key.id) == key
    callers.revoke_api_key(key.id)
    found = callers.api_key(key.id)
    assert found is not None
    assert found.revoked
    alter(where, "UPDATE api_key SET revoked = 0")
    assert callers.api_key(key.id) is None
    alter(where, "INSERT INTO api_key SELECT 'mine', 'chief', digest, expires, 0, created FROM api_key")
    assert callers.api_key("mine") is None


def asked_for(where: Site, door: Door, *, person: int) -> ApprovalId:
    request = where.ask("identity", person=person)
    digest = door.approval_digest(request)
    return where.store.approvals.ask(request, digest=digest, reason="a complaint").id


def test_a_word_of_approval_is_given_by_a_second_person_and_not_by_the_store(opened: Opened) -> None:
    where, door = opened
    id = asked_for(where, door, person=MARY)
    now = int(where.clock.now().timestamp() * 1000)
    assert alter(where, "UPDATE approval SET approved_by = 'boss', approved_at = ? WHERE id = ?", now, id) == 1
    with pytest.raises(RefusedError) as error:
        door.lookup(where.ask("identity", person=MARY, approval=id))
    assert error.value.code == "release.approval"
    assert where.last_refusal() == "release.approval"


@pytest.mark.parametrize("changed", ["used_at = NULL", "used_at = NULL, expires = expires + 86400000"])
def test_an_approval_that_was_used_is_not_used_again(opened: Opened, changed: str) -> None:
    where, door = opened
    id = asked_for(where, door, person=MARY)
    where.store.approvals.give(id, by=Approver(account=AccountId("boss")))
    assert door.lookup(where.ask("identity", person=MARY, approval=id)).fields
    assert alter(where, f"UPDATE approval SET {changed} WHERE id = ?", id) == 1
    with pytest.raises(RefusedError) as error:
        door.lookup(where.ask("identity", person=MARY, approval=id))
    assert error.value.code == "release.approval"


def test_an_approval_of_one_request_is_not_moved_to_another(opened: Opened) -> None:
    where, door = opened
    given, other = asked_for(where, door, person=MARY), asked_for(where, door, person=JANE)
    where.store.approvals.give(given, by=Approver(account=AccountId("boss")))
    [[request]] = rows(where, "SELECT request FROM approval WHERE id = ?", other)
    assert alter(where, "UPDATE approval SET request = ? WHERE id = ?", request, given) == 1
    with pytest.raises(RefusedError) as error:
        door.lookup(where.ask("identity", person=JANE, approval=given))
    assert error.value.code == "release.approval"
    assert [one.id for one in where.store.approvals.pending()] == [other]
