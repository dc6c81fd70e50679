"""`suyuan hold rekey`: another passphrase, or from a passphrase into a token and back."""

from typing import Annotated

import typer

from suyuan.cli.options import JsonOption, StoreOption, store_at
from suyuan.cli.output import count, print_json, result, say
from suyuan.cli.recovery_file import RecoveryFileOption, read_recovery_key

EXAMPLE = """
  suyuan hold rekey
  suyuan hold rekey --recovery-file paper.txt
"""


def run(
    *,
    make_key: Annotated[
        bool, typer.Option("--make-key", help="Make the AES key in the token first; it can never be taken out.")
    ] = False,
    recovery_file: RecoveryFileOption = None,
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """Exchange what wraps the store's keys: a new passphrase, or the token that [keys] in suyuan.toml names now.

    No person's secret is touched, so it takes a moment at any size. The new passphrase replaces the one in its file.
    """
    from suyuan.app.rekeying import recover_keys, rekey_store

    folder = store_at(store)
    if recovery_file is None:
        changed = rekey_store(folder, make_key=make_key)
    else:
        changed = recover_keys(folder, secret=read_recovery_key(recovery_file))
    if as_json:
        print_json({"before": changed.before, "after": changed.after, "generations": changed.generations})
        return
    generations = count(changed.generations, noun="generation")
    if recovery_file is None:
        result(
            f"{generations} of keys wrapped by the {changed.after}; the {changed.before} from before opens nothing now"
        )
    else:
        result(f"{generations} of keys wrapped by the {changed.after}; the recovery key stays valid")
    say("back up keys.db and what opens it anew, apart; if the earlier one may have leaked, also: suyuan hold rotate")
