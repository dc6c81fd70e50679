"""`suyuan collect receipts`: all that one person said, as signed files for her."""

from pathlib import Path
from typing import Annotated

import typer

from suyuan.cli.customer import KeyArgument, person_by_key
from suyuan.cli.options import JsonOption, StoreOption, store_at
from suyuan.cli.output import count, print_columns, print_json, say
from suyuan.cli.outputs import require_new, write_new

EXAMPLE = """
  suyuan collect receipts C0000001 -o receipts
  suyuan verify receipts/consent-12.json --policy log.policy
"""


def run(
    key: KeyArgument,
    *,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="DIR", help="Write a file for each here; it is made if need be."),
    ] = None,
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """List what a person said, given, refused and withdrawn alike, oldest first; with -o write her signed receipts.

    Each file is named after its ledger entry and verifies by itself: suyuan verify FILE. They name her: they are hers.
    """
    from suyuan import app

    with app.open_store(store_at(store)) as opened:
        person = person_by_key(opened, key, erased="the receipts of who was erased went with her")
        receipts = opened.consents.receipts(person)
    files = [None if output is None else output / f"consent-{said.consent.entry}.json" for said in receipts]
    if output is not None:
        output.mkdir(parents=True, exist_ok=True)
        require_new(*files)
        for said, file in zip(receipts, files, strict=True):
            if file is not None:
                write_new(file, data=said.receipt + b"\n")
    rows = [
        {
            "entry": said.consent.entry,
            "at": said.consent.at.isoformat(timespec="seconds"),
            "state": said.consent.state.value,
            "purpose": said.consent.purpose,
            "scope": said.consent.scope.value,
            "recipient": said.consent.recipient,
            "file": "" if file is None else str(file),
        }
        for said, file in zip(receipts, files, strict=True)
    ]
    if as_json:
        print_json({"consents": rows})
        return
    if rows:
        print_columns([[str(cell) for cell in row.values()] for row in rows], header=list(rows[0]))
    say(count(len(rows), noun="consent"))
