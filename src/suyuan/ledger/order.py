"""The order of events that a whole log must keep, checked entry by entry."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from suyuan.errors import VerificationError
from suyuan.ledger.bodies import (
    BatchEntry,
    Body,
    CloseEntry,
    EraseEntry,
    KeysEntry,
    LawEntry,
    OpaqueEntry,
    OpenEntry,
    OutcomeEntry,
    RecipientEntry,
    RegistryEntry,
    ReleaseEntry,
    SealEntry,
    TraceOpenEntry,
)
from suyuan.ledger.entry import Entry
from suyuan.ledger.rules import Chain


@dataclass(slots=True)
class Order:
    """The state that the order of events is checked against."""

    at_ms: int = 0
    chain: Chain = field(default_factory=Chain)
    laws: set[bytes] = field(default_factory=set)
    pools: dict[int, tuple[int, int]] = field(default_factory=dict)
    roots: dict[bytes, int] = field(default_factory=dict)
    labels: dict[bytes, int] = field(default_factory=dict)
    registries: dict[bytes, int] = field(default_factory=dict)
    enrolled: dict[bytes, int | None] = field(default_factory=dict)
    """Registry labels by the entry that made each live; None once erased."""

    releases: set[int] = field(default_factory=set)
    openings: int = 0
    opened: list[int] = field(default_factory=list)
    """The entries that open shards."""

    turns: int = 0
    """Entries of this epoch that close and open shards."""

    counted: int = 0
    """All registry, close and open entries so far, which seals count."""

    origin: str | None = None
    """The log's first name, as seals or the first entry that opens a shard have it."""

    shard: CloseEntry | None = None
    """What named the key and origin of the shard in force; None in the first, and after one that was lost."""

    def take(self, entry: Entry, *, index: int, enrols: Sequence[bytes] = ()) -> None:
        """Take the entry that follows.

        Args:
            enrols: the registry labels that it makes live.
        Raises: VerificationError: it cannot stand there; names the entry.
        """
        if entry.at_ms < self.at_ms:
            raise VerificationError(f"entry {index}: its time lies before that of the entry before it")
        self.at_ms = entry.at_ms
        closed = self.chain.close
        self.chain.take(entry.body, epoch=entry.epoch, index=index)
        if isinstance(entry.body, OpenEntry | CloseEntry):
            self.turns += 1
        elif isinstance(entry.body, SealEntry) and entry.body.closing:
            self.turns = 0
        if isinstance(entry.body, SealEntry):
            self._seal(entry.body, index=index)
        self.counted += isinstance(entry.body, OpenEntry | CloseEntry | RegistryEntry)
        if isinstance(entry.body, OpenEntry):
            self._open(entry.body, closed=closed, index=index)
        for label in enrols:
            self._enrol(label, index=index)
        self._take_body(entry.body, index=index)

    def _take_body(self, body: Body | OpaqueEntry, *, index: int) -> None:
        match body:
            case LawEntry():
                self.laws.add(body.law)
            case RecipientEntry():
                earlier = self.labels.setdefault(body.label, index)
                if earlier != index:
                    raise VerificationError(f"entry {index}: a second recipient with the label of entry {earlier}")
            case KeysEntry():
                earlier = self.roots.setdefault(body.root, index)
                if earlier != index:
                    raise VerificationError(f"entry {index}: the same pool of row keys as entry {earlier}")
                self.pools[index] = (0, body.rows)
            case ReleaseEntry() | BatchEntry():
                if body.law not in self.laws:
                    raise VerificationError(f"entry {index}: its law is in no earlier entry")
                self._draw(body, index=index)
                self.releases.add(index)
            case OutcomeEntry():
                if body.release not in self.releases:
                    raise VerificationError(f"entry {index}: an outcome of entry {body.release}, no earlier release")
            case TraceOpenEntry():
                if body.number != self.openings + 1:
                    raise VerificationError(
                        f"entry {index}: opening number {body.number} of a dump, the next is {self.openings + 1}"
                    )
                self.openings = body.number
            case RegistryEntry():
                earlier = self.registries.setdefault(body.vrf_key, index)
                if earlier != index:
                    raise VerificationError(f"entry {index}: the same registry as entry {earlier}")
                self._begin(index)
            case EraseEntry():
                self._erase(body.label, index=index)
            case _:
                pass

    def _seal(self, body: SealEntry, *, index: int) -> None:
        if body.origin is None:
            return
        if self.origin is None:
            self.origin = body.origin
        if (body.origin, body.turns) != (self.origin, self.counted):
            raise VerificationError(f"entry {index}: names another first origin, or counts other registries and shards")

    def _begin(self, index: int) -> None:
        """A shard has one registry, and a later shard's stands before all else in its epoch: else a label would hang on two."""
        if len(self.registries) > len(self.opened) + 1:
            raise VerificationError(f"entry {index}: a second registry in one shard")
        if len(self.registries) > 1 and index != self.chain.epoch_start + self.turns:
            raise VerificationError(f"entry {index}: a registry, and entries of its first epoch stand before it")

    def _draw(self, body: ReleaseEntry | BatchEntry, *, index: int) -> None:
        pool = self.pools.get(body.keys.pool)
        if pool is None:
            raise VerificationError(f"entry {index}: entry {body.keys.pool} is no earlier pool of row keys")
        following, rows = pool
        if body.keys.first != following:
            raise VerificationError(
                f"entry {index}: takes row key {body.keys.first} of pool {body.keys.pool}, the next is {following}"
            )
        if body.keys.end > rows:
            raise VerificationError(f"entry {index}: takes more row keys than pool {body.keys.pool} has")
        self.pools[body.keys.pool] = (body.keys.end, rows)

    def _enrol(self, label: bytes, *, index: int) -> None:
        if not self.registries:
            raise VerificationError(f"entry {index}: enrols before there is a registry")
        earlier = self.enrolled.get(label)
        if earlier is not None:
            raise VerificationError(f"entry {index}: enrols a label that is live since entry {earlier}")
        self.enrolled[label] = index

    def _erase(self, label: bytes, *, index: int) -> None:
        if label in self.enrolled:
            if self.enrolled[label] is None:
                raise VerificationError(f"entry {index}: erases a registry label that is not live")
            self.enrolled[label] = None

    def _open(self, body: OpenEntry, *, closed: CloseEntry | None, index: int) -> None:
        """A shard names the one before it by the key and origin that an earlier shard gave it."""
        named = self.shard
        if named is not None and (body.key, body.origin) != (named.key, named.origin):
            raise VerificationError(f"entry {index}: opens a shard after another one than stands before it")
        if self.origin is None:
            self.origin = body.origin
        if not self.opened and body.origin != self.origin:
            raise VerificationError(f"entry {index}: the shard before it has another name than the seals say")
        self.shard = closed
        self.opened.append(index)
