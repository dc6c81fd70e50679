"""What shows that an account omits nothing: seals, index leaves, items, rows, and one proof for many leaves each."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from suyuan.crypto.canonical import to_base64
from suyuan.crypto.merkle import inclusion_ranges
from suyuan.crypto.multiproof import prove_many
from suyuan.errors import VerificationError
from suyuan.evidence.account.entries import read_entry
from suyuan.evidence.account.members import IndexProof, Leaf, Row, leaf_of
from suyuan.ledger.bodies import SealEntry
from suyuan.ledger.entry import Entry, parse_entry
from suyuan.ledger.seal import find_label

_TABLES = (b'"op":"batch"', b'"op":"enrol-batch"')


class HashedList(Protocol):
    """Some leaves under an RFC 6962 root: the log itself, a table, the index of a seal."""

    @property
    def size(self) -> int:
        """How many leaves there are."""
        ...

    def leaf(self, position: int) -> bytes:
        """Give one leaf."""
        ...

    def range_hash(self, start: int, end: int) -> bytes:
        """Give the hash of a subtree that the split makes."""
        ...


class Leaves(Protocol):
    """The log's entries, by index."""

    def leaf(self, index: int) -> bytes:
        """Give one entry."""
        ...

    def leaves(self, start: int, *, end: int) -> Iterable[bytes]:
        """Give the entries of [start, end)."""
        ...

    def latest(self, op: str) -> int | None:
        """Give the last entry of an op that the log keeps by name."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Trees:
    """Where proofs come from: the log's tree, the table of an entry, the index of a seal."""

    log: HashedList
    table: Callable[[int, int], HashedList]
    """By the entry and its rows."""

    index: Callable[[int, int], HashedList]
    """By the seal and its labels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SealAt:
    """A seal as an account needs it."""

    first: int
    end: int
    epoch: int
    time: int
    labels: int
    closing: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a label stands: an entry, or a row of its table."""

    leaf: int
    row: int | None


def chain_of(log: Leaves) -> tuple[SealAt, ...]:
    """Give the seals that cover the log without a gap: closed epochs by their closing seals, the last by interim ones.

    Raises: VerificationError: nothing is sealed, or the chain does not lead back to the first entry.
    """
    found: list[SealAt] = []
    at = log.latest(SealEntry.op)
    while at is not None:
        seal = _seal(at, entry=parse_entry(log.leaf(at)))
        found.append(seal)
        at = seal.first - 1 if seal.first else None
    if not found:
        raise VerificationError("the ledger has no seal yet")
    return tuple(reversed(found))


def chosen_of(seals: Sequence[SealAt], *, since: int | None, until: int | None) -> Sequence[SealAt]:
    """Give the seals that hold everything of a time, in milliseconds: from the one after `since` began to the one after
    `until`.
    """
    first = sum(1 for seal in seals[:-1] if since is not None and seal.time < since)
    end = next((n for n, seal in enumerate(seals) if until is not None and seal.time >= until), len(seals) - 1)
    return seals[first : max(first, end) + 1]


def prove_index(tree: HashedList, *, wanted: Sequence[bytes]) -> tuple[IndexProof, list[bool]]:
    """Show wanted labels in the index of a seal, or between which neighbours each would stand, by one proof.

    Returns: the proof, and for every label whether it stands there.
    """
    positions: set[int] = set()
    present: list[bool] = []
    for label in wanted:
        found = find_label(label, size=tree.size, leaf=tree.leaf)
        positions.update(found.positions)
        present.append(found.present)
    shown = sorted(positions)
    proof = prove_many(shown, size=tree.size, range_hash=tree.range_hash) if shown else []
    leaves = tuple((position, tree.leaf(position)) for position in shown)
    return IndexProof(leaves=leaves, proof=b"".join(proof)), present


def places_in(log: Leaves, *, label: bytes, seal: SealAt, table: Callable[[int, int], HashedList]) -> list[Place]:
    """Find a label among the entries that a seal covers, in the order of the log."""
    found: list[Place] = []
    text = f'"{to_base64(label)}"'.encode("ascii")
    for index, leaf in enumerate(log.leaves(seal.first, end=seal.end), start=seal.first):
        if text in leaf and label in read_entry(leaf_of(index, entry=leaf)).labels():
            found.append(Place(leaf=index, row=None))
        if any(op in leaf for op in _TABLES):
            rows = table(index, _rows(index, leaf=leaf))
            there = find_label(label, size=rows.size, leaf=rows.leaf)
            if there.present:
                found.append(Place(leaf=index, row=there.positions[0]))
    return found


def prove_rows(places: Iterable[Place], *, log: Leaves, table: Callable[[int, int], HashedList]) -> tuple[Row, ...]:
    """Give the rows among some places, each with its proof under the entry's root."""
    proved = []
    for place in sorted({(item.leaf, item.row) for item in places if item.row is not None}):
        leaf, row = place
        tree = table(leaf, _rows(leaf, leaf=log.leaf(leaf)))
        proof = tuple(tree.range_hash(start, end) for start, end in inclusion_ranges(row, size=tree.size))
        proved.append(Row(leaf=leaf, row=row, body=tree.leaf(row), proof=proof))
    return tuple(proved)


def prove_leaves(indexes: Iterable[int], *, log: Leaves, tree: HashedList) -> tuple[tuple[Leaf, ...], bytes]:
    """Give entries of the log, ascending, and one proof for them all."""
    wanted = sorted(set(indexes))
    leaves = tuple(leaf_of(index, entry=log.leaf(index)) for index in wanted)
    return leaves, b"".join(prove_many(wanted, size=tree.size, range_hash=tree.range_hash))


def _rows(index: int, *, leaf: bytes) -> int:
    return read_entry(leaf_of(index, entry=leaf)).value("n").whole()


def _seal(at: int, *, entry: Entry) -> SealAt:
    body = entry.body
    if not isinstance(body, SealEntry):
        raise VerificationError(f"entry {at}: expected a seal")
    return SealAt(
        first=body.first, end=body.end, epoch=entry.epoch, time=entry.at_ms, labels=body.labels, closing=body.closing
    )
