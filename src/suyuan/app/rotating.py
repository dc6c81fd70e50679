"""Changing the key of a store's log, and carrying on after entries were lost."""

from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

from suyuan.adapters.clock import SystemClock
from suyuan.adapters.files.tile_directory import TileDirectory
from suyuan.adapters.sqlite.writer_lock import WriterLock
from suyuan.app.attesting import Warn, build_publication
from suyuan.app.backends import write_keys, write_ledger
from suyuan.app.machine import SystemEntropy
from suyuan.app.store import LEDGER, LOCK, open_store
from suyuan.app.unlocking import open_broker
from suyuan.config import read_settings
from suyuan.crypto.sign import VerifyKey
from suyuan.flows.rotation import ShardChange, close_shard, recover_shard, require_new_origin
from suyuan.ledger.checkpoint import Checkpoint
from suyuan.terms import Clock, Entropy

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """What a change of shards led to: the keys before and after, the entry that opens the shard, who was enrolled."""

    before: VerifyKey
    key: VerifyKey
    opened: int
    enrolled: int
    lost: Checkpoint | None = None


def rotate_store(
    folder: Path,
    *,
    origin: str,
    clock: Clock | None = None,
    entropy: Entropy | None = None,
    warn: Warn | None = None,
    progress: Progress | None = None,
) -> Carried:
    """End the shard in force and open the next one under a new key. Run again after a crash, or just use the store.

    Raises: RefusedError: `ledger.shard`, the name cannot be used. UnavailableError: `ledger.no_witness`, too few
        witnesses have signed; otherwise as `open_store`.
    """
    with open_store(folder, clock=clock, entropy=entropy, warn=warn) as store:
        before = store.ledger.key.verify_key
        require_new_origin(origin, log=store.ledger, key=before)
        signed = store.publish()
        if not store.settings.ledger.start_without_witness:
            store.publication.require_witnessed(signed)
        close_shard(store.ledger, broker=store.broker, origin=origin)
    return _carry_on(folder, before=before, clock=clock, entropy=entropy, warn=warn, progress=progress)


def recover_store(
    folder: Path,
    *,
    lost: bytes,
    origin: str,
    clock: Clock | None = None,
    entropy: Entropy | None = None,
    warn: Warn | None = None,
    progress: Progress | None = None,
) -> Carried:
    """Open a shard on a store that is behind a checkpoint of its own; the log itself then says what was lost.

    Raises: VerificationError: the checkpoint is not this log's. RefusedError: `ledger.recover`, nothing is lost;
        `ledger.shard`, the name cannot be used. Otherwise as `open_store`.
    """
    settings = read_settings(folder)
    entropy, clock = entropy or SystemEntropy(), clock or SystemClock()
    with ExitStack() as opened:
        opened.enter_context(WriterLock(folder / LOCK, settings.lock_wait_seconds))
        keys = opened.enter_context(closing(write_keys(settings)))
        broker = open_broker(keys, settings=settings, entropy=entropy)
        files = TileDirectory(folder / LEDGER)
        change = ShardChange(
            store=opened.enter_context(write_ledger(settings)),
            broker=broker,
            clock=clock,
            files=files,
            publication=build_publication(settings, files=files, clock=clock, warn=warn),
        )
        head, before = recover_shard(change, lost=lost, origin=origin)
    return _carry_on(folder, before=before, lost=head, clock=clock, entropy=entropy, warn=warn, progress=progress)


def _carry_on(
    folder: Path,
    *,
    before: VerifyKey,
    clock: Clock | None,
    entropy: Entropy | None,
    warn: Warn | None,
    progress: Progress | None,
    lost: Checkpoint | None = None,
) -> Carried:
    """Open the store under its next key, enrol everybody under the shard's own registry, and publish."""
    with open_store(folder, clock=clock, entropy=entropy, warn=warn) as store:
        enrolled = store.registrar.enrol_pending(progress=progress)
        store.publish()
        opened = store.ledger.latest("open")
        return Carried(
            before=before,
            key=store.ledger.key.verify_key,
            opened=opened or 0,
            enrolled=enrolled.enrolled,
            lost=lost,
        )
