"""Past requests decided again by a policy: what a change of it would newly allow or refuse.

Decided again is what the policy says: purpose, act, fields, grants, contract. What is known of persons (consents, holds,
cases) is taken as it was. What the ledger does not keep, such as when a case was opened, cannot be judged, and is said so.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from suyuan.crypto import canonical
from suyuan.hold.broker import KeyBroker
from suyuan.hold.predicate import Attribute
from suyuan.ledger.entry import BatchEntry, RefuseEntry, ReleaseEntry
from suyuan.ledger.log import Log
from suyuan.ledger.times import milliseconds
from suyuan.release import sides
from suyuan.release.acts import SHOWN_TO_NO_ONE, Act, Shown
from suyuan.release.grants import Ask, Condition, Grant
from suyuan.release.grants.decide import together
from suyuan.release.grants.grant import FromAccount
from suyuan.release.past import first_since
from suyuan.release.plan import parse_plan
from suyuan.release.policy import Policy
from suyuan.release.sides import read_side
from suyuan.terms import ContractId, FieldName, PurposeName, RecipientKind, RoleName

BY_POLICY: Final = frozenset(
    f"release.{word}" for word in "purpose inactive act fields role contract contract_expired region row_cap".split()
)
"""Refusals that the policy alone decides, so that another policy may decide otherwise."""

UNKNOWN: Final = "unknown"
"""The verdict where the ledger does not keep what a grant asks for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRequest:
    """One request as the ledger keeps it: no person, no value.

    Args:
        entry: its number in the ledger.
        roles: None where the entry does not say.
        fields: what was shown; nothing where it was refused.
        refused: the code by which it was refused; empty: it was let out.
    """

    entry: int
    at: datetime
    act: str
    purpose: PurposeName
    roles: frozenset[RoleName] | None = None
    account: str = ""
    partner: str = ""
    case: Mapping[str, Attribute] = field(default_factory=dict)
    contract: str = ""
    fields: frozenset[FieldName] = frozenset()
    rows: int = 0
    refused: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a policy says to a past request.

    Args:
        code: empty: let out; else the refusal's code, or `unknown`.
        shown: what would be shown, and how.
    """

    code: str = ""
    shown: Mapping[FieldName, str] = field(default_factory=dict)


def past_requests(log: Log, *, broker: KeyBroker, since: datetime) -> Iterator[PastRequest]:
    """Give the requests since a time, oldest first: releases by their plans, refusals by what is kept beside them."""
    for index in range(first_since(log, at_ms=milliseconds(since), end=log.size), log.size):
        entry = log.entry(index)
        at = datetime.fromtimestamp(entry.at_ms / 1000, tz=UTC)
        if isinstance(entry.body, ReleaseEntry | BatchEntry):
            side = read_side(log, index=index, name=sides.PLAN_SIDE, broker=broker)
            if side is not None:
                yield _released(side, index=index, at=at)
        elif isinstance(entry.body, RefuseEntry):
            side = read_side(log, index=index, name=sides.REFUSAL_SIDE, broker=broker)
            asked = read_side(log, index=index, name=sides.ASKED_SIDE, broker=broker)
            if side is not None:
                yield _refused(side, asked=asked, index=index, at=at)


def _released(side: bytes, *, index: int, at: datetime) -> PastRequest:
    plan = parse_plan(side)
    to_account = plan.recipient.kind is RecipientKind.ACCOUNT
    return PastRequest(
        entry=index,
        at=at,
        act=plan.act,
        purpose=PurposeName(plan.purpose),
        roles=frozenset(plan.why.roles) if plan.why.fields else None,
        account=plan.recipient.id if to_account else "",
        partner="" if to_account else plan.recipient.id,
        case=dict(plan.why.case),
        contract=plan.why.contract,
        fields=frozenset(plan.why.fields),
        rows=plan.rows,
    )


def _refused(side: bytes, *, asked: bytes | None, index: int, at: datetime) -> PastRequest:
    """Read a refusal: a salt of 32 bytes, then what its commitment opens to; and who asked, where that is kept."""
    said = canonical.decode_object(side[32:])
    more = {} if asked is None else canonical.decode_object(asked)
    roles, case = more.get("roles"), more.get("case")
    return PastRequest(
        entry=index,
        at=at,
        act=str(said.get("act", "")),
        purpose=PurposeName(str(said.get("purpose", ""))),
        roles=frozenset(RoleName(str(role)) for role in roles) if isinstance(roles, list) else None,
        account=str(more.get("account", "")),
        partner=str(more.get("partner", "")),
        case={name: value for name, value in case.items() if isinstance(value, str)} if isinstance(case, dict) else {},
        contract=str(more.get("contract", "")),
        refused=str(said.get("code", "")),
    )


Attributes = Callable[[str], Mapping[str, Attribute]]
"""What is known of an account today; the ledger does not keep what it was."""


def judge(past: PastRequest, *, policy: Policy, attributes: Attributes) -> Verdict:
    """Decide a past request by a policy, in the order of the door's checks."""
    purpose = policy.purposes.get(past.purpose)
    if purpose is None:
        return Verdict(code="release.purpose")
    if not purpose.active:
        return Verdict(code="release.inactive")
    if past.act not in {act.value for act in purpose.acts}:
        return Verdict(code="release.act")
    shown: Mapping[FieldName, Shown] = {name: purpose.shown(name) for name in purpose.fields}
    if past.act == Act.EXPORT and past.fields - shown.keys():
        return Verdict(code="release.fields")
    # An export without an account was started at the machine itself, and asks no grant.
    if policy.grants.asked and past.account and past.act not in SHOWN_TO_NO_ONE:
        if past.roles is None:
            return Verdict(code=UNKNOWN)
        granted = _granted(past, policy=policy, attributes=attributes)
        if granted is None:
            return Verdict(code=UNKNOWN)
        if not granted:
            return Verdict(code="release.role")
        shown = granted
    if past.contract:
        return _by_contract(past, policy=policy, shown=shown)
    return Verdict(shown={name: str(how) for name, how in shown.items()})


