"""What hangs on a person's payload key for one consent of hers: the salt of its commitment and the key of its record."""

import hmac
from typing import Final

_SALT: Final = b"suyuan/consent-salt/v1\x00"
_KEY: Final = b"suyuan/consent-key/v1\x00"


def consent_salt(payload_key: bytes, *, id: bytes) -> bytes:
    """Give the salt of the commitment to a consent's record; `id` names the consent and is never used again."""
    return hmac.digest(payload_key, _SALT + id, "sha256")


def consent_key(payload_key: bytes, *, id: bytes) -> bytes:
    """Give the AES-256-GCM key of a consent's record; to disclose it opens that one record."""
    return hmac.digest(payload_key, _KEY + id, "sha256")
