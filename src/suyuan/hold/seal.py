"""Seal a record: canonical values under the person's data key, bound to person and version."""

from collections.abc import Mapping

from suyuan.crypto import aead, canonical
from suyuan.terms import Entropy, FieldName


def associated(person: int, *, version: int) -> bytes:
    """Give the associated data that binds a sealed record to its person and version."""
    return b"suyuan/record/v1\x00" + person.to_bytes(8, "big") + version.to_bytes(8, "big")


def seal(values: Mapping[FieldName, str], *, key: bytes, person: int, version: int, entropy: Entropy) -> bytes:
    """Give nonce || AES-256-GCM of the canonical JSON of the values."""
    return aead.wrap(
        canonical.encode(dict(values)),
        kek=key,
        nonce=entropy.draw(aead.NONCE_BYTES),
        associated=associated(person, version=version),
    )
