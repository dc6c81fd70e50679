"""What the checks are given: a request with the facts about it, gathered before the first is asked."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

import numpy as np
import numpy.typing as npt

from suyuan.collect.ports import ConsentScope
from suyuan.hold.ports import ALL_PURPOSES, CaseLink, Numbers, PersonFacts
from suyuan.release.acts import Showing, Shown
from suyuan.release.grants import Decision
from suyuan.release.policy import ContractPolicy, Policy, PurposePolicy
from suyuan.release.ports import Approval
from suyuan.release.request import AuthorityRequest, OneRequest, Request
from suyuan.terms import FieldName, Ground

NO_DECISION = Decision()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharing:
    """What has gone to a partner before, as the ledger tells it.

    Args:
        rows_today: rows under the contract since midnight UTC.
        persons_abroad, sensitive_abroad: rows that crossed the border since 1 January, and those with sensitive fields.
    """

    rows_today: int = 0
    persons_abroad: int = 0
    sensitive_abroad: int = 0


NO_SHARING = Sharing()


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A request with the facts that the checks need.

    Args:
        fields: the fields asked for; empty where everything that may be seen is meant.
        cases: the links of the named case.
        decision: what the grants say; one that asks no grants where the site has none.
        facts: what is kept about the one person asked for; None where there is none such, or nothing is kept.
        words: what she consents to under the terms of today: the scopes that this request needs.
        guardian: whether the last word for the purpose is her guardian's yes.
        stale: whether her data were last collected longer ago than the purpose may keep them.
        approval: the approval that the request names, as it stands; digest: what it must be bound to.
        rows: rows asked for, where that is known.
        sharing: what has gone to the partner before.
    """

    request: Request
    policy: Policy
    now: datetime
    fields: tuple[FieldName, ...] = ()
    cases: Sequence[CaseLink] = ()
    decision: Decision = NO_DECISION
    facts: PersonFacts | None = None
    words: frozenset[ConsentScope] = frozenset()
    guardian: bool = False
    stale: bool = False
    approval: Approval | None = None
    digest: bytes = b""
    rows: int | None = None
    sharing: Sharing = NO_SHARING
    contract: ContractPolicy | None = None

    @property
    def purpose(self) -> PurposePolicy:
        """The purpose. Raises: RefusedError: as `Policy.purpose`."""
        return self.policy.purpose(self.request.purpose)

    @cached_property
    def shown(self) -> Mapping[FieldName, Shown]:
        """How each field would be shown: as the grants say, or the purpose where the site has none."""
        if self.decision.shown:
            return self.decision.shown
        purpose = self.purpose
        names = self.fields or tuple(purpose.fields)
        return {name: purpose.shown(name) for name in names if name in purpose.fields}

    @property
    def is_child(self) -> bool:
        """Whether the one person asked for is under 14 today."""
        return self.facts is not None and is_child(self.facts, on=self.now.date())

    @property
    def is_minor(self) -> bool:
        """Whether she is under 18 today."""
        return self.facts is not None and is_minor(self.facts, on=self.now.date())


Check = Callable[[Asked], None]
"""Raises RefusedError where the answer is no."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Many:
    """The persons of a bulk release, each once, with the facts about them by columns.

    Args:
        facts: of those alone about whom something is kept.
        words: for each scope that the request needs, who consents to it.
        guarded: children whose guardian said yes, where the ground needs it.
        stale: whose data were last collected longer ago than the purpose may keep them.
        linked: whom a case links to the account now; None where none is needed.
        approved: whether the request carries a good approval.
    """

    asked: Asked
    persons: Numbers
    facts: Mapping[int, PersonFacts]
    words: Mapping[ConsentScope, npt.NDArray[np.bool_]]
    guarded: frozenset[int]
    stale: npt.NDArray[np.bool_]
    linked: npt.NDArray[np.bool_] | None
    approved: bool

    def having(self, test: Callable[[PersonFacts], bool]) -> npt.NDArray[np.bool_]:
        """Give which persons something kept says this of."""
        found = [number for number, facts in self.facts.items() if test(facts)]
        if not found:
            return np.zeros(len(self.persons), dtype=np.bool_)
        return np.isin(self.persons, np.array(found, dtype=np.int64))


Mask = Callable[[Many], npt.NDArray[np.bool_]]
"""Gives who is withheld; the twin of a check, over columns."""


def sensitive_fields(asked: Asked, *, clear: bool) -> tuple[FieldName, ...]:
    """Give the sensitive fields that would be shown; `clear`: only those shown unmasked."""
    known = asked.policy.fields
    return tuple(
        name
        for name, how in asked.shown.items()
        if name in known and known[name].sensitive and (not clear or how.showing is Showing.CLEAR)
    )


def is_child(facts: PersonFacts, *, on: date) -> bool:
    """Say whether a person is under 14 on a day."""
    return facts.child_until is not None and on < facts.child_until


def is_minor(facts: PersonFacts, *, on: date) -> bool:
    """Say whether a person is under 18 on a day."""
    return is_child(facts, on=on) or (facts.minor_until is not None and on < facts.minor_until)


def needs_guardian(ground: Ground) -> bool:
    """Say whether a child's data need her guardian's word: not where a law or an emergency commands the use."""
    return ground not in (Ground.LEGAL_DUTY, Ground.EMERGENCY, Ground.OTHER_LAW)


def is_restricted(asked: Asked, *, facts: PersonFacts) -> bool:
    """Say whether a person has had this purpose stopped; what the law commands is not hers to stop."""
    if isinstance(asked.request, AuthorityRequest):
        return False
    return bool(facts.restricted) and bool(facts.restricted & {asked.request.purpose, ALL_PURPOSES})


def open_link(asked: Asked) -> CaseLink | None:
    """Give the link by which the asking account's case reaches the one person asked for now."""
    request = asked.request
    if not isinstance(request, OneRequest):
        return None
    return next((link for link in asked.cases if link.person == request.person and is_open(link, asked=asked)), None)


def is_open(link: CaseLink, *, asked: Asked) -> bool:
    """Say whether a link is the asking account's and open now."""
    if link.account != asked.request.recipient.id:
        return False
    return link.opened <= asked.now and (link.closed is None or asked.now < link.closed)
