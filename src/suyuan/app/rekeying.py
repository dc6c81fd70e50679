"""Changing a store's keys while it is at work: the next generation, another passphrase or token, a recovery key."""

import os
import secrets
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from suyuan.adapters.sqlite.upgrade import sync_folder
from suyuan.adapters.sqlite.writer_lock import WriterLock
from suyuan.app.backends import write_keys
from suyuan.app.machine import SystemEntropy
from suyuan.app.unlocking import (
    KEK_LAW,
    new_law,
    next_passphrase,
    open_broker,
    open_provider,
    open_token,
    provider_of,
    read_pin,
    read_secret,
    stretched,
)
from suyuan.config import Settings, read_settings
from suyuan.errors import RefusedError, UnavailableError
from suyuan.hold.broker import KeyBroker
from suyuan.hold.kek import KekProvider
from suyuan.hold.key_settings import Provider
from suyuan.hold.ports import KeyStore
from suyuan.hold.recovery import make_recovery_key, recovered_records
from suyuan.hold.rotation import Progress, Rotated, Rotation, recovery_public

LOCK: Final = "keys.lock"
"""One change of keys at a time; writers and readers of the store do not wait for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyState:
    """How a store's keys stand: what wraps them, which generations are held, and what is left to be wrapped anew."""

    profile: str
    provider: str
    generation: int
    held: tuple[int, ...]
    stale_persons: int
    recovery_key: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Rekeyed:
    """What an exchange of passphrase or token did."""

    before: str
    after: str
    generations: int


def key_state(folder: Path) -> KeyState:
    """Say how a store's keys stand."""
    with _keys(folder) as (settings, keys):
        broker = open_broker(keys, settings=settings, entropy=SystemEntropy())
        generations = broker.generations
        return KeyState(
            profile=settings.keys.profile.value,
            provider=settings.keys.provider.value,
            generation=generations.active,
            held=generations.held(),
            stale_persons=keys.count_stale(generations.mark),
            recovery_key=recovery_public(broker) is not None,
        )


def rotate_keys(folder: Path, *, sides: bool, progress: Progress | None = None) -> tuple[Rotated, dict[str, int]]:
    """Rotate the key over all keys beside everybody's work; with `sides` those of the sides too. Give what was done.

    Raises: UnavailableError: another change of keys is under way, or the key store refuses; do it again.
    """
    with _changing(folder) as (_, keys, broker):
        rotated = Rotation(keys, ring=broker).rotate(progress=progress)
        return rotated, broker.renew_side_keys() if sides else {}


def rekey_store(folder: Path, *, make_key: bool = False) -> Rekeyed:
    """Exchange the passphrase, or move the keys to where the settings say that they are.

    Raises: RefusedError, UnavailableError: as `open_broker`, or the token refuses. Nothing was changed then.
    """
    with _locked_keys(folder) as (settings, keys):
        entropy = SystemEntropy()
        old = keys.get(KEK_LAW) or b""
        before = open_provider(keys, settings=settings, entropy=entropy)
        broker = KeyBroker(keys, kek=before, origin=settings.origin, entropy=entropy, suite=settings.keys.profile)
        broker.require_kek()
        new, after = _next_provider(settings, exchanged=provider_of(old) is Provider.PASSPHRASE, make_key=make_key)
        changes = broker.generations.rewrapped(after)
        keys.rewrite([(KEK_LAW, old, new), *changes])
        _settle(settings, keys=keys)
        return Rekeyed(before=before.describe(), after=after.describe(), generations=len(changes))


def recover_keys(folder: Path, *, secret: bytes) -> Rekeyed:
    """Open the keys with the recovery key, and wrap them by a new passphrase, or the token that the settings name.

    Raises: RefusedError `hold.recovery`: it is not this store's.
    """
    with _locked_keys(folder) as (settings, keys):
        new, after = _next_provider(settings, exchanged=True, make_key=False)
        changes = recovered_records(keys, secret=secret, provider=after)
        keys.rewrite([(KEK_LAW, keys.get(KEK_LAW), new), *changes])
        _settle(settings, keys=keys)
        return Rekeyed(before="recovery key", after=after.describe(), generations=len(changes))


def draw_recovery_key(folder: Path) -> str:
    """Draw the recovery key of a store and give it as text: it is kept nowhere."""
    with _changing(folder) as (_, keys, broker):
        return make_recovery_key(keys, ring=broker, entropy=SystemEntropy())


@contextmanager
def _changing(folder: Path) -> Iterator[tuple[Settings, KeyStore, KeyBroker]]:
    with _locked_keys(folder) as (settings, keys):
        yield settings, keys, open_broker(keys, settings=settings, entropy=SystemEntropy())


@contextmanager
def _keys(folder: Path) -> Iterator[tuple[Settings, KeyStore]]:
    settings = read_settings(folder)
    with closing(write_keys(settings)) as keys:
        yield settings, keys


@contextmanager
def _locked_keys(folder: Path) -> Iterator[tuple[Settings, KeyStore]]:
    """Give the keys as long as no other change of keys is under way."""
    wait_seconds = read_settings(folder).lock_wait_seconds
    with WriterLock(folder / LOCK, wait_seconds), _keys(folder) as opened:
        yield opened


def _next_provider(settings: Settings, *, exchanged: bool, make_key: bool) -> tuple[bytes, KekProvider]:
    """Give the record and the provider that the settings want.

    Args:
        exchanged: the passphrase file in its place is not to be used again.
    """
    entropy, wanted = SystemEntropy(), settings.keys
    law = new_law(settings, entropy=entropy)
    if wanted.provider is Provider.PKCS11:
        if make_key:
            _make_token_key(settings)
        return law, open_token(settings, token=wanted.token, key=wanted.key, entropy=entropy)
    if make_key:
        raise RefusedError(
            "the settings name no token for a key to be made in",
            code="hold.provider",
            hint='set provider = "pkcs11" under [keys] in suyuan.toml',
        )
    path = settings.passphrase_file
    if exchanged or not path.exists():
        path = next_passphrase(path)
        _write_secret(path)
    return law, stretched(read_secret(path), law=law, suite=wanted.profile, entropy=entropy)


def _make_token_key(settings: Settings) -> None:
    try:
        from suyuan.adapters.pkcs11.token_kek import make_key
    except ImportError as error:
        raise UnavailableError(
            "what speaks to PKCS#11 tokens is not installed", code="store.driver", hint="install suyuan[hsm]"
        ) from error
    wanted = settings.keys
    make_key(module=wanted.module, token=wanted.token, key=wanted.key, pin=read_pin(settings))


def _write_secret(path: Path) -> None:
    """Write a new passphrase, durably, before anything is wrapped under it."""
    try:
        path.unlink(missing_ok=True)  # What an exchange left that was cut short before the key store had it.
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(32) + "\n")
            file.flush()
            os.fsync(file.fileno())
        sync_folder(path.parent)
    except OSError as e:
        raise UnavailableError(f"{path}: cannot be written: {e.strerror}", code="store.unwritable") from e


def _settle(settings: Settings, *, keys: KeyStore) -> None:
    """Move the new passphrase into its place, and see that the old wrappings are gone from the key store's log."""
    path = settings.passphrase_file
    with suppress(FileNotFoundError):
        next_passphrase(path).replace(path)
        sync_folder(path.parent)
    # `discard` cuts the log even where there is nothing of that name.
    keys.discard(f"{KEK_LAW}/none")
