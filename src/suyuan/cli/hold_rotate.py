"""`suyuan hold rotate`: every secret wrapped under a new key, while everybody works on."""

from pathlib import Path
from typing import Annotated

import typer

from suyuan.cli.options import JsonOption, StoreOption, store_at
from suyuan.cli.output import count, print_json, result, say
from suyuan.cli.progress import bars

EXAMPLE = """
  suyuan hold rotate
  suyuan hold rotate --all --json
  suyuan hold rotate --tokens
"""


def run(
    *,
    every: Annotated[
        bool, typer.Option("--all", help="The keys of private sides too: what is sealed later opens with new ones.")
    ] = False,
    tokens: Annotated[
        bool, typer.Option("--tokens", help="The key by which persons are found instead; opens every record once.")
    ] = False,
    drop_overlay: Annotated[
        bool,
        typer.Option(
            "--drop-overlay", help="With --tokens: who has no record is found by one identifier until seen again."
        ),
    ] = False,
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """Draw the next generation of the key over all keys, wrap every secret anew under it, destroy the earlier one.

    Works beside readers and a writer, who notice nothing. If it is cut short, run it again: it goes on from there.
    With --tokens it exchanges the key of the blind index instead: every record passes through the door, shown to no one
    and ledgered as purpose key_rotation; look-ups and imports come in between its steps.
    """
    if tokens:
        if every:
            raise typer.BadParameter("--tokens goes alone")
        _rotate_tokens(store_at(store), drop_overlay=drop_overlay, as_json=as_json)
        return
    from suyuan.app.rekeying import rotate_keys

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
    persons = count(rotated.persons, noun="person")
    result(f"generation {rotated.generation} is in force: {persons} and {rotated.secrets:,} other secrets wrapped anew")
    if rotated.resumed:
        result("this finished a rotation that had been cut short; run it again for a further generation")
    for name, number in sides.items():
        result(f"{name} {number} seals from now on; what earlier ones sealed stays readable")
    say(
        "backups of keys.db from before still open with the passphrase or token of their time: replace and destroy them"
    )


def _rotate_tokens(folder: Path, *, drop_overlay: bool, as_json: bool) -> None:
    from suyuan.app.exchanging_tokens import rotate_tokens

    with bars() as progress:
        rotated = rotate_tokens(folder, drop_overlay=drop_overlay, progress=progress)
    if as_json:
        print_json({"generation": rotated.generation, "persons": rotated.persons, "resumed": rotated.resumed})
        return
    persons = count(rotated.persons, noun="person")
    result(f"generation {rotated.generation} of tokens is in force, for {persons}; the earlier key is destroyed")
    if rotated.resumed:
        result("this finished an exchange that had been cut short; run it again for a further generation")
    say("former values, which records no longer hold, find nobody any more; back up data and keys anew, together")
