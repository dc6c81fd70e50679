"""Which of the caller's own cases concern a person, by a value: the same answer for who is not there and who is not the caller's."""

from typing import Final

from suyuan.errors import RefusedError
from suyuan.hold.predicate import EVERYTHING
from suyuan.hold.vault import find_person
from suyuan.release.request import PersonRequest
from suyuan.terms import FieldName, PersonNumber, PurposeName
from suyuan.web.caller import Caller
from suyuan.web.groups import field_of
from suyuan.web.site import Opened

_PAGE: Final = 1000
_NOBODYS: Final = "\x00"


def find_cases(opened: Opened, *, caller: Caller, purpose: PurposeName, field: FieldName, value: str) -> list[str]:
    """Give the open cases of the caller that link it to the person of a value.

    A value that is nobody's and one whose person is in no case of the caller's give the same: nothing, after the same
    ledgered refusal, which counts against the caller's budget. So values cannot be tried out to learn who is a customer.

    Raises: RefusedError: `release.person`, a field that may not be asked by; `release.budget`, too many misses.
    """
    store, register = opened.store, field_of(opened, name=field)
    asks = PersonRequest(account=caller.account, purpose=purpose)
    person = find_person(value, field=register, people=store.people, broker=store.broker)
    cases = [] if person is None else _cases_of(opened, caller=caller, person=person)
    allowed = store.policy.purpose(purpose).fields
    may_ask = register.strong and (register.key or register.name in allowed)
    if cases and may_ask:
        return cases
    try:
        opened.door.find_person(asks, field=register, text=_NOBODYS)
    except RefusedError as refusal:
        if not may_ask or refusal.code != "release.person":
            raise
    return []


def _cases_of(opened: Opened, *, caller: Caller, person: PersonNumber) -> list[str]:
    found: list[str] = []
    after = ""
    while True:
        page = opened.store.people.cases_where(
            EVERYTHING, account=caller.account, open_at=opened.store.clock.now(), after=after, count=_PAGE
        )
        found += [link.case for link in page if link.person == person]
        if len(page) < _PAGE:
            return found
        after = page[-1].case
