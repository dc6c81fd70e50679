"""Key derivation: everything that hangs on one person's 32-byte secret."""

import hmac
from typing import Final

from suyuan.crypto.merkle import leaf_hash, root
from suyuan.crypto.suite import Suite
from suyuan.errors import RefusedError

SECRET_BYTES: Final = 32

ERA_EPOCHS: Final = 32
"""Epochs whose labels hang on one era key."""

ERAS: Final = 15
"""Eras under one registry; with label zero they fill the 16 leaves of an enrolment commitment."""


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


def data_key(secret: bytes, *, suite: Suite = Suite.AES) -> bytes:
    """Give D_S: the key that opens a person's stored values. Only the broker calls this, after a receipt."""
    return suite.key(secret, info=b"suyuan/person/data/v1")


def era_start(epoch: int, *, first_epoch: int) -> int:
    """Give the first epoch of the era that holds an epoch, under the registry whose first era begins at `first_epoch`.

    Raises: RefusedError: the epoch is before the registry, or after its last era.
    """
    if not 1 <= first_epoch <= epoch:
        raise RefusedError(
            f"epoch {epoch} is not under the registry of epoch {first_epoch}",
            code="ledger.epoch",
            hint="ask for the label of the epoch in force",
        )
    era = (epoch - first_epoch) // ERA_EPOCHS
    if era >= ERAS:
        raise RefusedError(
            f"epoch {epoch} is after the last of the {ERAS * ERA_EPOCHS} epochs that this shard's registry covers",
            code="ledger.shard_full",
            hint="begin the next shard: suyuan ledger rotate NAME",
        )
    return first_epoch + ERA_EPOCHS * era


def era_starts(first_epoch: int) -> list[int]:
    """Give the first epochs of all eras under a registry."""
    return [first_epoch + ERA_EPOCHS * era for era in range(ERAS)]


def era_message(*, origin: str, start: int) -> bytes:
    """Give the `info` under which L_S expands to the key of the era that begins with epoch `start`."""
    return b"suyuan/label-era/v1\x00" + origin.encode("utf-8") + b"\x00" + start.to_bytes(4, "big")


def era_key(label_key: bytes, *, origin: str, start: int) -> bytes:
    """Give the key of a person's labels in one era; to disclose it names the entries of those epochs and no others."""
    return expand(label_key, info=era_message(origin=origin, start=start))


def label_message(*, origin: str, epoch: int) -> bytes:
    """Give the message whose HMAC is the label of an epoch: under L_S in epoch 0, under the era key from 1 on."""
    return b"suyuan/label/v1\x00" + origin.encode("utf-8") + b"\x00" + epoch.to_bytes(4, "big")


def label(key: bytes, *, origin: str, epoch: int = 0) -> bytes:
    """Give the 32-byte label of one log and epoch; unlinkable across both.

    Args:
        key: the label key in epoch 0 and for a recipient; a person's era key from epoch 1 on.
    """
    return hmac.digest(key, label_message(origin=origin, epoch=epoch), "sha256")


def person_label(label_key: bytes, *, origin: str, epoch: int, first_epoch: int) -> bytes:
    """Give a person's label in an epoch, under the registry whose first era begins at `first_epoch`.

    Raises: RefusedError: as `era_start`.
    """
    if epoch == 0:
        return label(label_key, origin=origin)
    start = era_start(epoch, first_epoch=first_epoch)
    return label(era_key(label_key, origin=origin, start=start), origin=origin, epoch=epoch)


PAYLOAD_SALT: Final = b"suyuan/payload-salt/v1\x00"
ROW_KEY: Final = b"suyuan/row-key/v1\x00"
PAYLOAD_KEY: Final = b"suyuan/payload-key/v1\x00"
BUDGET: Final = b"suyuan/budget/v1\x00"
OPENING_KEY: Final = b"suyuan/opening-key/v1\x00"

