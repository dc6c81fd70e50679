"""Attacks by one who writes to `data.db` as he likes, has an account, and has no key: does the door believe what he wrote?"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.unit.release.site import Site, again, site

from suyuan.collect.ports import ConsentState
from suyuan.errors import RefusedError, VerificationError
from suyuan.release.door import Door

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
