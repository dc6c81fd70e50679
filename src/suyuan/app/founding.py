"""Making a store from nothing, whole or not at all, and bringing an older one up to date."""

import os
import secrets
import shutil
import tempfile
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Final

from suyuan.adapters.sqlite.failure import unavailable
from suyuan.adapters.sqlite.upgrade import sync_folder
from suyuan.adapters.sqlite.writer_lock import WriterLock
from suyuan.app.backends import (
    DATA,
    KEYS,
    LOG,
    create_keys,
    create_ledger,
    create_people,
    upgrade_parts,
)
from suyuan.app.store import LEDGER, LOCK, VKEY, open_store
from suyuan.config import SETTINGS_FILE, read_policy, read_settings
from suyuan.crypto.sign import VerifyKey
from suyuan.errors import RefusedError, UnavailableError
from suyuan.terms import Clock

_PARTS: Final = ("policy", LEDGER, KEYS, DATA, LOG)


def create_store(
    folder: Path,
    *,
    settings_text: str,
    policy_texts: dict[str, str],
    passphrase_file: Path,
    clock: Clock | None = None,
) -> VerifyKey:
    """Make a new store: settings, policy, keys, empty ledger, and a passphrase outside it.

    Everything is made aside and moved in, `suyuan.toml` last: a folder with that file holds a whole store, and a
    failure leaves nothing behind, in the database of its ledger neither.

    Raises: RefusedError: a part of a store lies there already, or the passphrase file exists. UnavailableError: the
        disk or the database refuses.
    """
    parts = (*_PARTS, SETTINGS_FILE)
    for part in parts:
        if (folder / part).exists():
            raise RefusedError(
                f"{folder} holds {part} already",
                code="store.exists",
                hint="choose another folder, or move that away",
            )
    with ExitStack() as undo:
        for path in _missing_folders(folder, passphrase_file.parent):
            undo.callback(_remove_empty, path)
        _write_passphrase(passphrase_file)
        undo.callback(passphrase_file.unlink, missing_ok=True)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            aside = Path(tempfile.mkdtemp(prefix=".suyuan-init-", dir=folder))
            undo.callback(shutil.rmtree, aside, ignore_errors=True)
            key = _furnish(
                aside,
                settings_text=settings_text,
                policy_texts=policy_texts,
                passphrase_file=passphrase_file,
                clock=clock,
                undo=undo,
            )
            for part in [part for part in parts if (aside / part).exists()]:
                undo.callback(_remove, folder / part)
                os.rename(aside / part, folder / part)
            sync_folder(folder)
        except OSError as e:
            raise unavailable(e, path=folder) from e
        undo.pop_all()
        shutil.rmtree(aside, ignore_errors=True)
    return key


def upgrade_store(folder: Path) -> tuple[Path, ...]:
    """Bring every file of a store to this version; give the copies kept of older ones.

    Raises: UnavailableError: a part is missing, another process writes, or the disk refuses.
    """
    settings = read_settings(folder)
    read_policy(folder)
    before = set(folder.glob("*.bak"))
    with WriterLock(folder / LOCK, settings.lock_wait_seconds):
        upgrade_parts(settings)
    return tuple(sorted(set(folder.glob("*.bak")) - before))


def _furnish(
    folder: Path,
    *,
    settings_text: str,
    policy_texts: dict[str, str],
    passphrase_file: Path,
    clock: Clock | None,
    undo: ExitStack,
) -> VerifyKey:
    """Put a whole store into an empty folder; what it makes elsewhere is undone by `undo`."""
    (folder / "policy").mkdir()
    (folder / LEDGER).mkdir()
    for name, text in policy_texts.items():
        (folder / "policy" / name).write_text(text, encoding="utf-8")
    (folder / SETTINGS_FILE).write_text(settings_text, encoding="utf-8")
    settings = read_settings(folder)
    if settings.passphrase_file.absolute() != passphrase_file.absolute():
        raise RefusedError(
            "SUYUAN_PASSPHRASE_FILE names another file than the one to be made",
            code="init.passphrase",
            hint="unset it, or leave out --passphrase-file",
        )
    for make in (create_keys, create_people, create_ledger):
        undo.callback(make(settings))
    with open_store(folder, clock=clock) as store:
        store.broker.named("token-key")
        key = store.ledger.key.verify_key
        (folder / LEDGER / VKEY).write_text(f"{key}\n", encoding="ascii")
        store.publish()
    return key


def _missing_folders(*folders: Path) -> list[Path]:
    """Give the folders that making these will make, outer ones first."""
    wanted = {path for folder in folders for path in (folder, *folder.parents)}
    return sorted(path for path in wanted if not path.exists())


def _remove_empty(folder: Path) -> None:
    with suppress(OSError):
        folder.rmdir()


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _write_passphrase(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise RefusedError(
            f"{path} exists already", code="init.passphrase", hint="name another with --passphrase-file"
        ) from None
    except OSError as e:
        raise UnavailableError(f"{path}: cannot be written: {e.strerror}", code="store.unwritable") from e
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(32) + "\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as e:
        path.unlink(missing_ok=True)
        raise UnavailableError(f"{path}: cannot be written: {e.strerror}", code="store.unwritable") from e
