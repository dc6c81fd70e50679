"""`suyuan hold recovery-key`: a second way to the keys, printed once."""

from typing import Annotated

import typer

from suyuan.cli.confirming import require_confirmed
from suyuan.cli.options import JsonOption, StoreOption, store_at
from suyuan.cli.output import print_json, result, say

EXAMPLE = """
  suyuan hold recovery-key --yes
"""


def run(
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before.")] = False,
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """Draw a recovery key and print it, this once: with it and keys.db the keys open when the passphrase is lost.

    It is kept nowhere. An earlier recovery key opens nothing from then on, except in older copies of keys.db.
    """
    from suyuan.app.rekeying import draw_recovery_key

    if not yes:
        question = "Print a recovery key here? Whoever reads it and has keys.db has every key."
        require_confirmed(question, otherwise="no recovery key was drawn")
    text = draw_recovery_key(store_at(store))
    if as_json:
        print_json({"recovery_key": text})
        return
    result(text)
    say("write it down, lock it away from the store and from keys.db's backups; it is not shown again")
