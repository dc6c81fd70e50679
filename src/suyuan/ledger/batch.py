"""The table of a bulk release or enrolment: one row per person, sorted, under one root in its leaf."""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import lt
from typing import Final

import numpy as np

from suyuan.crypto import arrays
from suyuan.crypto.merkle import LEAF, Tree, leaf_hash, leaf_hashes, verify_inclusion
from suyuan.crypto.side_by_side import KeyRows
from suyuan.errors import RefusedError, VerificationError
from suyuan.ledger.bodies import BatchEntry, EnrolBatchEntry

ROW_BYTES: Final = 64
SIDE: Final = "table"
"""The side of a `batch` or `enrol-batch` entry that holds its sorted rows, joined."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchTable:
    """The sorted rows `label || commitment`, joined; row i was given as number `order[i]`."""

    body: bytes
    order: tuple[int, ...]
    tree: Tree

    @property
    def root(self) -> bytes:
        """The RFC 6962 root that the batch leaf carries."""
        return self.tree.root

    @property
    def rows(self) -> int:
        """How many persons the table has."""
        return self.tree.size


def batch_table(rows: Sequence[tuple[bytes, bytes]]) -> BatchTable:
    """Sort (label, commitment) rows and build their tree.

    Raises: RefusedError: a label or commitment that is not 32 bytes, or one label twice.
    """
    joined = [label + commitment for label, commitment in rows]
    if {len(label) for label, _ in rows} - {32} or set(map(len, joined)) - {ROW_BYTES}:
        raise RefusedError("batch table: labels and commitments have 32 bytes")
    order = tuple(sorted(range(len(joined)), key=joined.__getitem__))
    ordered = [joined[number] for number in order]
    _require_distinct(ordered)
    return BatchTable(body=b"".join(ordered), order=order, tree=Tree(leaf_hashes(ordered)))


def batch_columns(labels: Sequence[bytes], *, commitments: Sequence[bytes]) -> BatchTable:
    """`batch_table` of many labels and their commitments.

    Raises: RefusedError: as `batch_table`.
    """
    columns = labels, commitments
    if any({*map(len, one)} - {32} for one in columns if not isinstance(one, KeyRows)) or len(labels) != len(
        commitments
    ):
        return batch_table(list(zip(labels, commitments, strict=True)))
    table = np.empty((len(labels), 2, 32), np.uint8)
    table[:, 0], table[:, 1] = (KeyRows.of(one).array for one in columns)
    heads = table[:, 0, :8].copy().view(">u8").ravel().astype(np.uint64)
    order = np.argsort(heads)
    if (heads[order][1:] == heads[order][:-1]).any():
        # Two labels begin alike, or one stands twice.
        return batch_table(list(zip(labels, commitments, strict=True)))
    rows = table[order].reshape(len(labels), ROW_BYTES)
    leaves = arrays.hash_table(rows, before=LEAF).tobytes()
    return BatchTable(body=rows.tobytes(), order=tuple(order.tolist()), tree=Tree(leaves))


def read_table(body: bytes, *, entry: BatchEntry | EnrolBatchEntry) -> Tree:
    """Check a stored table against its batch leaf and give its tree.

    Raises: VerificationError: other rows than the leaf commits to, unsorted, or a label twice.
    """
    rows = split_rows(body)
    tree = Tree(leaf_hashes(rows))
    if tree.size != entry.rows or tree.root != entry.table:
        raise VerificationError("batch table: not the table that the leaf commits to")
    try:
        _require_distinct(rows)
    except RefusedError as error:
        raise VerificationError(str(error)) from error
    return tree


def split_rows(body: bytes) -> list[bytes]:
    """Give the rows of a joined table.

    Raises: VerificationError: it ends inside a row.
    """
    if len(body) % ROW_BYTES:
        raise VerificationError("batch table: ends inside a row")
    return [body[i : i + ROW_BYTES] for i in range(0, len(body), ROW_BYTES)]


def verify_row(
    label: bytes, *, commitment: bytes, position: int, proof: Sequence[bytes], entry: BatchEntry | EnrolBatchEntry
) -> None:
    """Check that a person's row stands in a batch leaf's table; the leaf's own proof carries it to the checkpoint.

    Raises: VerificationError: it does not.
    """
    verify_inclusion(leaf_hash(label + commitment), index=position, size=entry.rows, proof=proof, root=entry.table)


def _require_distinct(ordered: Sequence[bytes]) -> None:
    labels = [row[:32] for row in ordered]
    if not all(map(lt, labels, labels[1:])):
        raise RefusedError("batch table: a label stands twice, or the rows are not sorted")
