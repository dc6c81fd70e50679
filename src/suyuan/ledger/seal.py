"""The sealed interval index: for every label in a run of entries, how many carry it and the hash of them all.

Anyone can build it again from the public entries and tables alone. A person is shown one leaf of it a seal, or two
neighbours between which her label would stand: nothing of hers can be left out without another root.
"""

from binascii import a2b_base64
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from struct import Struct
from typing import Final, Protocol

from suyuan.crypto.canonical import Json, read_plain
from suyuan.crypto.merkle import LEAF, Tree, leaf_hash, leaf_hashes
from suyuan.errors import VerificationError
from suyuan.ledger import batch
from suyuan.ledger.bodies import (
    AccountEntry,
    BatchEntry,
    ConsentEntry,
    EnrolBatchEntry,
    EnrolEntry,
    EraseEntry,
    RecipientEntry,
    RefuseEntry,
    ReleaseEntry,
)
from suyuan.ledger.templates import OUTCOME_LEAF, RELEASE_LABELS

INDEX_LEAF_BYTES: Final = 68
ITEM_BYTES: Final = 44
LABEL_BYTES: Final = 32
_ITEM = Struct(">QI32s")
_COUNT = Struct(">I")

_LABELS: Final[Mapping[Json, tuple[str, ...]]] = {
    ReleaseEntry.op: ("l", "r"),
    RefuseEntry.op: ("l", "r"),
    RecipientEntry.op: ("l",),
    BatchEntry.op: ("r",),
    EnrolEntry.op: ("l",),
    EraseEntry.op: ("l",),
    AccountEntry.op: ("l",),
    ConsentEntry.op: ("l",),
}
"""The members of each op that are labels; the entries of other ops carry none."""

_TABLES: Final = (BatchEntry.op, EnrolBatchEntry.op)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One place where a label stands: an entry, or a row of the table of one."""

    leaf: int
    row: int | None
    hash: bytes

    @property
    def packed(self) -> bytes:
        """The 44 bytes that are hashed: u64 leaf, u32 row + 1 (0 for the entry itself), the hash."""
        return _ITEM.pack(self.leaf, 0 if self.row is None else self.row + 1, self.hash)


def read_items(packed: bytes) -> tuple[Item, ...]:
    """Read joined items.

    Raises: VerificationError: they end inside an item.
    """
    if len(packed) % ITEM_BYTES:
        raise VerificationError("seal index: ends inside an item")
    return tuple(
        Item(leaf=leaf, row=row - 1 if row else None, hash=item) for leaf, row, item in _ITEM.iter_unpack(packed)
    )


def index_leaf(label: bytes, *, items: bytes) -> bytes:
    """Give the 68 bytes that stand for a label: itself, the count of its items, and the hash of them joined."""
    return label + _COUNT.pack(len(items) // ITEM_BYTES) + sha256(items).digest()


def index_items(leaves: Iterable[bytes], *, first: int, table_of: Callable[[int], bytes | None]) -> dict[bytes, bytes]:
    """Give the packed items of every label in a run of entries, each label's joined in the order of (leaf, row).

    Args:
        leaves: entries that were read strictly before, `first` being the index of the first of them.
        table_of: gives the table of the batch at an index.
    Raises: VerificationError: a table is missing, or a label is not 32 bytes.
    """
    plain: dict[bytes, bytes | list[bytes]] = {}
    rows: dict[bytes, list[bytes]] = {}
    pack, hasher, release, outcome = _ITEM.pack, sha256, RELEASE_LABELS.fullmatch, OUTCOME_LEAF.fullmatch
    for index, leaf in enumerate(leaves, start=first):
        # Most entries are releases, and most others their outcomes: those are not parsed.
        found = release(leaf)
        if found is not None:
            texts: Sequence[bytes] = found.groups()
        elif outcome(leaf) is not None:
            continue
        else:
            entry = read_plain(leaf)
            texts = _texts_of(entry)
            if entry["op"] in _TABLES:
                _add_table(rows, index=index, table=table_of(index))
            if not texts:
                continue
        item = pack(index, 0, hasher(LEAF + leaf).digest())
        before: bytes | None = None
        for label in texts:
            # A label that stands twice in one entry is one place.
            if label == before:
                continue
            before = label
            held = plain.get(label)
            if held is None:
                # Most labels stand in one place only: no list for them.
                plain[label] = item
            elif type(held) is bytes:
                plain[label] = [held, item]
            else:
                held.append(item)  # type: ignore[union-attr]  # Bytes or a list, and not bytes.
    return _merged(plain, rows=rows)


def _texts_of(entry: Mapping[str, Json]) -> Sequence[bytes]:
    """Give the labels of an entry as their texts; a refusal may have no person."""
    found = (entry.get(member) for member in _LABELS.get(entry["op"], ()))
    return [str(text).encode("ascii") for text in found if text is not None]


def _add_table(rows: dict[bytes, list[bytes]], *, index: int, table: bytes | None) -> None:
    if table is None:
        raise VerificationError(f"entry {index}: its table is missing")
    for number, row in enumerate(batch.split_rows(table), start=1):
        rows.setdefault(row[:LABEL_BYTES], []).append(_ITEM.pack(index, number, leaf_hash(row)))


def _merged(plain: Mapping[bytes, bytes | list[bytes]], *, rows: Mapping[bytes, list[bytes]]) -> dict[bytes, bytes]:
    """Give the items joined. Packed items sort as (leaf, row) do: both are big-endian and of fixed width."""
    read, join = a2b_base64, b"".join
    joined = {read(text): held if isinstance(held, bytes) else join(held) for text, held in plain.items()}
    if any(len(label) != LABEL_BYTES for label in joined):
        raise VerificationError("seal index: a label has not 32 bytes")
    for label, items in rows.items():
        held = joined.get(label)
        if held is not None:
            items += [held[i : i + ITEM_BYTES] for i in range(0, len(held), ITEM_BYTES)]
            items.sort()
        joined[label] = join(items)
    return joined


class Leaves(Protocol):
    """What an index is built from: a log, as far as it is public."""

    def leaves(self, start: int, *, end: int) -> Iterable[bytes]:
        """Give the leaves of [start, end)."""
        ...

    def side(self, index: int, *, name: str) -> bytes | None:
        """Give a side of an entry, the table of a batch among them."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Where a label stands in an index, or between which neighbours it would: its own position, or one or two."""

    positions: tuple[int, ...]
    present: bool


