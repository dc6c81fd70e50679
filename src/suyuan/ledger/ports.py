"""What the ledger needs from outside: a durable store of leaves and sides, and a place for its tiles."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, NamedTuple, Protocol, runtime_checkable

from suyuan.ledger.entry import KeySpan
from suyuan.terms import LeafIndex

NO_SIDES: Final[Mapping[str, bytes]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """A pool of row keys and how far it is used: ordinals below `next` are consumed."""

    index: LeafIndex
    rows: int
    lanes: int
    next: int = 0


class Row(NamedTuple):
    """One entry as the store takes it: the leaf, its private sides, and what the store indexes of it.

    `name` is (op, key) of an entry that later ones refer to by a digest or label. `opens` is the pool
    that a `keys` entry adds; `draws` the row keys that a release consumes. `latest` are further ops, such as
    `seal` and `seal-close`, whose last entry this one is; the op of `name` is one by itself. `enrols` are the registry
    labels that become live, `erases` the label that ceases to be.

    A named tuple, because one is made for every entry: a frozen dataclass takes four times as long to make.
    """

    leaf: bytes
    at_ms: int
    sides: Mapping[str, bytes] = NO_SIDES
    name: tuple[str, bytes] | None = None
    opens: Pool | None = None
    draws: KeySpan | None = None
    latest: tuple[str, ...] = ()
    enrols: tuple[bytes, ...] = ()
    erases: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived:
    """All that a store derives from the entries, so that it can be written anew.

    `named` and `latest` are as `Row` says; `registered` gives the entry that last enrolled a label, and whether it is
    live.
    """

    named: Mapping[tuple[str, bytes], LeafIndex]
    latest: Mapping[str, LeafIndex]
    pools: tuple[Pool, ...]
    registered: Mapping[bytes, tuple[LeafIndex, bool]]


class LedgerStore(Protocol):
    """The durable truth of the log. One writer; an entry, once stored, never changes."""

    def append(self, first: int, *, rows: Sequence[Row]) -> None:
        """Store entries at first, first+1 ... with their sides: all durable when the call returns, or none.

        Raises:
            RefusedError: `first` is not the size, or a draw is not the next ordinals of its pool; `ledger.enrolled`
                where a label to enrol is live already; `ledger.not_enrolled` where the label to erase was enrolled
                and is not live (one that never was is no error). Nothing stored.
            UnavailableError: the disk refuses. The store accepts no more appends until reopened.
        """
        ...

    def size(self) -> int:
        """Give the number of entries."""
        ...

    def leaves(self, start: int, *, end: int) -> Sequence[bytes]:
        """Give the leaves of [start, end) that exist, in order, as stored.

        Raises: VerificationError: an entry between them is missing.
        """
        ...

    def last_at_ms(self) -> int:
        """Give the time of the last entry, or 0."""
        ...

    def side(self, index: int, *, name: str, start: int = 0, size: int | None = None) -> bytes | None:
        """Give a side, or the part of it from byte `start` on; None where there is no such side."""
        ...

    def side_names(self, index: int) -> tuple[str, ...]:
        """Give the names of an entry's sides, sorted."""
        ...

    def find(self, op: str, *, key: bytes) -> LeafIndex | None:
        """Give the first entry of `op` that carries this digest, label or number."""
        ...

    def latest(self, op: str) -> LeafIndex | None:
        """Give the last entry of a named op: law, policy, recipient, keys, trace-open, registry, open, close, consent,
        seal (of either sort) or seal-close (a closing one).
        """
        ...

    def named(self, op: str) -> tuple[LeafIndex, ...]:
        """Give the first entry of every key of a named op, oldest first; for ops with few, such as registry."""
        ...

    def registered(self, labels: Sequence[bytes]) -> Mapping[bytes, LeafIndex]:
        """Give those of some registry labels that are live, with the entry that enrolled each."""
        ...

    def pools(self) -> tuple[Pool, ...]:
        """Give all pools, oldest first."""
        ...

    def derived(self) -> Derived:
        """Give everything derived, as it stands."""
        ...

    def replace_derived(self, derived: Derived) -> None:
        """Put this in the place of everything derived, in one durable transaction.

        Raises: UnavailableError: the disk refuses; what stood there stands.
        """
        ...


@runtime_checkable
class SideStore(Protocol):
    """A store whose sides may be replaced: what older versions kept there is sealed anew, once. Entries never change."""

    def replace_sides(self, changes: Mapping[int, Mapping[str, bytes]]) -> None:
        """Replace all sides of some entries: durable when the call returns, or none."""
        ...

    def forget(self) -> None:
        """Leave nothing of replaced sides in the file or its log."""
        ...


class TileFiles(Protocol):
    """A directory of derived files that anyone may read; rebuildable from the store."""

    def read(self, path: str) -> bytes | None:
        """Give a file's bytes, or None where it is absent."""
        ...

    def write(self, files: Iterable[tuple[str, bytes]]) -> None:
        """Write files, each whole or not at all; durable as a set when `commit` returns."""
        ...

    def commit(self, path: str, *, data: bytes) -> None:
        """Make every earlier write durable, then replace this one file, durably."""
        ...

    def drop(self, paths: Iterable[str]) -> None:
        """Remove files or folders that full tiles have superseded; absent ones are no error."""
        ...
