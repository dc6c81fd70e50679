"""What hangs on a person's payload key for one consent of hers: the salt of its commitment, the key of its record, and the
key of what in the store leads to its ledger entry.
"""

import hmac
from typing import Final

from suyuan.crypto.suite import Suite

_SALT: Final = b"suyuan/consent-salt/v1\x00"
_KEY: Final = b"suyuan/consent-key/v1\x00"
_PLACE: Final = b"suyuan/consent-place/v1\x00"
_ENDED: Final = b"suyuan/consent-ended/v1\x00"

ENDED_BYTES: Final = 16


def consent_salt(payload_key: bytes, *, id: bytes) -> bytes:
    """Give the salt of the commitment to a consent's record; `id` names the consent and is never used again."""
    return hmac.digest(payload_key, _SALT + id, "sha256")


def consent_key(payload_key: bytes, *, id: bytes) -> bytes:
    """Give the AES-256-GCM key of a consent's record; to disclose it opens that one record."""
    return hmac.digest(payload_key, _KEY + id, "sha256")


def place_key(payload_key: bytes, *, row: bytes, suite: Suite = Suite.AES) -> bytes:
    """Give the sealing key of what leads from a consent in the store to its ledger entry; `row`: the digest of its row."""
    return suite.mac(payload_key, message=_PLACE + row)


def ended_mark(payload_key: bytes, *, id: bytes) -> bytes:
    """Give what a key store keeps of a consent that was taken back: nobody without the person's key knows whose it is."""
    return hmac.digest(payload_key, _ENDED + id, "sha256")[:ENDED_BYTES]