class SealIndex:
    """The index of one interval: sorted labels, a leaf for each, and the RFC 6962 tree over those leaves."""

    __slots__ = ("_items", "labels", "leaves", "tree")

    def __init__(self, items: Mapping[bytes, bytes]) -> None:
        """Take the packed items of every label, each label's joined."""
        self._items = items
        self.labels = sorted(items)
        # As `index_leaf` gives them, in a tight loop.
        count, hasher = _COUNT.pack, sha256
        held = [items[label] for label in self.labels]
        self.leaves = [
            label + count(len(mine) // ITEM_BYTES) + hasher(mine).digest()
            for label, mine in zip(self.labels, held, strict=True)
        ]
        self.tree = Tree(leaf_hashes(self.leaves))

    @property
    def root(self) -> bytes:
        """The root that the seal carries."""
        return self.tree.root

    @property
    def size(self) -> int:
        """How many labels stand in it."""
        return len(self.labels)

    def items(self, label: bytes) -> tuple[Item, ...]:
        """Give the items of a label; none where it does not stand in the index."""
        return read_items(self._items.get(label, b""))

    def find(self, label: bytes) -> Found:
        """Give where a label stands, or the neighbours that show that it does not."""
        at = bisect_left(self.labels, label)
        return located(at, present=at < self.size and self.labels[at] == label, size=self.size)


def find_label(label: bytes, *, size: int, leaf: Callable[[int], bytes]) -> Found:
    """Find a label among leaves or table rows that begin with theirs and are sorted by it, reading few of them."""
    at = bisect_left(range(size), label, key=lambda place: leaf(place)[:LABEL_BYTES])
    return located(at, present=at < size and leaf(at)[:LABEL_BYTES] == label, size=size)


def located(at: int, *, present: bool, size: int) -> Found:
    """Give what shows a label at sorted position `at`: its leaf, or the leaves before and after the gap."""
    if present:
        return Found(positions=(at,), present=True)
    return Found(positions=tuple(place for place in (at - 1, at) if 0 <= place < size), present=False)


def build_index(log: Leaves, *, first: int, end: int) -> SealIndex:
    """Build the index of the entries [first, end) from the log's leaves and public tables.

    Raises: VerificationError: an entry or a table is missing.
    """
    leaves = log.leaves(first, end=end)
    return SealIndex(index_items(leaves, first=first, table_of=lambda index: log.side(index, name=batch.SIDE)))
