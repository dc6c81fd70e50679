"""Many rows at once: labels, salts and commitments in as tight a loop as Python allows.

Each function equals its scalar twin in `kdf` and `commit`, row by row. HMAC is spelled as its two SHA-256
calls over padded keys made with `bytes.translate`, which is about half the cost of `hmac.digest`; where the kernel of
`side_by_side` is there and rows are many, it takes the loop's place, at half to a quarter of that again.

Source: RFC 2104. Test: tests/properties/test_bulk.py
"""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from itertools import repeat
from typing import Final

from suyuan.crypto import side_by_side
from suyuan.crypto.commit import PAYLOAD, TABLES
from suyuan.crypto.kdf import (
    BUDGET,
    LABEL_ERA,
    LABEL_ZERO,
    PAYLOAD_KEY,
    PAYLOAD_SALT,
    ROW_KEY,
    era_message,
    era_start,
    era_starts,
    label_message,
    table_pad_prefix,
    table_salt_prefix,
)
from suyuan.crypto.merkle import LEAF
from suyuan.crypto.suite import Suite
from suyuan.terms import FieldName

_INNER: Final = bytes(i ^ 0x36 for i in range(256))
_OUTER: Final = bytes(i ^ 0x5C for i in range(256))
_INNER_TAIL: Final = b"\x36" * 32
_OUTER_TAIL: Final = b"\x5c" * 32


def hmac_rows(keys: Iterable[bytes], *, message: bytes) -> Sequence[bytes]:
    """Give HMAC-SHA256(key, message) for every 32-byte key."""
    if isinstance(keys, Sequence) and side_by_side.is_ready(len(keys)):
        return side_by_side.hmac_rows(keys, message=message)
    hasher, inner, outer = sha256, _INNER, _OUTER
    inner_tail, outer_tail = _INNER_TAIL + message, _OUTER_TAIL
    return [
        hasher(key.translate(outer) + outer_tail + hasher(key.translate(inner) + inner_tail).digest()).digest()
        for key in keys
    ]


def ready(keys: Sequence[bytes]) -> Sequence[bytes]:
    """Give keys that are to sign several messages each: what all of them begin with is computed once, where they are many."""
    return side_by_side.KeyRows.of(keys) if side_by_side.is_ready(len(keys)) else keys


def picked(keys: Sequence[bytes], places: Sequence[int]) -> Sequence[bytes]:
    """Give the keys at some places, with what was computed for them already."""
    return keys.pick(places) if isinstance(keys, side_by_side.KeyRows) else [keys[place] for place in places]


def label_keys(secrets: Iterable[bytes]) -> Sequence[bytes]:
    """Give L_S of every person secret; twin of `kdf.label_key`."""
    return hmac_rows(secrets, message=b"suyuan/person/label/v1\x01")


def payload_keys(secrets: Iterable[bytes]) -> Sequence[bytes]:
    """Give P_S of every person secret; twin of `kdf.payload_key`."""
    return hmac_rows(secrets, message=b"suyuan/person/payload/v1\x01")


def era_keys(label_keys: Iterable[bytes], *, origin: str, start: int) -> Sequence[bytes]:
    """Give the era key of every label key; twin of `kdf.era_key`."""
    return hmac_rows(label_keys, message=era_message(origin=origin, start=start) + b"\x01")


def data_keys(secrets: Iterable[bytes], *, suite: Suite = Suite.AES) -> Sequence[bytes]:
    """Give D_S of every person secret; twin of `kdf.data_key`."""
    return _sealing_keys(secrets, info=b"suyuan/person/data/v1", suite=suite)


def registry_identifier_keys(payload_keys: Iterable[bytes], *, suite: Suite = Suite.AES) -> Sequence[bytes]:
    """Give the key that seals each person's registry identifier; twin of `kdf.registry_identifier_key`."""
    return _sealing_keys(payload_keys, info=b"suyuan/registry-identifier/v1", suite=suite)


def labels(keys: Iterable[bytes], *, origin: str, epoch: int = 0) -> Sequence[bytes]:
    """Give the label of every label key (epoch 0) or era key; twin of `kdf.label`."""
    return hmac_rows(keys, message=label_message(origin=origin, epoch=epoch))


