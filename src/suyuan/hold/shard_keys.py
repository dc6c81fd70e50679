"""The keys that sign the log: one for each shard, by the shard's origin."""

from suyuan.crypto.sign import SigningKey
from suyuan.crypto.suite import Suite
from suyuan.errors import RefusedError, VerificationError
from suyuan.hold.kek import KekProvider
from suyuan.hold.keyring import Keyring
from suyuan.hold.ports import KeyStore
from suyuan.terms import Entropy


class ShardKeys(Keyring):
    """Gives the key in force, and draws the next one. The first shard's origin is the log's own name for ever."""

    def __init__(
        self, keys: KeyStore, *, kek: KekProvider, origin: str, entropy: Entropy, suite: Suite = Suite.AES
    ) -> None:
        super().__init__(keys, kek=kek, origin=origin, entropy=entropy, suite=suite)
        self._log: SigningKey | None = None

    @property
    def first_origin(self) -> str:
        """The name of the first shard, which every label carries, whichever shard is in force."""
        return self._origin

    def log_key(self) -> SigningKey:
        """Give the key that signs the log: that of the shard in force."""
        return self._log or self.use_shard(self._origin)

    def use_shard(self, origin: str) -> SigningKey:
        """Let the shard of this origin be in force, and give its key.

        Raises: VerificationError: the key store has no such key.
        """
        self._log = self.shard_key(origin)
        return self._log

    def shard_key(self, origin: str, *, new: bool = False) -> SigningKey:
        """Give the key of the shard of an origin; with `new` it is drawn if there is none.

        Raises: VerificationError: the key store has no such key.
        """
        name = "log-key" if origin == self._origin else f"log-key/{origin}"
        seed = self.named(name) if new or origin == self._origin else self._named(name)
        if seed is None:
            raise VerificationError(
                f"the key store has no key for the shard {origin}",
                code="hold.shard",
                hint="see that keys.db and the ledger belong together; restore keys.db from its newest backup",
            )
        return SigningKey(seed, name=origin)

    def note_recovered(self, index: int, *, origin: str) -> None:
        """Remember durably under which origin the shard is recovered that entry `index` opens: no entry says it.

        Raises: RefusedError: another origin was remembered, by a recovery that broke off.
        """
        noted = self.recovered(index)
        if noted is None:
            self._put_named(f"shard-at/{index}", origin.encode("utf-8"))
        elif noted != origin:
            raise RefusedError(
                f"a recovery under {noted} was begun and broke off", code="ledger.shard", hint="run it under that name"
            )

    def recovered(self, index: int) -> str | None:
        """Give the origin that `note_recovered` remembered."""
        noted = self._named(f"shard-at/{index}")
        return None if noted is None else noted.decode("utf-8")
