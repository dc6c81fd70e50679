"""Requests that wait together, put to the door as one group: who is meant, then one append for all of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as hidden
from http import HTTPStatus
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypeAlias

from suyuan.collect.field import FieldPolicy
from suyuan.errors import RefusedError
from suyuan.hold.ports import CaseLink
from suyuan.hold.vault import find_person, find_persons
from suyuan.release.finding import NOBODY, person_of_case
from suyuan.release.gathering import NO_LINKS, links_of
from suyuan.release.question import Question
from suyuan.release.released import Answered, Released
from suyuan.release.request import AnswerRequest, LookupRequest, OneRequest, PersonRequest
from suyuan.terms import ApprovalId, CaseId, FieldName, PersonNumber, PurposeName
from suyuan.web.caller import Caller
from suyuan.web.problems import RequestError

if TYPE_CHECKING:
    from suyuan.web.waiting import Opened


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A caller asks to see one person.

    Args:
        key: the person's key, or the value of `field`; None: the one person of the case.
        field: by which field the person is named; empty: the key field.
        approval: the second person's word, where one is needed.
        question: what is to be answered with yes or no, instead of showing the person.
    """

    caller: Caller
    purpose: PurposeName
    case: CaseId | None
    key: str | None = hidden(repr=False)
    field: str = ""
    approval: ApprovalId | None = None
    question: Question | None = None


Given: TypeAlias = Released | Answered

NOT_LINKED: Final = "release.case"
"""The code of a refusal because the case does not link the caller to the person."""


def answer_group(opened: "Opened", *, asks: Sequence[Ask]) -> Sequence[Given | BaseException]:
    """Answer each: what the door lets out, or why it does not; all that the door is asked shares one append."""
    answers: list[Given | BaseException | None] = [None] * len(asks)
    requests: list[tuple[int, OneRequest]] = []
    links = links_of({ask.case for ask in asks if ask.case is not None}, people=opened.store.people)
    known = _known(opened, asks=asks)
    for place, ask in enumerate(asks):
        try:
            requests.append((place, request_of(ask, person=person_of(opened, ask=ask, links=links, known=known))))
        except Exception as error:
            # One request's failure is its own; whether the store must be opened anew is decided by who owns it.
            answers[place] = error
    given = opened.door.lookup_many([request for _, request in requests], links=links)
    for (place, _), answer in zip(requests, given, strict=True):
        answers[place] = answer
        if isinstance(answer, RefusedError) and answer.code == NOT_LINKED:
            _note_miss(opened, ask=asks[place])
    return [answer if answer is not None else AssertionError("a request without an answer") for answer in answers]


def _note_miss(opened: "Opened", *, ask: Ask) -> None:
    """Note a search by a value that is nobody's of the caller's case, whether the store knows such a person or not."""
    field = field_of(opened, name=ask.field)
    if ask.key is not None and not field.key:
        opened.door.note_miss(_search(ask), field=field)


def _search(ask: Ask) -> PersonRequest:
    return PersonRequest(account=ask.caller.account, purpose=ask.purpose, roles=ask.caller.roles)


def request_of(ask: Ask, *, person: PersonNumber) -> OneRequest:
    """Give what is asked of the door about a person."""
    caller = ask.caller
    if ask.question is None:
        return LookupRequest(
            account=caller.account,
            purpose=ask.purpose,
            case=ask.case,
            person=person,
            roles=caller.roles,
            attributes=caller.attributes,
            approval=ask.approval,
        )
    return AnswerRequest(
        account=caller.account,
        purpose=ask.purpose,
        case=ask.case,
        person=person,
        question=ask.question,
        roles=caller.roles,
        attributes=caller.attributes,
        approval=ask.approval,
    )


