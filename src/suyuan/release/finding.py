"""Finding, which shows nothing of anybody: which of an account's own cases concern whom a value names, and whom a case is about.

Who is not there and who is not the account's are answered alike.
"""

from collections.abc import Sequence
from typing import Final

from suyuan.collect.field import FieldPolicy
from suyuan.errors import RefusedError
from suyuan.hold.ports import CaseLink
from suyuan.hold.predicate import EVERYTHING
from suyuan.hold.vault import Vault, find_person
from suyuan.release.door import Door
from suyuan.release.request import PersonRequest
from suyuan.terms import AccountId, CaseId, PersonNumber

NOBODY: Final = PersonNumber(2**62)
"""A number that no person has: what is asked of her is refused."""

_PAGE: Final = 1000
_MOST: Final = 10_000
_NOBODYS: Final = "\x00"


def find_cases(
    door: Door, *, vault: Vault, request: PersonRequest, field: FieldPolicy, value: str, part: str = ""
) -> list[CaseId]:
    """Give the open cases of the account that link it to the person of a value, or to any person of a part of one.

    A value that is nobody's and one whose person is in no case of the account's give the same: nothing, after the same
    ledgered refusal, which counts against the account's budget. So values cannot be tried out to learn who is a customer.

    Args:
        part: the value is this declared part of the field's; "" for the whole.
    Raises: RefusedError: `release.person`, a field that may not be asked by; `release.budget`, too many misses; a part
        that is not declared, or that too few persons share.
    """
    allowed = door.policy.purpose(request.purpose).fields
    may_ask = field.name in allowed or field.key
    if may_ask:
        door.require_room(request, field=field)
    if part and may_ask:
        persons = _sharing(door, vault=vault, request=request, field=field, value=value, part=part)
    else:
        may_ask = may_ask and field.strong
        person = find_person(value, field=field, people=door.people, broker=door.broker) if may_ask else None
        persons = set() if person is None else {int(person)}
    # Asked for nobody too: the time that it takes must not tell who is known.
    cases = _cases_of(door, account=request.account, persons=persons)
    if cases:
        return cases
    try:
        # The field itself was looked at above; a part's field need not be one that persons are told apart by.
        missed = field if not may_ask or not part else door.policy.require_key_field()
        door.find_person(request, field=missed, text=_NOBODYS)
    except RefusedError as refusal:
        if not may_ask or refusal.code != "release.person":
            raise
    return []


def person_of_case(links: Sequence[CaseLink], *, account: AccountId) -> PersonNumber | None:
    """Give whom a case is about: the account's own person if the case is the account's; None: it has several.

    Another account's case names its person, so that the refusal stands in her account of releases.
    """
    persons = {link.person for link in links if link.account == account}
    if len(persons) > 1:
        return None
    return next(iter(persons), links[0].person if links else NOBODY)


def _sharing(
    door: Door, *, vault: Vault, request: PersonRequest, field: FieldPolicy, value: str, part: str
) -> set[int]:
    """Give the persons of a part. That too few share it is an answer about everybody, and counts as a miss."""
    try:
        return set(vault.find_part(value, field=field, part=part, count=_MOST).tolist())
    except RefusedError as refusal:
        if refusal.code == "hold.search_minimum":
            door.note_miss(request, field=field)
        raise


def _cases_of(door: Door, *, account: AccountId, persons: set[int]) -> list[CaseId]:
    found: list[CaseId] = []
    after = ""
    while True:
        page = door.people.cases_where(EVERYTHING, account=account, open_at=door.now(), after=after, count=_PAGE)
        cases = page.cases
        found += [case for case, person in zip(cases, page.persons, strict=True) if person in persons]
        if len(page) < _PAGE:
            return found
        after = cases[-1]
