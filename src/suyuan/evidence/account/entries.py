"""The entries that an account rests on: their shape, whose labels they carry, and which of them are a label's."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from suyuan.errors import VerificationError
from suyuan.evidence.account.members import Leaf, Row
from suyuan.evidence.account.multiproof import verify_many
from suyuan.evidence.hashes import leaf_hash, sha256, verify_inclusion
from suyuan.evidence.note import Checkpoint
from suyuan.evidence.plain import HASH_BYTES, Node

SEAL, REGISTRY, ENROL, ENROL_BATCH, ERASE = "seal", "registry", "enrol", "enrol-batch", "erase"
RELEASE, BATCH, REFUSE, RECIPIENT, ACCOUNT = "release", "batch", "refuse", "recipient", "account"
CONSENT = "consent"
CLOSE, OPEN = "close", "open"

_COMMON: Final = frozenset({"e", "op", "t", "v"})
_KEYS: Final[Mapping[str, frozenset[str]]] = {
    SEAL: _COMMON | frozenset("abnorsz"),
    REGISTRY: _COMMON | frozenset("fg"),
    ENROL: _COMMON | frozenset("kl"),
    ENROL_BATCH: _COMMON | frozenset("ns"),
    ERASE: _COMMON | frozenset("l"),
    RELEASE: _COMMON | frozenset("cklmqr"),
    BATCH: _COMMON | frozenset("ckmnqrs"),
    REFUSE: _COMMON | frozenset("clr"),
    RECIPIENT: _COMMON | frozenset("cl"),
    ACCOUNT: _COMMON | frozenset("cl"),
    CONSENT: _COMMON | frozenset("cl"),
    CLOSE: _COMMON | frozenset("ko"),
    OPEN: _COMMON | frozenset("knor"),
}
_OLDER: Final[Mapping[str, frozenset[str]]] = {
    SEAL: _COMMON | frozenset("abnrz"),
    REFUSE: _COMMON | frozenset("cr"),
}
"""What an entry may have instead: a seal of an older version, a refusal of nobody in particular."""

_LABELS: Final[Mapping[str, tuple[str, ...]]] = {
    RELEASE: ("l", "r"),
    BATCH: ("r",),
    REFUSE: ("l", "r"),
    RECIPIENT: ("l",),
    ENROL: ("l",),
    ERASE: ("l",),
    ACCOUNT: ("l",),
    CONSENT: ("l",),
}
_LARGEST_EPOCH: Final = 2**32 - 1
_MOST_ROWS: Final = 2**32 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A leaf of the bundle, read."""

    index: int
    op: str
    epoch: int
    time: int
    digest: bytes
    node: Node

    def has(self, key: str) -> bool:
        """Say whether the entry has a member."""
        return isinstance(self.node.value, dict) and key in self.node.value

    def value(self, key: str) -> Node:
        """Give one member, which an entry of its op has."""
        members = self.node.value
        assert isinstance(members, dict)
        return Node(members[key], f"{self.node.place}.{key}")

    def hash(self, key: str) -> bytes:
        """Give one 32-byte value."""
        return self.value(key).raw(size=HASH_BYTES)

    def labels(self) -> tuple[bytes, ...]:
        """Give the labels that the entry itself carries; those of its table's rows are not among them."""
        return tuple(self.hash(key) for key in _LABELS.get(self.op, ()) if self.has(key))


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Item:
    """What the index of a seal holds for a label: an entry (row None), or a row of an entry's table."""

    leaf: int
    row: int | None
    digest: bytes

    def encode(self) -> bytes:
        """Give u64 leaf, u32 row + 1 or 0, and the hash."""
        row = 0 if self.row is None else self.row + 1
        return self.leaf.to_bytes(8, "big") + row.to_bytes(4, "big") + self.digest


