"""A ledger checked and mended from its own entries: no passphrase, nothing of any person."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from suyuan.adapters.files.tile_directory import TileDirectory
from suyuan.adapters.sqlite.writer_lock import WriterLock
from suyuan.app.backends import read_ledger, write_ledger
from suyuan.app.store import LEDGER, LOCK, read_vkey
from suyuan.config import read_settings
from suyuan.errors import VerificationError
from suyuan.ledger.log import Log
from suyuan.ledger.ports import TileFiles
from suyuan.ledger.publish import rebuild_files, require_published
from suyuan.ledger.rebuild import ReplayedLog, derive
from suyuan.ledger.shards import line_of
from suyuan.ledger.verify import verify_log


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """What was derived anew: from how many entries, up to which checkpoint, and whether the tables had been wrong."""

    entries: int
    published: int | None
    changed: bool


def public_files(folder: Path) -> tuple[TileFiles, Iterable[str]]:
    """Give a store's public files, and all their paths."""
    read_settings(folder)
    files = TileDirectory(folder / LEDGER)
    return files, files.paths()


def compare_ledger(folder: Path) -> int:
    """Hold a store's entries against its public files, and what it derives from them against the entries.

    Returns: how many entries the store has.
    Raises: VerificationError: something does not hold.
    """
    files = TileDirectory(folder / LEDGER)
    with read_ledger(read_settings(folder)) as store:
        log = Log(store)
        verified = verify_log(log, keys=(read_vkey(folder),), files=files)
        if store.derived() != derive(log):
            raise VerificationError(
                "the store does not find its entries as they are", hint="run `suyuan ledger rebuild`"
            )
    return verified.size


def rebuild_ledger(folder: Path) -> Rebuilt:
    """Write anew what is derived: the store's tables, and the public files under the signed checkpoint.

    Raises: VerificationError: the entries do not give the checkpoint's root. UnavailableError: no store, another
        writer, or the disk refuses.
    """
    settings = read_settings(folder)
    with WriterLock(folder / LOCK, settings.lock_wait_seconds), write_ledger(settings) as store:
        log = ReplayedLog(store)
        files = TileDirectory(folder / LEDGER)
        keys = tuple(shard.key for shard in line_of(log, keys=(read_vkey(folder),)))
        # Before anything is written: what is right is not to be replaced by what follows from wrong entries.
        published = require_published(log, files=files, keys=keys)
        changed = log.derived != store.derived()
        if changed:
            store.replace_derived(log.derived)
        if published is not None:
            rebuild_files(log, files=files, published=published)
        return Rebuilt(entries=log.size, published=None if published is None else published.size, changed=changed)