def _known(opened: "Opened", *, asks: Sequence[Ask]) -> Mapping[tuple[str, str], PersonNumber]:
    """Give whom values name, by (field, value): one question to the store for all values of a field.

    Only values that one may ask by without a trace of its own: what is asked of the person is decided, and ledgered, by
    the case.
    """
    values: dict[FieldName, set[str]] = {}
    fields: dict[FieldName, FieldPolicy] = {}
    for ask in asks:
        field = _asked_by(opened, ask=ask)
        if field is not None and ask.key is not None:
            fields[field.name] = field
            values.setdefault(field.name, set()).add(ask.key)
    known: dict[tuple[str, str], PersonNumber] = {}
    for name, texts in values.items():
        wanted = sorted(texts)
        try:
            found = find_persons(wanted, field=fields[name], people=opened.store.people, broker=opened.store.broker)
        except Exception:
            continue  # Each is asked for by herself then: one value's failure is its own.
        known |= {(name, text): NOBODY if one is None else one for text, one in zip(wanted, found, strict=True)}
    return known


def _asked_by(opened: "Opened", *, ask: Ask) -> FieldPolicy | None:
    """Give the field by whose value a case's person may be named; None: there is none, or the door must decide."""
    policy = opened.store.policy
    purpose = policy.purposes.get(ask.purpose)
    if ask.key is None or purpose is None or not purpose.needs_case:
        return None
    field = policy.fields.get(FieldName(ask.field)) if ask.field else policy.key_field()
    if field is None or not field.strong or not (field.key or field.name in purpose.fields):
        return None
    return field


def person_of(
    opened: "Opened",
    *,
    ask: Ask,
    links: Mapping[CaseId, Sequence[CaseLink]] = NO_LINKS,
    known: Mapping[tuple[str, str], PersonNumber] = MappingProxyType({}),
) -> PersonNumber:
    """Give whom a request means; NOBODY where nobody is meant and the case is what decides.

    Whoever asks by a case learns nothing of whether a value is known: a person who is not there is refused by the door
    like one whom the case does not link, by the same entry and the same words.

    Args:
        links: of cases that were looked up already.
        known: whom values name that were looked up already, by (field, value).
    Raises: RefusedError `release.person`: nobody by that value, or a field that may not be asked by; it is ledgered.
    """
    opened.store.policy.purpose(ask.purpose)
    if ask.key is None:
        return _of_case(opened, ask=ask, known=links)
    field = field_of(opened, name=ask.field)
    opened.door.require_room(_search(ask), field=field)
    if (field.name, ask.key) in known:
        return known[field.name, ask.key]
    if _asked_by(opened, ask=ask) is not None:
        found = find_person(ask.key, field=field, people=opened.store.people, broker=opened.store.broker)
        return NOBODY if found is None else found
    return opened.door.find_person(_search(ask), field=field, text=ask.key)


def _of_case(opened: "Opened", *, ask: Ask, known: Mapping[CaseId, Sequence[CaseLink]]) -> PersonNumber:
    """Give the one person of the case: the caller's own if the case is the caller's."""
    if ask.case is None:
        raise RequestError(
            "the request names no person: give a case, a key, or a field and a value",
            status=HTTPStatus.UNPROCESSABLE_ENTITY,
            code="serve.body",
            fields=("case", "key"),
        )
    links = known[ask.case] if ask.case in known else opened.store.people.cases(ask.case)
    person = person_of_case(links, account=ask.caller.account)
    if person is None:
        raise RequestError(
            "the case has several persons: name one by key",
            status=HTTPStatus.UNPROCESSABLE_ENTITY,
            code="serve.body",
            fields=("key",),
        )
    return person


def field_of(opened: "Opened", *, name: str) -> FieldPolicy:
    """Give a field of the register; "" is the key field. Raises: RequestError: there is none of that name."""
    policy = opened.store.policy
    field = policy.fields.get(FieldName(name)) if name else policy.require_key_field()
    if field is None:
        raise RequestError(
            "there is no such field", status=HTTPStatus.UNPROCESSABLE_ENTITY, code="serve.body", fields=("field",)
        )
    return field
