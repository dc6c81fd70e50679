"""Commitments of many persons side by side: to the keys of all their labels, and to the form tables of their records.

What `bulk` gives row by row, in as few runs of the hash as there are hashes in a row. Only where `side_by_side.is_ready`.

Test: tests/properties/test_committing.py holds each equal to its twin in `bulk`.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from suyuan.crypto import bulk, side_by_side
from suyuan.crypto.kdf import (
    ERAS,
    LABEL_ERA,
    LABEL_ZERO,
    era_message,
    era_starts,
    label_message,
    table_pad_prefix,
    table_salt_prefix,
)
from suyuan.crypto.merkle import LEAF
from suyuan.crypto.side_by_side import KeyRows
from suyuan.terms import FieldName

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Digests = npt.NDArray[np.uint8]


def enrolment_commitments(label_keys: Sequence[bytes], *, origin: str, first_epoch: int) -> list[bytes]:
    """Give the commitment to every person's labels; twin of `bulk.enrolment_commitments`."""
    import numpy as np

    keys = KeyRows.of(label_keys)
    level = np.empty((len(keys), 1 + ERAS, 32), np.uint8)
    level[:, 0] = _leaves(keys, message=label_message(origin=origin, epoch=0), head=LABEL_ZERO)
    for place, start in enumerate(era_starts(first_epoch), start=1):
        message = era_message(origin=origin, start=start) + b"\x01"
        level[:, place] = _leaves(keys, message=message, head=LABEL_ERA + start.to_bytes(4, "big"))
    joined = level.tobytes()
    while len(joined) > 32 * len(keys):
        joined = side_by_side.hash_joined(joined, size=64, before=b"\x01")
    return side_by_side.split(joined)


def hidden_tables(
    payload_keys: Sequence[bytes], *, nonces: Sequence[int], tables: Mapping[FieldName, Sequence[bytes]]
) -> dict[FieldName, list[bytes]]:
    """Give the commitments to the form tables of every field, hidden; what `bulk.committed_tables` gives, crossed."""
    keys = KeyRows.of(payload_keys)
    found: dict[FieldName, list[bytes]] = {}
    for field, texts in tables.items():
        salts = side_by_side.hmac_rows(keys, message=table_salt_prefix(field), numbers=nonces)
        pads = side_by_side.hmac_rows(keys, message=table_pad_prefix(field), numbers=nonces)
        # The tables are of many lengths: their own hashes are taken one by one.
        committed = b"".join(bulk.table_commitments(salts, tables=texts))
        found[field] = side_by_side.split(_crossed(committed, side_by_side.joined(pads)))
    return found


def _crossed(ones: bytes, others: bytes) -> bytes:
    import numpy as np

    return (np.frombuffer(ones, np.uint8) ^ np.frombuffer(others, np.uint8)).tobytes()


def _leaves(keys: KeyRows, *, message: bytes, head: bytes) -> "Digests":
    signed = side_by_side.hmac_rows(keys, message=message)
    return side_by_side.hash_array(signed.array, before=LEAF + head).array
