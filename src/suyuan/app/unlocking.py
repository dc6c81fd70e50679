"""How a store's keys are opened: a passphrase in a file outside it, stretched into the key over all keys."""

import os
from typing import Final

from suyuan.config import Settings
from suyuan.crypto import canonical
from suyuan.crypto.passphrase import PassphraseLaw, derive_kek
from suyuan.errors import RefusedError, UnavailableError
from suyuan.hold.broker import KeyBroker
from suyuan.hold.kek import SecretKek
from suyuan.hold.ports import KeyStore
from suyuan.terms import Entropy

_KEK_LAW: Final = "kek-law"

PASSPHRASE_BYTES: Final = 4096
"""More than any passphrase; what else a file holds is not read."""


def open_broker(keys: KeyStore, *, settings: Settings, entropy: Entropy) -> KeyBroker:
    """Open the key broker with the passphrase that lies outside the store."""
    stored = keys.get(_KEK_LAW)
    if stored is None:
        law = PassphraseLaw(salt=entropy.draw(16))
        keys.put(
            _KEK_LAW,
            canonical.encode(
                {
                    "salt": canonical.to_base64(law.salt),
                    "cost": law.cost,
                    "block_size": law.block_size,
                    "parallel": law.parallel,
                }
            ),
        )
    else:
        law = _read_law(stored)
    kek = SecretKek(derive_kek(_passphrase(settings), law=law), entropy=entropy)
    broker = KeyBroker(keys, kek=kek, origin=settings.origin, entropy=entropy)
    broker.require_kek()
    return broker


def _read_law(stored: bytes) -> PassphraseLaw:
    match canonical.decode_object(stored):
        case {"salt": str(salt), "cost": int(cost), "block_size": int(block), "parallel": int(parallel)}:
            return PassphraseLaw(salt=canonical.from_base64(salt), cost=cost, block_size=block, parallel=parallel)
        case _:
            raise RefusedError("keys.db: the passphrase parameters are not of a known version", code="hold.keys")


def _passphrase(settings: Settings) -> str:
    path = settings.passphrase_file
    try:
        # Opened once: the rights looked at are those of the very file that is read.
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode & 0o077
            content = b"" if mode else file.read(PASSPHRASE_BYTES + 1)
        text = content.decode("utf-8", "replace")
    except OSError as e:
        raise UnavailableError(
            f"the passphrase file {path} cannot be read: {e.strerror}",
            code="store.passphrase",
            hint="put it back from your backup, or point SUYUAN_PASSPHRASE_FILE at it",
        ) from e
    if mode:
        raise RefusedError(
            f"the passphrase file {path} can be read by others", code="store.passphrase", hint=f"chmod 600 {path}"
        )
    if len(content) > PASSPHRASE_BYTES or "\ufffd" in text:
        raise RefusedError(
            f"the passphrase file {path} holds no passphrase",
            code="store.passphrase",
            hint=f"it is a text of at most {PASSPHRASE_BYTES} bytes",
        )
    return text.strip()
