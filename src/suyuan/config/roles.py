"""`policy/roles.toml` and `policy/grants.toml`: who may do what, for which purpose, on which cases."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from suyuan.config.looks import meant
from suyuan.config.problems import Problems
from suyuan.config.purposes import read_acts, read_shown
from suyuan.config.table import Document, Table
from suyuan.errors import RefusedError
from suyuan.hold.predicate import Attribute, CaseColumn, Comparison, Operator
from suyuan.legible import printable, require_id
from suyuan.release.acts import ApprovalRule, Shown
from suyuan.release.grants.grant import Condition, FromAccount, FromNow, Grant, Term
from suyuan.release.grants.limits import DAY, NO_LIMITS, Limits
from suyuan.release.grants.role import RolePolicy
from suyuan.release.policy import PurposePolicy
from suyuan.terms import FieldName, PurposeName, RoleName

ROLES_FILE = "roles.toml"
GRANTS_FILE = "grants.toml"

_SPAN = re.compile(r"([0-9]{1,5})([mhd])")
_UNITS: Mapping[str, timedelta] = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": DAY}
_NOW = re.compile(r"now(?:([+-])([0-9]{1,5}[mhd]))?")
_ACCOUNT = re.compile(r"\$account\.([a-z_][a-z0-9_]{0,62})")


def read_role(name: str, table: Table) -> RolePolicy:
    """Read one role."""
    attributes: dict[str, Attribute] = {}
    inner = table.inner("attributes")
    for key in inner.left():
        attributes[key] = inner.take(key, str)
    return RolePolicy(
        name=RoleName(require_id(name, what="role")),
        title={"en": name, "zh": name} | table.titles(),
        attributes=attributes,
        inherits=tuple(RoleName(parent) for parent in table.strings("inherits")),
    )


def read_grants(
    document: Document,
    *,
    roles: Mapping[RoleName, RolePolicy],
    purposes: Mapping[PurposeName, PurposePolicy],
    problems: Problems,
) -> tuple[Grant, ...]:
    """Read every `[[grant]]`, in the file's order."""
    with problems.guard():
        for key in document.values:
            if key != "grant":
                raise document.error(f"unknown setting `{key}`", at=(key,), code="config.unknown")
    listed = document.values.get("grant")
    if listed is None:
        return ()
    if not isinstance(listed, list):
        problems.report(document.error("a grant is written `[[grant]]`", at=("grant",), code="config.type"))
        return ()
    found: list[Grant] = []
    values: object
    for place, values in enumerate(listed):
        with problems.guard():
            if not isinstance(values, dict):
                raise document.error("a grant is written `[[grant]]`", at=("grant", place), code="config.type")
            name = f"{document.name} [grant {place + 1}]"
            table = Table(values, place=name, document=document, path=("grant", place))
            line = document.line(("grant", place))
            found.append(_grant(table, number=place + 1, line=line, roles=roles, purposes=purposes))
            table.end()
    return tuple(found)


def _grant(
    table: Table,
    *,
    number: int,
    line: int,
    roles: Mapping[RoleName, RolePolicy],
    purposes: Mapping[PurposeName, PurposePolicy],
) -> Grant:
    role = RoleName(table.take("role", str))
    if role not in roles:
        raise table.error(
            f"`role`: {role!r} is not in policy/roles.toml",
            key="role",
            code="config.reference",
            hint=printable(meant(role, known=roles)),
        )
    asked_for = table.take("purpose", str)
    purpose = purposes.get(PurposeName(asked_for))
    if purpose is None:
        raise table.error(
            "`purpose` is not in policy/purposes.toml",
            key="purpose",
            code="config.reference",
            hint=printable(meant(asked_for, known=purposes)) or f"use one of: {', '.join(sorted(purposes))}",
        )
    acts = read_acts(table)
    beyond = sorted(acts - purpose.acts)
    if beyond or not acts:
        said = f"purpose {purpose.name} does not allow {', '.join(beyond)}" if beyond else "`acts` is empty"
        raise table.error(f"`acts`: {said}" if beyond else said, key="acts", code="config.reference")
    return Grant(
        number=number,
        role=role,
        purpose=purpose.name,
        acts=acts,
        fields=_fields(table, purpose=purpose),
        where=_where(table),
        limits=_limits(table.inner("limits")),
        approval=table.choice("approval", ApprovalRule, ApprovalRule.NEVER),
        defaults=dict(roles[role].attributes),
        line=line,
    )


