"""How a store's keys are opened: by a passphrase in a file outside it, or by a key inside a token."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from suyuan.config import Settings
from suyuan.crypto import canonical
from suyuan.crypto.passphrase import PassphraseLaw, derive_kek
from suyuan.crypto.suite import Suite
from suyuan.errors import RefusedError, SuyuanError, UnavailableError, VerificationError
from suyuan.hold.broker import KeyBroker
from suyuan.hold.kek import KekProvider, SecretKek
from suyuan.hold.key_settings import Provider
from suyuan.hold.ports import KeyStore
from suyuan.terms import Entropy

KEK_LAW: Final = "kek-law"
"""The record that says what wraps the key-encryption keys: a passphrase's parameters, or a token's and a key's label."""

PASSPHRASE_BYTES: Final = 4096
"""More than any passphrase; what else a file holds is not read."""


def open_broker(keys: KeyStore, *, settings: Settings, entropy: Entropy) -> KeyBroker:
    """Open the key broker with the passphrase or the token that lies outside the store.

    Raises: RefusedError: it is another store's, or the settings say another provider than the key store does.
    """
    stored = keys.get(KEK_LAW)
    if stored is None:
        stored = new_law(settings, entropy=entropy)
        keys.put(KEK_LAW, stored)
    recorded, wanted = provider_of(stored), settings.keys.provider
    if recorded is not wanted:
        raise RefusedError(
            f"the store's keys are wrapped by {recorded.value}, and its settings say {wanted.value}",
            code="hold.provider",
            hint="move them: suyuan hold rekey",
        )
    kek = open_provider(keys, settings=settings, entropy=entropy)
    broker = KeyBroker(keys, kek=kek, origin=settings.origin, entropy=entropy, suite=settings.keys.profile)
    broker.require_kek()
    return broker


def open_provider(keys: KeyStore, *, settings: Settings, entropy: Entropy) -> KekProvider:
    """Open what the key store says that its keys are wrapped by, whatever the settings want them to be."""
    stored = keys.get(KEK_LAW) or b""
    if provider_of(stored) is Provider.PASSPHRASE:
        return PassphraseKek(keys, settings=settings, entropy=entropy)
    match canonical.decode_object(stored):
        case {"token": str(token), "key": str(key)}:
            return open_token(settings, token=token, key=key, entropy=entropy)
        case _:
            raise _unknown()


def open_token(settings: Settings, *, token: str, key: str, entropy: Entropy) -> KekProvider:
    """Log in to a token. The adapter is loaded only where it is asked for: its library is an extra."""
    try:
        from suyuan.adapters.pkcs11.token_kek import TokenKek
    except ImportError as error:
        raise UnavailableError(
            "what speaks to PKCS#11 tokens is not installed", code="store.driver", hint="install suyuan[hsm]"
        ) from error
    return TokenKek(module=settings.keys.module, token=token, key=key, pin=read_pin(settings), entropy=entropy)


def new_law(settings: Settings, *, entropy: Entropy) -> bytes:
    """Give the record of the provider that the settings want; for a passphrase with a fresh salt."""
    if settings.keys.provider is Provider.PKCS11:
        told = {"provider": Provider.PKCS11.value, "token": settings.keys.token, "key": settings.keys.key}
        return canonical.encode(told)
    law = PassphraseLaw(salt=entropy.draw(16))
    return canonical.encode(
        {
            "salt": canonical.to_base64(law.salt),
            "cost": law.cost,
            "block_size": law.block_size,
            "parallel": law.parallel,
        }
    )


def provider_of(stored: bytes) -> Provider:
    """Give which kind of provider a record is of."""
    match canonical.decode_object(stored):
        case {"provider": "pkcs11"}:
            return Provider.PKCS11
        case {"salt": str()}:
            return Provider.PASSPHRASE
        case _:
            raise _unknown()


