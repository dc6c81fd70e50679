"""`suyuan hold retire`: the keys of ended registries destroyed, so that nobody can be looked up in them."""

from typing import Annotated

import typer

from suyuan.cli.confirming import require_confirmed
from suyuan.cli.options import JsonOption, StoreOption, store_at
from suyuan.cli.output import print_json, result, say

EXAMPLE = """
  suyuan hold retire
"""


def run(
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before.")] = False,
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """Destroy the keys of every registry before the one in force.

    A registry's key makes an identifier's label in the log: who keeps it can still see that an erased person was
    enrolled. Each rotation begins a new registry; retire the old ones when no account of that time is owed any more.
    It cannot be undone: accounts then show labels of that time without proof that they are hers.
    """
    from suyuan import app

    with app.open_store(store_at(store)) as opened:
        if not yes:
            question = "Destroy the keys of all ended registries? It cannot be undone."
            require_confirmed(question, otherwise="nothing was destroyed")
        count = opened.registrar.retire()
        opened.publish()
    if as_json:
        print_json({"retired": count})
        return
    if count:
        result(f"destroyed the keys of {count} ended {'registry' if count == 1 else 'registries'}")
        say("backups of keys.db from before still hold them: replace them by a new one, and destroy them")
    else:
        result("there is no ended registry whose key is held")
