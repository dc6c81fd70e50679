"""Random tables of grants and random requests, seeded: for the differential test with Cedar, and for the benchmark."""

import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from suyuan.hold.predicate import Attribute, CaseColumn, Operator
from suyuan.release.acts import Act, Showing, Shown
from suyuan.release.grants import Ask, Condition, Grant, Grants, Limits, RolePolicy
from suyuan.release.grants.grant import FromAccount, FromNow, Term
from suyuan.terms import FieldName, PurposeName, RoleName

NOW = datetime(2027, 1, 31, 12, 0, 0, 123_456, tzinfo=UTC)
ROLES = tuple(RoleName(f"role-{n}") for n in range(8))
PURPOSES = tuple(PurposeName(name) for name in ("delivery", "service", "claims", "billing", "audit"))
FIELDS = tuple(FieldName(name) for name in ("name", "phone", "address", "email", "id_number", "note"))
QUEUES = ("HZ-1", "HZ-2", "O'Hare", 'with "quotes"', "back\\slash", "华东", "😀", "", " HZ-1", "a,b")
ATTRIBUTES = ("id", "outlet", "regions", "shift")
ACTS = (Act.LOOKUP, Act.LIST, Act.ANSWER)


def random_grants(random: random.Random, *, count: int) -> Grants:
    """Give a table of grants, with roles that inherit and have attributes."""
    roles = [
        RolePolicy(
            name=name,
            attributes={"outlet": random.choice(QUEUES)} if place % 3 == 0 else {},
            inherits=(ROLES[place - 1],) if place % 4 == 1 else (),
        )
        for place, name in enumerate(ROLES)
    ]
    by_name = {role.name: role for role in roles}
    table = []
    for number in range(1, count + 1):
        role = random.choice(ROLES)
        table.append(
            Grant(
                number=number,
                role=role,
                purpose=random.choice(PURPOSES),
                acts=frozenset(random.sample(ACTS, random.randint(1, len(ACTS)))),
                fields={
                    name: Shown(random.choice(list(Showing))) for name in random.sample(FIELDS, random.randint(1, 5))
                },
                where=tuple(_condition(random) for _ in range(random.choice((0, 1, 1, 2, 3)))),
                limits=Limits(persons=random.choice((None, 50, 200)), rows=random.choice((None, 200))),
                defaults=dict(by_name[role].attributes),
            )
        )
    return Grants(table, roles=roles)


def _condition(random: random.Random) -> Condition:
    if random.random() < 0.3:
        operator = random.choice([one for one in Operator if one is not Operator.IN])
        column = random.choice((CaseColumn.OPENED, CaseColumn.CLOSED))
        offset = timedelta(hours=random.randint(-72, 24))
        return Condition(column, operator, FromNow(offset) if random.random() < 0.7 else NOW + offset)
    column = random.choice((CaseColumn.QUEUE, CaseColumn.QUEUE, CaseColumn.REGION, CaseColumn.ACCOUNT))
    operator = random.choice((Operator.EQUAL, Operator.EQUAL, Operator.NOT_EQUAL, Operator.IN))
    term: Term = FromAccount(random.choice(ATTRIBUTES))
    if random.random() < 0.3:
        term = tuple(random.sample(QUEUES, 2)) if operator is Operator.IN else random.choice(QUEUES)
    return Condition(column, operator, term)


def random_ask(random: random.Random) -> Ask:
    """Give a request: an account with some attributes, a case or none, some fields or none."""
    account: dict[str, Attribute] = {"id": random.choice(QUEUES)}
    for name, value in (
        ("outlet", random.choice(QUEUES)),
        ("regions", random.choice(("HZ-1, 华东", ("HZ-1", "O'Hare"), ("HZ-2",), (), "HZ-2"))),
        ("shift", None),
    ):
        if random.random() < 0.7:
            account[name] = value
    case: Mapping[str, Attribute] = {}
    if random.random() < 0.9:
        case = {
            "queue": random.choice((*QUEUES, None)),
            "region": random.choice((*QUEUES, None)),
            "account": account["id"] if random.random() < 0.7 else random.choice(QUEUES),
            "opened": NOW - timedelta(hours=random.randint(0, 96), microseconds=random.randint(0, 999_999)),
            "closed": random.choice((None, NOW + timedelta(hours=random.randint(-24, 24)))),
        }
    return Ask(
        roles=frozenset(random.sample(ROLES, random.randint(0, 3))),
        purpose=random.choice(PURPOSES),
        act=random.choice(ACTS),
        now=NOW,
        fields=tuple(random.sample(FIELDS, random.choice((0, 1, 1, 2)))),
        account=account,
        case=case,
    )