def _granted(past: PastRequest, *, policy: Policy, attributes: Attributes) -> Mapping[FieldName, Shown] | None:
    """Give what the grants show; nothing where none applies; None where that cannot be told.

    A condition that a case's kept columns decide is decided; on what is not kept it may hold or not. With all such
    conditions held, and with none: where both ways give the same, it is told.
    """
    account = {**attributes(past.account), "id": past.account}
    ask = Ask(
        roles=past.roles or frozenset(),
        purpose=past.purpose,
        act=Act(past.act),
        now=past.at,
        account=account,
        case={**past.case, "account": past.account},
    )
    sure: list[Grant] = []
    perhaps: list[Grant] = []
    for grant in policy.grants.of(ask):
        told = [_holds(condition, grant=grant, ask=ask) for condition in grant.where]
        if ask.act in grant.acts and False not in told:
            perhaps.append(grant)
            if None not in told:
                sure.append(grant)
    shown = together(sure)
    return shown if shown == together(perhaps) else None


def _holds(condition: Condition, *, grant: Grant, ask: Ask) -> bool | None:
    """Say whether a condition held; None: the ledger does not keep its column, or nobody knows the account's attribute."""
    account = grant.attributes(ask.account)
    if condition.column.value not in ask.case:
        return None
    if isinstance(condition.term, FromAccount) and condition.term.name not in account:
        return None
    comparison = condition.resolve(account=account, now=ask.now)
    return comparison is not None and comparison.matches(ask.case)


def _by_contract(past: PastRequest, *, policy: Policy, shown: Mapping[FieldName, Shown]) -> Verdict:
    """Decide by the contract; a site that lists none may name any."""
    contract = policy.contracts.get(ContractId(past.contract))
    if contract is None:
        if policy.contracts:
            return Verdict(code="release.contract")
        return Verdict(shown={name: str(how) for name, how in shown.items()})
    if (past.partner and contract.partner != past.partner) or past.purpose not in contract.purposes:
        return Verdict(code="release.contract")
    if not contract.in_force(past.at.date()):
        return Verdict(code="release.contract_expired")
    if contract.region not in policy.purposes[past.purpose].regions:
        return Verdict(code="release.region")
    if contract.row_cap is not None and past.rows > contract.row_cap:
        return Verdict(code="release.row_cap")
    # A file holds the columns that it held: one beyond the contract refuses all of it.
    held = {name: how for name, how in shown.items() if name in past.fields or not past.fields}
    if contract.fields is not None and past.fields - contract.fields:
        return Verdict(code="release.contract")
    return Verdict(shown={name: str(how) for name, how in held.items()})
