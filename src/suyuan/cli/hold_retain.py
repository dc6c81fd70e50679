"""`suyuan hold retain`: whose every purpose has run out is erased."""

from typing import TYPE_CHECKING, Annotated

import typer

from suyuan.cli.confirming import require_confirmed
from suyuan.cli.options import JsonOption, StoreOption, store_at
from suyuan.cli.output import count, print_json, result, say
from suyuan.cli.progress import bars

if TYPE_CHECKING:
    from collections.abc import Sequence

    from suyuan.hold.retention import Due

EXAMPLE = """
  suyuan hold retain --dry-run
  suyuan hold retain --yes --json
"""


def run(
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say how many would be erased.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before.")] = False,
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """Erase everybody whose every purpose has run out (`retention_days` in policy/purposes.toml), and nobody under a hold.

    The days count from the last collection for a purpose. A purpose without `retention_days` does not run out. What the
    ledger has stays; of whom it was leads to nobody any more. Run it once a day.
    """
    from suyuan import app

    with app.open_store(store_at(store)) as opened:
        retention = opened.retention()
        due = retention.due()
        if dry_run or not due.over:
            _tell(due, entries=[], dry_run=dry_run, as_json=as_json)
            return
        if not yes:
            question = f"Erase {count(len(due.over), noun='person')}? It cannot be undone."
            require_confirmed(question, otherwise="nobody was erased")
        with bars() as bar:
            entries = [erased.entry for erased in retention.erase(due, progress=bar)]
        opened.publish()
    _tell(due, entries=entries, dry_run=False, as_json=as_json)


def _tell(due: "Due", *, entries: "Sequence[int]", dry_run: bool, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "due": len(due.over), "frozen": len(due.frozen), "stopped": dict(due.stopped), "erased": len(entries),
                "entries": entries, "dry_run": dry_run,
            }
        )  # fmt: skip
        return
    for purpose, persons in due.stopped.items():
        result(f"purpose {purpose} has run out for {count(persons, noun='person')}")
    if due.frozen:
        result(f"{count(len(due.frozen), noun='person')} kept under a legal hold")
    if dry_run:
        result(f"{count(len(due.over), noun='person')} would be erased")
        return
    result(f"{count(len(entries), noun='person')} erased")
    if entries:
        say("backups of the keys from before still hold their secrets: replace them by a new one, and destroy them")
