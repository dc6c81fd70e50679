"""The door's checks, in order. A later check joins as one more function in the list."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from suyuan.errors import RefusedError
from suyuan.hold.ports import CaseLink
from suyuan.release.policy import ContractPolicy, Policy
from suyuan.release.request import BulkRequest, ExportRequest, LookupRequest, Request
from suyuan.terms import ContractId, FieldName, PartnerId


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request with the facts that the checks need.

    Args:
        fields: the fields asked for; empty where the purpose's own list is meant.
        cases: the links of the named case.
    """

    request: Request
    policy: Policy
    fields: tuple[FieldName, ...]
    cases: tuple[CaseLink, ...]
    now: datetime


Check = Callable[[Asked], None]


def require_purpose(asked: Asked) -> None:
    """The purpose is one of the site's and allows this act."""
    purpose = asked.policy.purpose(asked.request.purpose)
    if asked.request.act not in purpose.acts:
        raise RefusedError(
            f"purpose {purpose.name} does not allow an act of {asked.request.act.value}",
            code="release.act",
            hint=f"it allows: {', '.join(sorted(purpose.acts))}",
        )


def require_fields(asked: Asked) -> None:
    """Every field asked for is one that the purpose may have."""
    allowed = asked.policy.purpose(asked.request.purpose).fields
    beyond = [name for name in asked.fields if name not in allowed]
    if beyond:
        raise RefusedError(
            f"purpose {asked.request.purpose} may not have: {', '.join(beyond)}",
            code="release.fields",
            hint="leave them out, or let the owner of policy/purposes.toml add them",
        )


def require_case(asked: Asked) -> None:
    """The named case links this account to this person, and is open now."""
    request = asked.request
    if not isinstance(request, LookupRequest) or not asked.policy.purpose(request.purpose).needs_case:
        return
    if request.case is None:
        raise RefusedError(
            f"purpose {request.purpose} needs a case", code="release.case", hint="name the case you work on"
        )
    mine = [link for link in asked.cases if link.account == request.account and link.person == request.person]
    if not mine:
        raise RefusedError(
            f"case {request.case} does not link account {request.account} to this person",
            code="release.case",
            hint="ask for the case to be assigned to you",
        )
    if not any(link.opened <= asked.now and (link.closed is None or asked.now < link.closed) for link in mine):
        raise RefusedError(f"case {request.case} is not open now", code="release.case_closed")


def require_contract(asked: Asked) -> None:
    """The contract is with this partner and covers this purpose. A site that lists no contracts yet may name any."""
    request = asked.request
    if not isinstance(request, ExportRequest):
        return
    contract = asked.policy.contracts.get(request.contract)
    if contract is None:
        if asked.policy.contracts:
            raise RefusedError(
                f"contract {request.contract} is not in policy/contracts.toml",
                code="release.contract",
                hint=f"it lists: {', '.join(sorted(asked.policy.contracts))}",
            )
        return
    if contract.partner != request.partner:
        raise RefusedError(f"contract {contract.id} is not with partner {request.partner}", code="release.contract")
    if request.purpose not in contract.purposes:
        raise RefusedError(
            f"contract {contract.id} does not cover purpose {request.purpose}",
            code="release.contract",
            hint=f"it covers: {', '.join(sorted(contract.purposes)) or 'none'}",
        )


CHECKS: Sequence[Check] = (require_purpose, require_fields, require_case, require_contract)
"""Purpose, necessity, case, contract; consent, grounds, budgets and watch's verdict take their places later."""


def contract_of(request: BulkRequest, *, policy: Policy) -> ContractPolicy:
    """Give the contract's marks; without one that the policy knows, a release carries the forms alone."""
    if not isinstance(request, ExportRequest):
        return ContractPolicy(id=ContractId(""), partner=PartnerId(""), purposes=frozenset({request.purpose}))
    found = policy.contracts.get(request.contract)
    if found is not None:
        return found
    return ContractPolicy(id=request.contract, partner=request.partner, purposes=frozenset({request.purpose}))
