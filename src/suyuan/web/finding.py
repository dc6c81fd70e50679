"""Whom a key names, and which of the caller's own cases concern whom a value names.

The second gives the same answer for who is not there and who is not the caller's.
"""

from typing import Final

from suyuan.collect.field import FieldPolicy
from suyuan.errors import RefusedError
from suyuan.hold.predicate import EVERYTHING
from suyuan.hold.vault import find_person
from suyuan.release.request import PersonRequest
from suyuan.terms import FieldName, PersonNumber, PurposeName
from suyuan.web.caller import Caller
from suyuan.web.groups import field_of
from suyuan.web.waiting import Opened

_PAGE: Final = 1000
_MOST: Final = 10_000
_NOBODYS: Final = "\x00"


def person_by_key(opened: Opened, *, key: str) -> PersonNumber:
    """Give the person of a key. Raises: RefusedError `hold.person`: nobody is known by it."""
    store = opened.store
    found = find_person(key, field=store.policy.require_key_field(), people=store.people, broker=store.broker)
    if found is None:
        raise RefusedError("nobody in the store is known by this key", code="hold.person")
    return found


def find_cases(
    opened: Opened, *, caller: Caller, purpose: PurposeName, field: FieldName, value: str, part: str = ""
) -> list[str]:
    """Give the open cases of the caller that link it to the person of a value, or to any person of a part of one.

    A value that is nobody's and one whose person is in no case of the caller's give the same: nothing, after the same
    ledgered refusal, which counts against the caller's budget. So values cannot be tried out to learn who is a customer.

    Args:
        part: the value is this declared part of the field's; "" for the whole.
    Raises: RefusedError: `release.person`, a field that may not be asked by; `release.budget`, too many misses; a part
        that is not declared, or that too few persons share.
    """
    store, register = opened.store, field_of(opened, name=field)
    asks = PersonRequest(account=caller.account, purpose=purpose, roles=caller.roles)
    allowed = store.policy.purpose(purpose).fields
    may_ask = register.name in allowed or register.key
    if may_ask:
        opened.door.require_room(asks, field=register)
    if part and may_ask:
        persons = _sharing(opened, asks=asks, field=register, value=value, part=part)
    else:
        may_ask = may_ask and register.strong
        person = find_person(value, field=register, people=store.people, broker=store.broker) if may_ask else None
        persons = set() if person is None else {int(person)}
    # Asked for nobody too: the time that it takes must not tell who is known.
    cases = _cases_of(opened, caller=caller, persons=persons)
    if cases:
        return cases
    try:
        # The field itself was looked at above; a part's field need not be one that persons are told apart by.
        register = register if may_ask and not part else store.policy.require_key_field() if may_ask else register
        opened.door.find_person(asks, field=register, text=_NOBODYS)
    except RefusedError as refusal:
        if not may_ask or refusal.code != "release.person":
            raise
    return []


def _sharing(opened: Opened, *, asks: PersonRequest, field: FieldPolicy, value: str, part: str) -> set[int]:
    """Give the persons of a part. That too few share it is an answer about everybody, and counts as a miss."""
    try:
        return set(opened.store.vault.find_part(value, field=field, part=part, count=_MOST).tolist())
    except RefusedError as refusal:
        if refusal.code == "hold.search_minimum":
            opened.door.note_miss(asks, field=field)
        raise


def _cases_of(opened: Opened, *, caller: Caller, persons: set[int]) -> list[str]:
    found: list[str] = []
    after = ""
    while True:
        page = opened.store.people.cases_where(
            EVERYTHING, account=caller.account, open_at=opened.store.clock.now(), after=after, count=_PAGE
        )
        found += [link.case for link in page if link.person in persons]
        if len(page) < _PAGE:
            return found
        after = page[-1].case
