"""Rows that an earlier dump showed already: a known leak that is sold again brings no fresh evidence, and the answer says so.

Beside each opening stands, for every cell of the linked rows, 64 bits of a digest under a key of its person's own for
this opening alone: it links to nothing else, and once she is erased nobody can make it again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from suyuan.crypto.arrays import DIGEST, Texts, hash_texts
from suyuan.errors import VerificationError
from suyuan.hold.broker import KeyBroker
from suyuan.hold.linked import LinkedPersons
from suyuan.kinds.kind import fold_cells
from suyuan.ledger.log import Log
from suyuan.release.sides import read_side
from suyuan.terms import FieldName
from suyuan.trace.naming.threads import each

SHOWN_SIDE = "shown"
_WORD = 8
_MANY = 0.5
"""The share of a dump's linked rows from which on it is said to be an earlier one, or a part of it."""

Tokens = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """How many linked rows earlier openings showed with every cell written as now, and which openings showed most."""

    rows: int
    openings: tuple[int, ...]


def cell_tokens(rows: pl.DataFrame, *, channels: Sequence[FieldName], own: Mapping[int, bytes]) -> Tokens:
    """Give a token for every cell of the linked rows, shape (rows, channels); 0 for an empty one.

    Args:
        own: each person's own key for the opening; who has none was erased.
    """
    found = np.zeros((rows.height, len(channels)), dtype=np.uint64)
    each_own = [own.get(person, b"") for person in rows["person"].to_list()]
    held = np.flatnonzero(np.array([len(key) for key in each_own]))
    keys = np.frombuffer(b"".join(each_own), dtype=np.uint8).reshape(-1, DIGEST)

    def tokens_of(name: FieldName) -> Tokens:
        texts = Texts.of_column(fold_cells(rows[name])).pick(held)
        field = np.frombuffer(b"shown\x00" + name.encode("utf-8") + b"\x00", dtype=np.uint8)
        heads = np.concatenate([keys, np.broadcast_to(field, (len(held), len(field)))], axis=1)
        tokens = np.ascontiguousarray(hash_texts(heads, texts=texts)[:, :_WORD]).view(">u8")[:, 0]
        return np.where(texts.sizes > 0, tokens, 0).astype(np.uint64)

    for place, tokens in enumerate(each(tokens_of, channels, values=rows.height * len(channels))):
        found[held, place] = tokens
    return found


def encode_shown(tokens: Tokens) -> bytes:
    """Give the tokens as they are kept: each once, ascending."""
    # Sorted: `np.unique` without counts hashes, at ten times the cost.
    found = np.sort(tokens[tokens != 0])
    distinct: Tokens = found[np.diff(found, prepend=np.uint64(0)) != 0]
    return distinct.astype("<u8").tobytes()


def rows_shown(side: bytes, *, tokens: Tokens) -> npt.NDArray[np.bool_]:
    """Give which rows an opening has shown: every cell that is not empty, and at least one.

    Raises: VerificationError: not what `encode_shown` wrote.
    """
    if len(side) % _WORD:
        raise VerificationError("the cells that a trace has shown: not as they were written")
    kept = np.frombuffer(side, dtype="<u8").astype(np.uint64)
    there = tokens != 0
    return np.asarray(there.any(axis=1) & (np.isin(tokens, kept) | ~there).all(axis=1))


def known_of(shown: Mapping[int, npt.NDArray[np.bool_]], *, rows: int) -> Known:
    """Say how much of a dump is known, by opening: nothing, where no opening showed at least half of its rows."""
    many = {index: seen for index, seen in shown.items() if rows and int(seen.sum()) >= _MANY * rows}
    any_of = np.zeros(rows, dtype=np.bool_)
    for seen in many.values():
        any_of |= seen
    return Known(rows=int(any_of.sum()), openings=tuple(sorted(many)))


def known_rows(
    log: Log,
    *,
    broker: KeyBroker,
    linked: LinkedPersons,
    rows: pl.DataFrame,
    channels: Sequence[FieldName],
    openings: Mapping[int, bytes],
) -> Known:
    """Say how much of a dump's linked rows other dumps showed before.

    Args:
        openings: the openings of other dumps before this one's, and the salt of each.
    """
    shown: dict[int, npt.NDArray[np.bool_]] = {}
    for index, salt in openings.items():
        side = read_side(log, index=index, name=SHOWN_SIDE, broker=broker)
        if side is not None:
            tokens = cell_tokens(rows, channels=channels, own=linked.opening_keys(salt))
            shown[index] = rows_shown(side, tokens=tokens)
    return known_of(shown, rows=rows.height)
