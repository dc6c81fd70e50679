"""What wraps the store's key-encryption keys: a secret stretched from a passphrase, or a key inside a token."""

from typing import Final, Protocol

from suyuan.crypto import aead
from suyuan.crypto.aead import Sealer
from suyuan.crypto.suite import Suite
from suyuan.terms import Entropy

_PROVIDER: Final = b"suyuan/kek-provider/v1"


class KekProvider(Protocol):
    """Wraps the key-encryption keys, a few in a store's life, and nothing else."""

    @property
    def first_kek(self) -> bytes | None:
        """The key that wraps every secret of a store from before the generations; None where there can be none."""
        ...

    def wrap(self, secret: bytes, *, associated: bytes) -> bytes:
        """Wrap a key-encryption key."""
        ...

    def unwrap(self, wrapped: bytes, *, associated: bytes) -> bytes:
        """Give back what `wrap` took.

        Raises: VerificationError: it was wrapped by another, or altered. UnavailableError: the token is not there.
        """
        ...

    def describe(self) -> str:
        """Say in a few words what it is; names no secret."""
        ...


class SecretKek:
    """Wraps under 32 bytes held in memory, such as a passphrase is stretched into. Prints without them."""

    def __init__(self, secret: bytes, *, entropy: Entropy, suite: Suite = Suite.AES) -> None:
        self._secret = secret
        self._entropy = entropy
        self._suite = suite
        # A key apart from the secret itself, which older stores wrap their secrets under.
        self._sealer = Sealer(suite.key(secret, info=_PROVIDER))

    def __repr__(self) -> str:
        return "<secret kek>"

    @property
    def first_kek(self) -> bytes | None:
        """The secret itself: generation 0."""
        return self._secret if self._suite is Suite.AES else None

    def wrap(self, secret: bytes, *, associated: bytes) -> bytes:
        """Wrap a key-encryption key."""
        return self._sealer.wrap(secret, nonce=self._entropy.draw(aead.NONCE_BYTES), associated=associated)

    def unwrap(self, wrapped: bytes, *, associated: bytes) -> bytes:
        """Give back what `wrap` took. Raises: VerificationError: it was wrapped by another, or altered."""
        return self._sealer.unwrap(wrapped, associated=associated)

    def describe(self) -> str:
        """Say what it is."""
        return "passphrase"
