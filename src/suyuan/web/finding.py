"""Whom a key names, and which of the caller's own cases concern whom a value names."""

from suyuan.errors import RefusedError
from suyuan.hold.vault import find_person
from suyuan.release import finding
from suyuan.release.request import PersonRequest
from suyuan.terms import CaseId, FieldName, PersonNumber, PurposeName
from suyuan.web.caller import Caller
from suyuan.web.groups import field_of
from suyuan.web.waiting import Opened


def person_by_key(opened: Opened, *, key: str) -> PersonNumber:
    """Give the person of a key. Raises: RefusedError `hold.person`: nobody is known by it."""
    store = opened.store
    found = find_person(key, field=store.policy.require_key_field(), people=store.people, broker=store.broker)
    if found is None:
        raise RefusedError("nobody in the store is known by this key", code="hold.person")
    return found


def find_cases(
    opened: Opened, *, caller: Caller, purpose: PurposeName, field: FieldName, value: str, part: str = ""
) -> list[CaseId]:
    """Give the caller's own open cases that concern whom a value names; as `release.finding.find_cases`.

    Raises: RequestError: there is no such field. RefusedError: as there.
    """
    request = PersonRequest(account=caller.account, purpose=purpose, roles=caller.roles)
    register = field_of(opened, name=field)
    return finding.find_cases(
        opened.door, vault=opened.store.vault, request=request, field=register, value=value, part=part
    )
