"""Sealing to a public key: anyone can seal, only the holder of the secret half opens.

Source: libsodium's sealed boxes: X25519 and XSalsa20-Poly1305 under an ephemeral key.
"""

from typing import Final

from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox

from suyuan.errors import RefusedError, VerificationError

SECRET_BYTES: Final = 32


def public_half(secret: bytes) -> bytes:
    """Give the public key of a 32-byte secret. Raises: RefusedError: another length."""
    return bytes(_private(secret).public_key)


def seal_to(public: bytes, *, message: bytes) -> bytes:
    """Seal a message that only the holder of the secret half opens."""
    return SealedBox(PublicKey(public)).encrypt(message)


def open_box(secret: bytes, *, sealed: bytes) -> bytes:
    """Open what `seal_to` sealed. Raises: VerificationError: it was sealed to another key, or altered."""
    try:
        return SealedBox(_private(secret)).decrypt(sealed)
    except (CryptoError, ValueError) as error:
        raise VerificationError("sealed box: altered, or sealed to another key") from error


def _private(secret: bytes) -> PrivateKey:
    if len(secret) != SECRET_BYTES:
        raise RefusedError(f"the secret half of a recovery key has {SECRET_BYTES} bytes, got {len(secret)}")
    return PrivateKey(secret)
