"""Shards: the stretches of one log that one key after another has signed. The tree is carried on; only the key changes.

A shard ends with a `close` entry that names the next key, and the next begins with an `open` entry that names the one
before. A shard opened without a `close` before it is a recovery: its `open` names a checkpoint of entries that were lost.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from suyuan.crypto.sign import VerifyKey
from suyuan.errors import VerificationError
from suyuan.ledger.bodies import CloseEntry, OpenEntry
from suyuan.ledger.checkpoint import Checkpoint, open_checkpoint
from suyuan.ledger.log import Log


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """One key's stretch of the log.

    Its checkpoints cover more than `first` entries and at most `end` (None: it is in force). `lost` is the size that
    its last checkpoint had where entries of it were lost, else None.
    """

    number: int
    key: VerifyKey
    first: int
    end: int | None
    lost: int | None = None


def archive_path(number: int, *, name: str) -> str:
    """Give where a part of an ended shard is kept among the public files: its `log.vkey`, or its last `checkpoint`."""
    return f"shards/{number}/{name}"


def shards(log: Log, *, key: VerifyKey) -> tuple[Shard, ...]:
    """Give all shards of a log, oldest first.

    Args:
        key: the key in force, which the last one is signed with.
    """
    found: list[Shard] = []
    first = 0
    for index in log.named(OpenEntry.op):
        body = log.entry(index).body
        if not isinstance(body, OpenEntry):
            raise VerificationError(f"entry {index}: is not the opening of a shard that the store takes it for")
        found.append(
            Shard(
                number=len(found),
                key=VerifyKey(name=body.origin, public=body.key),
                first=first,
                end=index,
                lost=body.size if body.size > index else None,
            )
        )
        first = index
    return (*found, Shard(number=len(found), key=key, first=first, end=None))


def next_key(log: Log) -> VerifyKey | None:
    """Give the key that the shard in force was given by the one before it; None for a first or a recovered shard."""
    opened = log.latest(OpenEntry.op)
    body = log.entry(opened - 1).body if opened else None
    return VerifyKey(name=body.origin, public=body.key) if isinstance(body, CloseEntry) else None


def line_of(log: Log, *, keys: Iterable[VerifyKey]) -> tuple[Shard, ...]:
    """Give the shards of a log, authenticated by the keys at hand; none without a key.

    The key of any shard authenticates those that came after it, each by the entry that closed the one before: the key
    of the first shard is enough for ever, but not past a recovery, which no earlier key says anything of.

    Raises: VerificationError: none of the keys is one that the log was signed with since its last recovery.
    """
    known = tuple(keys)
    if not known:
        return ()
    line = shards(log, key=next_key(log) or known[0])
    followed = [shard for shard in line if all(later.lost is None for later in line[shard.number :])]
    ended = {shard.key for shard in line[:-1]}
    if line[-1].key in ended or not any(shard.key in known for shard in followed):
        raise VerificationError(
            "the log goes on under another key than the one given", hint="it is another log, or its key was exchanged"
        )
    return line


def open_shard_checkpoint(note: str | bytes, *, line: Iterable[Shard]) -> Checkpoint:
    """Check that a checkpoint is signed by the key whose shard its size falls into, and read it.

    Raises: VerificationError: malformed, signed by none of the keys, or by one for a stretch that is not its own.
    """
    known = tuple(line)
    opened = open_checkpoint(note, keys=tuple(shard.key for shard in known))
    mine = [shard for shard in known if shard.key.name == opened.origin]
    require_in_stretch(opened, shard=mine[-1])
    return opened


def require_in_stretch(checkpoint: Checkpoint, *, shard: Shard) -> None:
    """Require that a key signed only what is its own.

    Raises: VerificationError: a size before its shard was opened, or after it was closed.
    """
    origin, size = checkpoint.origin, checkpoint.size
    if shard.lost is not None and shard.end is not None and shard.end < size <= shard.lost:
        raise VerificationError(
            f"checkpoint of {size} under {origin}: the entries after {shard.end} were lost, as entry {shard.end} says",
            hint="the log was taken up again after a loss; what stood after that entry before is gone",
        )
    if shard.end is not None and size > shard.end:
        raise VerificationError(
            f"checkpoint of {size} under {origin}: that key ended at {shard.end} entries",
            hint="whoever signed it used a key that was no longer in force: keep it",
        )
    if shard.number and size <= shard.first:
        raise VerificationError(
            f"checkpoint of {size} under {origin}: that key began at entry {shard.first}",
            hint="whoever signed it used a key that was not yet in force: keep it",
        )
