"""Spent marks: what an opening reads counts nothing in a later one. Kept beside the opening, columns and no rows.

The side is `u32be header size || header || for each channel: releases u64le ... || rows u64le ...`; the header is
canonical JSON with the count of each channel, in their order.
"""

from collections.abc import Collection, Sequence

import numpy as np
import polars as pl

from suyuan.crypto import canonical
from suyuan.errors import VerificationError
from suyuan.terms import FieldName
from suyuan.trace.naming.copies import Copies
from suyuan.trace.naming.known import SHOWN_SIDE, cell_tokens, encode_shown
from suyuan.trace.naming.reads import Reads

SPENT_SIDE = "spent"

Mark = tuple[int, int, str]
"""Release, row in its manifest, and channel."""

_SIZE = 4
_WORD = 8


def sides_for_later(
    rows: pl.DataFrame, *, channels: Sequence[FieldName], salt: bytes, copies: Copies, reads: Reads
) -> dict[str, bytes]:
    """Give what an opening keeps for later ones: the cells that its dump shows, and the marks that it reads.

    Args:
        rows: the linked rows. salt: the opening's. copies, reads: those that count.
    """
    tokens = cell_tokens(rows, channels=channels, own=copies.linked.opening_keys(salt))
    return {SHOWN_SIDE: encode_shown(tokens), SPENT_SIDE: encode_spent(copies, reads=reads)}


def encode_spent(copies: Copies, *, reads: Reads) -> bytes:
    """Give the marks that an opening is about to read: per copy, the channels of `reads`."""
    counts: dict[str, canonical.Json] = {}
    columns: list[bytes] = []
    for channel in reads.channels:
        mine = reads.counting(channel)
        if not mine.any():
            continue
        counts[channel] = int(mine.sum())
        columns += [copies.release[mine].astype("<u8").tobytes(), copies.row[mine].astype("<u8").tobytes()]
    header = canonical.encode(counts)
    return len(header).to_bytes(_SIZE, "big") + header + b"".join(columns)


def decode_spent(side: bytes, *, releases: Collection[int]) -> frozenset[Mark]:
    """Give the spent marks of these releases.

    Raises: VerificationError: not what `encode_spent` wrote.
    """
    cut = _SIZE + int.from_bytes(side[:_SIZE], "big")
    counts = canonical.decode_object(side[_SIZE:cut])
    wanted = np.array(sorted(releases), dtype=np.uint64)
    found: set[Mark] = set()
    for channel, count in counts.items():
        if not isinstance(count, int) or len(side) < cut + 2 * _WORD * count:
            raise VerificationError("the marks that a trace has spent: not as they were written")
        words = np.frombuffer(side, dtype="<u8", count=2 * count, offset=cut)
        cut += 2 * _WORD * count
        mine = np.isin(words[:count], wanted)
        pairs = zip(words[:count][mine].tolist(), words[count:][mine].tolist(), strict=True)
        found.update((release, row, channel) for release, row in pairs)
    if cut != len(side):
        raise VerificationError("the marks that a trace has spent: not as they were written")
    return frozenset(found)