def person_labels(label_keys: Iterable[bytes], *, origin: str, epoch: int, first_epoch: int) -> Sequence[bytes]:
    """Give every person's label in an epoch; twin of `kdf.person_label`."""
    if epoch == 0:
        return labels(label_keys, origin=origin)
    start = era_start(epoch, first_epoch=first_epoch)
    return labels(era_keys(label_keys, origin=origin, start=start), origin=origin, epoch=epoch)


def enrolment_commitments(label_keys: Iterable[bytes], *, origin: str, first_epoch: int) -> list[bytes]:
    """Give the commitment to every person's labels; twin of `kdf.enrolment_commitment`."""
    hasher, inner, outer, outer_tail = sha256, _INNER, _OUTER, _OUTER_TAIL
    zero = _INNER_TAIL + label_message(origin=origin, epoch=0)
    eras = [
        (
            LEAF + LABEL_ERA + start.to_bytes(4, "big"),
            _INNER_TAIL + era_message(origin=origin, start=start) + b"\x01",
        )
        for start in era_starts(first_epoch)
    ]
    zero_leaf = LEAF + LABEL_ZERO
    found: list[bytes] = []
    for key in label_keys:
        inside, outside = key.translate(inner), key.translate(outer) + outer_tail
        label = hasher(outside + hasher(inside + zero).digest()).digest()
        level = [hasher(zero_leaf + label).digest()]
        level += [
            hasher(leaf + hasher(outside + hasher(inside + message).digest()).digest()).digest()
            for leaf, message in eras
        ]
        while len(level) > 1:
            level = [hasher(b"\x01" + level[i] + level[i + 1]).digest() for i in range(0, len(level), 2)]
        found.append(level[0])
    return found


def payload_salts(payload_keys: Sequence[bytes], *, pool: int, first: int) -> Sequence[bytes]:
    """Give the payload salts of consecutive ordinals from `first`; twin of `kdf.entry_payload_salt`."""
    ordinals = range(first, first + len(payload_keys))
    return _by_number(payload_keys, message=PAYLOAD_SALT + pool.to_bytes(8, "big"), numbers=ordinals)


def entry_payload_keys(payload_keys: Sequence[bytes], *, pool: int, first: int) -> Sequence[bytes]:
    """Give the keys of the payloads of consecutive ordinals from `first`; twin of `kdf.entry_payload_key`."""
    ordinals = range(first, first + len(payload_keys))
    return _by_number(payload_keys, message=PAYLOAD_KEY + pool.to_bytes(8, "big"), numbers=ordinals)


def budget_tokens(payload_keys: Sequence[bytes], *, block: int) -> list[bytes]:
    """Give by what a budget of one block of days tells persons apart, 8 bytes each; twin of `kdf.budget_token`."""
    return [token[:8] for token in hmac_rows(payload_keys, message=BUDGET + block.to_bytes(8, "big"))]


def budget_pairs(payload_keys: Sequence[bytes], *, block: int) -> bytes:
    """Give `budget_tokens` of a block of days and of the next, person by person, joined: 16 bytes each."""
    if isinstance(payload_keys, side_by_side.KeyRows) and side_by_side.is_ready(len(payload_keys)):
        return side_by_side.hmac_heads(payload_keys, message=BUDGET, numbers=(block, block + 1), size=8)
    blocks = (budget_tokens(payload_keys, block=each) for each in (block, block + 1))
    return b"".join([token + after for token, after in zip(*blocks, strict=True)])


def shared_payload_commitments(salts: Sequence[bytes], *, payload: bytes) -> Sequence[bytes]:
    """Give the commitment of every row to one payload; twin of `commit.commitment` with tag PAYLOAD."""
    if side_by_side.is_ready(len(salts)):
        return side_by_side.hash_rows(salts, before=PAYLOAD + b"\x00", after=payload)
    return payload_commitments(salts, payloads=repeat(payload, len(salts)))


