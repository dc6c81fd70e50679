"""`suyuan ledger verify`: the whole log, replayed from its bytes, and held against what was kept elsewhere."""

from pathlib import Path
from typing import Annotated

import typer

from suyuan.cli.options import JsonOption, StoreOption, store_at
from suyuan.cli.output import print_json
from suyuan.cli.trust import read_checkpoint_file, read_given_key, read_policy_text
from suyuan.cli.verified import authenticate_key, document, follow_policy, tell

EXAMPLE = """
  suyuan ledger verify --checkpoint /media/usb/checkpoint-2026-11-01 --vkey /media/usb/log.vkey
"""

CheckpointOption = Annotated[
    list[Path] | None,
    typer.Option("--checkpoint", metavar="FILE", help="A signed checkpoint kept elsewhere: must be this log's past."),
]
VkeyOption = Annotated[
    str | None, typer.Option("--vkey", metavar="TEXT|FILE", help="The log's public key, from somewhere you trust.")
]
PolicyOption = Annotated[
    Path | None,
    typer.Option("--policy", metavar="FILE", help="C2SP tlog-policy: which log key and witnesses you trust."),
]


def run(
    checkpoint: CheckpointOption = None,
    vkey: VkeyOption = None,
    policy: PolicyOption = None,
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """Replay the whole ledger: every leaf, the order of events, the root, the signed checkpoint and every public file.

    A store that was cut or written anew, whole, fits itself: only a checkpoint and a key kept elsewhere show it.
    Exit code 4 and one line that names the entry or file where something does not hold. Needs no passphrase.
    """
    from suyuan import app
    from suyuan.cli.progress import bars
    from suyuan.ledger.shards import line_of
    from suyuan.ledger.verify import verify_log

    given = None if vkey is None else read_given_key(vkey)
    rules = None if policy is None else read_policy_text(policy)
    kept = [read_checkpoint_file(file) for file in checkpoint or ()]
    with bars() as progress, app.open_log(store_at(store)) as (log, files, key):
        progress.wait("verify")
        line = line_of(log, keys=(key,))
        authenticated = authenticate_key(log, key=key, given=given)
        verified = verify_log(log, keys=(key,), files=files, kept=kept)
        word = None
        if rules is not None:
            word = follow_policy(rules, log=log, line=line, verified=verified)
            authenticated = authenticated or "policy"
    if as_json:
        print_json(document(verified, line=line, authenticated=authenticated, word=word))
    else:
        tell(verified, line=line, authenticated=authenticated, word=word)
