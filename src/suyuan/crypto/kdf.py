"""Key derivation: everything that hangs on one person's 32-byte secret."""

import hmac
from typing import Final

from suyuan.errors import RefusedError

SECRET_BYTES: Final = 32


def expand(secret: bytes, *, info: bytes) -> bytes:
    """Give the 32-byte HKDF-Expand of a uniformly random 32-byte secret for one use.

    Raises: RefusedError: a secret that is not 32 bytes.
    Source: RFC 5869 section 2.3 with SHA-256 and L = 32: HMAC(secret, info || 0x01).
    """
    if len(secret) != SECRET_BYTES:
        raise RefusedError(f"a secret has {SECRET_BYTES} bytes, got {len(secret)}")
    return hmac.digest(secret, info + b"\x01", "sha256")


def label_key(secret: bytes) -> bytes:
    """Give L_S: the key that names a person's (or a recipient's) entries."""
    return expand(secret, info=b"suyuan/person/label/v1")


def payload_key(secret: bytes) -> bytes:
    """Give P_S: the key under which a person's payload keys and salts hang."""
    return expand(secret, info=b"suyuan/person/payload/v1")


def data_key(secret: bytes) -> bytes:
    """Give D_S: the key that opens a person's stored values. Only the broker calls this, after a receipt."""
    return expand(secret, info=b"suyuan/person/data/v1")


def label_message(*, origin: str, epoch: int) -> bytes:
    """Give the message whose HMAC under L_S is the label of an epoch."""
    return b"suyuan/label/v1\x00" + origin.encode("utf-8") + b"\x00" + epoch.to_bytes(4, "big")


def label(label_key: bytes, *, origin: str, epoch: int = 0) -> bytes:
    """Give the 32-byte label of a person or recipient in one log and epoch; unlinkable across both."""
    return hmac.digest(label_key, label_message(origin=origin, epoch=epoch), "sha256")


def entry_payload_salt(payload_key: bytes, *, pool: int, ordinal: int) -> bytes:
    """Give the salt of an entry's payload commitment, by the row key it consumed."""
    return hmac.digest(payload_key, b"suyuan/payload-salt/v1\x00" + _u64_pair(pool, ordinal), "sha256")


def entry_payload_key(payload_key: bytes, *, pool: int, ordinal: int) -> bytes:
    """Give the AES-256-GCM key of an entry's payload; each message under a fresh nonce, since pools come round again."""
    return hmac.digest(payload_key, b"suyuan/payload-key/v1\x00" + _u64_pair(pool, ordinal), "sha256")


def table_salt_prefix(field: str) -> bytes:
    """Give the message of a table salt up to its nonce."""
    return b"suyuan/table-salt/v1\x00" + field.encode("utf-8") + b"\x00"


def table_salt(payload_key: bytes, *, field: str, nonce: int) -> bytes:
    """Give the salt of one row's form table; `nonce` stands in the manifest row."""
    return hmac.digest(payload_key, table_salt_prefix(field) + nonce.to_bytes(8, "big"), "sha256")


def _u64_pair(first: int, second: int) -> bytes:
    return first.to_bytes(8, "big") + second.to_bytes(8, "big")
