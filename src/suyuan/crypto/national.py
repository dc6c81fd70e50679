"""The national ciphers as this project uses them: SM4 in Galois/Counter mode, and HMAC with SM3.

Source: GB/T 32907-2016 (SM4), GB/T 32905-2016 (SM3); RFC 8998 section 3 for SM4-GCM.
Test: tests/unit/crypto/test_national.py, on the standards' vectors.
"""

from typing import Final

from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

SM4_KEY_BYTES: Final = 16
_TAG_BYTES: Final = 16


class Sm4Gcm:
    """SM4-GCM with the face of the library's `AESGCM`, which the library does not offer for SM4."""

    __slots__ = ("_algorithm",)

    def __init__(self, key: bytes) -> None:
        self._algorithm = algorithms.SM4(key)

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes) -> bytes:
        """Give ciphertext || tag."""
        encryptor = Cipher(self._algorithm, modes.GCM(nonce)).encryptor()
        encryptor.authenticate_additional_data(associated_data)
        return encryptor.update(data) + encryptor.finalize() + encryptor.tag

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes) -> bytes:
        """Give the plaintext. Raises: InvalidTag: as `AESGCM` does."""
        decryptor = Cipher(self._algorithm, modes.GCM(nonce, data[-_TAG_BYTES:])).decryptor()
        decryptor.authenticate_additional_data(associated_data)
        return decryptor.update(data[:-_TAG_BYTES]) + decryptor.finalize()


def hmac_sm3(key: bytes, message: bytes) -> bytes:
    """Give the 32 bytes of HMAC with SM3."""
    mac = hmac.HMAC(key, hashes.SM3())
    mac.update(message)
    return mac.finalize()


def sm3(message: bytes) -> bytes:
    """Give the 32 bytes of SM3."""
    hasher = hashes.Hash(hashes.SM3())
    hasher.update(message)
    return hasher.finalize()
