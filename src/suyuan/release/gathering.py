"""Gather the facts about requests before the checks ask for them: each kind of fact for a whole group in one round trip."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Final

import numpy as np
import numpy.typing as npt

from suyuan.collect.ports import ConsentScope
from suyuan.errors import RefusedError
from suyuan.hold.ports import CaseLink, Numbers, PeopleStore, PersonFacts
from suyuan.hold.predicate import Attribute
from suyuan.release.approvals import request_digest
from suyuan.release.checks.asked import NO_DECISION, Asked, Many, Sharing, is_child, is_open, needs_guardian
from suyuan.release.checks.contract import known_contract
from suyuan.release.checks.ground import kept_since
from suyuan.release.checks.sensitivity import require_good, scopes_needed
from suyuan.release.grants import Ask, Decision
from suyuan.release.policy import Policy
from suyuan.release.ports import Approval, ApprovalStore, ConsentWords
from suyuan.release.request import (
    AnswerRequest,
    ExportRequest,
    GrantedRequest,
    InvestigationRequest,
    OneRequest,
    Request,
    SuppliedRequest,
)
from suyuan.terms import CaseId, FieldName, PersonNumber, PurposeName

NO_LINKS: Final[Mapping[CaseId, Sequence[CaseLink]]] = MappingProxyType({})
"""No case was looked up yet."""


def links_of(cases: Collection[CaseId], *, people: PeopleStore) -> Mapping[CaseId, Sequence[CaseLink]]:
    """Give the links of each case, in one question to the store; none for a case that there is not."""
    found: dict[CaseId, list[CaseLink]] = {case: [] for case in cases}
    for link in people.cases_among(sorted(cases)) if cases else ():
        found[link.case].append(link)
    return found


class Gathering:
    """Asks the stores what the checks must know. Decides nothing."""

    def __init__(
        self, policy: Policy, *, people: PeopleStore, words: ConsentWords | None, approvals: ApprovalStore | None
    ) -> None:
        """Without `words` nobody consents, and without `approvals` nothing is approved."""
        self._policy = policy
        self._people = people
        self._words = words
        self._approvals = approvals

    def ones(
        self,
        requests: Sequence[OneRequest],
        *,
        now: datetime,
        links: Mapping[CaseId, Sequence[CaseLink]] = NO_LINKS,
    ) -> list[Asked]:
        """Give each request with the facts about it.

        Args:
            links: of cases that were looked up already, none for a case that there is not.
        """
        named = {request.case for request in requests if request.case is not None} - links.keys()
        links = {**links, **links_of(named, people=self._people)} if named else links
        facts = self._people.facts([request.person for request in requests])
        asked = [
            self._one(request, links=links.get(request.case, ()) if request.case else (), facts=facts, now=now)
            for request in requests
        ]
        self._add_words(asked)
        self._add_ages(asked, now=now)
        return asked

    def whole(
        self,
        request: Request,
        *,
        fields: tuple[FieldName, ...],
        rows: int | None,
        sharing: Sharing,
        now: datetime,
        links: Sequence[CaseLink] | None = None,
    ) -> Asked:
        """Give a bulk request with the facts about it as a whole: its approval is not compared with persons yet.

        Args:
            links: for a list, the cases of its page, which the grants decide alike.
        """
        cases: Sequence[CaseLink] = () if links is None else links
        if isinstance(request, SuppliedRequest) and request.case is not None:
            cases = tuple(self._people.cases(request.case))
        asked = Asked(
            request=request,
            policy=self._policy,
            now=now,
            fields=fields,
            cases=cases,
            decision=self._decide_whole(request, fields=fields, links=links, now=now),
            rows=rows,
            sharing=sharing,
            contract=known_contract(request, policy=self._policy),
        )
        approval = self._approval(request)
        return asked if approval is None else replace(asked, approval=approval, digest=approval.request)

    def bind(self, asked: Asked, *, persons: Numbers) -> Asked:
        """Give a bulk request whose approval must be for exactly these persons."""
        return asked if asked.approval is None else self._bound(asked, approval=asked.approval, persons=persons)

    def many(self, asked: Asked, *, persons: Numbers) -> Many:
        """Give the persons of a bulk request, each once, with the facts about them."""
        request = asked.request
        facts = self._people.facts(persons.tolist())
        words = {
            scope: self._consenting(persons, purpose=request.purpose, scope=scope, recipient=recipient)
            for scope, recipient in scopes_needed(asked).items()
        }
        today, asks_guardians = asked.now.date(), needs_guardian(asked.purpose.ground)
        children = [number for number, one in facts.items() if asks_guardians and is_child(one, on=today)]
        return Many(
            asked=asked,
            persons=persons,
            facts=facts,
            words=words,
            guarded=frozenset(
                number for number in children if self._guarded(PersonNumber(number), purpose=request.purpose)
            ),
            stale=self._stale(persons, purpose=request.purpose, now=asked.now),
            linked=self._linked(asked, persons=persons),
            approved=_is_good(asked),
        )

    def _one(
        self, request: OneRequest, *, links: Sequence[CaseLink], facts: Mapping[int, PersonFacts], now: datetime
    ) -> Asked:
        fields = (request.question.field,) if isinstance(request, AnswerRequest) else ()
        link = next((link for link in links if link.person == request.person and link.account == request.account), None)
        asked = Asked(
            request=request,
            policy=self._policy,
            now=now,
            fields=fields,
            cases=tuple(links),
            decision=self._decide(request, fields=fields, link=link, now=now),
            facts=facts.get(request.person),
        )
        approval = self._approval(request)
        if approval is None or request.purpose not in self._policy.purposes:
            return asked
        return self._bound(asked, approval=approval, persons=(request.person,))

    def _bound(self, asked: Asked, *, approval: Approval, persons: Sequence[int] | Numbers) -> Asked:
        digest = request_digest(asked.request, persons=persons, fields=tuple(asked.shown))
        return replace(asked, approval=approval, digest=digest)

    def _approval(self, request: Request) -> Approval | None:
        if isinstance(request, InvestigationRequest) or request.approval is None or self._approvals is None:
            return None
        return self._approvals.approval(request.approval)

    def _decide(
        self, request: Request, *, fields: tuple[FieldName, ...], link: CaseLink | None, now: datetime
    ) -> Decision:
        grants = self._policy.grants
        if (
            not grants.asked
            or isinstance(request, InvestigationRequest)
            or request.purpose not in self._policy.purposes
        ):
            return NO_DECISION
        if isinstance(request, ExportRequest) and request.account is None:
            return NO_DECISION  # Started at the machine itself, by whoever holds its passphrase.
        return grants.decide(ask_of(request, link=link, now=now, fields=fields))

    def _decide_whole(
        self, request: Request, *, fields: tuple[FieldName, ...], links: Sequence[CaseLink] | None, now: datetime
    ) -> Decision:
        """Decide a bulk request; a list goes by its first case, and an empty one shows nothing to decide on."""
        if links is not None and not links:
            return NO_DECISION
        return self._decide(request, fields=fields, link=links[0] if links else None, now=now)

    def _add_words(self, asked: list[Asked]) -> None:
        """Ask for consents, all persons of one purpose, scope and recipient at a time."""
        wanted: dict[tuple[PurposeName, ConsentScope, str], list[int]] = {}
        for place, one in enumerate(asked):
            for scope, recipient in scopes_needed(one).items():
                wanted.setdefault((one.request.purpose, scope, recipient), []).append(place)
        given: dict[int, set[ConsentScope]] = {}
        for (purpose, scope, recipient), places in wanted.items():
            persons = np.array([person_of(asked[place]) for place in places], dtype=np.int64)
            said = self._consenting(persons, purpose=purpose, scope=scope, recipient=recipient)
            for place, yes in zip(places, said.tolist(), strict=True):
                if yes:
                    given.setdefault(place, set()).add(scope)
        for place, scopes in given.items():
            asked[place] = replace(asked[place], words=frozenset(scopes))

    def _add_ages(self, asked: list[Asked], *, now: datetime) -> None:
        """Ask whether data are past their time, and guardians of the children among the persons."""
        by_purpose: dict[PurposeName, list[int]] = {}
        for place, one in enumerate(asked):
            purpose = self._policy.purposes.get(one.request.purpose)
            if purpose is not None and purpose.retention_days is not None:
                by_purpose.setdefault(purpose.name, []).append(place)
            if purpose is not None and one.is_child and needs_guardian(purpose.ground):
                guardian = self._guarded(person_of(one), purpose=purpose.name)
                asked[place] = replace(one, guardian=guardian)
        for name, places in by_purpose.items():
            persons = np.array([person_of(asked[place]) for place in places], dtype=np.int64)
            for place, stale in zip(places, self._stale(persons, purpose=name, now=now).tolist(), strict=True):
                if stale:
                    asked[place] = replace(asked[place], stale=True)

    def _consenting(
        self, persons: Numbers, *, purpose: PurposeName, scope: ConsentScope, recipient: str
    ) -> npt.NDArray[np.bool_]:
        if self._words is None:
            return np.zeros(len(persons), dtype=np.bool_)
        return self._words.consenting(persons, purpose=purpose, scope=scope, recipient=recipient)

    def _guarded(self, person: PersonNumber, *, purpose: PurposeName) -> bool:
        return self._words is not None and self._words.by_guardian(person, purpose=purpose)

    def _stale(self, persons: Numbers, *, purpose: PurposeName, now: datetime) -> npt.NDArray[np.bool_]:
        before = kept_since(self._policy.purpose(purpose), now=now)
        if before is None:
            return np.zeros(len(persons), dtype=np.bool_)
        return self._people.collected_before(persons, purpose=purpose, before=before)

    def _linked(self, asked: Asked, *, persons: Numbers) -> npt.NDArray[np.bool_] | None:
        if not isinstance(asked.request, SuppliedRequest) or not asked.purpose.needs_case:
            return None
        mine = [link.person for link in asked.cases if is_open(link, asked=asked)]
        return np.isin(persons, np.array(mine, dtype=np.int64))


def person_of(asked: Asked) -> PersonNumber:
    """Give the one person whom a request is about. Raises: RefusedError: it is about many."""
    if not isinstance(asked.request, OneRequest):
        raise RefusedError("this request is about more than one person")
    return asked.request.person


def ask_of(request: GrantedRequest, *, link: CaseLink | None, now: datetime, fields: tuple[FieldName, ...] = ()) -> Ask:
    """Give a request as the grants see it.

    Args:
        link: the case by which it reaches its person; None where it has none.
    """
    return Ask(
        roles=request.roles,
        purpose=request.purpose,
        act=request.act,
        now=now,
        fields=fields,
        account=account_facts(request),
        case=case_facts(link),
    )


def account_facts(request: GrantedRequest) -> Mapping[str, Attribute]:
    """Give what grants may know of the asking account."""
    return {**request.attributes, "id": request.account or ""}


def case_facts(link: CaseLink | None) -> Mapping[str, Attribute]:
    """Give what grants may know of the case."""
    if link is None:
        return {}
    return {
        "queue": link.queue,
        "region": link.region,
        "opened": link.opened,
        "closed": link.closed,
        "account": link.account,
    }


def _is_good(asked: Asked) -> bool:
    if asked.approval is None:
        return False
    try:
        require_good(asked)
    except RefusedError:
        return False
    return True
