"""`suyuan hold rotate`: every secret wrapped under a new key, while everybody works on."""

from typing import Annotated

import typer

from suyuan.cli.options import JsonOption, StoreOption, store_at
from suyuan.cli.output import count, print_json, result, say

EXAMPLE = """
  suyuan hold rotate
  suyuan hold rotate --all --json
"""


def run(
    *,
    every: Annotated[
        bool, typer.Option("--all", help="The keys of private sides too: what is sealed later opens with new ones.")
    ] = False,
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """Draw the next generation of the key over all keys, wrap every secret anew under it, destroy the earlier one.

    Works beside readers and a writer, who notice nothing. If it is cut short, run it again: it goes on from there.
    """
    from suyuan.app.rekeying import rotate_keys
    from suyuan.cli.progress import bars

    with bars() as progress:
        rotated, sides = rotate_keys(store_at(store), sides=every, progress=progress)
    if as_json:
        print_json(
            {
                "generation": rotated.generation,
                "persons": rotated.persons,
                "secrets": rotated.secrets,
                "destroyed": list(rotated.destroyed),
                "resumed": rotated.resumed,
                "sides": sides,
            }
        )
        return
    persons = count(rotated.persons, noun="person", plural="persons")
    result(f"generation {rotated.generation} is in force: {persons} and {rotated.secrets:,} other secrets wrapped anew")
    if rotated.resumed:
        result("this finished a rotation that had been cut short; run it again for a further generation")
    for name, number in sides.items():
        result(f"{name} {number} seals from now on; what earlier ones sealed stays readable")
    say(
        "backups of keys.db from before still open with the passphrase or token of their time: replace and destroy them"
    )
