"""The broker's room of export families: the secret biases that all recipients of a family share."""

import numpy as np
import numpy.typing as npt

from suyuan.crypto import draws, kdf
from suyuan.hold.keyring import Keyring


class FamilyKeys(Keyring):
    """Gives draws under a family's key, never the key."""

    def bias_draws(self, family: str, *, field: str, persons: npt.NDArray[np.int64]) -> npt.NDArray[np.uint16]:
        """Give the 16-bit draw of each person's bias class for a field, the same for all recipients of an export family.

        The family's key is drawn when it is first asked for, and kept durably; nobody else is ever given it.
        """
        own = kdf.expand(self.named("bias/" + family), info=b"suyuan/bias/v1\x00" + field.encode("utf-8"))
        return draws.numbered_draws(own, numbers=persons)