def _fields(table: Table, *, purpose: PurposePolicy) -> Mapping[FieldName, Shown]:
    """Read which of the purpose's fields the grant gives; all of them where it does not say."""
    if not table.has("fields"):
        return {name: purpose.shown(name) for name in purpose.fields}
    found = read_shown(table)
    for name, how in found.items():
        if name not in purpose.fields:
            raise table.error(
                f"`fields`: purpose {purpose.name} has no field {name}",
                key="fields",
                inner=name,
                code="config.reference",
                hint=printable(meant(name, known=purpose.fields)),
            )
        if how.clearer_than(purpose.shown(name)):
            raise table.error(
                f"`fields.{name}` is clearer than purpose {purpose.name} shows it",
                key="fields",
                inner=name,
                code="config.reference",
            )
    return found


def _limits(table: Table) -> Limits:
    persons = table.optional_whole("persons", least=1)
    per = table.take("per", str, "1d")
    span = _SPAN.fullmatch(per)
    if span is None or not int(span[1]) or int(span[1]) * _UNITS[span[2]] > 366 * DAY:
        raise table.error("`per` is a span such as 30m, 12h or 7d, of a year at most", key="per", code="config.range")
    rows = table.optional_whole("rows", least=1)
    table.end()
    found = Limits(persons=persons, per=int(span[1]) * _UNITS[span[2]], rows=rows)
    return NO_LIMITS if found == NO_LIMITS else found


def _where(table: Table) -> tuple[Condition, ...]:
    listed: list[object] = table.take("where", list, [])
    return tuple(_condition(table, line) for line in listed)


def _condition(table: Table, line: object) -> Condition:
    """Read `["queue", "=", "$account.outlet"]`."""
    match line:
        case [str(column), str(sign), str() | list() | datetime() as right]:
            chosen = table.chosen(column, options=CaseColumn, key="where")
            operator = table.chosen(sign, options=Operator, key="where")
        case _:
            raise table.error(
                "`where`: a condition is a list of column, operator and value",
                key="where",
                code="config.type",
                hint='write it as ["queue", "=", "$account.outlet"]',
            )
    term = _term(table, right=right, column=chosen)
    said = ", ".join(str(item) for item in right) if isinstance(right, list) else str(right)
    if not isinstance(term, FromAccount | FromNow):
        fixed = (term,) if operator is Operator.IN and isinstance(term, str) else term
        try:
            Comparison(chosen, operator, fixed)
        except RefusedError as e:
            raise table.error(f"`where`: {e}", key="where", code="config.comparison") from None
        term = fixed
    elif chosen.is_time != isinstance(term, FromNow) or (
        operator is Operator.IN if chosen.is_time else operator.is_order
    ):
        raise table.error(
            f"`where`: `{column} {sign}` cannot be compared with {said}", key="where", code="config.comparison"
        )
    return Condition(chosen, operator, term, text=f"{column} {sign} {said}")


def _term(table: Table, *, right: object, column: CaseColumn) -> Term:
    if isinstance(right, datetime):
        return right if right.tzinfo is not None else right.replace(tzinfo=UTC)
    if isinstance(right, list):
        if not all(isinstance(item, str) for item in right):
            raise table.error("`where`: a list holds strings", key="where", code="config.type")
        return tuple(right)
    text = str(right)
    if found := _ACCOUNT.fullmatch(text):
        return FromAccount(found[1])
    if text.startswith("$"):
        raise table.error(f"`where`: {text!r} is no `$account.NAME`", key="where", code="config.comparison")
    if not column.is_time:
        return text
    if found := _NOW.fullmatch(text):
        sign, span = found[1], _SPAN.fullmatch(found[2] or "0m")
        offset = timedelta() if span is None else int(span[1]) * _UNITS[span[2]]
        return FromNow(-offset if sign == "-" else offset)
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise table.error(
            f"`where`: {text!r} is no time",
            key="where",
            code="config.comparison",
            hint='write "now", "now-7d", or a time such as "2027-01-31T00:00:00+00:00"',
        ) from None
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)
