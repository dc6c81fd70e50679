"""Salted commitments: what the ledger holds in place of a payload."""

import hmac
from hashlib import sha256
from typing import Final

from suyuan.errors import RefusedError, VerificationError

PAYLOAD: Final = b"suyuan/payload/v1"
TABLES: Final = b"suyuan/tables/v1"
RECIPIENT: Final = b"suyuan/recipient/v1"
OUTCOME: Final = b"suyuan/outcome/v1"
TRACE_OPEN: Final = b"suyuan/trace-open/v1"
PLANTED: Final = b"suyuan/planted/v1"
SHARED: Final = b"suyuan/shared/v1"
FAMILY: Final = b"suyuan/family/v1"
LANE: Final = b"suyuan/lane/v1"
ACCOUNT: Final = b"suyuan/account/v1"
CONSENT: Final = b"suyuan/consent/v1"
REPORT: Final = b"suyuan/report/v1"
NOTE: Final = b"suyuan/trace-note/v1"

SALT_BYTES: Final = 32


def commitment(tag: bytes, *, salt: bytes, payload: bytes) -> bytes:
    """Give SHA-256(tag || 0 || salt || payload): binding, and hiding while the salt is secret.

    Args:
        tag: one of this module's tags; separates the uses.
        salt: 32 bytes, never used for another payload under the same tag.
    Raises: RefusedError: a salt that is not 32 bytes.
    """
    if len(salt) != SALT_BYTES:
        raise RefusedError(f"a commitment's salt has {SALT_BYTES} bytes, got {len(salt)}")
    return sha256(tag + b"\x00" + salt + payload).digest()


def verify_commitment(committed: bytes, *, tag: bytes, salt: bytes, payload: bytes) -> None:
    """Check that salt and payload open the commitment.

    Raises: VerificationError: they do not.
    """
    if len(salt) != SALT_BYTES or not hmac.compare_digest(committed, commitment(tag, salt=salt, payload=payload)):
        raise VerificationError(f"commitment {tag.decode('ascii')}: the opening does not match")


def lane_commitment(lane_key: bytes) -> bytes:
    """Give the commitment to one lane key, which is its own salt: SHA-256("suyuan/lane/v1" || 0 || key)."""
    return sha256(LANE + b"\x00" + lane_key).digest()


def digest(data: bytes) -> bytes:
    """Give the SHA-256 of some bytes."""
    return sha256(data).digest()
