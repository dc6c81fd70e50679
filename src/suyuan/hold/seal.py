"""Seal a record: canonical values under the person's data key, bound to person and version."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from suyuan.crypto import aead, canonical
from suyuan.hold.ports import Numbers
from suyuan.terms import Entropy, FieldName

_RECORD: Final = b"suyuan/record/v1\x00"

RECIPES: Final = FieldName("")
"""Under this name a record keeps the recipes of its values' forms, by field; no field has it, and readers of values pass over it."""


def associated(person: int, *, version: int) -> bytes:
    """Give the associated data that binds a sealed record to its person and version."""
    return _RECORD + person.to_bytes(8, "big") + version.to_bytes(8, "big")


def associated_each(persons: Numbers, *, versions: Numbers) -> npt.NDArray[np.uint8]:
    """Give `associated` of many records, shape (records, bytes)."""
    bound = np.empty((len(persons), len(_RECORD) + 16), np.uint8)
    bound[:, : len(_RECORD)] = np.frombuffer(_RECORD, np.uint8)
    bound[:, len(_RECORD) :] = np.column_stack((persons, versions)).astype(">u8").view(np.uint8)
    return bound


def seal(values: Mapping[FieldName, str], *, key: bytes, person: int, version: int, entropy: Entropy) -> bytes:
    """Give nonce || AES-256-GCM of the canonical JSON of the values."""
    return aead.wrap(
        canonical.encode(dict(values)),
        kek=key,
        nonce=entropy.draw(aead.NONCE_BYTES),
        associated=associated(person, version=version),
    )


def seal_each(
    values: Sequence[Mapping[FieldName, str | Mapping[FieldName, str]]],
    *,
    keys: Sequence[bytes],
    persons: Sequence[int],
    versions: Sequence[int],
    entropy: Entropy,
) -> list[bytes]:
    """Give `seal` of many records, each under its person's data key; a record may have `RECIPES` beside its values."""
    encode, wrap, bound, size = canonical.encode_plain, aead.wrap, associated, aead.NONCE_BYTES
    nonces = entropy.draw(size * len(values))
    rows = zip(values, keys, persons, versions, range(0, len(nonces), size), strict=True)
    return [
        wrap(encode(row), kek=key, nonce=nonces[at : at + size], associated=bound(person, version=version))
        for row, key, person, version, at in rows
    ]
