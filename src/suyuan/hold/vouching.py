"""What the key store vouches for: rows of the data store that give rights, so that writing such a row gives none.

A digest of each lies among the wrapped secrets. Who has the data store alone cannot make one, nor bring an earlier row back.
"""

import hmac
from hashlib import sha256
from typing import Final

from suyuan.crypto import canonical
from suyuan.hold.keyring import Keyring

VOUCHED: Final = "vouched/"
"""How the names of these secrets begin; the rest is the row's kind and a digest of its id."""


class Vouching(Keyring):
    """Remembers what rows say, one digest each."""

    def vouch(self, kind: str, *, id: str, row: object) -> None:
        """Remember, durably, that a row says this from now on, and nothing it said before."""
        self.replace(_name(kind, id=id), _digest(row))

    def is_vouched(self, kind: str, *, id: str, row: object) -> bool:
        """Say whether a row is as it was last vouched for; None is a row that is not there, and was never."""
        kept = self.held(_name(kind, id=id))
        if kept is None or row is None:
            return kept is None and row is None
        return hmac.compare_digest(kept, _digest(row))


def _name(kind: str, *, id: str) -> str:
    return f"{VOUCHED}{kind}/{sha256(id.encode('utf-8', 'surrogatepass')).hexdigest()}"


def _digest(row: object) -> bytes:
    return sha256(b"suyuan/vouched-row/v1\x00" + canonical.encode(row)).digest()