class PassphraseKek:
    """A `KekProvider` by a passphrase. Prints without it.

    An exchange of the passphrase writes the next one beside the file, then the key store, then moves it into its place:
    whichever of the two opens the keys is the one, and a process that was running meanwhile finds it.
    """

    def __init__(self, keys: KeyStore, *, settings: Settings, entropy: Entropy) -> None:
        self._keys = keys
        self._path = settings.passphrase_file
        self._suite = settings.keys.profile
        self._entropy = entropy
        self._kek = self._stretched(self._path)

    def __repr__(self) -> str:
        return "<passphrase>"

    @property
    def first_kek(self) -> bytes | None:
        """What a store from before the generations wraps every secret under."""
        return self._kek.first_kek

    def wrap(self, secret: bytes, *, associated: bytes) -> bytes:
        """Wrap a key-encryption key."""
        return self._kek.wrap(secret, associated=associated)

    def unwrap(self, wrapped: bytes, *, associated: bytes) -> bytes:
        """Give back what `wrap` took. Raises: VerificationError: it was wrapped by another, or altered."""
        try:
            return self._kek.unwrap(wrapped, associated=associated)
        except VerificationError:
            for path in (self._path, next_passphrase(self._path)):
                with suppress(SuyuanError):
                    kek = self._stretched(path)
                    opened = kek.unwrap(wrapped, associated=associated)
                    self._kek = kek
                    if path != self._path:
                        with suppress(OSError):
                            path.replace(self._path)
                    return opened
            raise

    def describe(self) -> str:
        """Say what it is."""
        return "passphrase"

    def _stretched(self, path: Path) -> SecretKek:
        return stretched(
            read_secret(path), law=self._keys.get(KEK_LAW) or b"", suite=self._suite, entropy=self._entropy
        )


def stretched(passphrase: str, *, law: bytes, suite: Suite, entropy: Entropy) -> SecretKek:
    """Stretch a passphrase into what wraps the key-encryption keys."""
    return SecretKek(derive_kek(passphrase, law=_read_law(law)), entropy=entropy, suite=suite)


def next_passphrase(path: Path) -> Path:
    """Give where the next passphrase lies until the key store has it."""
    return path.with_name(path.name + ".next")


def read_pin(settings: Settings) -> str:
    """Read the PIN of the token."""
    return read_secret(settings.keys.pin_file, what="PIN", name="pin_file in suyuan.toml")


def read_secret(path: Path, *, what: str = "passphrase", name: str = "SUYUAN_PASSPHRASE_FILE") -> str:
    """Read a secret from a file that nobody else can read.

    Raises: UnavailableError: it cannot be read. RefusedError: others can read it, or it holds none.
    """
    try:
        # Opened once: the rights looked at are those of the very file that is read.
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode & 0o077
            content = b"" if mode else file.read(PASSPHRASE_BYTES + 1)
        text = content.decode("utf-8", "replace")
    except OSError as e:
        raise UnavailableError(
            f"the {what} file {path} cannot be read: {e.strerror}",
            code="store.passphrase",
            hint=f"put it back from your backup, or point {name} at it",
        ) from e
    if mode:
        raise RefusedError(
            f"the {what} file {path} can be read by others", code="store.passphrase", hint=f"chmod 600 {path}"
        )
    if len(content) > PASSPHRASE_BYTES or "\ufffd" in text:
        raise RefusedError(
            f"the {what} file {path} holds no {what}",
            code="store.passphrase",
            hint=f"it is a text of at most {PASSPHRASE_BYTES} bytes",
        )
    return text.strip()


def _read_law(stored: bytes) -> PassphraseLaw:
    match canonical.decode_object(stored):
        case {"salt": str(salt), "cost": int(cost), "block_size": int(block), "parallel": int(parallel)}:
            return PassphraseLaw(salt=canonical.from_base64(salt), cost=cost, block_size=block, parallel=parallel)
        case _:
            raise _unknown()


def _unknown() -> RefusedError:
    return RefusedError("keys.db: what its keys are wrapped by is not of a known version", code="hold.keys")
