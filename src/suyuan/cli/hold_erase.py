"""`suyuan hold erase`: one person forgotten, for good."""

import sys
from typing import Annotated

import typer

from suyuan.cli.confirming import require_confirmed
from suyuan.cli.options import JsonOption, StoreOption, store_at
from suyuan.cli.output import print_json, result, say

EXAMPLE = """
  suyuan hold erase C0000001
  suyuan hold erase C0000001 --yes --json
"""


def run(
    key: Annotated[
        str, typer.Argument(metavar="CUSTOMER", show_default=False, help="Her key; - reads it from standard input.")
    ],
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
    from suyuan.errors import RefusedError
    from suyuan.hold.vault import find_person

    text = sys.stdin.readline().strip() if key == "-" else key
    with app.open_store(store_at(store)) as opened:
        field = opened.policy.key_field()
        if field is None:
            raise RefusedError("policy/fields.toml has no field with `key = true`", code="collect.key")
        found = find_person(text, field=field, people=opened.people, broker=opened.broker)
        if found is None:
            raise RefusedError(
                f"nobody in the store is known by this {field.name}",
                code="hold.person",
                hint="give the key as it was imported; who was erased already is not found",
            )
        if not yes:
            require_confirmed("Erase this person? It cannot be undone.", otherwise="nobody was erased")
        entry = opened.eraser.erase(found)
        opened.publish()
    if as_json:
        print_json({"entry": entry})
        return
    result(f"erased as ledger entry {entry}")
    say("backups of keys.db from before still hold her secret: replace them by a new one, and destroy them")
