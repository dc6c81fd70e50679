"""`suyuan ledger recover`: a store that lost entries goes on, and the log says so."""

from pathlib import Path
from typing import Annotated

import typer

from suyuan.cli.ledger_rotate import NameArgument, OriginOption, document, shard_origin, tell
from suyuan.cli.options import JsonOption, StoreOption, store_at
from suyuan.cli.output import print_json, result
from suyuan.cli.trust import read_checkpoint_file

EXAMPLE = """
  suyuan ledger recover --checkpoint shop/ledger/checkpoint after-the-fire
"""


def run(
    checkpoint: Annotated[
        Path,
        typer.Option("--checkpoint", metavar="FILE", help="The newest checkpoint that was published or witnessed."),
    ],
    name: NameArgument = "",
    origin: OriginOption = None,
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """Let a store that was restored from an older copy go on under a new key, when the newer one is lost for good.

    The log's next entry names the size and root of what was lost, so everybody who follows it sees that entries are
    missing, and how many. The releases of the lost entries have happened; their receipts and bundles still verify.
    """
    from suyuan.app.rotating import recover_store
    from suyuan.cli.progress import bars

    folder = store_at(store)
    lost = read_checkpoint_file(checkpoint)
    following = shard_origin(folder, name=name, origin=origin)
    with bars() as progress:
        progress.wait("recover")
        carried = recover_store(folder, lost=lost, origin=following, progress=progress)
    if as_json:
        print_json(document(carried))
        return
    if carried.lost is not None:
        last = carried.lost.size - 1
        which = f"entry {last}" if last == carried.opened else f"the entries from {carried.opened} to {last}"
        result(f"lost: {which} of the earlier copy; the new entry {carried.opened} says so")
    tell(carried)
