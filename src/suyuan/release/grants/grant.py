"""One grant: the row of the table, and what its conditions mean."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from suyuan.errors import RefusedError
from suyuan.hold.predicate import COMPARE, Attribute, CaseColumn, Comparison, Operator, milliseconds, storable
from suyuan.release.acts import Act, ApprovalRule, Shown
from suyuan.release.grants.ask import Ask
from suyuan.release.grants.limits import NO_LIMITS, Limits
from suyuan.terms import FieldName, PurposeName, RoleName

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""For what speaks of no time."""


@dataclass(frozen=True, slots=True)
class FromAccount:
    """The right side `$account.NAME`: what is known of the asking account."""

    name: str


@dataclass(frozen=True, slots=True)
class FromNow:
    """The right side `now`, `now-7d`: a time as far from the request's."""

    offset: timedelta


Term = str | datetime | tuple[str, ...] | FromAccount | FromNow
"""The right side of a condition: written down, or known when asked."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One line of a grant's `where`: a column of the case, an operator, and what it is compared with."""

    column: CaseColumn
    operator: Operator
    term: Term
    text: str = ""

    def resolve(self, *, account: Mapping[str, Attribute], now: datetime) -> Comparison | None:
        """Give the comparison for this account and time; None where the account has not got what it speaks of."""
        term: Attribute
        if isinstance(self.term, FromAccount):
            term = account.get(self.term.name)
        elif isinstance(self.term, FromNow):
            term = now + self.term.offset
        else:
            term = self.term
        value = _shaped(term, operator=self.operator)
        if value is None:
            return None
        try:
            return Comparison(self.column, self.operator, value)
        except RefusedError:
            return None

    def __str__(self) -> str:
        return self.text or f"{self.column.value} {self.operator.value} ..."


def _shaped(term: Attribute, *, operator: Operator) -> str | datetime | tuple[str, ...] | None:
    """Give the term as the operator needs it: a list for `in` (text is cut at its commas), one value for the rest."""
    if term == "":
        # A case without a queue or region has "" there: an account without an outlet has not got that one.
        return None
    if operator is Operator.IN:
        if isinstance(term, str):
            return tuple(part for part in (piece.strip() for piece in term.split(",")) if part)
        return term if isinstance(term, tuple) else None
    if isinstance(term, tuple):
        return term[0] if len(term) == 1 else None
    return term


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A role may do these acts for this purpose, on the cases that satisfy every condition.

    Args:
        number: its place in `policy/grants.toml`, from 1; how decisions name it.
        fields: what it shows, within the purpose's own fields and never clearer than they.
        line: where it stands in the file; 0 where it was not read from one.
    """

    number: int
    role: RoleName
    purpose: PurposeName
    acts: frozenset[Act]
    fields: Mapping[FieldName, Shown]
    where: tuple[Condition, ...] = ()
    limits: Limits = NO_LIMITS
    approval: ApprovalRule = ApprovalRule.NEVER
    defaults: Mapping[str, Attribute] = field(default_factory=dict)
    line: int = 0

    def attributes(self, account: Mapping[str, Attribute]) -> Mapping[str, Attribute]:
        """Give what is known of the account, its own word before its role's."""
        return {**self.defaults, **account} if self.defaults else account

    def comparisons(self, ask: Ask) -> tuple[Comparison, ...] | None:
        """Give its conditions as comparisons for a list; None where one of them cannot be put."""
        account = self.attributes(ask.account)
        found = [condition.resolve(account=account, now=ask.now) for condition in self.where]
        return None if any(one is None for one in found) else tuple(one for one in found if one is not None)


Test = Callable[[Ask], bool]
"""Whether a grant's conditions hold for a request."""


def compile_grant(grant: Grant) -> Test | None:
    """Give one closure for all of a grant's conditions; None where it has none.

    Test: tests/properties/test_grants.py holds it equal to the conditions' comparisons, and those to both databases.
    """
    if not grant.where:
        return None
    tests = tuple(_compile(condition) for condition in grant.where)
    defaults = grant.defaults

    def one(ask: Ask) -> bool:
        case = ask.case
        account = {**defaults, **ask.account} if defaults else ask.account
        for test in tests:  # noqa: SIM110 -- a generator doubles the time of a decision.
            if not test(case, account, ask.now):
                return False
        return True

    return one


_Test = Callable[[Mapping[str, Attribute], Mapping[str, Attribute], datetime], bool]


def _compile(condition: Condition) -> _Test:
    """Give the closure of one condition; each of the usual shapes has a path of its own."""
    term = condition.term
    if condition.column.is_time:
        return _compile_time(condition)
    if isinstance(term, FromAccount):
        return (
            _compile_in(condition, name=term.name)
            if condition.operator is Operator.IN
            else _compile_text(condition, name=term.name)
        )
    fixed = condition.resolve(account={}, now=_NEVER)
    return (lambda case, account, now: False) if fixed is None else (lambda case, account, now: fixed.matches(case))


def _compile_time(condition: Condition) -> _Test:
    column, compare = condition.column.value, COMPARE[condition.operator]
    term = condition.term
    offset = term.offset if isinstance(term, FromNow) else None

    def timed(case: Mapping[str, Attribute], account: Mapping[str, Attribute], now: datetime) -> bool:
        found = case.get(column)
        wanted = now + offset if offset is not None else term
        if not isinstance(found, datetime) or not isinstance(wanted, datetime):
            return False
        return bool(compare(milliseconds(found), milliseconds(wanted)))

    return timed


def _compile_text(condition: Condition, *, name: str) -> _Test:
    column, equal = condition.column.value, condition.operator is Operator.EQUAL

    def text(case: Mapping[str, Attribute], account: Mapping[str, Attribute], now: datetime) -> bool:
        found, wanted = case.get(column), account.get(name)
        if isinstance(wanted, str) and isinstance(found, str):
            return wanted != "" and (found == wanted) is equal and storable(wanted)
        return _slow(condition, case=case, account=account, now=now)

    return text


def _compile_in(condition: Condition, *, name: str) -> _Test:
    column = condition.column.value

    def listed(case: Mapping[str, Attribute], account: Mapping[str, Attribute], now: datetime) -> bool:
        found, wanted = case.get(column), account.get(name)
        if isinstance(wanted, str) and "," not in wanted and isinstance(found, str):
            return found == wanted.strip() and found != "" and storable(found)
        return _slow(condition, case=case, account=account, now=now)

    return listed


def _slow(
    condition: Condition, *, case: Mapping[str, Attribute], account: Mapping[str, Attribute], now: datetime
) -> bool:
    comparison = condition.resolve(account=account, now=now)
    return comparison is not None and comparison.matches(case)
