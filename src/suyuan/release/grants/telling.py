"""Why the grants said no: the nearest miss, in a plain sentence. Only names of the policy appear, never a value."""

from collections.abc import Callable, Mapping, Sequence

from suyuan.errors import RefusedError
from suyuan.hold.predicate import Attribute
from suyuan.release.grants.ask import Ask
from suyuan.release.grants.grant import Condition, FromAccount, Grant
from suyuan.terms import FieldName


def nearest_miss(ask: Ask, *, grants: Callable[[Ask], Sequence[Grant]], table: Sequence[Grant]) -> RefusedError:
    """Say which grant came nearest and what it lacked: a condition, then the act, then the role or the purpose."""
    near = grants(ask)
    able = [grant for grant in near if ask.act in grant.acts]
    if able:
        grant = min(able, key=lambda one: len(_unmet(one, ask=ask)))
        return RefusedError(
            f"grant {grant.number} ({grant.role}, {grant.purpose}) comes nearest, but {_why(grant, ask=ask)}",
            code="release.role",
            hint="work on a case that the grant covers, or let the owner of policy/grants.toml change it",
        )
    if near:
        acts = sorted({act.value for grant in near for act in grant.acts})
        return RefusedError(
            f"no grant of {_roles(ask)} allows an act of {ask.act.value} for purpose {ask.purpose}",
            code="release.role",
            hint=f"grant {near[0].number} allows: {', '.join(acts)}",
        )
    others = sorted({grant.role for grant in table if grant.purpose == ask.purpose and ask.act in grant.acts})
    return RefusedError(
        f"no grant gives {_roles(ask)} the purpose {ask.purpose}",
        code="release.role",
        hint=f"an act of {ask.act.value} is granted to: {', '.join(others)}" if others else "no role has such a grant",
    )


def fields_miss(ask: Ask, *, beyond: Sequence[FieldName], grants: Sequence[Grant]) -> RefusedError:
    """Say which fields no grant gives."""
    given = ", ".join(dict.fromkeys(name for grant in grants for name in grant.fields)) or "none"
    return RefusedError(
        f"no grant gives {_roles(ask)} for purpose {ask.purpose}: {', '.join(beyond)}",
        code="release.fields",
        hint=f"grant {grants[0].number} gives: {given}" if len(grants) == 1 else f"the grants give: {given}",
    )


def _unmet(grant: Grant, *, ask: Ask) -> list[Condition]:
    account = grant.attributes(ask.account)
    found = ((condition, condition.resolve(account=account, now=ask.now)) for condition in grant.where)
    return [condition for condition, comparison in found if comparison is None or not comparison.matches(ask.case)]


def _why(grant: Grant, *, ask: Ask) -> str:
    missing = _unmet(grant, ask=ask)
    if not ask.case:
        return "it is for cases alone, and the request names none"
    account: Mapping[str, Attribute] = grant.attributes(ask.account)
    for condition in missing:
        if isinstance(condition.term, FromAccount) and account.get(condition.term.name) is None:
            return f"the account has no attribute `{condition.term.name}`"
    return "the case does not satisfy: " + "; ".join(str(condition) for condition in missing)


def _roles(ask: Ask) -> str:
    if not ask.roles:
        return "an account without a role"
    return "role " + ", ".join(sorted(ask.roles))
