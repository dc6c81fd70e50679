"""Past requests decided again: by what the ledger keeps of them, and honest about what it does not."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from suyuan.hold.predicate import Attribute, CaseColumn, Operator
from suyuan.release.acts import Act, Showing, Shown
from suyuan.release.difference import differences, effects_of
from suyuan.release.grants import Condition, Grant, Grants
from suyuan.release.grants.grant import FromAccount, FromNow
from suyuan.release.policy import ContractPolicy, Policy, PurposePolicy
from suyuan.release.replay import UNKNOWN, PastRequest, judge
from suyuan.terms import ContractId, FieldName, Ground, PartnerId, PurposeName, RoleName

NOW = datetime(2027, 1, 31, 12, tzinfo=UTC)
NAME, PHONE = FieldName("name"), FieldName("phone")
P, C = PurposeName("p"), ContractId("C")
ROLE = RoleName("r")
PURPOSE = PurposePolicy(
    name=P,
    ground=Ground.CONTRACT,
    acts=frozenset({Act.LOOKUP, Act.EXPORT}),
    fields={NAME: Showing.CLEAR, PHONE: Showing.MASKED},
)
CONTRACT = ContractPolicy(id=C, partner=PartnerId("acme"), purposes=frozenset({P}), row_cap=100)
POLICY = Policy(fields={}, purposes={P: PURPOSE}, contracts={C: CONTRACT}, decoy_pools=(), alias_pools={})
LOOKUP = PastRequest(entry=7, at=NOW, act="lookup", purpose=P, roles=frozenset({ROLE}), account="a")
EXPORT = PastRequest(
    entry=8, at=NOW, act="export", purpose=P, roles=frozenset(), partner="acme", contract="C", rows=50,
    fields=frozenset({NAME, PHONE}),
)  # fmt: skip


def granting(*where: Condition, **shown: Shown) -> Policy:
    fields = {FieldName(name): how for name, how in shown.items()} or {NAME: Shown(Showing.CLEAR)}
    grant = Grant(number=1, role=ROLE, purpose=P, acts=frozenset({Act.LOOKUP}), fields=fields, where=where)
    return replace(POLICY, grants=Grants((grant,)))


def nobody(account: str) -> Mapping[str, Attribute]:
    return {}


def code(past: PastRequest, policy: Policy = POLICY) -> str:
    return judge(past, policy=policy, attributes=nobody).code


def purpose(**changes: object) -> Policy:
    return replace(POLICY, purposes={P: replace(PURPOSE, **changes)})  # type: ignore[arg-type]


def contract(**changes: object) -> Policy:
    return replace(POLICY, contracts={C: replace(CONTRACT, **changes)})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("past", "policy", "expected"),
    [
        (LOOKUP, POLICY, ""),
        (LOOKUP, replace(POLICY, purposes={}), "release.purpose"),
        (LOOKUP, purpose(active=False), "release.inactive"),
        (LOOKUP, purpose(acts=frozenset({Act.EXPORT})), "release.act"),
        (EXPORT, POLICY, ""),
        (EXPORT, purpose(fields={NAME: Showing.CLEAR}), "release.fields"),
        (EXPORT, contract(partner=PartnerId("other")), "release.contract"),
        (EXPORT, contract(fields=frozenset({NAME})), "release.contract"),
        (EXPORT, contract(expires=date(2027, 1, 30)), "release.contract_expired"),
        (EXPORT, contract(expires=date(2027, 1, 31)), ""),
        (EXPORT, contract(region="HK"), "release.region"),
        (EXPORT, contract(row_cap=49), "release.row_cap"),
        (EXPORT, replace(POLICY, contracts={ContractId("D"): CONTRACT}), "release.contract"),
        (EXPORT, replace(POLICY, contracts={}), ""),
        # An export that was started at the machine itself asks no grant; an account's look-up does.
        (EXPORT, granting(), ""),
        (LOOKUP, granting(), ""),
        (replace(LOOKUP, roles=frozenset()), granting(), "release.role"),
        (replace(LOOKUP, roles=None), granting(), UNKNOWN),
    ],
)
def test_a_past_request_is_decided_by_the_policy(past: PastRequest, policy: Policy, expected: str) -> None:
    assert code(past, policy) == expected


QUEUE = Condition(CaseColumn.QUEUE, Operator.EQUAL, "HZ-1", text="queue = HZ-1")
OUTLET = Condition(CaseColumn.QUEUE, Operator.EQUAL, FromAccount("outlet"), text="queue = $account.outlet")
FRESH = Condition(CaseColumn.OPENED, Operator.MORE, FromNow(timedelta(days=-7)), text="opened > now-7d")


@pytest.mark.parametrize(
    ("where", "case", "attributes", "expected"),
    [
        ((QUEUE,), {"queue": "HZ-1"}, {}, ""),
        ((QUEUE,), {"queue": "HZ-2"}, {}, "release.role"),
        ((QUEUE,), {}, {}, UNKNOWN),
        ((FRESH,), {"queue": "HZ-1"}, {}, UNKNOWN),
        ((FRESH, QUEUE), {"queue": "HZ-2"}, {}, "release.role"),
        ((OUTLET,), {"queue": "HZ-1"}, {"outlet": "HZ-1"}, ""),
        ((OUTLET,), {"queue": "HZ-1"}, {"outlet": "HZ-2"}, "release.role"),
        ((OUTLET,), {"queue": "HZ-1"}, {}, UNKNOWN),
    ],
)
def test_what_the_ledger_does_not_keep_is_not_guessed(
    where: tuple[Condition, ...], case: dict[str, Attribute], attributes: dict[str, Attribute], expected: str
) -> None:
    found = judge(replace(LOOKUP, case=case), policy=granting(*where), attributes=lambda account: attributes)
    assert found.code == expected


def test_effects_are_counted_by_sort_with_examples() -> None:
    requests = [replace(LOOKUP, entry=n) for n in range(5)] + [replace(LOOKUP, entry=9, refused="release.consent")]
    effects = effects_of(requests, before=POLICY, after=purpose(active=False), attributes=nobody)
    assert effects.requests == 6
    [(effect, number)] = effects.counts.items()
    assert (effect.change, effect.code, number, effects.examples[effect]) == (
        "refused", "release.inactive", 5, [0, 1, 2],
    )  # fmt: skip


def test_a_refusal_of_the_policy_may_newly_be_allowed() -> None:
    refused = replace(LOOKUP, refused="release.inactive")
    effects = effects_of([refused], before=purpose(active=False), after=POLICY, attributes=nobody)
    assert [(e.change, e.code) for e in effects.counts] == [("allowed", "release.inactive")]


def test_fields_shown_more_or_less() -> None:
    clearer = purpose(fields={NAME: Showing.MASKED, PHONE: Showing.CLEAR})
    effects = effects_of([LOOKUP], before=POLICY, after=clearer, attributes=nobody)
    assert {(e.change, e.field) for e in effects.counts} == {("hidden", NAME), ("shown", PHONE)}


def test_the_same_grants_that_cannot_be_told_are_no_difference() -> None:
    fresh = granting(FRESH)
    assert not effects_of([LOOKUP], before=fresh, after=granting(FRESH), attributes=nobody).counts
    changed = effects_of([LOOKUP], before=fresh, after=granting(FRESH, QUEUE), attributes=nobody)
    assert [e.change for e in changed.counts] == ["unknown"]
    wider = granting(FRESH, name=Shown(Showing.CLEAR), phone=Shown(Showing.MASKED))
    assert [e.change for e in effects_of([LOOKUP], before=fresh, after=wider, attributes=nobody).counts] == ["unknown"]


def test_words_name_what_differs() -> None:
    after = replace(
        granting(QUEUE),
        purposes={P: replace(PURPOSE, retention_days=30)},
        contracts={C: replace(CONTRACT, region="HK")},
    )
    assert {(one.what, one.before, one.after) for one in differences(POLICY, after)} == {
        ("contract C: region", "CN", "HK"),
        ("grant r, p: acts", "", "lookup"),
        ("grant r, p: approval", "", "never"),
        ("grant r, p: field name", "", "clear"),
        ("grant r, p: limits", "", "any number of persons, any rows"),
        ("grant r, p: where", "", "queue = HZ-1"),
        ("purpose p: retention", "not said", "30 days"),
    }
    assert differences(POLICY, POLICY) == ()
