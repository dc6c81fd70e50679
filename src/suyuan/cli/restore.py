"""`suyuan restore`: a store from its two archives, with nobody in it who was erased."""

from pathlib import Path
from typing import Annotated

import typer

from suyuan.cli.options import JsonOption
from suyuan.cli.output import count, print_json, result, say
from suyuan.cli.recovery_file import RecoveryFileOption, read_recovery_key

EXAMPLE = """
  suyuan restore --data /backup/shop.data --keys /vault/shop.keys shop
  suyuan restore --data shop.data --keys /vault/shop.keys drill --schema drill
  suyuan restore --data shop.data --keys /vault/shop.keys shop --postgres postgresql:///shop --postgres-keys postgresql:///keys
"""


def run(
    into: Annotated[
        Path, typer.Argument(metavar="DIR", help="A new folder; only a ledger/ that survived may be in it.")
    ],
    *,
    data: Annotated[Path, typer.Option("--data", metavar="FILE", help="The archive of the data.")],
    keys: Annotated[
        Path, typer.Option("--keys", metavar="FILE", help="The archive of the keys, of this or a later backup.")
    ],
    checkpoint: Annotated[
        Path | None,
        typer.Option("--checkpoint", metavar="FILE", help="The newest checkpoint that was published or witnessed."),
    ] = None,
    accept_lost: Annotated[
        bool, typer.Option("--accept-lost-entries", help="Restore although published entries are not in the backup.")
    ] = False,
    recovery_file: RecoveryFileOption = None,
    postgres: Annotated[
        str, typer.Option(metavar="URL", help="The database for ledger and people, if they lay in one.")
    ] = "",
    postgres_keys: Annotated[
        str, typer.Option(metavar="URL", help="The database for the keys, if they lay in one: another.")
    ] = "",
    schema: Annotated[
        str, typer.Option(metavar="NAME", help="The ledger's schema; people go to NAME_data, keys to NAME_keys.")
    ] = "",
    as_json: JsonOption = False,
) -> None:
    """Restore a store from a backup: every file is checked, and the ledger must give the checkpoint's root.

    Whoever the ledger says was erased is erased again, where older keys would bring her back. The passphrase or the
    token must be at hand, as suyuan.toml in the backup says, or the recovery key. What lay in PostgreSQL goes into the
    schemas that suyuan.toml or these options name, which must be absent or empty; what lay in files goes into files.
    """
    from suyuan.app.archived_schemas import Target
    from suyuan.app.restoring import LOST, restore
    from suyuan.cli.progress import bars
    from suyuan.cli.trust import read_checkpoint_file

    with bars() as progress:
        done = restore(
            into.absolute(),
            data=data,
            keys=keys,
            checkpoint=None if checkpoint is None else read_checkpoint_file(checkpoint),
            accept_lost=accept_lost,
            recovery=None if recovery_file is None else read_recovery_key(recovery_file),
            target=Target(data=postgres, keys=postgres_keys, schema=schema),
            progress=progress,
        )
    if as_json:
        print_json(
            {
                "store": str(into),
                "entries": done.entries,
                "lost_entries": done.lost,
                "erased_again": done.erased_again,
                "data_made": done.data_made,
                "keys_made": done.keys_made,
                "one_backup": done.one_backup,
            }
        )
        return
    result(f"restored {into}: {count(done.entries, noun='entry', plural='entries')}, which give the published root")
    if done.erased_again:
        result(f"erased again: {count(done.erased_again, noun='person')} whom these keys still knew")
        say("the archive of the keys is older than an erasure: destroy it, and back up anew")
    if done.lost:
        result(f"lost: {count(done.lost, noun='published entry', plural='published entries')}")
        say(f"next: suyuan ledger recover --checkpoint {into / LOST} NAME --store {into}")
    if not done.one_backup:
        say(f"data of {done.data_made}, keys of {done.keys_made}: two backups")
        say(
            "these keys do not vouch for the data, settings and policy: compare its SHA-256 with what suyuan backup printed"
        )
