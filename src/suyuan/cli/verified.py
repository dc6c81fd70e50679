"""What is said of a log that verified, and how its key is held against what a person brings."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from suyuan.cli.output import count, result

if TYPE_CHECKING:
    from suyuan.crypto.sign import VerifyKey
    from suyuan.ledger.log import Log
    from suyuan.ledger.shards import Shard
    from suyuan.ledger.verify import VerifiedLog


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What the policy's witnesses say: of how many entries, by when (milliseconds; None: nobody was asked), and who.

    `late` is an entry that claims to be later than they say: its index and its time in milliseconds.
    """

    size: int
    at_ms: int | None
    names: tuple[str, ...]
    late: tuple[int, int] | None = None


def authenticate_key(log: "Log", *, key: "VerifyKey", given: "VerifyKey | None") -> str | None:
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


def follow_policy(rules: str, *, log: "Log", line: "tuple[Shard, ...]", verified: "VerifiedLog") -> Word:
    """Require that the policy names the key, and that its witnesses signed the newest checkpoint at hand.

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
    return Word(size=head.size, at_ms=None if word.at is None else word.at * 1000, names=word.names, late=late)


def document(
    verified: "VerifiedLog",
    *,
    line: "tuple[Shard, ...]",
    authenticated: str | None,
    word: Word | None,
) -> dict[str, object]:
    """Give what verified, as JSON."""
    key = line[-1].key
    late = None if word is None else word.late
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
        "witnessed": None
        if word is None or word.at_ms is None
        else {"size": word.size, "at_ms": word.at_ms, "names": list(word.names)},
        "late": None
        if word is None or late is None
        else {"entry": late[0], "at_ms": late[1], "witnessed_ms": word.at_ms},
    }


def tell(
    verified: "VerifiedLog",
    *,
    line: "tuple[Shard, ...]",
    authenticated: str | None,
    word: Word | None,
) -> None:
    """Say what verified, and what could not be."""
    key = line[-1].key
    result(f"the ledger verifies: {count(verified.size, noun='entry', plural='entries')}, root {verified.root.hex()}")
    result(", ".join(f"{op} {n:,}" for op, n in sorted(verified.counts.items())) or "no entries yet")
    if verified.unpublished:
        result(f"{count(verified.unpublished, noun='entry', plural='entries')} are not under the signed checkpoint yet")
    if authenticated is None:
        result("key not authenticated: taken from the store itself (--vkey or --policy brings one from elsewhere)")
    else:
        result(f"key authenticated by --{authenticated}: {key.fingerprint}")
    if word is not None and word.at_ms is None:
        result("no outside time: the policy asks for no witness")
    elif word is not None and word.at_ms is not None:
        seen = count(word.size, noun="entry", plural="entries")
        result(f"witnessed: {seen} seen by {_time(word.at_ms)} ({', '.join(word.names)})")
    for one in line:
        if one.lost is not None:
            result(f"entries {one.end} to {one.lost - 1} of an earlier copy were lost; entry {one.end} says so")
    if len(line) > 1:
        result(f"shards: {', '.join(f'{one.key.name} from entry {one.first:,}' for one in line)}")
    if word is not None and word.late is not None and word.at_ms is not None:
        index, at_ms = word.late
        result(f"entry {index} claims a later time than its witnesses: {_time(at_ms)}, they saw it {_time(word.at_ms)}")
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

    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
