"""`suyuan backup`: data and keys into two files, while the store is at work."""

from pathlib import Path
from typing import Annotated

import typer

from suyuan.cli.options import JsonOption, StoreOption, store_at
from suyuan.cli.output import print_json, result, say

EXAMPLE = """
  suyuan backup --data /backup/shop.data --keys /vault/shop.keys
"""


def run(
    *,
    data: Annotated[Path, typer.Option("--data", metavar="FILE", help="Where people, ledger, settings and policy go.")],
    keys: Annotated[Path, typer.Option("--keys", metavar="FILE", help="Where the wrapped keys go: another place.")],
    together: Annotated[
        bool, typer.Option("--together", help="Let both lie in one folder, though whoever takes it has both.")
    ] = False,
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """Back the store up into two new files: data and ledger in one, wrapped keys in the other. Needs no passphrase.

    Nothing in either opens without the passphrase or the token, which no backup holds: keep it in a third place. After
    an erasure, back up anew and destroy older archives of the keys.
    """
    from suyuan.app.backing_up import back_up
    from suyuan.cli.progress import bars

    with bars() as progress:
        made = back_up(store_at(store), data=data, keys=keys, together=together, progress=progress)
    if as_json:
        print_json(
            {
                "id": made.id,
                "ledger_size": made.ledger_size,
                "data": {"file": str(made.data), "bytes": made.data_bytes, "sha256": made.data_sha256},
                "keys": {"file": str(made.keys), "bytes": made.keys_bytes, "sha256": made.keys_sha256},
                "one_disk": made.one_disk,
            }
        )
        return
    result(f"backed up a ledger of {made.ledger_size:,} entries")
    result(f"data  {made.data}  {made.data_bytes:,} bytes  sha256 {made.data_sha256}")
    result(f"keys  {made.keys}  {made.keys_bytes:,} bytes  sha256 {made.keys_sha256}")
    if made.one_disk:
        say("suyuan: warning: both lie on one disk: bring one of them elsewhere")
