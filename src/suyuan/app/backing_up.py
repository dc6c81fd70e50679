"""A backup: data and ledger in one archive, wrapped keys in another, taken while the store is at work.

1. settings and policy, and of the public files those that cannot be derived: checkpoints, the log's keys
2. the people, then the ledger, then the keys, each as it stands at one moment

In this order each part has at least what the ones before it speak of: enrolments that the people's store remembers are
in the ledger, pools that the ledger commits to are in the keys, and whoever was erased meanwhile is gone from the keys.
What lies in PostgreSQL is copied by COPY, people and ledger of one database in one transaction.
"""

import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC
from pathlib import Path
from typing import Final

from suyuan import __version__
from suyuan.adapters.clock import SystemClock
from suyuan.adapters.files.archive import write_archive
from suyuan.adapters.files.history import HISTORY
from suyuan.adapters.sqlite.snapshot import copy_database
from suyuan.app.archived_schemas import SCHEMAS, copy_parts, files_of, ledger_rows, parts_in_postgres
from suyuan.app.backends import LOG, read_ledger
from suyuan.app.counting import Counted
from suyuan.app.store import DATA, KEYS, LEDGER
from suyuan.config import SETTINGS_FILE, Settings, read_settings
from suyuan.crypto import canonical
from suyuan.errors import RefusedError
from suyuan.hold.rotation import Progress
from suyuan.ledger.log import Log
from suyuan.terms import Clock

FORMAT: Final = "suyuan/backup/v1"
DATA_PART: Final = "data"
KEYS_PART: Final = "keys"
DATA_SHA256: Final = "data_sha256"
"""Which archive of the data belongs to one of the keys: whoever alters it where it lies has not got the keys' place."""
_DERIVED: Final = ("tile/", "seal/", "batch/")


@dataclass(frozen=True, slots=True, kw_only=True)
class BackedUp:
    """What a backup holds: its name, the ledger's size at that moment, and each archive's size and SHA-256."""

    id: str
    ledger_size: int
    data: Path
    data_bytes: int
    data_sha256: str
    keys: Path
    keys_bytes: int
    keys_sha256: str
    one_disk: bool


def back_up(
    folder: Path,
    *,
    data: Path,
    keys: Path,
    together: bool = False,
    clock: Clock | None = None,
    progress: Progress | None = None,
) -> BackedUp:
    """Back a store up into two new files, beside whoever reads and writes it.

    Args:
        together: let both lie in one folder: whoever takes it has all but the passphrase or the token.
    Raises: RefusedError `backup.together`: both would; `file.exists`. UnavailableError: a part of the store or the disk
        refuses; nothing is left behind.
    """
    settings = read_settings(folder)
    _require_apart(data, keys=keys, store=folder, together=together)
    quiet = progress or _quiet
    facts: dict[str, canonical.Json] = {
        "format": FORMAT,
        "id": secrets.token_hex(16),
        "made": (clock or SystemClock()).now().astimezone(UTC).isoformat(timespec="seconds"),
        "origin": settings.origin,
        "suyuan": __version__,
    }
    with tempfile.TemporaryDirectory(prefix=".suyuan-backup-", dir=data.absolute().parent) as aside:
        place = Path(aside)
        members: dict[str, Path | bytes] = dict(_texts(folder))
        copied = _copy_data(settings, place=place, members=members, progress=quiet)
        facts["ledger_size"] = ledger_rows(copied) if "ledger" in copied else _ledger_size(settings, copy=place)
        said = {**facts, SCHEMAS: copied}
        data_sha256 = _write(data, part=DATA_PART, facts=said, members=members, progress=quiet)
        try:
            # The keys' copy lies beside its own archive at no time, and never beside the data's.
            with tempfile.TemporaryDirectory(prefix=".suyuan-backup-", dir=keys.absolute().parent) as apart:
                kept, wrapped = _copy_keys(settings, place=Path(apart), progress=quiet)
                said = {**facts, SCHEMAS: kept, DATA_SHA256: data_sha256}
                keys_sha256 = _write(keys, part=KEYS_PART, facts=said, members=wrapped, progress=quiet)
        except BaseException:
            data.unlink(missing_ok=True)
            raise
    return BackedUp(
        id=str(facts["id"]),
        ledger_size=int(str(facts["ledger_size"])),
        data=data,
        data_bytes=data.stat().st_size,
        data_sha256=data_sha256,
        keys=keys,
        keys_bytes=keys.stat().st_size,
        keys_sha256=keys_sha256,
        one_disk=data.stat().st_dev == keys.stat().st_dev,
    )


