"""The keyring: secrets by person and by name, wrapped under one key-encryption key; what every room of the broker has."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from suyuan.crypto import aead, bulk, kdf
from suyuan.crypto.aead import Sealer
from suyuan.errors import RefusedError, VerificationError
from suyuan.hold.ports import KeyStore
from suyuan.terms import Entropy, PersonNumber

_PERSON = b"suyuan/wrap/person/v1"
_NAMED = b"suyuan/wrap/named/v1\x00"


class Keyring:
    """Guards every secret behind one key-encryption key. Prints without any."""

    def __init__(self, keys: KeyStore, *, kek: bytes, origin: str, entropy: Entropy) -> None:
        self._keys = keys
        self._sealer = Sealer(kek)
        self._origin = origin
        self._entropy = entropy
        # The one secret that a look-up under way needs again, from its plan to its outcome.
        self._at_hand: tuple[int, bytes] | None = None
        # The same for a bulk release: the payload keys of exactly this list of persons.
        self._rows_at_hand: tuple[Sequence[int], list[bytes]] | None = None

    def __repr__(self) -> str:
        return "<key broker>"

    def named(self, name: str) -> bytes:
        """Give a 32-byte secret by name, drawing and storing it at the first call."""
        held = self._named(name)
        if held is None:
            held = self._entropy.draw(kdf.SECRET_BYTES)
            self._put_named(name, held)
        return held

    def require_kek(self) -> None:
        """Require that the passphrase is the one this key store was made with.

        Raises: RefusedError: it is another.
        """
        try:
            self.named("log-key")
        except VerificationError as e:
            raise RefusedError(
                "the passphrase does not open this store's keys",
                code="hold.passphrase",
                hint="point SUYUAN_PASSPHRASE_FILE at the file that `suyuan init` wrote for this store",
            ) from e

    def enrol(self, count: int) -> PersonNumber:
        """Draw a secret for each of `count` new persons, durably; give the first one's number."""
        drawn = self._entropy.draw(kdf.SECRET_BYTES * count)
        nonces = self._entropy.draw(aead.NONCE_BYTES * count)
        wrap, nonce, size = self._sealer.wrap, aead.NONCE_BYTES, kdf.SECRET_BYTES
        return self._keys.add_persons(
            [
                wrap(drawn[i * size : (i + 1) * size], nonce=nonces[i * nonce : (i + 1) * nonce], associated=_PERSON)
                for i in range(count)
            ]
        )

    def secrets_held(self, persons: Sequence[int] | npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Give which of these persons were not erased: where many are asked for, the others are left out.

        A number that was never given counts as held, so that a key store too old for its people is told where its
        secrets are asked for.
        """
        asked = np.asarray(persons, dtype=np.int64)
        gone = self._keys.erased_among(asked.tolist())
        if not gone:
            return np.ones(len(asked), dtype=np.bool_)
        return ~np.isin(asked, np.fromiter(gone, dtype=np.int64, count=len(gone)))

    def forget(self) -> None:
        """Keep no person's secret at hand: it may be gone from the store."""
        self._at_hand = self._rows_at_hand = None

    def _named(self, name: str) -> bytes | None:
        wrapped = self._keys.get(name)
        return None if wrapped is None else self._sealer.unwrap(wrapped, associated=_NAMED + name.encode())

    def _put_named(self, name: str, secret: bytes) -> None:
        self._keys.put(name, self._wrap(secret, associated=_NAMED + name.encode()))

    def _secret(self, person: PersonNumber) -> bytes:
        return self._secrets((person,))[0]

    def _secrets(self, persons: Sequence[int]) -> list[bytes]:
        if self._at_hand is not None and len(persons) == 1 and persons[0] == self._at_hand[0]:
            return [self._at_hand[1]]
        unwrap = self._sealer.unwrap
        return [unwrap(wrapped, associated=_PERSON) for wrapped in self._keys.persons(persons)]

    def _payload_keys(self, persons: Sequence[int]) -> list[bytes]:
        return bulk.payload_keys(self._secrets(persons))

    def _wrap(self, secret: bytes, *, associated: bytes) -> bytes:
        return self._sealer.wrap(secret, nonce=self._entropy.draw(aead.NONCE_BYTES), associated=associated)
