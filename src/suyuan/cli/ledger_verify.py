"""`suyuan ledger verify`: the whole log, replayed from its bytes, and held against what was kept elsewhere."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from suyuan.cli.options import JsonOption, StoreOption, store_at
from suyuan.cli.output import count, print_json, result
from suyuan.cli.trust import read_checkpoint_file, read_given_key, read_policy_text

if TYPE_CHECKING:
    from suyuan.crypto.sign import VerifyKey
    from suyuan.ledger.verify import VerifiedLog

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
    from suyuan.ledger.verify import verify_log

    given = None if vkey is None else read_given_key(vkey)
    rules = None if policy is None else read_policy_text(policy)
    kept = [read_checkpoint_file(file) for file in checkpoint or ()]
    with app.open_log(store_at(store)) as (log, files, key):
        authenticated = _authenticate(key, given=given)
        verified = verify_log(log, keys=(key,), files=files, kept=kept)
    if rules is not None:
        _follow_policy(rules, key=key, verified=verified)
        authenticated = authenticated or "policy"
    if as_json:
        print_json(_document(verified, key=key, authenticated=authenticated))
    else:
        _tell(verified, key=key, authenticated=authenticated)


def _authenticate(key: "VerifyKey", *, given: "VerifyKey | None") -> str | None:
    """Require that the store's key is the one that was given.

    Raises: VerificationError: it is another.
    """
    from suyuan.errors import VerificationError

    if given is not None and given != key:
        raise VerificationError(
            "the store's key is not the one given by --vkey", hint="it is another log, or its key was exchanged"
        )
    return None if given is None else "vkey"


def _follow_policy(rules: str, *, key: "VerifyKey", verified: "VerifiedLog") -> None:
    """Require that the policy names the key, and that its witnesses signed the newest checkpoint at hand.

    Raises: VerificationError: it does not, or they did not.
    """
    from suyuan.errors import VerificationError
    from suyuan.evidence import note
    from suyuan.evidence.policy import authenticate, read_policy

    # A checkpoint kept elsewhere may carry witnesses' signatures that the store never saw.
    head = max(verified.kept, key=lambda one: one.size, default=verified.checkpoint)
    if head is None:
        raise VerificationError("no checkpoint was published yet: a policy has nothing to hold to")
    said = note.parse_note(head.note.encode("utf-8"), place="checkpoint")
    authenticate(said, vkey=note.parse_vkey(str(key), place="log.vkey"), policy=read_policy(rules))


def _document(verified: "VerifiedLog", *, key: "VerifyKey", authenticated: str | None) -> dict[str, object]:
    return {
        "verified": True,
        "size": verified.size,
        "root": verified.root.hex(),
        "entries": dict(sorted(verified.counts.items())),
        "checkpoint": None if verified.checkpoint is None else verified.checkpoint.size,
        "unpublished": verified.unpublished,
        "key": {"fingerprint": key.fingerprint, "authenticated_by": authenticated},
        "kept_checkpoints": sorted(one.size for one in verified.kept),
    }


def _tell(verified: "VerifiedLog", *, key: "VerifyKey", authenticated: str | None) -> None:
    result(f"the ledger verifies: {count(verified.size, noun='entry', plural='entries')}, root {verified.root.hex()}")
    result(", ".join(f"{op} {n:,}" for op, n in sorted(verified.counts.items())) or "no entries yet")
    if verified.unpublished:
        result(f"{count(verified.unpublished, noun='entry', plural='entries')} are not under the signed checkpoint yet")
    if authenticated is None:
        result("key not authenticated: taken from the store itself (--vkey or --policy brings one from elsewhere)")
    else:
        result(f"key authenticated by --{authenticated}: {key.fingerprint}")
    if not verified.kept:
        result("a cut tail or a rewritten log cannot be seen without a checkpoint kept elsewhere (--checkpoint)")
        return
    newest = max(one.size for one in verified.kept)
    result(f"holds what was kept elsewhere: {count(newest, noun='entry', plural='entries')} are as they were")
    if verified.size > newest:
        later = count(verified.size - newest, noun="later entry", plural="later entries")
        result(f"a cut tail among the {later} cannot be seen: no checkpoint kept elsewhere covers them")
