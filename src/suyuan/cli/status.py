"""`suyuan status`: what the store holds and how far the ledger has come."""

from collections import Counter
from typing import TYPE_CHECKING

from suyuan.cli.options import JsonOption, StoreOption, store_at
from suyuan.cli.output import print_columns, print_json, result, say

if TYPE_CHECKING:
    from suyuan.app import Reading

EXAMPLE = """
  suyuan status --store shop
"""

OVERLAY = (
    "suyuan proves every copy that went through it; a copy that left beside it, and in overlay mode the rows "
    "themselves, are outside what it can see."
)


def run(as_json: JsonOption = False, store: StoreOption = None) -> None:
    """Show what the store holds. Needs no passphrase, writes nothing, and works while another process writes."""
    from suyuan import app

    with app.open_reading(store_at(store)) as reading:
        facts = _facts(reading)
    if as_json:
        print_json({**facts, "limit": OVERLAY})
        return
    print_columns([(name.replace("_", " "), _text(value)) for name, value in facts.items()])
    result(OVERLAY)
    published = facts["checkpoint"]
    if isinstance(published, int) and isinstance(facts["ledger_entries"], int) and published > facts["ledger_entries"]:
        say("suyuan: warning: the published checkpoint has more entries than the store: an older copy was restored")


def _facts(reading: "Reading") -> dict[str, object]:
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
        "persons": held["persons"],
        "records": held["records"],
        "cases": held["cases"],
        "releases": counted["release"] + counted["batch"],
        "persons_released": released,
        "refusals": counted["refuse"],
        "recipients": counted["recipient"],
        "dumps_traced": counted["trace-open"],
        "ledger_entries": log.size,
        "checkpoint": None if checkpoint is None else checkpoint.size,
        "witnessed": None if witnessed is None else read_checkpoint(witnessed).size,
    }


def _text(value: object) -> str:
    if value is None:
        return "none"
    return f"{value:,}" if isinstance(value, int) else str(value)
