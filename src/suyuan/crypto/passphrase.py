"""From a passphrase to a key-encryption key, by scrypt."""

from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from suyuan.errors import RefusedError

MIN_COST: Final = 2**10
MAX_COST: Final = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class PassphraseLaw:
    """The public parameters beside a passphrase: kept in the key store, not secret.

    The defaults take about 32 MiB and a quarter of a second.

    Source: RFC 7914; OWASP Password Storage Cheat Sheet (N = 2^15, r = 8, p = 3).
    """

    salt: bytes
    cost: int = 2**15
    block_size: int = 8
    parallel: int = 3

    def __post_init__(self) -> None:
        if len(self.salt) < 16:
            raise RefusedError("a passphrase salt has at least 16 bytes")
        power_of_two = self.cost & (self.cost - 1) == 0
        if not (power_of_two and MIN_COST <= self.cost <= MAX_COST):
            raise RefusedError(f"the passphrase cost is a power of two from {MIN_COST} to {MAX_COST}")
        if not (1 <= self.block_size <= 32 and 1 <= self.parallel <= 16):
            raise RefusedError("the passphrase block size is 1 to 32, parallel 1 to 16")


def derive_kek(passphrase: str, *, law: PassphraseLaw) -> bytes:
    """Give the 32-byte key-encryption key of a passphrase under its stored parameters.

    Raises: RefusedError: an empty passphrase.
    """
    if not passphrase:
        raise RefusedError("the passphrase is empty")
    kdf = Scrypt(salt=law.salt, length=32, n=law.cost, r=law.block_size, p=law.parallel)
    return kdf.derive(passphrase.encode("utf-8"))
