"""Seal a record: canonical values under the person's data key, bound to person and version."""

from collections.abc import Mapping, Sequence

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


def seal_each(
    values: Sequence[Mapping[FieldName, str]],
    *,
    keys: Sequence[bytes],
    persons: Sequence[int],
    versions: Sequence[int],
    entropy: Entropy,
) -> list[bytes]:
    """Give `seal` of many records, each under its person's data key."""
    encode, wrap, bound, size = canonical.encode_plain, aead.wrap, associated, aead.NONCE_BYTES
    nonces = entropy.draw(size * len(values))
    rows = zip(values, keys, persons, versions, range(0, len(nonces), size), strict=True)
    return [
        wrap(encode(row), kek=key, nonce=nonces[at : at + size], associated=bound(person, version=version))
        for row, key, person, version, at in rows
    ]
