"""What a decision costs: the grants beside a predicate written by hand (the floor) and Cedar on the same requests.

    make bench-policy

Prints decisions per CPU-second at 50 grants, the cost of a site's own conditions, and how many of 100,000 random requests
the grants and their export to Cedar decide differently.
"""

import argparse
import random
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.measured import machine
from tests.grant_worlds import NOW, PURPOSES, ROLES, random_ask, random_grants

from suyuan.adapters.cedar import CedarConditions, export_grants, questions
from suyuan.hold.predicate import CaseColumn, Operator
from suyuan.release.acts import Act, Showing, Shown
from suyuan.release.grants import Ask, Condition, Grant, Grants
from suyuan.release.grants.grant import FromAccount
from suyuan.release.grants.site import Fact
from suyuan.terms import FieldName, PurposeName, RoleName

SITE = '@id("night")\nforbid(principal, action == Action::"release", resource) when { context.hour < 6 };\n'
FACTS: dict[str, Fact] = {
    "act": "lookup",
    "purpose": "delivery",
    "recipient_kind": "account",
    "recipient": "wang.lei",
    "fields": ["address", "name", "phone"],
    "sensitive": False,
    "minor": False,
    "approved": False,
    "hour": 12,
    "weekday": 3,
    "roles": ["courier"],
    "account_outlet": "HZ-1",
    "case_queue": "HZ-1",
    "case_region": "east",
}


def office() -> tuple[Grants, list[Ask]]:
    """Give 50 grants as a courier would write them, and requests of which most are allowed."""
    rng = random.Random(3)
    shown = {FieldName(name): Shown(Showing.CLEAR) for name in ("name", "phone", "address")}
    where = (Condition(CaseColumn.QUEUE, Operator.EQUAL, FromAccount("outlet")),)
    table = [
        Grant(number=n, role=RoleName(f"r{n % 10}"), purpose=PurposeName(f"p{n // 10}"),
              acts=frozenset({Act.LOOKUP, Act.LIST}), fields=shown, where=where)
        for n in range(50)
    ]  # fmt: skip
    asks = []
    for _ in range(20_000):
        outlet = f"HZ-{rng.randint(1, 40)}"
        queue = outlet if rng.random() < 0.9 else "other"
        asks.append(
            Ask(
                roles=frozenset({RoleName(f"r{rng.randint(0, 9)}")}),
                purpose=PurposeName(f"p{rng.randint(0, 4)}"),
                act=Act.LOOKUP,
                now=NOW,
                fields=tuple(list(shown)[: rng.randint(1, 3)]),
                account={"id": "wang", "outlet": outlet},
                case={"queue": queue, "region": "east", "account": "wang", "opened": NOW, "closed": None},
            )
        )
    return Grants(table), asks


def by_hand(ask: Ask) -> bool:
    """The same rule as `office`, as somebody would write it who has one rule only: the floor."""
    return (
        len(ask.roles) == 1
        and ask.purpose in BY_HAND_PURPOSES
        and (ask.act is Act.LOOKUP or ask.act is Act.LIST)
        and ask.case.get("queue") == ask.account.get("outlet")
        and all(name in BY_HAND_FIELDS for name in ask.fields)
    )


BY_HAND_PURPOSES = {f"p{n}" for n in range(5)}
BY_HAND_FIELDS = {"name", "phone", "address"}


def rate(decide: Callable[[Ask], object], asks: Sequence[Ask], *, seconds: float) -> float:
    """Give decisions per second of this process's CPU."""
    for ask in asks[:200]:
        decide(ask)
    began, count = time.process_time(), 0
    while time.process_time() - began < seconds:
        for ask in asks:
            decide(ask)
        count += len(asks)
    return count / (time.process_time() - began)


def cedar_rate(grants: Grants, asks: Sequence[Ask], *, seconds: float) -> float:
    """Give the requests per CPU-second that the engine decides on the exported grants, parsed once."""
    import cedarpy

    policies = cedarpy.PolicySet.from_str(export_grants(grants))
    return rate(
        lambda ask: all(cedarpy.is_authorized(one, policies, []).allowed for one in questions(ask)),
        asks[:500],
        seconds=seconds,
    )


def site_microseconds(count: int = 5000) -> float:
    """Give what a site's own condition costs a request."""
    site = CedarConditions(SITE)
    began = time.process_time()
    for _ in range(count):
        if site.decide(FACTS) is not None:
            raise SystemExit("the condition refused what it should permit")
    return (time.process_time() - began) / count * 1e6


def disagreements(requests: int) -> int:
    """Give on how many random requests the grants and their export differ."""
    import cedarpy

    rng, wrong = random.Random(2), 0
    for _ in range(100):
        grants = random_grants(rng, count=50)
        policies = cedarpy.PolicySet.from_str(export_grants(grants))
        for _ in range(requests // 100):
            ask = random_ask(rng)
            answers = cedarpy.is_authorized_batch(list(questions(ask)), policies, [])
            wrong += (grants.decide(ask).refusal is None) != all(answer.allowed for answer in answers)
    return wrong


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--requests", type=int, default=100_000)
    given = parser.parse_args()
    print(machine())
    for name, (grants, asks) in {"office": office(), "random": _random()}.items():
        ours = rate(grants.decide, asks, seconds=given.seconds)
        theirs = cedar_rate(grants, asks, seconds=given.seconds)
        allowed = sum(grants.decide(ask).grant is not None for ask in asks) / len(asks)
        print(
            f"{name}: {len(grants.table)} grants, {allowed:.0%} allowed, {len(ROLES)}+ roles, {len(PURPOSES)}+ purposes"
        )
        if name == "office":
            floor = rate(by_hand, asks, seconds=given.seconds)
            print(f"  written by hand   {floor:12,.0f} decisions per CPU-second")
            print(
                f"  grants            {ours:12,.0f} decisions per CPU-second, {floor / ours:.1f} times the floor's time"
            )
        else:
            print(f"  grants            {ours:12,.0f} decisions per CPU-second")
        print(
            f"  Cedar             {theirs:12,.0f} decisions per CPU-second, {ours / theirs:.0f} times slower than grants"
        )
    print(f"a site's own condition {site_microseconds():.0f} microseconds a request; none, where a site has none")
    print(f"of {given.requests:,} random requests, grants and Cedar decide {disagreements(given.requests)} differently")


def _random() -> tuple[Grants, list[Ask]]:
    rng = random.Random(4)
    return random_grants(rng, count=50), [random_ask(rng) for _ in range(20_000)]


if __name__ == "__main__":
    main()
