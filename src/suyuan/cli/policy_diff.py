"""`suyuan policy diff`: what a change of the policy would newly allow or refuse."""

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from suyuan.cli.options import JsonOption, StoreOption, store_at
from suyuan.cli.output import count, print_columns, print_json, result

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from suyuan.app import Store
    from suyuan.hold.predicate import Attribute
    from suyuan.release.difference import Difference, Effects

EXAMPLE = """
  suyuan policy diff ../policy-of-next-week
  suyuan policy diff ../policy-of-next-week --days 7 --json
"""

_SAID = {
    "allowed": "would newly be allowed",
    "refused": "would newly be refused",
    "shown": "would show more",
    "hidden": "would show less",
    "unknown": "cannot be told",
}


def run(
    other: Annotated[Path, typer.Argument(metavar="DIR", help="The changed policy: a folder of policy files.")],
    *,
    days: Annotated[int, typer.Option("--days", min=1, max=3660, help="How far back requests are decided again.")] = 30,
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """Compare the policy in force with a changed one: in words, and on the requests of the last days.

    Every release and refusal that the ledger keeps is decided again by both. Counted is what differs, by role, purpose,
    act and field, with entry numbers as examples; no person is named. What is known of persons is taken as it was, and
    accounts as they are today. Limits are compared in words alone.
    """
    from suyuan import app
    from suyuan.app.policy import open_policy
    from suyuan.release.difference import differences, effects_of
    from suyuan.release.replay import past_requests

    changed = open_policy(other).policy
    with app.open_store(store_at(store)) as opened:
        since = opened.clock.now() - timedelta(days=days)
        words = differences(opened.policy, changed)
        effects = effects_of(
            past_requests(opened.ledger, broker=opened.broker, since=since),
            before=opened.policy,
            after=changed,
            attributes=_Accounts(opened),
        )
    if as_json:
        print_json({"days": days, "requests": effects.requests, "words": _words(words), "effects": _effects(effects)})
        return
    for one in words:
        result(f"{one.what}: {one.before or 'nothing'} -> {one.after or 'nothing'}")
    rows = [[*map(str, row.values())] for row in _effects(effects, joined=True)]
    if rows:
        print_columns(rows, header=("REQUESTS", "WHAT", "ROLES", "PURPOSE", "ACT", "FIELD", "CODE", "ENTRIES"))
    result(f"{count(len(words), noun='difference')} in words; {_touched(effects)} of the last {days} days")


def _touched(effects: "Effects") -> str:
    if not effects.requests:
        return "no requests"
    return f"{count(effects.requests, noun='request')} decided again, " + (
        "differing as above" if effects.counts else "none differently"
    )


class _Accounts:
    """What is known of accounts today, each asked for once."""

    def __init__(self, opened: "Store") -> None:
        self._callers = opened.callers
        self._known: dict[str, Mapping[str, Attribute]] = {}

    def __call__(self, account: str) -> "Mapping[str, Attribute]":
        from suyuan.terms import AccountId

        if account not in self._known:
            found = self._callers.believed(AccountId(account))
            self._known[account] = {} if found is None else dict(found.attributes)
        return self._known[account]


def _words(words: "Sequence[Difference]") -> list[dict[str, str]]:
    return [{"what": one.what, "before": one.before, "after": one.after} for one in words]


def _effects(effects: "Effects", *, joined: bool = False) -> list[dict[str, object]]:
    return [
        {
            "requests": number,
            "change": _SAID[effect.change] if joined else effect.change,
            "roles": effect.roles,
            "purpose": effect.purpose,
            "act": effect.act,
            "field": effect.field,
            "code": effect.code,
            "entries": ", ".join(map(str, effects.examples[effect])) if joined else effects.examples[effect],
        }
        for effect, number in sorted(effects.counts.items(), key=lambda item: (item[0].change, -item[1], item[0]))
    ]