def payload_commitments(salts: Iterable[bytes], *, payloads: Iterable[bytes]) -> list[bytes]:
    """Give the payload commitment of every row; twin of `commit.commitment` with tag PAYLOAD."""
    hasher, prefix = sha256, PAYLOAD + b"\x00"
    return [hasher(prefix + salt + payload).digest() for salt, payload in zip(salts, payloads, strict=True)]


def table_salts(payload_keys: Iterable[bytes], *, field: str, nonces: Iterable[int]) -> Sequence[bytes]:
    """Give the salt of one field's form table in every row; twin of `kdf.table_salt`."""
    return _by_number(payload_keys, message=table_salt_prefix(field), numbers=nonces)


def table_pads(payload_keys: Iterable[bytes], *, field: str, nonces: Iterable[int]) -> Sequence[bytes]:
    """Give what hides the commitments to one field's form tables; twin of `kdf.table_pad`."""
    return _by_number(payload_keys, message=table_pad_prefix(field), numbers=nonces)


def committed_tables(
    payload_keys: Sequence[bytes], *, nonces: Sequence[int], tables: Mapping[FieldName, Sequence[bytes]]
) -> tuple[list[bytes], list[bytes]]:
    """Give `table_commitments` under the `table_salts` of every field, and its `table_pads`, in one pass over the keys.

    Returns: both row by row, in each row field by field.
    """
    hasher, inner, outer, outer_tail = sha256, _INNER, _OUTER, _OUTER_TAIL
    prefix = TABLES + b"\x00"
    heads = [(_INNER_TAIL + table_salt_prefix(field), _INNER_TAIL + table_pad_prefix(field)) for field in tables]
    committed: list[bytes] = []
    pads: list[bytes] = []
    for key, nonce, texts in zip(payload_keys, nonces, zip(*tables.values(), strict=True), strict=True):
        inside, outside, number = key.translate(inner), key.translate(outer) + outer_tail, nonce.to_bytes(8, "big")
        committed += [
            hasher(prefix + hasher(outside + hasher(inside + salt + number).digest()).digest() + text).digest()
            for (salt, _), text in zip(heads, texts, strict=True)
        ]
        pads += [hasher(outside + hasher(inside + pad + number).digest()).digest() for _, pad in heads]
    return committed, pads


def row_keys(
    payload_keys: Iterable[bytes], *, pool: int, ordinals: Iterable[int], suite: Suite = Suite.AES
) -> Sequence[bytes]:
    """Give the keys of manifest rows; twin of `kdf.row_key`."""
    head = ROW_KEY + pool.to_bytes(8, "big")
    if suite is Suite.AES:
        return _by_number(payload_keys, message=head, numbers=ordinals)
    pairs = zip(payload_keys, ordinals, strict=True)
    return [suite.mac(key, message=head + number.to_bytes(8, "big")) for key, number in pairs]


def _sealing_keys(secrets: Iterable[bytes], *, info: bytes, suite: Suite) -> Sequence[bytes]:
    if suite is Suite.AES:
        return hmac_rows(secrets, message=info + b"\x01")
    return suite.keys(secrets, info=info)


def _by_number(keys: Iterable[bytes], *, message: bytes, numbers: Iterable[int]) -> Sequence[bytes]:
    """Give HMAC-SHA256(key, message || u64 number), row by row."""
    if isinstance(keys, Sequence) and side_by_side.is_ready(len(keys)):
        return side_by_side.hmac_rows(keys, message=message, numbers=numbers)
    hasher, inner, outer, outer_tail = sha256, _INNER, _OUTER, _OUTER_TAIL
    head = _INNER_TAIL + message
    return [
        hasher(
            key.translate(outer) + outer_tail + hasher(key.translate(inner) + head + number.to_bytes(8, "big")).digest()
        ).digest()
        for key, number in zip(keys, map(int, numbers), strict=True)
    ]


def table_commitments(salts: Iterable[bytes], *, tables: Iterable[bytes]) -> list[bytes]:
    """Give the commitment to every row's form table; twin of `commit.commitment` with tag TABLES."""
    hasher, prefix = sha256, TABLES + b"\x00"
    return [hasher(prefix + salt + table).digest() for salt, table in zip(salts, tables, strict=True)]
