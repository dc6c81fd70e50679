"""`suyuan collect consents`: words that were said before, or elsewhere, brought in from a table."""

from pathlib import Path
from typing import Annotated

import typer

from suyuan.cli.options import JsonOption, StoreOption, store_at
from suyuan.cli.output import count, print_json, result, say
from suyuan.cli.progress import bars
from suyuan.cli.tables import read_input

EXAMPLE = """
  suyuan collect consents consents.csv

\b
with consents.csv:
  customer,purpose,scope,recipient,state,at,channel
  C0000001,marketing,purpose,,given,2026-03-01T08:00:00+08:00,app
  C0000002,marketing,purpose,,refused,2026-03-01T08:05:00+08:00,app
"""


def run(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV or Parquet with a header; - for standard input.")],
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """Bring in consents: columns of the person's key field, purpose, state and at; perhaps scope, recipient, channel, guardian.

    Each row is one word of one person: given, refused or withdrawn, in the order of the file. All rows are right or none is
    taken. Every row gets a ledger entry and a receipt of its own, under the terms in force now: bring in only what was said
    to these very terms. To bring in the same file once more changes nothing.
    """
    from suyuan import app
    from suyuan.adapters.files import require_flat
    from suyuan.collect.consent_rows import admit_consents, words_of
    from suyuan.config import read_policy

    folder = store_at(store)
    policy, _ = read_policy(folder)
    key = policy.require_key_field()
    with bars() as bar:
        bar.wait("check")
        frame = read_input(file)
        require_flat(frame)
        admitted = admit_consents(frame, key=key)
    with app.open_store(folder) as opened, bars() as bar:
        bar.wait("consents")
        words = words_of(admitted, persons=opened.intake.persons(admitted["person"]), key=key)
        taken = opened.consents.take(words, asked=False)
        opened.publish()
    repeated = sum(one.repeated for one in taken)
    if as_json:
        print_json({"entered": len(taken) - repeated, "repeated": repeated})
        return
    result(f"{count(len(taken) - repeated, noun='consent')} entered")
    if repeated:
        say(f"{count(repeated, noun='row')} said what is in force already")