class Entries:
    """The leaves and rows of an account, every one proved to stand in the checkpoint's tree."""

    __slots__ = ("_at", "_entries", "_items", "_places", "_rows")

    def __init__(self, leaves: Sequence[Leaf], *, rows: Sequence[Row], proof: bytes, checkpoint: Checkpoint) -> None:
        """Read and prove everything.

        Raises: VerificationError: a leaf that does not stand in the tree or is no entry an account has, a row that does
            not stand in its table, entries whose clock runs backwards.
        """
        self._entries = tuple(read_entry(leaf) for leaf in leaves)
        known = [(entry.index, entry.digest) for entry in self._entries]
        verify_many(known, size=checkpoint.size, proof=proof, root=checkpoint.root, place="leaves.proof")
        if any(b.time < a.time for a, b in zip(self._entries, self._entries[1:], strict=False)):
            raise VerificationError("leaves.json: the log's clock runs backwards")
        self._at = {entry.index: entry for entry in self._entries}
        self._rows = {(row.leaf, row.row): row for row in rows}
        self._items: dict[bytes, list[Item]] = {}
        self._places: dict[bytes, list[int]] = {}
        for entry in self._entries:
            for label in dict.fromkeys(entry.labels()):
                self._items.setdefault(label, []).append(Item(leaf=entry.index, row=None, digest=entry.digest))
        for row in rows:
            self._items.setdefault(row.body[:HASH_BYTES], []).append(self._prove(row))
        for label, items in self._items.items():
            items.sort(key=lambda item: (item.leaf, -1 if item.row is None else item.row))
            self._places[label] = [item.leaf for item in items]

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries)

    @property
    def began(self) -> int | None:
        """The time of the log's first entry; None where that is not among the entries."""
        first = self._at.get(0)
        return None if first is None else first.time

    def epoch(self, index: int) -> int:
        """Give the epoch that an entry of the bundle says it is of."""
        return self._at[index].epoch

    def at(self, index: int, *, ops: tuple[str, ...]) -> Entry:
        """Give an entry that is referred to.

        Raises: VerificationError: it is not in the bundle, or of another op.
        """
        entry = self._at.get(index)
        if entry is None or entry.op not in ops:
            raise VerificationError(f"leaf {index}: expected an entry of op " + " or ".join(ops))
        return entry

    def of(self, op: str) -> tuple[Entry, ...]:
        """Give all entries of an op, in the order of the log."""
        return tuple(entry for entry in self._entries if entry.op == op)

    def row(self, leaf: int, *, row: int) -> Row:
        """Give a row that is referred to.

        Raises: VerificationError: it is not in the bundle.
        """
        found = self._rows.get((leaf, row))
        if found is None:
            raise VerificationError(f"leaf {leaf}: row {row} is referred to and not in the bundle")
        return found

    def items(self, label: bytes, *, first: int, end: int) -> Sequence[Item]:
        """Give what the bundle holds of a label between two entries, in the order of the log."""
        places = self._places.get(label)
        if places is None:
            return ()
        return self._items[label][bisect_left(places, first) : bisect_left(places, end)]

    def rows(self) -> Iterator[tuple[int, int]]:
        """Give the place of every row."""
        return iter(self._rows)

    def _prove(self, row: Row) -> Item:
        entry = self.at(row.leaf, ops=(BATCH, ENROL_BATCH))
        verify_inclusion(
            row.body,
            index=row.row,
            size=entry.value("n").whole(most=_MOST_ROWS),
            proof=row.proof,
            root=entry.hash("s"),
            place=f"leaf {row.leaf} row {row.row}",
        )
        return Item(leaf=row.leaf, row=row.row, digest=leaf_hash(row.body))


def digest_of(items: Sequence[Item]) -> bytes:
    """Give what an index leaf says of a label's items, beside their number."""
    return sha256(b"".join(item.encode() for item in items))


def read_entry(leaf: Leaf) -> Entry:
    """Read a leaf strictly.

    Raises: VerificationError: not an entry of an op that an account holds.
    """
    node = leaf.node
    if not isinstance(node.value, dict):
        node.wrong("expected an entry")
    op = node.value.get("op")
    if not isinstance(op, str) or op not in _KEYS:
        node.wrong("not an entry that an account holds")
    keys = _KEYS[op]
    if node.value.keys() != keys and node.value.keys() != _OLDER.get(op):
        node.wrong(f"not the keys of an entry of op {op}")
    members, place = node.value, node.place
    Node(members["v"], f"{place}.v").whole(least=1, most=1)
    return Entry(
        index=leaf.index,
        op=op,
        epoch=Node(members["e"], f"{place}.e").whole(most=_LARGEST_EPOCH),
        time=Node(members["t"], f"{place}.t").whole(),
        digest=leaf_hash(leaf.entry),
        node=node,
    )
