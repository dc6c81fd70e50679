"""Approvals: one person asks, another says yes to exactly this request, and it serves once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import numpy as np

from suyuan.crypto import canonical, commit
from suyuan.errors import RefusedError
from suyuan.hold.ports import Numbers
from suyuan.hold.predicate import Attribute
from suyuan.release.acts import Act
from suyuan.release.grants import Ask
from suyuan.release.policy import Policy
from suyuan.release.ports import Approval, ApprovalStore
from suyuan.release.request import AuthorityRequest, ExportRequest, InvestigationRequest, OneRequest, Request
from suyuan.terms import AccountId, ApprovalId, Clock, Entropy, FieldName, PurposeName, RoleName

LASTS: Final = timedelta(hours=24)
"""How long an approval serves, given or not, unless the asker wants it shorter."""

MOST_WAITING: Final = 20
"""Questions of one account that may wait at a time: whoever asks more would bury those of others."""

_ID_BYTES: Final = 10
_READ: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Approver:
    """Who says yes or no."""

    account: AccountId
    roles: frozenset[RoleName] = frozenset()
    attributes: Mapping[str, str] | None = None


def request_digest(request: Request, *, persons: Sequence[int] | Numbers, fields: Sequence[FieldName]) -> bytes:
    """Give what an approval is bound to: who asks, why, by which case or contract, about whom, for what.

    The digest is salted by nothing: it stays in the store, beside the request's own person numbers.
    """
    numbers = np.unique(np.asarray(persons, dtype="<i8"))
    under: dict[str, canonical.Json] = {}
    if isinstance(request, ExportRequest):
        under = {"contract": request.contract}
    if isinstance(request, AuthorityRequest):
        under = {"order": [request.document, request.region, request.permission]}
    return commit.digest(
        canonical.encode(
            {
                **under,
                "act": request.act.value,
                "asker": asker_of(request),
                "case": request.case if isinstance(request, OneRequest) else None,
                "fields": sorted(fields),
                "persons": canonical.to_base64(commit.digest(numbers.tobytes())),
                "purpose": request.purpose,
                "recipient": {"id": request.recipient.id, "kind": request.recipient.kind.value},
                "v": 1,
            }
        )
    )


def asker_of(request: Request) -> AccountId:
    """Give the account that asks; empty where a file for a partner is started at the machine itself."""
    if isinstance(request, InvestigationRequest):
        return AccountId(request.recipient.id)
    return request.account or AccountId("")


class Approvals:
    """Takes questions and words. Whether an approval is good for a request, the door's checks say."""

    def __init__(self, store: ApprovalStore, *, policy: Policy, clock: Clock, entropy: Entropy) -> None:
        self._store = store
        self._policy = policy
        self._clock = clock
        self._entropy = entropy

    def ask(self, request: Request, *, digest: bytes, reason: str, lasts: timedelta = LASTS) -> Approval:
        """Put a question: may this request happen.

        Raises: RefusedError: `release.reason`, no reason is given; `release.approval`, too many of the asker's wait
            already; or the purpose is not the site's.
        """
        self._policy.purpose(request.purpose)
        if not reason.strip():
            raise RefusedError("an approval needs a reason that the second person can judge", code="release.reason")
        now = self._clock.now()
        waiting = self._store.pending_approvals(now=now, count=_READ)
        if sum(one.asked_by == asker_of(request) for one in waiting) >= MOST_WAITING:
            raise RefusedError(
                f"{MOST_WAITING} questions of this account wait for a word already",
                code="release.approval",
                hint="let a second person answer them, or wait until they have expired",
            )
        approval = Approval(
            id=ApprovalId(self._entropy.draw(_ID_BYTES).hex()),
            request=digest,
            asked_by=asker_of(request),
            purpose=request.purpose,
            reason=reason.strip(),
            asked_at=now,
            expires=now + min(lasts, LASTS),
        )
        self._store.add_approval(approval)
        return approval

    def give(self, id: ApprovalId, *, by: Approver, declined: bool = False) -> Approval:
        """Say yes, or no.

        Raises: RefusedError: `release.approval`, there is no such question, it has its word or has expired, or the one
            who asked is the one who answers; `release.role`, no grant lets this account approve for the purpose.
        """
        approval, now = self._store.approval(id), self._clock.now()
        if approval is None:
            raise RefusedError(f"there is no question {id} to approve", code="release.approval")
        if by.account in (approval.asked_by, AccountId("")):
            raise RefusedError(
                "whoever asks cannot approve", code="release.approval", hint="let a second person answer"
            )
        if now >= approval.expires:
            raise RefusedError(f"question {id} has expired", code="release.approval", hint="ask again")
        self._require_approver(by, purpose=approval.purpose)
        if not self._store.approve(id, by=by.account, at=now, declined=declined):
            raise RefusedError(f"question {id} has its word already", code="release.approval")
        return self._store.approval(id) or approval

    def pending(self, *, count: int = 50) -> Sequence[Approval]:
        """Give the questions that wait for a word, oldest first."""
        return self._store.pending_approvals(now=self._clock.now(), count=count)

    def _require_approver(self, by: Approver, *, purpose: PurposeName) -> None:
        if not self._policy.grants.asked:
            return
        account: Mapping[str, Attribute] = {**(by.attributes or {}), "id": by.account}
        decision = self._policy.grants.decide(
            Ask(roles=by.roles, purpose=purpose, act=Act.APPROVE, now=self._clock.now(), account=account)
        )
        if decision.grant is None:
            raise RefusedError(
                f"no grant lets account {by.account} approve for purpose {purpose}",
                code="release.role",
                hint='a grant with acts = ["approve"] does',
            )
