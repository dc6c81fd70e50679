"""A restore: two archives into a new folder, checked, and nobody brought back who was erased.

1. both archives are unpacked aside, every member checked against its manifest
2. the newest checkpoint that there is, of the archive, of the folder's public files and as given: none may say more
   entries than the ledger has, unless the loss is accepted
3. tables and public files are derived anew from the entries, which must give the checkpoint's root
4. the keys are opened; whoever the ledger says was erased and the keys still know is erased again
5. everything is moved into its place, `suyuan.toml` last

What lay in PostgreSQL is loaded after step 1 into schemas beside their places, and put there before `suyuan.toml` is:
a database is restored into a database, a file into a file.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from suyuan.adapters.files.archive import read_manifest, unpack_archive
from suyuan.adapters.files.history import HISTORY
from suyuan.adapters.sqlite.failure import unavailable
from suyuan.adapters.sqlite.upgrade import sync_folder
from suyuan.app.archived_schemas import FOLDER, SCHEMAS, LoadedParts, Target, is_table
from suyuan.app.backends import LOG, read_ledger, write_keys, write_people
from suyuan.app.backing_up import DATA_PART, DATA_SHA256, FORMAT, KEYS_PART
from suyuan.app.checking import rebuild_ledger
from suyuan.app.counting import Counted
from suyuan.app.machine import SystemEntropy
from suyuan.app.rekeying import recover_keys
from suyuan.app.store import DATA, KEYS, LEDGER, read_vkey
from suyuan.app.unlocking import open_broker
from suyuan.config import SETTINGS_FILE, read_settings
from suyuan.crypto import canonical
from suyuan.errors import RefusedError, VerificationError
from suyuan.hold.returned import returned_persons
from suyuan.hold.rotation import Progress
from suyuan.ledger.checkpoint import PATH, Checkpoint
from suyuan.ledger.log import Log
from suyuan.ledger.shards import Shard, line_of, open_shard_checkpoint

LOST: Final = "lost-checkpoint"
"""The newer checkpoint of a ledger whose last entries are lost: `suyuan ledger recover` asks for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What a restore brought back: entries, who was erased again, and what was lost."""

    entries: int
    lost: int
    erased_again: int
    data_made: str
    keys_made: str
    one_backup: bool


def restore(
    into: Path,
    *,
    data: Path,
    keys: Path,
    checkpoint: bytes | None = None,
    accept_lost: bool = False,
    recovery: bytes | None = None,
    target: Target | None = None,
    progress: Progress | None = None,
) -> Restored:
    """Restore a store into a folder that holds none; its public files may have survived there.

    Args:
        checkpoint: the newest one that was published or witnessed, if it is not in the folder.
        accept_lost: whether entries that were published may be missing.
        recovery: the secret half of the recovery key, where passphrase or token are lost.
        target: the databases and schemas of what lay in PostgreSQL, where they are others than the settings name.
    Raises: RefusedError `backup.lost_entries`, `store.exists`, `backup.pair`, `backup.kind`; as `open_broker`.
        VerificationError: an archive was altered, or its ledger is not what was published. Nothing lies in the folder
        then, nor in a database.
    """
    said = _manifests(data, keys=keys)
    _require_free(into)
    try:
        into.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=".suyuan-restore-", dir=into))
    except OSError as error:
        raise unavailable(error, path=into) from error
    loaded = LoadedParts(aside, target=target or Target())
    try:
        unpack_archive(
            data, into=aside, allowed=_is_data, told=Counted(progress, step="data", total=data.stat().st_size)
        )
        unpack_archive(keys, into=aside, allowed=_is_keys)
        loaded.load(_schemas(said[DATA_PART]) | _schemas(said[KEYS_PART]), progress=progress)
        shutil.rmtree(aside / FOLDER, ignore_errors=True)
        lost = _place_checkpoint(aside, into=into, given=checkpoint, accept_lost=accept_lost)
        entries = rebuild_ledger(aside).entries
        if recovery is not None:
            recover_keys(aside, secret=recovery)
        again = _erase_again(aside, progress=progress)
        _move(aside, into=into, first=loaded.put_in_place)
    finally:
        loaded.close()
        shutil.rmtree(aside, ignore_errors=True)
    return Restored(
        entries=entries,
        lost=lost,
        erased_again=again,
        data_made=str(said[DATA_PART].get("made")),
        keys_made=str(said[KEYS_PART].get("made")),
        one_backup=said[DATA_PART].get("id") == said[KEYS_PART].get("id"),
    )


def _manifests(data: Path, *, keys: Path) -> dict[str, Mapping[str, canonical.Json]]:
    found: dict[str, Mapping[str, canonical.Json]] = {}
    for part, archive in ((DATA_PART, data), (KEYS_PART, keys)):
        manifest = read_manifest(archive)
        if manifest.get("format") != FORMAT or manifest.get("part") != part:
            raise RefusedError(
                f"{archive.name}: is no archive of a store's {part}",
                code="backup.pair",
                hint="--data takes the archive of the data, --keys that of the keys",
            )
        found[part] = manifest
    if found[DATA_PART].get("origin") != found[KEYS_PART].get("origin"):
        raise RefusedError("the two archives are of two stores", code="backup.pair", hint="take both of one store")
    _require_pair(data, manifests=found)
    return found


def _require_pair(data: Path, *, manifests: Mapping[str, Mapping[str, canonical.Json]]) -> None:
    """Require that the data of one backup are those that its keys were written beside: they hold settings and policy.

    Raises: VerificationError `backup.archive`: the data were altered where they lay.
    """
    told = manifests[KEYS_PART].get(DATA_SHA256)
    if told is None or manifests[DATA_PART].get("id") != manifests[KEYS_PART].get("id"):
        return
    with data.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != told:
        raise VerificationError(
            f"{data.name}: is another file than the one that was written beside {KEYS_PART} of this backup",
            code="backup.archive",
            hint="it was altered where it lay; take another copy of it. Nothing was restored",
        )


def _is_data(name: str) -> bool:
    own = name in (SETTINGS_FILE, DATA, LOG) or name.startswith(("policy/", f"{LEDGER}/", f"{HISTORY}/"))
    return own or is_table(name, parts=("ledger", "data"))


def _is_keys(name: str) -> bool:
    return name == KEYS or is_table(name, parts=("keys",))


def _schemas(manifest: Mapping[str, canonical.Json]) -> dict[str, canonical.Json]:
    """Give what a manifest says of schemas; archives of files alone say nothing."""
    found = manifest.get(SCHEMAS)
    parts = ("keys",) if manifest.get("part") == KEYS_PART else ("ledger", "data")
    return {part: found[part] for part in parts if part in found} if isinstance(found, dict) else {}


def _require_free(into: Path) -> None:
    """Require a folder without a store; the public files may be there still."""
    left = [path.name for path in into.iterdir() if not path.name.startswith(".")] if into.is_dir() else []
    if [name for name in left if name != LEDGER]:
        raise RefusedError(
            f"{into} is not empty", code="store.exists", hint="restore into a new folder; only ledger/ may be in it"
        )


def _place_checkpoint(aside: Path, *, into: Path, given: bytes | None, accept_lost: bool) -> int:
    """Put the newest checkpoint in its place; give how many published entries the archive does not have."""
    place, survivor = aside / LEDGER / PATH, into / LEDGER / PATH
    notes = [path.read_bytes() for path in (place, survivor) if path.is_file()] + ([] if given is None else [given])
    with read_ledger(read_settings(aside)) as store:
        log = Log(store)
        line = line_of(log, keys=(read_vkey(aside),))
        heads, size = [_opened(note, line=line) for note in notes], log.size
    newest = max(heads, key=lambda head: head.size, default=None)
    if newest is None:
        return 0
    lost = max(newest.size - size, 0)
    if lost and not accept_lost:
        raise RefusedError(
            f"the backup has {size} entries, and {newest.size} were published: the last {lost} are not in it",
            code="backup.lost_entries",
            hint="find a newer backup; if there is none, --accept-lost-entries, and then suyuan ledger recover",
        )
    kept = max((head for head in heads if head.size <= size), key=lambda head: head.size, default=None)
    if kept is not None:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(kept.note.encode("utf-8"))
    if lost:
        (aside / LOST).write_bytes(newest.note.encode("utf-8"))
    return lost


def _opened(note: bytes, *, line: Iterable[Shard]) -> Checkpoint:
    try:
        return open_shard_checkpoint(note, line=line)
    except VerificationError as error:
        raise VerificationError(
            "a published checkpoint is not signed by a key that the restored log names",
            hint="it is another log's, or of a shard that the backup is too old for",
        ) from error


def _erase_again(aside: Path, *, progress: Progress | None) -> int:
    """Erase those whom an older copy of the keys brought back; give how many there were."""
    settings = read_settings(aside)
    with closing(write_keys(settings)) as keys, closing(write_people(settings)) as people, read_ledger(settings) as log:
        broker = open_broker(keys, settings=settings, entropy=SystemEntropy())
        returned = returned_persons(Log(log), broker=broker, keys=keys, progress=progress)
        broker.forget()
        for person in returned:
            keys.erase(person)
            people.erase(person)
    return len(returned)


def _move(aside: Path, *, into: Path, first: Callable[[], None]) -> None:
    """Move everything into its place, the settings last: a folder with them holds a whole store.

    Args:
        first: puts what is not a file in its place; run when the settings alone are left.
    """
    try:
        if (into / LEDGER).is_dir():
            shutil.rmtree(into / LEDGER)
        for name in sorted((path.name for path in aside.iterdir()), key=lambda name: name == SETTINGS_FILE):
            if name == SETTINGS_FILE:
                first()
            os.rename(aside / name, into / name)
            sync_folder(into)
    except OSError as error:
        raise unavailable(error, path=into) from error
