"""`suyuan ledger verify`: the whole log, replayed from its bytes, and held against what was kept elsewhere."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from suyuan.cli.options import JsonOption, StoreOption, store_at
from suyuan.cli.output import count, print_json, result
from suyuan.cli.trust import read_checkpoint_file, read_given_key, read_policy_text

if TYPE_CHECKING:
    from suyuan.crypto.sign import VerifyKey
    from suyuan.ledger.log import Log
    from suyuan.ledger.shards import Shard
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
    from suyuan.ledger.shards import line_of
    from suyuan.ledger.verify import verify_log

    given = None if vkey is None else read_given_key(vkey)
    rules = None if policy is None else read_policy_text(policy)
    kept = [read_checkpoint_file(file) for file in checkpoint or ()]
    with app.open_log(store_at(store)) as (log, files, key):
        line = line_of(log, keys=(key,))
        authenticated = _authenticate(log, key=key, given=given)
        verified = verify_log(log, keys=(key,), files=files, kept=kept)
        late = None
        if rules is not None:
            late = _follow_policy(rules, log=log, line=line, verified=verified)
            authenticated = authenticated or "policy"
    if as_json:
        print_json(_document(verified, line=line, authenticated=authenticated, late=late))
    else:
        _tell(verified, line=line, authenticated=authenticated, late=late)


def _authenticate(log: "Log", *, key: "VerifyKey", given: "VerifyKey | None") -> str | None:
    """Require that the store's key is the one that was given, or follows from it by rotations.

    Raises: VerificationError: it does not.
    """
    from suyuan.errors import VerificationError
    from suyuan.ledger.shards import line_of

    if given is not None and line_of(log, keys=(given,))[-1].key != key:
        raise VerificationError(
            "the store's key is not the one given by --vkey", hint="it is another log, or its key was exchanged"
        )
    return None if given is None else "vkey"


def _follow_policy(
    rules: str, *, log: "Log", line: "tuple[Shard, ...]", verified: "VerifiedLog"
) -> tuple[int, int, int] | None:
    """Require that the policy names the key, and that its witnesses signed the newest checkpoint at hand.

    Returns: an entry that claims to be later than its witnesses: its index, its time in milliseconds, and theirs.
    Raises: VerificationError: it does not, or they did not.
    """
    from suyuan.errors import VerificationError
    from suyuan.evidence import note
    from suyuan.evidence.policy import authenticate, read_policy
    from suyuan.flows.witnessing import late_entry

    # A checkpoint kept elsewhere may carry witnesses' signatures that the store never saw.
    head = max(verified.kept, key=lambda one: one.size, default=verified.checkpoint)
    if head is None:
        raise VerificationError("no checkpoint was published yet: a policy has nothing to hold to")
    said = note.parse_note(head.note.encode("utf-8"), place="checkpoint")
    signer = next(shard.key for shard in line if shard.key.name == head.origin)
    word = authenticate(said, vkey=note.parse_vkey(str(signer), place="log.vkey"), policy=read_policy(rules))
    late = None if word.at is None else late_entry(log, size=head.size, at=word.at)
    return None if late is None or word.at is None else (*late, word.at * 1000)


def _document(
    verified: "VerifiedLog",
    *,
    line: "tuple[Shard, ...]",
    authenticated: str | None,
    late: tuple[int, int, int] | None,
) -> dict[str, object]:
    key = line[-1].key
    return {
        "verified": True,
        "size": verified.size,
        "root": verified.root.hex(),
        "entries": dict(sorted(verified.counts.items())),
        "checkpoint": None if verified.checkpoint is None else verified.checkpoint.size,
        "unpublished": verified.unpublished,
        "key": {"fingerprint": key.fingerprint, "authenticated_by": authenticated},
        "kept_checkpoints": sorted(one.size for one in verified.kept),
        "shards": [
            {"origin": one.key.name, "fingerprint": one.key.fingerprint, "first": one.first, "lost_to": one.lost}
            for one in line
        ],
        "late": None if late is None else {"entry": late[0], "at_ms": late[1], "witnessed_ms": late[2]},
    }


def _tell(
    verified: "VerifiedLog",
    *,
    line: "tuple[Shard, ...]",
    authenticated: str | None,
    late: tuple[int, int, int] | None,
) -> None:
    key = line[-1].key
    result(f"the ledger verifies: {count(verified.size, noun='entry', plural='entries')}, root {verified.root.hex()}")
    result(", ".join(f"{op} {n:,}" for op, n in sorted(verified.counts.items())) or "no entries yet")
    if verified.unpublished:
        result(f"{count(verified.unpublished, noun='entry', plural='entries')} are not under the signed checkpoint yet")
    if authenticated is None:
        result("key not authenticated: taken from the store itself (--vkey or --policy brings one from elsewhere)")
    else:
        result(f"key authenticated by --{authenticated}: {key.fingerprint}")
    for one in line:
        if one.lost is not None:
            result(f"entries {one.end} to {one.lost} of an earlier copy were lost; entry {one.end} says so")
    if len(line) > 1:
        result(f"shards: {', '.join(f'{one.key.name} from entry {one.first:,}' for one in line)}")
    if late is not None:
        result(
            f"entry {late[0]} claims a later time than its witnesses: {_time(late[1])}, they saw it {_time(late[2])}"
        )
    if not verified.kept:
        result("a cut tail or a rewritten log cannot be seen without a checkpoint kept elsewhere (--checkpoint)")
        return
    newest = max(one.size for one in verified.kept)
    result(f"holds what was kept elsewhere: {count(newest, noun='entry', plural='entries')} are as they were")
    if verified.size > newest:
        later = count(verified.size - newest, noun="later entry", plural="later entries")
        result(f"a cut tail among the {later} cannot be seen: no checkpoint kept elsewhere covers them")


def _time(at_ms: int) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(sep=" ", timespec="seconds")
