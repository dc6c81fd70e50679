"""Registry keys: what enrols a person in the log under a label that only this key gives to her identifier."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from suyuan.crypto import aead, bulk, kdf, registry
from suyuan.crypto.suite import Suite
from suyuan.errors import VerificationError
from suyuan.hold.ahead import Ahead, Start, enrolment_rows
from suyuan.hold.kek import KekProvider
from suyuan.hold.keyring import Keyring
from suyuan.hold.ports import KeyStore
from suyuan.terms import Entropy, PersonNumber

if TYPE_CHECKING:
    from suyuan.crypto.vrf import VrfKey

_THREADS: Final = 2


class RegistryKeys(Keyring):
    """Names persons in the registry, and commits to the keys of their labels. Registries count 1, 2, 3.

    Identifiers are those of `registry.identifier`; they lie sealed under their persons' own keys.
    """

    def __init__(
        self, keys: KeyStore, *, kek: KekProvider, origin: str, entropy: Entropy, suite: Suite = Suite.AES
    ) -> None:
        super().__init__(keys, kek=kek, origin=origin, entropy=entropy, suite=suite)
        self._vrf: dict[int, VrfKey] = {}
        self._ahead: tuple[int, Ahead] | None = None

    def draw_registry_key(self, number: int) -> bytes:
        """Draw and store the key of a registry that is to begin, unless an interrupted run did; give its public half."""
        self.named(_name(number))
        return self.registry_key(number)

    def registry_key(self, number: int) -> bytes:
        """Give the public VRF key of a registry.

        Raises: VerificationError: the key store has no such key.
        """
        return self._vrf_key(number).public

    def destroy_registry_key(self, number: int) -> bool:
        """Destroy the key of a registry: its labels are noise from then on. Say whether it was held."""
        self._vrf.pop(number, None)
        return self._keys.discard(_name(number))

    def registry_label(self, identifier: bytes, *, number: int) -> bytes:
        """Give the label under which the person of an identifier is enrolled in a registry."""
        return self.registry_labels((identifier,), number=number)[0]

    def registry_labels(self, identifiers: Sequence[bytes], *, number: int) -> list[bytes]:
        """Give `registry_label` of many; the curve's arithmetic runs on all processors."""
        outputs = self._vrf_key(number).outputs([registry.alpha(identifier) for identifier in identifiers])
        return [registry.label(output) for output in outputs]

    def prove_registry_label(self, identifier: bytes, *, number: int) -> bytes:
        """Give the VRF proof that a registry label is the one of an identifier."""
        return self._vrf_key(number).prove(registry.alpha(identifier))

    def enrolment(self, person: PersonNumber, *, first_epoch: int) -> list[bytes]:
        """Give the 16 leaf hashes of a person's enrolment commitment, of which an account opens some."""
        key = kdf.label_key(self._secret(person))
        return kdf.enrolment_leaves(key, origin=self._origin, first_epoch=first_epoch)

    def enrolments(self, persons: Sequence[int], *, first_epoch: int) -> list[bytes]:
        """Give the enrolment commitments of persons under the registry that begins with `first_epoch`."""
        keys = bulk.label_keys(self._secrets(persons))
        return bulk.enrolment_commitments(keys, origin=self._origin, first_epoch=first_epoch)

    def enrolment_rows(
        self, persons: Sequence[int], *, sealed: Sequence[bytes], number: int, first_epoch: int
    ) -> list[tuple[bytes, bytes]]:
        """Give the registry label and the enrolment commitment of each person, by her sealed identifier.

        Raises: as `open_identifiers`.
        """
        ahead = self._ahead[1] if self._ahead is not None and self._ahead[0] == number else None
        ready = [None] * len(sealed) if ahead is None else ahead.take(sealed)
        rest = [row for row, found in enumerate(ready) if found is None]
        if rest:
            left = [persons[row] for row in rest]
            made = enrolment_rows(
                self.open_identifiers(left, sealed=[sealed[row] for row in rest]),
                secrets=self._secrets(left), vrf=self._vrf_key(number), origin=self._origin,
                first_epoch=first_epoch, threads=_THREADS,
            )  # fmt: skip
            computed = iter(made)
            return [next(computed) if found is None else found for found in ready]
        return [found for found in ready if found is not None]

    @contextmanager
    def enrolling_ahead(self, start: Start, *, processes: int, number: int, first_epoch: int) -> Iterator[None]:
        """Compute the enrolments of those whose identifiers are sealed in the block beside it, in other processes.

        Args:
            start: starts a piece of work in a copy of this process, whose memory has the keys and identifiers.
        """
        vrf = self._vrf_key(number)
        ahead = Ahead(start, processes=processes, vrf=vrf, origin=self._origin, first_epoch=first_epoch)
        self._ahead = number, ahead
        try:
            yield
        finally:
            self._ahead = None
            ahead.stop()

    def seal_identifiers(self, persons: Sequence[int], *, identifiers: Sequence[bytes]) -> list[bytes]:
        """Seal the identifiers by which persons are to be enrolled, each under its person's key."""
        nonces, secrets = self._entropy.draw(aead.NONCE_BYTES * len(persons)), self._secrets(persons)
        keys = bulk.registry_identifier_keys(bulk.payload_keys(secrets), suite=self.suite)
        sealed = aead.seal_rows(keys, rows=identifiers, nonces=nonces)
        if self._ahead is not None:
            self._ahead[1].begin(sealed, identifiers=identifiers, secrets=secrets)
        return sealed

    def open_identifiers(self, persons: Sequence[int], *, sealed: Sequence[bytes]) -> list[bytes]:
        """Open what `seal_identifiers` sealed.

        Raises: VerificationError: one was altered, or is another person's. RefusedError: a person was erased.
        """
        keys = bulk.registry_identifier_keys(self._payload_keys(persons), suite=self.suite)
        return aead.open_rows(keys, sealed=sealed)

    def _vrf_key(self, number: int) -> "VrfKey":
        # Imported where it is needed: most runs enrol nobody, and the library takes a while to load.
        from suyuan.crypto.vrf import VrfKey

        if number not in self._vrf:
            seed = self._named(_name(number))
            if seed is None:
                raise VerificationError(
                    f"the key of registry {number} is not in the key store",
                    code="hold.registry",
                    hint="see that keys.db and the ledger belong together; restore keys.db from its newest backup",
                )
            self._vrf[number] = VrfKey(seed)
        return self._vrf[number]


def _name(number: int) -> str:
    return f"vrf-key/{number}"