LABEL_ZERO: Final = b"suyuan/label-zero/v1\x00"
LABEL_ERA: Final = b"suyuan/label-era/v1\x00"


def enrolment_leaves(label_key: bytes, *, origin: str, first_epoch: int) -> list[bytes]:
    """Give the 16 leaf hashes of an enrolment commitment: label zero, then the era keys.

    Whoever is shown some eras' keys and the other leaves' hashes can check them, and learns no other key.
    """
    starts = era_starts(first_epoch)
    keys = [era_key(label_key, origin=origin, start=start) for start in starts]
    return [
        leaf_hash(LABEL_ZERO + label(label_key, origin=origin)),
        *(leaf_hash(LABEL_ERA + start.to_bytes(4, "big") + key) for start, key in zip(starts, keys, strict=True)),
    ]


def enrolment_commitment(label_key: bytes, *, origin: str, first_epoch: int) -> bytes:
    """Give the commitment to all labels of a person under one registry: the root over `enrolment_leaves`."""
    return root(enrolment_leaves(label_key, origin=origin, first_epoch=first_epoch))


def entry_payload_salt(payload_key: bytes, *, pool: int, ordinal: int) -> bytes:
    """Give the salt of an entry's payload commitment, by the row key it consumed."""
    return hmac.digest(payload_key, PAYLOAD_SALT + _u64_pair(pool, ordinal), "sha256")


def entry_payload_key(payload_key: bytes, *, pool: int, ordinal: int) -> bytes:
    """Give the AES-256-GCM key of an entry's payload; each message under a fresh nonce, since pools come round again."""
    return hmac.digest(payload_key, PAYLOAD_KEY + _u64_pair(pool, ordinal), "sha256")


def budget_token(payload_key: bytes, *, block: int) -> bytes:
    """Give by what a budget of one block of days tells a person from another: 8 bytes, of her own key, which dies with her."""
    return hmac.digest(payload_key, BUDGET + block.to_bytes(8, "big"), "sha256")[:8]


def table_salt_prefix(field: str) -> bytes:
    """Give the message of a table salt up to its nonce."""
    return b"suyuan/table-salt/v1\x00" + field.encode("utf-8") + b"\x00"


def table_salt(payload_key: bytes, *, field: str, nonce: int) -> bytes:
    """Give the salt of one row's form table; `nonce` stands in the manifest row."""
    return hmac.digest(payload_key, table_salt_prefix(field) + nonce.to_bytes(8, "big"), "sha256")


def registry_identifier_key(payload_key: bytes, *, suite: Suite = Suite.AES) -> bytes:
    """Give the sealing key of the identifier by which a person is enrolled, as it lies in the store."""
    return suite.key(payload_key, info=b"suyuan/registry-identifier/v1")


def row_key(payload_key: bytes, *, pool: int, ordinal: int, suite: Suite = Suite.AES) -> bytes:
    """Give the sealing key of a person's manifest row, by the row key it consumed."""
    return suite.mac(payload_key, message=ROW_KEY + _u64_pair(pool, ordinal))


def outcome_key(entry_payload_key: bytes, *, suite: Suite = Suite.AES) -> bytes:
    """Give the sealing key of a look-up's outcome: the key of its entry's payload, or what SM4 makes of it."""
    return suite.sealing_key(entry_payload_key)


def table_pad_prefix(field: str) -> bytes:
    """Give the message of a table pad up to its nonce."""
    return b"suyuan/table-pad/v1\x00" + field.encode("utf-8") + b"\x00"


def table_pad(payload_key: bytes, *, field: str, nonce: int) -> bytes:
    """Give what hides the commitment to a stored record's form table; `nonce` is the record's version."""
    return hmac.digest(payload_key, table_pad_prefix(field) + nonce.to_bytes(8, "big"), "sha256")


def _u64_pair(first: int, second: int) -> bytes:
    return first.to_bytes(8, "big") + second.to_bytes(8, "big")
