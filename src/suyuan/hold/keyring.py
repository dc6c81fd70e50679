"""The keyring: secrets by person and by name, wrapped under generations of keys; what every room of the broker has."""

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt

from suyuan.crypto import bulk, kdf
from suyuan.crypto.suite import Suite
from suyuan.errors import RefusedError, UnavailableError, VerificationError
from suyuan.hold.generations import Generations
from suyuan.hold.kek import KekProvider
from suyuan.hold.ports import KeyStore
from suyuan.terms import Entropy, PersonNumber

PERSON: Final = b"suyuan/wrap/person/v1"
"""What every envelope of a person's secret is bound to."""

_NAMED: Final = b"suyuan/wrap/named/v1\x00"
_TRIES: Final = 5

Added = TypeVar("Added")


def bound_name(name: str) -> bytes:
    """Give what the envelope of a named secret is bound to."""
    return _NAMED + name.encode()


class Keyring:
    """Guards every secret behind the key-encryption keys that `kek` wraps. Prints without any."""

    def __init__(
        self, keys: KeyStore, *, kek: KekProvider, origin: str, entropy: Entropy, suite: Suite = Suite.AES
    ) -> None:
        self._keys = keys
        self._kek = kek
        self.suite = suite
        self.generations = Generations(keys, provider=kek, entropy=entropy, suite=suite)
        self._origin = origin
        self._entropy = entropy
        # The one secret that a look-up under way needs again, from its plan to its outcome.
        self._at_hand: tuple[int, bytes] | None = None
        # The same for a bulk release: the payload keys of exactly this list of persons.
        self._rows_at_hand: tuple[Sequence[int], list[bytes]] | None = None
        # The same for a step of an import, which seals its persons' records, tables and identifiers one after the other.
        self._step_at_hand: dict[int, bytes] = {}

    def __repr__(self) -> str:
        return "<key broker>"

    def named(self, name: str) -> bytes:
        """Give a 32-byte secret by name, drawing and storing it at the first call."""
        held = self._named(name)
        if held is None:
            held = self._entropy.draw(kdf.SECRET_BYTES)
            self._put_named(name, held)
        return held

    def held(self, name: str) -> bytes | None:
        """Give a named secret, or None where there is none: `named` draws one."""
        return self._named(name)

    def replace(self, name: str, secret: bytes) -> None:
        """Store a named secret, in the place of the one that is held, if any."""
        bound = bound_name(name)
        self._added(
            lambda: self._keys.rewrite([(name, self._keys.get(name), self.generations.wrap(secret, associated=bound))])
        )

    def require_kek(self) -> None:
        """Require that the passphrase, or the token, is the one that this key store was made with.

        Raises: RefusedError: it is another.
        """
        try:
            self.named("log-key")
        except VerificationError as e:
            if e.code == "hold.generation":
                raise
            raise RefusedError(
                f"the {self._kek.describe()} does not open this store's keys",
                code="hold.passphrase",
                hint="point SUYUAN_PASSPHRASE_FILE at the file that `suyuan init` wrote for this store",
            ) from e

    def enrol(self, count: int) -> PersonNumber:
        """Draw a secret for each of `count` new persons, durably; give the first one's number."""
        drawn, size = self._entropy.draw(kdf.SECRET_BYTES * count), kdf.SECRET_BYTES
        secrets = [drawn[i * size : (i + 1) * size] for i in range(count)]
        return self._added(lambda: self._keys.add_persons(self.generations.wrap_each(secrets, associated=PERSON)))

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

    def keep_at_hand(self, persons: Sequence[int]) -> None:
        """Unwrap the secrets of some persons once for all that is to be sealed of them, until this is called again.

        Raises: RefusedError: a person was erased.
        """
        self._step_at_hand = {}
        self._step_at_hand = dict(zip(persons, self._secrets(persons), strict=True))

    def forget(self) -> None:
        """Keep no person's secret at hand: it may be gone from the store."""
        self._at_hand = self._rows_at_hand = None
        self._step_at_hand = {}

    def _named(self, name: str) -> bytes | None:
        wrapped = self._keys.get(name)
        return None if wrapped is None else self.generations.unwrap(wrapped, associated=bound_name(name))

    def _put_named(self, name: str, secret: bytes) -> None:
        bound = bound_name(name)
        self._added(lambda: self._keys.put(name, self.generations.wrap(secret, associated=bound)))

    def _added(self, add: Callable[[], Added]) -> Added:
        """Wrap and store; where another process has put a new generation in force meanwhile, wrap under that one."""
        for _ in range(_TRIES):
            try:
                return add()
            except UnavailableError as error:
                if error.code != "hold.generation":
                    raise
                self.generations.reload()
        return add()

    def _secret(self, person: PersonNumber) -> bytes:
        return self._secrets((person,))[0]

    def _secrets(self, persons: Sequence[int]) -> Sequence[bytes]:
        if self._at_hand is not None and len(persons) == 1 and persons[0] == self._at_hand[0]:
            return [self._at_hand[1]]
        if self._step_at_hand:
            held = [self._step_at_hand.get(int(person)) for person in persons]
            ready = [secret for secret in held if secret is not None]
            if len(ready) == len(held):
                return ready
        return self.generations.unwrap_each(self._keys.persons(persons), associated=PERSON)

    def _payload_keys(self, persons: Sequence[int]) -> Sequence[bytes]:
        return bulk.payload_keys(self._secrets(persons))
