"""`suyuan hold erase`: one person forgotten, for good."""

from typing import Annotated

import typer

from suyuan.cli.confirming import require_confirmed
from suyuan.cli.customer import KeyArgument, person_by_key
from suyuan.cli.options import JsonOption, StoreOption, store_at
from suyuan.cli.output import print_json, result, say

EXAMPLE = """
  suyuan hold erase C0000001
  suyuan hold erase C0000001 --yes --json
"""


def run(
    key: KeyArgument,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before.")] = False,
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """Erase a person: her secret is destroyed, and what the ledger has of her leads to nobody any more.

    The ledger says that an erasure was done, and not whose it was. Her record, tokens and cases go with her. It cannot
    be undone: backups of keys.db made before still hold her secret, and are to be destroyed as well.
    """
    from suyuan import app

    with app.open_store(store_at(store)) as opened:
        found = person_by_key(opened, key, erased="who was erased already is not found")
        if not yes:
            require_confirmed("Erase this person? It cannot be undone.", otherwise="nobody was erased")
        entry = opened.eraser.erase(found)
        opened.publish()
    if as_json:
        print_json({"entry": entry})
        return
    result(f"erased as ledger entry {entry}")
    say("backups of keys.db from before still hold her secret: replace them by a new one, and destroy them")
