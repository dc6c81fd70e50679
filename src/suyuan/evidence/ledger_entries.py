"""The few entries of the ledger that evidence rests on, read from leaves that are proved to stand in the log."""

from collections.abc import Iterable
from dataclasses import dataclass

from suyuan.errors import VerificationError
from suyuan.evidence.hashes import verify_inclusion
from suyuan.evidence.members import Leaf
from suyuan.evidence.note import Checkpoint
from suyuan.evidence.plain import HASH_BYTES, Node, decode

_KEYS = {
    "law": ("q",),
    "recipient": ("c", "l"),
    "keys": ("n", "r", "w"),
    "release": ("c", "k", "l", "m", "q", "r"),
    "batch": ("c", "k", "m", "n", "q", "r", "s"),
    "trace-open": ("c", "n"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A release of one person or of many: the keys it consumed, its manifest, its law and its recipient."""

    index: int
    epoch: int
    time: int
    pool: int
    first: int
    count: int
    manifest: bytes
    law: bytes
    recipient: bytes
    person: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPool:
    """A pool of row keys, drawn ahead."""

    index: int
    rows: int
    root: bytes
    lanes: int


class Entries:
    """The leaves of a bundle, every one proved to stand in the checkpoint's tree."""

    __slots__ = ("_leaves", "_pools", "_releases", "size")

    def __init__(self, leaves: Iterable[Leaf], *, checkpoint: Checkpoint) -> None:
        """Check every proof.

        Raises: VerificationError: a leaf that does not stand in the tree, or is no entry.
        """
        self.size = checkpoint.size
        self._leaves: dict[int, Node] = {}
        self._pools: dict[int, KeyPool] = {}
        self._releases: dict[int, Release] = {}
        for leaf in leaves:
            place = f"leaf {leaf.index}"
            verify_inclusion(
                leaf.entry, index=leaf.index, size=checkpoint.size, proof=leaf.proof, root=checkpoint.root, place=place
            )
            self._leaves[leaf.index] = decode(leaf.entry, place=place)

    def of(self, index: int, *, ops: tuple[str, ...]) -> tuple[str, dict[str, Node]]:
        """Give the op of an entry and its values.

        Raises: VerificationError: it is not in the bundle, or of another op, version or shape.
        """
        node = self._leaves.get(index)
        if node is None:
            raise VerificationError(f"leaf {index}: is referred to and not in the bundle")
        values = dict(node.items())
        op = values["op"].text() if "op" in values else ""
        if op not in ops:
            node.wrong("expected an entry of op " + " or ".join(ops))
        if values.keys() != {*_KEYS[op], "op", "v", "e", "t"}:
            node.wrong(f"not the keys of an entry of op {op}")
        values["v"].whole(least=1, most=1)
        return op, values

    def hash_in(self, index: int, *, op: str, key: str) -> bytes:
        """Give one hash of an entry."""
        return self.of(index, ops=(op,))[1][key].raw(size=HASH_BYTES)

    def time(self, index: int, *, op: str) -> int:
        """Give the log's own time of an entry, in milliseconds UTC."""
        return self.of(index, ops=(op,))[1]["t"].whole()

    def number(self, index: int) -> int:
        """Give the number of a `trace-open`: the log counts the dumps it opens from 1, in clear."""
        return self.of(index, ops=("trace-open",))[1]["n"].whole(least=1)

    def require_distinct(self) -> None:
        """Check that no pool of keys stands here twice, and no label of a recipient.

        Raises: VerificationError: two entries of keys with one root, or two names for one label.
        """
        self._require_once("keys", key="r", what="a pool of row keys was entered twice")
        self._require_once("recipient", key="l", what="a recipient's label was entered twice")

    def _require_once(self, op: str, *, key: str, what: str) -> None:
        seen: set[bytes] = set()
        for index, node in self._leaves.items():
            if isinstance(node.value, dict) and node.value.get("op") == op:
                value = self.hash_in(index, op=op, key=key)
                if value in seen:
                    raise VerificationError(f"leaf {index}: {what}")
                seen.add(value)

    def laws(self) -> dict[bytes, int]:
        """Give the first entry in the bundle of every law hash."""
        first: dict[bytes, int] = {}
        for index, node in self._leaves.items():
            if isinstance(node.value, dict) and node.value.get("op") == "law":
                first.setdefault(self.hash_in(index, op="law", key="q"), index)
        return first

    def release(self, index: int) -> Release:
        """Give a release."""
        if index not in self._releases:
            op, values = self.of(index, ops=("release", "batch"))
            pool, first, count = values["k"].list(size=3)
            self._releases[index] = Release(
                index=index,
                epoch=values["e"].whole(),
                time=values["t"].whole(),
                pool=pool.whole(),
                first=first.whole(),
                count=count.whole(least=1),
                manifest=values["m"].raw(size=HASH_BYTES),
                law=values["q"].raw(size=HASH_BYTES),
                recipient=values["r"].raw(size=HASH_BYTES),
                person=values["l"].raw(size=HASH_BYTES) if op == "release" else None,
            )
        return self._releases[index]

    def releases(self) -> tuple[Release, ...]:
        """Give every release that was asked for, in the order of the log."""
        return tuple(self._releases[index] for index in sorted(self._releases))

    def key_pool(self, index: int) -> KeyPool:
        """Give a pool of row keys."""
        if index not in self._pools:
            values = self.of(index, ops=("keys",))[1]
            self._pools[index] = KeyPool(
                index=index,
                rows=values["n"].whole(least=1),
                root=values["r"].raw(size=HASH_BYTES),
                lanes=values["w"].whole(least=1),
            )
        return self._pools[index]
