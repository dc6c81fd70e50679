"""The grants written as Cedar policies, and a request as the questions that those policies answer.

Claim: a request is allowed by the grants exactly where Cedar allows every one of its questions.
Test: tests/properties/test_cedar.py, on random tables and requests.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from suyuan.adapters.cedar.conditions import quoted
from suyuan.hold.predicate import Attribute, CaseColumn, Comparison, Operator
from suyuan.release.grants import Ask, Condition, Grant, Grants
from suyuan.release.grants.grant import FromAccount, FromNow
from suyuan.terms import RoleName

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_SIGN: Mapping[Operator, str] = {Operator.EQUAL: "=="}

_HEAD = """\
// The grants of policy/grants.toml as Cedar policies, one each. A request is one question per field that it asks for,
// or one question without a field; it is allowed where every question is. The context of a question:
//   roles    a set of the account's roles
//   purpose  the purpose, and field, where there is one
//   now      milliseconds since 1970; so are a case's opened and closed
//   known    a set of the attributes that the account has
//   account  those of them that are one text; lists holds each of them as a set of texts
//   case     the columns of the case that are there
"""


def export_grants(grants: Grants) -> str:
    """Give every grant as a Cedar policy, in the file's order."""
    return _HEAD + "".join(f"\n{_policy(grant, roles=grants.heirs)}" for grant in grants.table)


def questions(ask: Ask) -> Iterator[dict[str, object]]:
    """Give the requests to Cedar that stand for one request to the grants."""
    context = _context(ask)
    base = {
        "principal": {"type": "Account", "id": str(ask.account.get("id", ""))},
        "action": {"type": "Action", "id": ask.act.value},
        "resource": {"type": "Purpose", "id": str(ask.purpose)},
    }
    if not ask.fields:
        yield {**base, "context": context}
    for name in ask.fields:
        yield {**base, "context": {**context, "field": str(name)}}


def _policy(grant: Grant, *, roles: Mapping[RoleName, frozenset[RoleName]]) -> str:
    heirs = roles.get(grant.role, frozenset({grant.role}))
    conditions = [
        f"context.roles.containsAny({_set(sorted(heirs))})",
        f"(!(context has field) || {_set(sorted(grant.fields))}.contains(context.field))",
        *(_condition(one, defaults=grant.defaults) for one in grant.where),
    ]
    actions = ", ".join(f"Action::{quoted(act.value)}" for act in sorted(grant.acts))
    joined = " &&\n  ".join(conditions)
    return (
        f"@id({quoted(f'grant-{grant.number}')})\n"
        f"permit(principal, action in [{actions}], resource == Purpose::{quoted(grant.purpose)})\n"
        f"when {{\n  {joined}\n}};\n"
    )


def _condition(condition: Condition, *, defaults: Mapping[str, Attribute]) -> str:
    """Write one condition; a column or an attribute that is absent satisfies nothing."""
    column = condition.column.value
    there = f"(context.case has {column} && "
    term = condition.term
    if isinstance(term, FromNow):
        milliseconds = term.offset // _MILLISECOND
        return f"{there}{_compared(condition, f'(context.now + {milliseconds})')})"
    if not isinstance(term, FromAccount):
        fixed = condition.resolve(account={}, now=_EPOCH)
        return f"{there}{_fixed(condition, fixed)})"
    name = quoted(term.name)
    if condition.operator is Operator.IN:
        own = f"(context.lists has {name} && context.lists[{name}].contains(context.case.{column}))"
    else:
        own = f"(context.account has {name} && {_compared(condition, f'context.account[{name}]')})"
    if term.name in defaults:
        fallen = _fixed(condition, condition.resolve(account=defaults, now=_EPOCH))
        own = f"(if context.known.contains({name}) then {own} else {fallen})"
    return f"{there}{own})"


def _fixed(condition: Condition, comparison: Comparison | None) -> str:
    if comparison is None:
        return "false"
    value = comparison.value
    if isinstance(value, tuple):
        return f"{_set(value)}.contains(context.case.{condition.column.value})"
    return _compared(condition, str(_milliseconds(value)) if isinstance(value, datetime) else quoted(value))


def _compared(condition: Condition, value: str) -> str:
    sign = _SIGN.get(condition.operator, condition.operator.value)
    return f"context.case.{condition.column.value} {sign} {value}"


def _context(ask: Ask) -> dict[str, object]:
    scalars: dict[str, str] = {}
    lists: dict[str, Sequence[str]] = {}
    for name in ask.account:
        for operator in (Operator.EQUAL, Operator.IN):
            found = Condition(CaseColumn.QUEUE, operator, FromAccount(name)).resolve(account=ask.account, now=ask.now)
            if found is not None and isinstance(found.value, tuple):
                lists[name] = list(found.value)
            elif found is not None and isinstance(found.value, str):
                scalars[name] = found.value
    return {
        "roles": sorted(ask.roles),
        "purpose": str(ask.purpose),
        "now": _milliseconds(ask.now),
        "known": sorted(ask.account),
        "account": scalars,
        "lists": lists,
        "case": {
            name: _milliseconds(value) if isinstance(value, datetime) else value
            for name, value in ask.case.items()
            if value is not None and name in set(CaseColumn)
        },
    }


def _milliseconds(at: datetime) -> int:
    return (at - _EPOCH) // _MILLISECOND


def _set(texts: Sequence[str]) -> str:
    return "[" + ", ".join(quoted(text) for text in texts) + "]"