def _copy_data(
    settings: Settings, *, place: Path, members: dict[str, Path | bytes], progress: Progress
) -> dict[str, canonical.Json]:
    """Copy people, then the ledger; give what the manifest says of those in PostgreSQL."""
    elsewhere = [part for part in parts_in_postgres(settings) if part != "keys"]
    copied: dict[str, canonical.Json] = {}
    for part, name in (("data", DATA), ("ledger", LOG)):
        if part not in elsewhere:
            progress("copy", len(members), len(members) + 3)
            copy_database(settings.store / name, target=place / name)
            members[name] = place / name
        elif part not in copied:
            copied |= copy_parts(settings, parts=elsewhere, into=place, progress=progress)
    members.update(files_of(place))
    # After the ledger: whatever history it notes, its parts were durable before.
    members.update({path.relative_to(settings.store).as_posix(): path for path in _histories(settings.store)})
    return copied


def _histories(store: Path) -> list[Path]:
    """Give the sealed parts of legacy histories; one that is noted never changes."""
    return sorted(path for path in (store / HISTORY).rglob("*.sealed") if path.is_file())


def _copy_keys(
    settings: Settings, *, place: Path, progress: Progress
) -> tuple[dict[str, canonical.Json], Mapping[str, Path | bytes]]:
    """Copy the keys; give what the manifest says of them, and the members."""
    if settings.keys.database:
        return copy_parts(settings, parts=("keys",), into=place, progress=progress), files_of(place)
    copy_database(settings.store / KEYS, target=place / KEYS)
    return {}, {KEYS: place / KEYS}


def _texts(folder: Path) -> dict[str, bytes]:
    """Give settings, policy, and the public files that cannot be derived from the ledger's entries."""
    found = {SETTINGS_FILE: (folder / SETTINGS_FILE).read_bytes()}
    for part in ("policy", LEDGER):
        for path in sorted((folder / part).rglob("*")):
            name = path.relative_to(folder).as_posix()
            derived = any(name.startswith(f"{LEDGER}/{begin}") for begin in _DERIVED)
            if path.is_file() and not derived and not name.endswith(".tmp"):
                found[name] = path.read_bytes()
    return found


def _ledger_size(settings: Settings, *, copy: Path) -> int:
    """Give the size of the copied ledger."""
    with read_ledger(replace(settings, store=copy)) as log:
        return Log(log).size


def _write(
    target: Path,
    *,
    part: str,
    facts: Mapping[str, canonical.Json],
    members: Mapping[str, Path | bytes],
    progress: Progress,
) -> str:
    total = sum(len(source) if isinstance(source, bytes) else source.stat().st_size for source in members.values())
    told = Counted(progress, step=part, total=total)
    digest = write_archive(target, facts={**facts, "part": part}, members=members, told=told)
    progress(part, total, total)
    return digest


def _require_apart(data: Path, *, keys: Path, store: Path, together: bool) -> None:
    """Require two places for the two archives, and neither of them inside the store."""
    places = [path.absolute().parent.resolve() for path in (data, keys)]
    for path, place in zip((data, keys), places, strict=True):
        if not place.is_dir():
            raise RefusedError(f"{path.name}: its folder does not exist", code="file.missing", hint="make it first")
        if place.is_relative_to(store.resolve()):
            raise RefusedError(
                f"{path.name}: a backup inside the store is lost with it",
                code="backup.together",
                hint="name a place elsewhere, best on another machine",
            )
        if path.exists():
            raise RefusedError(f"{path.name}: exists already", code="file.exists", hint="choose another name")
    one, other = places
    if not together and (one.is_relative_to(other) or other.is_relative_to(one)):
        raise RefusedError(
            "data and keys would lie in one place: whoever takes it has both",
            code="backup.together",
            hint="name another place for --keys, best on another machine; --together if you know better",
        )


def _quiet(_step: str, _done: int, _total: int) -> None:
    """Tell nobody."""
