"""`suyuan ledger show`: the entries of the log, newest last."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from suyuan.cli.options import JsonOption, StoreOption, store_at
from suyuan.cli.output import count, print_columns, print_json

if TYPE_CHECKING:
    from suyuan.hold.broker import KeyBroker
    from suyuan.ledger.entry import Entry
    from suyuan.ledger.log import Log

EXAMPLE = """
  suyuan ledger show --last 5
"""


def run(
    last: Annotated[int, typer.Option("--last", metavar="N", min=1, help="How many entries; the newest.")] = 20,
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """Show the newest entries of the ledger: when, what, and with the passphrase to whom. Shows no person.

    --json gives the leaves as they are hashed, with the plan that lies sealed beside a release.
    """
    from suyuan import app

    with app.open_private(store_at(store)) as (log, broker):
        first = max(0, log.size - last)
        found = [(int(index), entry) for index, entry in log.entries(first)]
        if as_json:
            print_json([_document(log, index=index, broker=broker) for index, _ in found])
            return
        rows = [
            (str(i), _time(entry.at_ms), entry.body.op, _about(log, index=i, entry=entry, broker=broker))
            for i, entry in found
        ]
    print_columns(rows, header=("entry", "time (UTC)", "what", "of"))


def _document(log: "Log", *, index: int, broker: "KeyBroker | None") -> dict[str, object]:
    from suyuan.crypto import canonical
    from suyuan.release.sides import PLAN_SIDE

    plan = _side(log, index=index, name=PLAN_SIDE, broker=broker)
    found: dict[str, object] = {"entry": index, "leaf": canonical.decode_object(log.leaf(index))}
    return found if plan is None else {**found, "plan": canonical.decode_object(plan)}


def _about(log: "Log", *, index: int, entry: "Entry", broker: "KeyBroker | None") -> str:
    """Say in a few words what an entry is about; persons are labels only and stay out."""
    from suyuan.ledger.entry import (
        BatchEntry,
        CloseEntry,
        EnrolBatchEntry,
        KeysEntry,
        LawEntry,
        OpenEntry,
        OutcomeEntry,
        PolicyEntry,
        RecipientEntry,
        RefuseEntry,
        RegistryEntry,
        ReleaseEntry,
        SealEntry,
    )
    from suyuan.release.plan import parse_plan
    from suyuan.release.sides import PLAN_SIDE

    body = entry.body
    match body:
        case ReleaseEntry() | BatchEntry():
            side = _side(log, index=index, name=PLAN_SIDE, broker=broker)
            persons = body.rows if isinstance(body, BatchEntry) else 1
            if side is None:
                return count(persons, noun="person")
            plan = parse_plan(side)
            return f"{plan.act} to {plan.recipient}, purpose {plan.purpose}, {count(persons, noun='person')}"
        case KeysEntry():
            return f"{count(body.rows, noun='row key')} of {count(body.lanes, noun='lane')}"
        case OutcomeEntry():
            return f"entry {body.release}"
        case LawEntry():
            return f"sha256 {body.law.hex()[:16]}"
        case PolicyEntry():
            return f"sha256 {body.policy.hex()[:16]}"
        case RefuseEntry():
            return _refused(log, index=index, broker=broker)
        case RecipientEntry():
            return _who(log, index=index, broker=broker)
        case SealEntry():
            entries = count(body.end - body.first, noun="entry", plural="entries")
            span = f"{entries} from {body.first}, {count(body.labels, noun='label')}"
            return f"{span}; ends epoch {entry.epoch}" if body.closing else span
        case RegistryEntry():
            return f"persons' labels from epoch {body.first_epoch}"
        case EnrolBatchEntry():
            return count(body.rows, noun="person")
        case CloseEntry() | OpenEntry():
            return body.origin
        case _:
            return ""


def _side(log: "Log", *, index: int, name: str, broker: "KeyBroker | None") -> bytes | None:
    from suyuan.release.sides import read_side

    return None if broker is None else read_side(log, index=index, name=name, broker=broker)


def _refused(log: "Log", *, index: int, broker: "KeyBroker | None") -> str:
    """Say by which rule, to whom and for what; nothing where the sides do not open."""
    from suyuan.crypto import canonical
    from suyuan.release.sides import ASKED_SIDE, REFUSAL_SIDE

    side = _side(log, index=index, name=REFUSAL_SIDE, broker=broker)
    if side is None:
        return ""
    said = canonical.decode_object(side[32:])
    asked = _side(log, index=index, name=ASKED_SIDE, broker=broker)
    who = {} if asked is None else canonical.decode_object(asked)
    to = next((f" to {kind} {who[kind]}" for kind in ("account", "partner") if who.get(kind)), "")
    return f"{said.get('act')}{to}, purpose {said.get('purpose')}: {said.get('code')}"


def _who(log: "Log", *, index: int, broker: "KeyBroker | None") -> str:
    from suyuan.crypto import canonical, commit
    from suyuan.release.sides import RECIPIENT_SIDE

    side = _side(log, index=index, name=RECIPIENT_SIDE, broker=broker)
    if side is None:
        return ""
    opening = canonical.decode_object(side[commit.SALT_BYTES :])
    return f"{opening.get('kind')} {opening.get('id')}"


def _time(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, tz=UTC).strftime("%Y-%m-%d %H:%M:%S")
