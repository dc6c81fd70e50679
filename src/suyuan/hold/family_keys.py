"""The broker's room of export families: the secret biases that all recipients of a family share."""

import numpy as np
import numpy.typing as npt

from suyuan.crypto import draws, kdf
from suyuan.errors import VerificationError
from suyuan.hold.keyring import Keyring


class FamilyKeys(Keyring):
    """Gives draws under a family's key, never the key."""

    def bias_draws(self, family: str, *, field: str, persons: npt.NDArray[np.int64]) -> npt.NDArray[np.uint16]:
        """Give the 16-bit draw of each person's bias class for a field, the same for all recipients of an export family.

        The family's key is drawn when it is first asked for, and kept durably; nobody else is ever given it.
        """
        name = "bias/" + family
        key = self._named(name)
        if key is None:
            self._put_named(name, self._entropy.draw(kdf.SECRET_BYTES))
            key = self._named(name)
        if key is None:
            raise VerificationError("the key of an export family is not in the key store")
        own = kdf.expand(key, info=b"suyuan/bias/v1\x00" + field.encode("utf-8"))
        return draws.numbered_draws(own, numbers=persons)
