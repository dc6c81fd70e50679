"""How grants add up, and how they say no: fields together, the strictest limits, the nearest miss by name."""

from datetime import UTC, datetime, timedelta

import pytest

from suyuan.errors import RefusedError
from suyuan.hold.predicate import NOTHING, Attribute, CaseColumn, Operator
from suyuan.release.acts import Act, ApprovalRule, Showing, Shown
from suyuan.release.grants import Ask, Condition, Grant, Grants, Limits, RolePolicy
from suyuan.release.grants.grant import FromAccount, FromNow
from suyuan.release.grants.limits import strictest
from suyuan.terms import FieldName, PurposeName, RoleName

NOW = datetime(2027, 1, 31, 12, tzinfo=UTC)
COURIER, CLERK, CHIEF = (RoleName(name) for name in ("courier", "clerk", "chief"))
DELIVERY, SERVICE = PurposeName("delivery"), PurposeName("service")
NAME, PHONE, ADDRESS = (FieldName(name) for name in ("name", "phone", "address"))
CLEAR, MASKED = Shown(Showing.CLEAR), Shown(Showing.MASKED)
OWN_QUEUE = Condition(CaseColumn.QUEUE, Operator.EQUAL, FromAccount("outlet"), text="queue = $account.outlet")
FRESH = Condition(CaseColumn.OPENED, Operator.AT_LEAST, FromNow(timedelta(days=-7)), text="opened >= now-7d")

TABLE = (
    Grant(
        number=1,
        role=COURIER,
        purpose=DELIVERY,
        acts=frozenset({Act.LOOKUP, Act.LIST}),
        fields={NAME: MASKED, PHONE: CLEAR},
        where=(OWN_QUEUE, FRESH),
        limits=Limits(persons=200),
        defaults={"outlet": "HZ-1"},
    ),
    Grant(
        number=2,
        role=CLERK,
        purpose=DELIVERY,
        acts=frozenset({Act.LOOKUP}),
        fields={NAME: CLEAR, ADDRESS: MASKED},
        limits=Limits(persons=20, per=timedelta(hours=1), rows=50),
        approval=ApprovalRule.SENSITIVE,
    ),
    Grant(number=3, role=CLERK, purpose=SERVICE, acts=frozenset({Act.LOOKUP}), fields={NAME: CLEAR}),
)
ROLES = (RolePolicy(name=COURIER), RolePolicy(name=CLERK), RolePolicy(name=CHIEF, inherits=(COURIER, CLERK)))
GRANTS = Grants(TABLE, roles=ROLES)
CASE: dict[str, Attribute] = {"queue": "HZ-1", "region": "", "account": "wang", "opened": NOW, "closed": None}


def ask(
    *roles: RoleName,
    purpose: PurposeName = DELIVERY,
    act: Act = Act.LOOKUP,
    fields: tuple[FieldName, ...] = (),
    case: dict[str, Attribute] | None = None,
    **account: Attribute,
) -> Ask:
    return Ask(
        roles=frozenset(roles),
        purpose=purpose,
        act=act,
        now=NOW,
        fields=fields,
        account={"id": "wang", **account},
        case=CASE if case is None else case,
    )


def test_without_grants_nothing_is_asked() -> None:
    grants = Grants()
    assert not grants.asked
    decision = grants.decide(ask())
    assert (decision.refusal, decision.grant, decision.shown) == (None, None, {})


def test_one_grant_is_enough() -> None:
    decision = GRANTS.decide(ask(COURIER))
    assert decision.grant is TABLE[0]
    assert decision.shown == {NAME: MASKED, PHONE: CLEAR}
    assert decision.limits == Limits(persons=200)


def test_several_add_up_with_the_strictest_of_their_limits() -> None:
    for decision in (GRANTS.decide(ask(COURIER, CLERK)), GRANTS.decide(ask(CHIEF))):
        assert decision.refusal is None
        assert decision.shown == {NAME: CLEAR, PHONE: CLEAR, ADDRESS: MASKED}
        assert decision.limits == Limits(persons=200, per=timedelta(days=1), rows=50)
        assert decision.approval is ApprovalRule.SENSITIVE


def test_a_grant_whose_conditions_do_not_hold_adds_nothing() -> None:
    decision = GRANTS.decide(ask(COURIER, CLERK, outlet="HZ-2"))
    assert decision.grant is TABLE[1]
    assert PHONE not in decision.shown


def test_the_account_s_own_attribute_goes_before_its_role_s() -> None:
    assert GRANTS.decide(ask(COURIER)).refusal is None
    assert GRANTS.decide(ask(COURIER, outlet="HZ-2")).refusal is not None
    assert GRANTS.decide(ask(COURIER, outlet=None)).refusal is not None


@pytest.mark.parametrize(
    ("asked", "code", "said", "hint"),
    [
        (ask(), "release.role", "no grant gives an account without a role the purpose delivery", "clerk, courier"),
        (ask(COURIER, purpose=SERVICE), "release.role", "no grant gives role courier the purpose service", "clerk"),
        (ask(COURIER, act=Act.EXPORT), "release.role", "allows an act of export", "lookup"),
        (ask(COURIER, outlet="HZ-9"), "release.role", "grant 1 (courier, delivery) comes nearest, but the case does "
         "not satisfy: queue = $account.outlet", "covers"),
        (ask(COURIER, case={}), "release.role", "for cases alone", "covers"),
        (ask(COURIER, outlet=None), "release.role", "the account has no attribute `outlet`", "covers"),
        (ask(COURIER, case={**CASE, "opened": NOW - timedelta(days=8)}), "release.role", "opened >= now-7d", "covers"),
        (ask(COURIER, fields=(NAME, ADDRESS)), "release.fields", "for purpose delivery: address", "name, phone"),
    ],
)  # fmt: skip
def test_the_nearest_miss_is_named(asked: Ask, code: str, said: str, hint: str) -> None:
    refusal = GRANTS.decide(asked).refusal
    assert refusal is not None
    assert (refusal.code, said in str(refusal), hint in refusal.hint) == (code, True, True), (refusal, refusal.hint)
    assert "HZ" not in str(refusal) + refusal.hint
    assert GRANTS.decide(asked).refusal is not refusal, "an error is raised once: each has a traceback of its own"


def test_a_list_is_of_the_cases_that_any_grant_allows() -> None:
    predicate = GRANTS.where(ask(COURIER, CLERK, act=Act.LIST, case={}))
    assert predicate.matches(CASE)
    assert not predicate.matches({**CASE, "queue": "HZ-2"})
    assert GRANTS.where(ask(CLERK, act=Act.LIST, case={})) == NOTHING
    assert GRANTS.where(ask(COURIER, act=Act.LIST, case={}, outlet=("a", "b"))) == NOTHING


def test_a_role_may_not_inherit_itself() -> None:
    one, other = RoleName("one"), RoleName("other")
    with pytest.raises(RefusedError, match="inherits itself"):
        Grants(roles=(RolePolicy(name=one, inherits=(other,)), RolePolicy(name=other, inherits=(one,))))


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ((), Limits()),
        ((Limits(), Limits(rows=5)), Limits(rows=5)),
        ((Limits(persons=10), Limits(persons=1, per=timedelta(minutes=1))), Limits(persons=10)),
        ((Limits(persons=10, rows=7), Limits(persons=9, rows=8)), Limits(persons=9, rows=7)),
    ],
)
def test_the_lowest_rate_and_the_fewest_rows_hold(limits: tuple[Limits, ...], expected: Limits) -> None:
    assert strictest(limits) == expected
