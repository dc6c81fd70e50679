"""Step 6: a contract covers this partner, purpose, fields, day, region and amount."""

from typing import Final

from suyuan.errors import RefusedError
from suyuan.release.checks.asked import Asked, sensitive_fields
from suyuan.release.policy import HOME, ContractPolicy, Policy
from suyuan.release.request import BulkRequest, ExportRequest, Request
from suyuan.terms import ContractId, PartnerId

FREE_PERSONS: Final = 100_000
"""Persons a year, without sensitive fields, that may cross the border before any mechanism is needed."""

CERTIFIED_PERSONS: Final = 1_000_000
"""Persons a year up to which a standard contract or a certification is enough."""

CERTIFIED_SENSITIVE: Final = 10_000
"""Persons a year with sensitive fields up to which a standard contract or a certification is enough.

Source: Provisions on promoting and regulating cross-border data flows (2024-03-22), articles 5, 7 and 8.
"""

ASSESSED: Final = "assessment:"
"""How the id of a mechanism begins that is the authority's own security assessment."""


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
    beyond = [] if contract.fields is None else [name for name in asked.shown if name not in contract.fields]
    if beyond:
        raise RefusedError(
            f"contract {contract.id} does not cover: {', '.join(beyond)}",
            code="release.contract",
            hint="leave them out with --drop, or agree on them first",
        )


def require_in_force(asked: Asked) -> None:
    """The contract has begun and has not ended."""
    contract, today = asked.contract, asked.now.date()
    if contract is not None and not contract.in_force(today):
        ended = contract.expires is not None and today > contract.expires
        when = f"ended on {contract.expires}" if ended else f"begins on {contract.starts}"
        raise RefusedError(f"contract {contract.id} {when}", code="release.contract_expired")


def require_region(asked: Asked) -> None:
    """The purpose may send data to the contract's region, under the mechanism that the year's amount needs."""
    contract = asked.contract
    if contract is None or contract.region == HOME:
        return
    if contract.region not in asked.purpose.regions:
        raise RefusedError(
            f"purpose {asked.request.purpose} may not send data to region {contract.region}",
            code="release.region",
            hint=f"it may send to: {', '.join(sorted(asked.purpose.regions))}",
        )
    needed = mechanism_needed(asked)
    if needed and not contract.assessment:
        raise RefusedError(
            f"this year's amount to regions abroad needs {needed}, and contract {contract.id} names none",
            code="release.region",
            hint="its id stands in policy/contracts.toml as `assessment`",
        )
    if needed == _AUTHORITY and not contract.assessment.startswith(ASSESSED):
        raise RefusedError(
            f"this year's amount to regions abroad needs {needed}, and contract {contract.id} names another mechanism",
            code="release.region",
            hint=f'write assessment = "{ASSESSED}ID" in policy/contracts.toml once it is given',
        )


_AUTHORITY: Final = "the authority's security assessment"


def mechanism_needed(asked: Asked) -> str:
    """Give what the year's amount with this file would need; empty where nothing."""
    rows, sharing = asked.rows or 0, asked.sharing
    sensitive = sharing.sensitive_abroad + (rows if sensitive_fields(asked, clear=False) else 0)
    persons = sharing.persons_abroad + rows
    if persons >= CERTIFIED_PERSONS or sensitive >= CERTIFIED_SENSITIVE:
        return _AUTHORITY
    if persons >= FREE_PERSONS or sensitive:
        return "a standard contract or a certification"
    return ""


def require_row_cap(asked: Asked) -> None:
    """The file, and the day, hold no more rows than the contract says, nor than the grant does."""
    rows, contract = asked.rows, asked.contract
    if rows is None:
        return
    most = asked.decision.limits.rows
    if most is not None and rows > most:
        raise RefusedError(f"the grant lets out {most:,} rows at once, not {rows:,}", code="release.row_cap")
    if contract is None:
        return
    if contract.row_cap is not None and rows > contract.row_cap:
        raise RefusedError(
            f"contract {contract.id} covers {contract.row_cap:,} rows a file, not {rows:,}", code="release.row_cap"
        )
    if contract.rows_per_day is not None and asked.sharing.rows_today + rows > contract.rows_per_day:
        left = max(0, contract.rows_per_day - asked.sharing.rows_today)
        raise RefusedError(
            f"contract {contract.id} covers {contract.rows_per_day:,} rows a day, of which {left:,} are left",
            code="release.row_cap",
            hint="the day ends at midnight UTC",
        )


def contract_of(request: BulkRequest, *, policy: Policy) -> ContractPolicy:
    """Give the contract's marks; without one that the policy knows, a release carries the forms alone."""
    known = known_contract(request, policy=policy)
    if known is not None:
        return known
    return ContractPolicy(
        id=request.contract if isinstance(request, ExportRequest) else ContractId(""),
        partner=request.partner if isinstance(request, ExportRequest) else PartnerId(""),
        purposes=frozenset({request.purpose}),
    )


def known_contract(request: Request, *, policy: Policy) -> ContractPolicy | None:
    """Give the contract that a request names, where policy lists it."""
    return policy.contracts.get(request.contract) if isinstance(request, ExportRequest) else None
