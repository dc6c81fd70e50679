"""`suyuan status`: what the store holds, how far the ledger has come, and what it cannot see."""

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Final

import typer

from suyuan.cli import status_sources
from suyuan.cli.options import JsonOption, StoreOption, store_at
from suyuan.cli.output import print_columns, print_json, result, say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from suyuan.app import Reading
    from suyuan.collect.source import Source
    from suyuan.release.policy import Policy

EXAMPLE = """
  suyuan status --store shop
  suyuan status --sources --json
"""

OVERLAY = (
    "suyuan proves every copy that went through it; a copy that left beside it, and in overlay mode the rows "
    "themselves, are outside what it can see."
)
ASK: Final = "`suyuan status --sources` counts the other roads to their tables"
MOST: Final = 100_000
"""Persons or approvals that are counted at most: beyond it, the number is this."""


def run(
    sources: Annotated[
        bool, typer.Option("--sources", help="Ask each source's database who else can read its tables.")
    ] = False,
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """Show what the store holds. Needs no passphrase, writes nothing, and works while another process writes.

    With --sources the databases of policy/sources.toml are asked too: what overlay mode cannot guarantee is printed as
    numbers, of accounts that can read the same tables, of columns that lie readable, of reads beside suyuan.
    """
    from suyuan import app
    from suyuan.config import read_policy, read_sources

    folder = store_at(store)
    policy, _ = read_policy(folder)
    known = read_sources(folder, fields=policy.fields)
    with app.open_reading(folder) as reading:
        facts = _facts(reading, policy=policy, sources=known)
    looked = [status_sources.look(folder, source=s, fields=policy.fields) for s in known.values()] if sources else []
    if as_json:
        found: dict[str, object] = {"source_roads": [status_sources.document(each) for each in looked]}
        print_json({**facts, **(found if sources else {}), "limit": OVERLAY})
        return
    print_columns([(name.replace("_", " "), _text(value)) for name, value in facts.items()])
    for each in looked:
        status_sources.tell(each)
    result(OVERLAY)
    if known and not sources:
        say(f"note: {ASK}")
    published = facts["checkpoint"]
    if isinstance(published, int) and isinstance(facts["ledger_entries"], int) and published > facts["ledger_entries"]:
        say("suyuan: warning: the published checkpoint has more entries than the store: an older copy was restored")


def _facts(reading: "Reading", *, policy: "Policy", sources: "Mapping[str, Source]") -> dict[str, object]:
    from suyuan.ledger import witnessing
    from suyuan.ledger.checkpoint import PATH, read_checkpoint
    from suyuan.ledger.entry import BatchEntry
    from suyuan.ledger.shards import line_of, open_shard_checkpoint

    log = reading.log
    counted: Counter[str] = Counter()
    released = 0
    for _, entry in log.entries():
        counted[entry.body.op] += 1
        released += entry.body.rows if isinstance(entry.body, BatchEntry) else entry.body.op == "release"
    note = reading.files.read(PATH)
    witnessed = reading.files.read(witnessing.PATH)
    line = line_of(log, keys=(reading.vkey,))
    checkpoint = None if note is None else open_shard_checkpoint(note, line=line)
    held = reading.people.counts()
    return {
        "store": str(reading.settings.store),
        "origin": reading.settings.origin,
        "mode": _mode(held["persons"], records=held["records"], sources=len(sources)),
        "sources": list(sources),
        "persons": held["persons"],
        "records": held["records"],
        "cases": held["cases"],
        "consents": counted["consent"],
        "approvals_pending": _pending(reading),
        "under_legal_hold": len(reading.people.held()),
        "collected_for_no_purpose": reading.people.count_uncollected(),
        "retention_due": _due(reading, policy=policy),
        "releases": counted["release"] + counted["batch"],
        "persons_released": released,
        "refusals": counted["refuse"],
        "recipients": counted["recipient"],
        "dumps_traced": counted["trace-open"],
        "ledger_entries": log.size,
        "checkpoint": None if checkpoint is None else checkpoint.size,
        "witnessed": None if witnessed is None else read_checkpoint(witnessed).size,
    }


def _mode(persons: int, *, records: int, sources: int) -> str:
    """Say whose the rows are: the store's own (sealed), the platform's (overlay), or both."""
    overlay = sources > 0 or persons > records
    if records:
        return "sealed and overlay" if overlay else "sealed"
    return "overlay" if overlay else "empty"


def _pending(reading: "Reading") -> int:
    from suyuan.app import SystemClock

    return len(reading.people.pending_approvals(now=SystemClock().now(), count=MOST))


def _due(reading: "Reading", *, policy: "Policy") -> dict[str, int]:
    """Give, for each purpose that says how long it keeps, the persons whose time for it is over."""
    from suyuan.app import SystemClock

    now = SystemClock().now()
    return {
        purpose.name: len(
            reading.people.due(
                purpose=purpose.name, before=now - timedelta(days=purpose.retention_days), after=-1, count=MOST
            )
        )
        for purpose in policy.purposes.values()
        if purpose.retention_days is not None
    }


def _text(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_text(each)}" for name, each in value.items()) or "none"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    if value is None:
        return "none"
    return f"{value:,}" if isinstance(value, int) else str(value)
