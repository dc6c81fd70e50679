"""The broker's room of export families: the secret biases and the decoys that all recipients of a family share."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from suyuan.crypto import draws, kdf
from suyuan.hold.keyring import Keyring

_WORD = 8


class FamilyKeys(Keyring):
    """Gives draws under a family's key, never the key. It is drawn when it is first asked for, and kept durably."""

    def bias_draws(self, family: str, *, field: str, persons: npt.NDArray[np.int64]) -> npt.NDArray[np.uint16]:
        """Give the 16-bit draw of each person's bias class for a field, the same for all recipients of an export family."""
        own = kdf.expand(self._family(family), info=b"suyuan/bias/v1\x00" + field.encode("utf-8"))
        return draws.numbered_draws(own, numbers=persons)

    def decoy_keys(self, family: str, *, numbers: Sequence[int]) -> list[bytes]:
        """Give the key of each of a family's decoys: class, identifiers and everything invented hang on it."""
        own = kdf.expand(self._family(family), info=b"suyuan/decoy/v1")
        return [kdf.expand(own, info=number.to_bytes(_WORD, "big")) for number in numbers]

    def decoy_salts(self, family: str, *, pool: int, ordinals: Sequence[int]) -> list[bytes]:
        """Give the salts under which a release commits to the family's decoys: each of one row key, and of no other."""
        own = kdf.expand(self._family(family), info=b"suyuan/decoy-salt/v1\x00" + pool.to_bytes(_WORD, "big"))
        return [kdf.expand(own, info=ordinal.to_bytes(_WORD, "big")) for ordinal in ordinals]

    def _family(self, family: str) -> bytes:
        return self.named("bias/" + family)
