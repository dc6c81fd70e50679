"""Labels: the names under which persons and recipients stand in the ledger, and the keys behind them."""

from collections.abc import Sequence

from suyuan.crypto import bulk, kdf
from suyuan.crypto.suite import Suite
from suyuan.errors import RefusedError
from suyuan.hold.kek import KekProvider
from suyuan.hold.keyring import Keyring
from suyuan.hold.linked import LinkedPersons
from suyuan.hold.ports import KeyStore
from suyuan.terms import Entropy, PersonNumber, Recipient


class Labels(Keyring):
    """Names persons by epoch and recipients for the life of a log. A label reveals nothing."""

    def __init__(
        self, keys: KeyStore, *, kek: KekProvider, origin: str, entropy: Entropy, suite: Suite = Suite.AES
    ) -> None:
        super().__init__(keys, kek=kek, origin=origin, entropy=entropy, suite=suite)
        self._recipients: dict[Recipient, bytes] = {}
        self._registries: tuple[int, ...] = ()

    def use_registry(self, first_epoch: int) -> None:
        """Learn the first epoch of a registry; labels of later epochs hang on its eras, until the next one begins."""
        self._registries = tuple(sorted({*self._registries, first_epoch}))

    def registry_of(self, epoch: int) -> int:
        """Give the first epoch of the registry that an epoch is under; 0 for epoch 0, which is under none.

        Raises: RefusedError: no registry began by then.
        """
        if epoch == 0:
            return 0
        begun = [first for first in self._registries if first <= epoch]
        if not begun:
            raise RefusedError(f"epoch {epoch} is under no registry", code="ledger.epoch")
        return begun[-1]

    def label(self, person: PersonNumber, *, epoch: int) -> bytes:
        """Give the label of a person in an epoch. Raises: RefusedError: as `kdf.person_label`; or she was erased."""
        key = kdf.label_key(self._secret(person))
        return kdf.person_label(key, origin=self._origin, epoch=epoch, first_epoch=self.registry_of(epoch))

    def labels(self, persons: Sequence[int], *, epoch: int) -> Sequence[bytes]:
        """Give `label` of many persons, in order."""
        return self._labels(self._secrets(persons), epoch=epoch)

    def era_key(self, person: PersonNumber, *, start: int) -> bytes:
        """Give the key of a person's labels in the era that begins with epoch `start`, for her own account."""
        return kdf.era_key(kdf.label_key(self._secret(person)), origin=self._origin, start=start)

    def recipient_label(self, recipient: Recipient) -> bytes:
        """Give the label of an account or partner, from a secret of its own; one for the life of the log."""
        if recipient not in self._recipients:
            secret = self.named(f"recipient/{recipient.kind.value}/{recipient.id}")
            self._recipients[recipient] = kdf.label(kdf.label_key(secret), origin=self._origin)
        return self._recipients[recipient]

    def linked(self, persons: Sequence[int]) -> LinkedPersons:
        """Give what a trace may do with the persons that a dump's rows name: no mark shows, and no key leaves."""
        held = [int(person) for person, is_held in zip(persons, self.secrets_held(persons), strict=True) if is_held]
        return LinkedPersons(
            held, secrets=self._secrets(held), origin=self._origin, registry_of=self.registry_of, suite=self.suite
        )

    def _labels(self, secrets: Sequence[bytes], *, epoch: int) -> Sequence[bytes]:
        return bulk.person_labels(
            bulk.label_keys(secrets), origin=self._origin, epoch=epoch, first_epoch=self.registry_of(epoch)
        )
