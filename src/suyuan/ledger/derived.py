"""Public files that follow from one entry: the tables of batches and enrolments, and the index under a seal."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from suyuan.crypto.merkle import leaf_hash, leaf_hashes
from suyuan.crypto.multiproof import prove_many, verify_many
from suyuan.errors import VerificationError
from suyuan.ledger import batch
from suyuan.ledger.bodies import BatchEntry, EnrolBatchEntry, SealEntry
from suyuan.ledger.entry import parse_entry
from suyuan.ledger.log import Log
from suyuan.ledger.ports import TileFiles
from suyuan.ledger.seal import INDEX_LEAF_BYTES, Found, build_index, find_label
from suyuan.ledger.tiles import PublishedLeaves, TileReader, static_files

MARKS: Final = (b'"op":"batch"', b'"op":"enrol-batch"', b'"op":"seal"')
"""One of these stands in the leaf of every entry that has files of its own."""


def batch_prefix(index: int) -> str:
    """Give the folder under which the table of the entry at `index` is published."""
    return f"batch/{index}/"


def seal_prefix(index: int) -> str:
    """Give the folder under which the index of the seal at `index` is published."""
    return f"seal/{index}/"


def derived_files(log: Log, *, index: int, leaf: bytes) -> Iterator[tuple[str, bytes]]:
    """Give the paths and bytes of the files that follow from one entry; none for most.

    Raises: VerificationError: its table is missing, or entries and tables do not give what the entry says.
    """
    body = parse_entry(leaf).body
    match body:
        case BatchEntry() | EnrolBatchEntry():
            table = log.side(index, name=batch.SIDE)
            if table is None:
                raise VerificationError(f"entry {index}: its table is missing from the store")
            batch.read_table(table, entry=body)
            rows = batch.split_rows(table)
            yield from static_files(rows, hashes=b"".join(leaf_hashes(rows)), prefix=batch_prefix(index))
        case SealEntry():
            leaves = index_leaves(log, seal=body, index=index)
            yield from static_files(leaves, hashes=b"".join(leaf_hashes(leaves)), prefix=seal_prefix(index))
        case _:
            pass


def index_leaves(log: Log, *, seal: SealEntry, index: int) -> list[bytes]:
    """Give the leaves of the index under a seal, built anew from the entries it covers.

    Raises: VerificationError: they do not give what the seal says.
    """
    built = build_index(log, first=seal.first, end=seal.end)
    if (built.size, built.root) != (seal.labels, seal.root):
        raise VerificationError(f"entry {index}: the entries under the seal do not give its index")
    return built.leaves


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What shows under a seal's root that a label stands there, or that it does not: leaves with their proof."""

    found: Found
    leaves: tuple[bytes, ...]
    proof: tuple[bytes, ...]


class SealReader:
    """Looks up labels in the published index of one seal, and proves what it finds under the seal's root."""

    __slots__ = ("_index", "_leaves", "_seal")

    def __init__(self, files: TileFiles, *, seal: SealEntry, index: int) -> None:
        """Take the seal at `index`; the files are read when they are needed."""
        self._seal = seal
        self._index = index
        self._leaves = PublishedLeaves(TileReader(files, size=seal.labels, prefix=seal_prefix(index)))

    def show(self, label: bytes) -> Shown:
        """Give the leaf of a label, or the neighbours between which it would stand, proved.

        Raises: VerificationError: the files are not those of the seal.
        """
        found = self.find(label)
        leaves = tuple(self.leaf(position) for position in found.positions)
        size = self._seal.labels
        proof = prove_many(found.positions, size=size, range_hash=self._leaves.range_hash)
        known = {position: leaf_hash(leaf) for position, leaf in zip(found.positions, leaves, strict=True)}
        try:
            verify_many(known, size=size, proof=proof, root=self._seal.root)
        except VerificationError as error:
            raise VerificationError(f"seal {self._index}: its published index: {error}") from error
        return Shown(found=found, leaves=leaves, proof=tuple(proof))

    def find(self, label: bytes) -> Found:
        """Give where a label stands among the sorted leaves, or where it would; `show` proves it."""
        return find_label(label, size=self._seal.labels, leaf=self.leaf)

    def leaf(self, position: int) -> bytes:
        """Give the leaf at a sorted position.

        Raises: VerificationError: its bundle is missing or malformed.
        """
        leaf = self._leaves.leaf(position)
        if len(leaf) != INDEX_LEAF_BYTES:
            raise VerificationError(f"seal {self._index}: leaf {position} of its index has another length")
        return leaf
