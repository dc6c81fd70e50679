"""Observations: what was read of marks, slot by slot, as the score takes it."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from suyuan.mark.coalition import EITHER, WIDE
from suyuan.mark.law import OMISSION, chance_columns
from suyuan.mark.score import Observations
from suyuan.mark.table import ERASED
from suyuan.trace.naming.copies import Copies, Whole
from suyuan.trace.naming.reading import FieldReading, OmissionReading, Pairs
from suyuan.trace.naming.reads import Reads
from suyuan.trace.naming.threads import each

_Columns = tuple[
    npt.NDArray[np.int32], npt.NDArray[np.int8], npt.NDArray[np.float64], npt.NDArray[np.bool_], npt.NDArray[np.int8]
]
"""Observations: pair, channel, chance, whether they match, and which of two choices they are. There are several for every pair."""


def observe(
    pairs: Pairs,
    *,
    copies: Copies,
    persons: Whole,
    readings: Sequence[FieldReading],
    omissions: OmissionReading,
    reads: Reads,
) -> Observations:
    """Give the long observations that the score takes: the channels that count, and of them what can be read."""

    def seen_of(channel: int) -> list[_Columns]:
        return _seen_of(readings[channel], channel=channel, pairs=pairs, reads=reads)

    columns = [part for parts in each(seen_of, range(len(readings)), values=len(pairs.copy)) for part in parts]
    fresh = _counting(omissions.pair, pairs=pairs, channel=OMISSION, reads=reads)
    columns.append(
        (
            omissions.pair[fresh].astype(np.int32),
            np.full(int(fresh.sum()), len(readings), dtype=np.int8),
            omissions.chance[fresh],
            omissions.match[fresh],
            np.full(int(fresh.sum()), EITHER, dtype=np.int8),
        )
    )
    return Observations(
        suspects=len(copies.suspects),
        channels=(*(reading.opened.field for reading in readings), OMISSION),
        suspect=copies.suspect[pairs.copy],
        person=persons[pairs.link],
        pair=np.concatenate([column[0] for column in columns]),
        channel=np.concatenate([column[1] for column in columns]),
        chance=np.concatenate([column[2] for column in columns]),
        match=np.concatenate([column[3] for column in columns]),
        side=np.concatenate([column[4] for column in columns]),
    )


def _seen_of(reading: FieldReading, *, channel: int, pairs: Pairs, reads: Reads) -> list[_Columns]:
    """Give the observations of one field, slot by slot."""
    opened = reading.opened
    fresh = _counting(opened.pair, pairs=pairs, channel=opened.field, reads=reads)
    shown = np.maximum(opened.choices, 0).astype(np.uint8)
    chances = chance_columns(shown, radices=opened.radices, biases=opened.biases)
    columns: list[_Columns] = []
    for slot in range(opened.radices.shape[1]):
        seen = np.flatnonzero(fresh & (opened.choices[:, slot] != ERASED))
        choices = shown[seen, slot]
        columns.append(
            (
                opened.pair[seen].astype(np.int32),
                np.full(len(seen), channel, dtype=np.int8),
                chances[seen, slot],
                choices == reading.marks[seen, slot],
                np.where(opened.radices[seen, slot] == 2, choices, WIDE).astype(np.int8),
            )
        )
    return columns


def _counting(pair_of: Whole, *, pairs: Pairs, channel: str, reads: Reads) -> npt.NDArray[np.bool_]:
    """Give which pairs' copies have a channel that counts."""
    counts = reads.counting(channel)
    return counts[pairs.copy[pair_of]] if len(pair_of) else np.zeros(0, dtype=np.bool_)
