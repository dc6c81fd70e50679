"""`suyuan ledger rotate`: the log goes on under a new key."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from suyuan.cli.options import JsonOption, StoreOption, store_at
from suyuan.cli.output import count, print_json, result, say

if TYPE_CHECKING:
    from suyuan.app.rotating import Carried

EXAMPLE = """
  suyuan ledger rotate 2027
"""

NameArgument = Annotated[
    str, typer.Argument(metavar="NAME", help="The shard's name: the log's origin, a slash and NAME is its own.")
]
OriginOption = Annotated[
    str | None, typer.Option("--origin", metavar="ORIGIN", help="The shard's whole name, instead of NAME.")
]


def run(
    name: NameArgument = "", origin: OriginOption = None, as_json: JsonOption = False, store: StoreOption = None
) -> None:
    """End the shard in force and open the next one under a new key. The tree, and every proof in it, carries on.

    The old key signs its last checkpoint, the log names the new key, and everybody is enrolled anew under a new
    registry. Give the new public key to witnesses and to whoever holds a policy file.
    """
    from suyuan.app.rotating import rotate_store
    from suyuan.cli.progress import bars

    folder = store_at(store)
    following = shard_origin(folder, name=name, origin=origin)
    with bars() as progress:
        progress.wait("rotate")
        carried = rotate_store(folder, origin=following, progress=progress)
    if as_json:
        print_json(document(carried))
        return
    tell(carried)


def shard_origin(folder: Path, *, name: str, origin: str | None) -> str:
    """Give the name of the shard that is to be opened.

    Raises: RefusedError: `ledger.shard`, neither or both are given.
    """
    from suyuan.config import read_settings
    from suyuan.errors import RefusedError

    if bool(name) == bool(origin):
        raise RefusedError(
            "a shard has a name: give NAME, or --origin with the whole of it",
            code="ledger.shard",
            hint="for example 2027",
        )
    return origin or f"{read_settings(folder).origin}/{name}"


def document(carried: "Carried") -> dict[str, object]:
    """Give what happened, for a program."""
    lost = carried.lost
    return {
        "origin": carried.key.name,
        "vkey": str(carried.key),
        "before": str(carried.before),
        "opened": carried.opened,
        "enrolled": carried.enrolled,
        "lost": None if lost is None else {"size": lost.size, "root": lost.root.hex()},
    }


def tell(carried: "Carried") -> None:
    """Tell a person what happened, and what is to be done now."""
    result(f"the log goes on as {carried.key}")
    result(
        f"entry {carried.opened} opens the shard; {count(carried.enrolled, noun='person', plural='persons')} enrolled anew"
    )
    say("next: give this key to your witnesses, and add the line to policy/log.policy and to every copy of it:")
    say(f"  log {carried.key}")
