"""Authenticated encryption: AES-256-GCM or SM4-GCM, and keys wrapped under a key-encryption key.

A key's length says its cipher: 32 bytes are AES-256, 16 bytes are SM4. There is no AES-128 in this project.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from suyuan.crypto.national import SM4_KEY_BYTES, Sm4Gcm
from suyuan.errors import RefusedError, VerificationError

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16


class Sealer:
    """Seals and opens many messages under one key. Prints without its key."""

    __slots__ = ("_cipher", "key")

    def __init__(self, key: bytes) -> None:
        self.key = key
        self._cipher = _cipher_of(len(key))(key)

    def seal(self, plaintext: bytes, *, nonce: bytes, associated: bytes) -> bytes:
        """Give ciphertext || 16-byte tag. The nonce is never used twice under one key, and not included."""
        if len(nonce) != NONCE_BYTES:
            raise RefusedError(f"a nonce has {NONCE_BYTES} bytes, got {len(nonce)}")
        return self._cipher.encrypt(nonce, plaintext, associated)

    def open(self, sealed: bytes, *, nonce: bytes, associated: bytes) -> bytes:
        """Give the plaintext.

        Raises: VerificationError: other key, nonce or associated data, or altered bytes.
        """
        if len(nonce) != NONCE_BYTES or len(sealed) < TAG_BYTES:
            raise VerificationError("sealed bytes: truncated")
        try:
            return self._cipher.decrypt(nonce, sealed, associated)
        except InvalidTag as error:
            raise VerificationError("sealed bytes: altered, or sealed under another key or context") from error

    def seal_each(self, secrets: Sequence[bytes], *, nonces: bytes, associated: bytes, head: bytes) -> list[bytes]:
        """Give head || nonce || ciphertext || tag of each secret; the nonces are fresh ones, joined."""
        encrypt, size = self._cipher.encrypt, NONCE_BYTES
        return [
            head + (nonce := nonces[i * size : (i + 1) * size]) + encrypt(nonce, secret, associated)
            for i, secret in enumerate(secrets)
        ]

    def open_each(self, sealed: Iterable[bytes], *, associated: bytes, head: int) -> list[bytes]:
        """Open what `seal_each` made, behind a head of so many bytes. Raises: VerificationError: as `open`."""
        decrypt, end = self._cipher.decrypt, head + NONCE_BYTES
        try:
            return [decrypt(one[head:end], one[end:], associated) for one in sealed]
        except (InvalidTag, ValueError) as error:
            raise VerificationError("sealed bytes: altered, or sealed under another key or context") from error

    def wrap(self, secret: bytes, *, nonce: bytes, associated: bytes) -> bytes:
        """Give nonce || ciphertext || tag: `seal` with a fresh random nonce carried along."""
        return nonce + self.seal(secret, nonce=nonce, associated=associated)

    def unwrap(self, wrapped: bytes, *, associated: bytes) -> bytes:
        """Give back what `wrap` took.

        Raises: VerificationError: as for `open`.
        """
        return self.open(wrapped[NONCE_BYTES:], nonce=wrapped[:NONCE_BYTES], associated=associated)


def wrap(secret: bytes, *, kek: bytes, nonce: bytes, associated: bytes) -> bytes:
    """Wrap one secret under a key-encryption key, with a fresh random nonce carried along."""
    return Sealer(kek).wrap(secret, nonce=nonce, associated=associated)


def unwrap(wrapped: bytes, *, kek: bytes, associated: bytes) -> bytes:
    """Unwrap one secret; VerificationError under another key or context."""
    return Sealer(kek).unwrap(wrapped, associated=associated)


def seal_rows(keys: Iterable[bytes], *, rows: Iterable[bytes], nonces: bytes) -> list[bytes]:
    """Seal many short rows, each under a key of its own: nonce || ciphertext || tag; twin of `wrap`.

    Args:
        nonces: a fresh nonce for every row, joined.
    """
    keys = list(keys)
    cipher, size = _cipher_of(len(keys[0]) if keys else KEY_BYTES), NONCE_BYTES
    return [
        (nonce := nonces[i * size : (i + 1) * size]) + cipher(key).encrypt(nonce, row, b"")
        for i, (key, row) in enumerate(zip(keys, rows, strict=True))
    ]


def open_rows(
    keys: Iterable[bytes], *, sealed: Iterable[bytes], associated: Iterable[bytes] | None = None
) -> list[bytes]:
    """Open what `seal_rows` sealed, row by row, or what was sealed with associated data; twin of `unwrap`.

    Raises: VerificationError: a row was altered, or is another key's.
    """
    keys = list(keys)
    cipher, size = _cipher_of(len(keys[0]) if keys else KEY_BYTES), NONCE_BYTES
    try:
        if associated is None:
            return [cipher(key).decrypt(row[:size], row[size:], b"") for key, row in zip(keys, sealed, strict=True)]
        rows = zip(keys, sealed, associated, strict=True)
        return [cipher(key).decrypt(row[:size], row[size:], bound) for key, row, bound in rows]
    except (InvalidTag, ValueError) as error:
        raise VerificationError("sealed bytes: altered, or sealed under another key or context") from error


def _cipher_of(key_bytes: int) -> type[AESGCM] | type[Sm4Gcm]:
    if key_bytes == KEY_BYTES:
        return AESGCM
    if key_bytes == SM4_KEY_BYTES:
        return Sm4Gcm
    raise RefusedError(f"a sealing key has {KEY_BYTES} bytes, or {SM4_KEY_BYTES} for SM4, got {key_bytes}")
