"""The two families of ciphers by which a store seals: AES with SHA-256, or the national SM4 with SM3.

A store has one of them for its whole life. What is public is no matter of it: tree, labels, commitments, signatures and
the payloads that an account opens are SHA-256, Ed25519 and AES-256-GCM in every store.
"""

import hmac
from collections.abc import Iterable
from enum import StrEnum
from hashlib import sha256
from typing import Final

from suyuan.crypto.national import SM4_KEY_BYTES, hmac_sm3, sm3
from suyuan.errors import RefusedError

SECRET_BYTES: Final = 32
_SM4_KEY: Final = b"suyuan/sm4/v1"


class Suite(StrEnum):
    """A family of ciphers. The length of a sealing key tells them apart: AES keys have 32 bytes here, SM4 keys 16."""

    AES = "aes"
    SM = "sm"

    @property
    def code(self) -> int:
        """The byte that stands for it in an envelope."""
        return 1 if self is Suite.AES else 2

    def key(self, secret: bytes, *, info: bytes) -> bytes:
        """Give the sealing key that a 32-byte secret expands to for one use: 32 bytes for AES, 16 for SM4.

        Raises: RefusedError: a secret that is not 32 bytes.
        Source: RFC 5869 section 2.3, with SHA-256 or SM3: HMAC(secret, info || 0x01), cut to the key's length.
        """
        if len(secret) != SECRET_BYTES:
            raise RefusedError(f"a secret has {SECRET_BYTES} bytes, got {len(secret)}")
        return self.mac(secret, message=info + b"\x01")

    def keys(self, secrets: Iterable[bytes], *, info: bytes) -> list[bytes]:
        """Give `key` of many secrets under the national suite; AES has a faster twin in `bulk`."""
        return [self.key(secret, info=info) for secret in secrets]

    def mac(self, key: bytes, *, message: bytes) -> bytes:
        """Give the sealing key that hangs on a key and a message: HMAC, cut to the key's length."""
        if self is Suite.SM:
            return hmac_sm3(key, message)[:SM4_KEY_BYTES]
        return hmac.digest(key, message, "sha256")

    def sealing_key(self, secret: bytes) -> bytes:
        """Give the key under which a 32-byte secret itself seals: the secret for AES, an expansion of it for SM4."""
        return secret if self is Suite.AES else self.key(secret, info=_SM4_KEY)

    def digest(self, message: bytes) -> bytes:
        """Give the 32-byte hash of the family."""
        return sha256(message).digest() if self is Suite.AES else sm3(message)


def suite_of(code: int) -> Suite:
    """Give the suite that a byte stands for.

    Raises: RefusedError `hold.keys`: of none that this program knows.
    """
    for suite in Suite:
        if suite.code == code:
            return suite
    raise RefusedError("the key store is sealed by ciphers that this suyuan does not know", code="hold.keys")
