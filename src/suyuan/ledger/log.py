"""The log: reading it, and the one actor that appends to it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final

from suyuan.crypto.frontier import tree_root
from suyuan.crypto.sign import SigningKey
from suyuan.errors import RefusedError, VerificationError
from suyuan.ledger.bodies import (
    BatchEntry,
    Body,
    CloseEntry,
    EnrolBatchEntry,
    EnrolEntry,
    KeysEntry,
    LawEntry,
    OpenEntry,
    OutcomeEntry,
    RecipientEntry,
    RegistryEntry,
    ReleaseEntry,
    SealEntry,
    TraceOpenEntry,
)
from suyuan.ledger.draft import Draft, store_row
from suyuan.ledger.entry import Entry, encode_entry, parse_entry
from suyuan.ledger.ports import LedgerStore, Pool, Row
from suyuan.ledger.receipt import Receipt, Receipts
from suyuan.ledger.recent import Recent
from suyuan.ledger.rules import CLOSING, Chain
from suyuan.ledger.seal import build_index
from suyuan.ledger.sealing import Due, SealPolicy, Standing
from suyuan.ledger.templates import release_leaf
from suyuan.terms import Clock, LeafIndex

__all__ = ["Draft", "Ledger", "Log"]

_CHUNK: Final = 4096
_OPEN_MOST: Final = 65_536
"""How many releases without an outcome are remembered."""

_RELEASES: Final = frozenset({ReleaseEntry, BatchEntry})
_START = datetime(1970, 1, 1, tzinfo=UTC)


class Log:
    """Reads a ledger: leaves as stored, entries, sides, pools. Needs no key."""

    def __init__(self, store: LedgerStore) -> None:
        self._store = store

    @property
    def size(self) -> int:
        """How many entries the log has."""
        return self._store.size()

    def leaf(self, index: int) -> bytes:
        """Give the leaf at `index`, as stored.

        Raises: RefusedError: there is no such entry.
        """
        found = self._store.leaves(index, end=index + 1) if index >= 0 else ()
        if not found:
            raise RefusedError(f"the ledger has no entry {index}")
        return found[0]

    def entry(self, index: int) -> Entry:
        """Give the entry at `index`, read strictly."""
        return parse_entry(self.leaf(index))

    def leaves(self, start: int, *, end: int) -> Iterator[bytes]:
        """Give the leaves of [start, end) in order, in bounded memory."""
        for first in range(start, end, _CHUNK):
            yield from self._read(first, end=min(end, first + _CHUNK))

    def _read(self, start: int, *, end: int) -> Sequence[bytes]:
        return self._store.leaves(start, end=end)

    def entries(self, start: int = 0, *, end: int | None = None) -> Iterator[tuple[LeafIndex, Entry]]:
        """Give the entries of [start, end), or to the present end, with their indexes."""
        stop = self.size if end is None else end
        for index, leaf in enumerate(self.leaves(start, end=stop), start=start):
            yield LeafIndex(index), parse_entry(leaf)

    def side(self, index: int, *, name: str, start: int = 0, size: int | None = None) -> bytes | None:
        """Give a private side of an entry, or a part of it; None where there is none."""
        return self._store.side(index, name=name, start=start, size=size)

    def side_names(self, index: int) -> tuple[str, ...]:
        """Give the names of an entry's sides."""
        return self._store.side_names(index)

    def find(self, op: str, *, key: bytes) -> LeafIndex | None:
        """Give the first entry of an op by its key: a digest, a recipient's label, a pool's root, an opening's number."""
        return self._store.find(op, key=key)

    def latest(self, op: str) -> LeafIndex | None:
        """Give the last entry of a named op, as `LedgerStore.latest` lists them."""
        return self._store.latest(op)

    def named(self, op: str) -> tuple[LeafIndex, ...]:
        """Give the entries of a named op, each key's first, oldest first: the registries, the shards."""
        return self._store.named(op)

    def registered(self, labels: Sequence[bytes]) -> Mapping[bytes, LeafIndex]:
        """Give those of some registry labels that are live, with the entry that enrolled each."""
        return self._store.registered(labels)

    @property
    def epoch(self) -> int:
        """The epoch in force: the number of closing seals so far."""
        return self.chain().epoch

    def chain(self) -> Chain:
        """Give where the log stands among its seals and shards."""
        closing, seal, last = self.latest(CLOSING), self.latest(SealEntry.op), self.size - 1
        close = self.entry(last).body if last >= 0 and self.latest(CloseEntry.op) == last else None
        return Chain(
            epoch=0 if closing is None else self.entry(closing).epoch + 1,
            epoch_start=0 if closing is None else closing + 1,
            tail_start=0 if seal is None else seal + 1,
            close=close if isinstance(close, CloseEntry) else None,
        )

    def pools(self) -> tuple[Pool, ...]:
        """Give all pools of row keys, oldest first, and how far each is used."""
        return self._store.pools()


@dataclass(slots=True)
class _Coming:
    """What the drafts of one append bring, before they are in the store: laws, recipients' labels, pool roots."""

    laws: set[bytes] = field(default_factory=set)
    labels: set[bytes] = field(default_factory=set)
    roots: set[bytes] = field(default_factory=set)
    registry: bool = False
    openings: int | None = None
    """How many dumps were opened up to here; None while nobody asked."""


class Ledger(Log):
    """The one sequencer. What it has given a receipt for is durable; nothing it stored ever changes."""

    def __init__(self, store: LedgerStore, *, key: SigningKey, clock: Clock) -> None:
        super().__init__(store)
        self._key = key
        self._clock = clock
        # What the last append left, while no append has failed since: the size, the last entry's time, the chain.
        self._edge: tuple[int, int, Chain] | None = None
        self._laws: set[bytes] = set()
        self._recent = Recent()
        # Releases of this run whose outcome is still to come.
        self._open: set[int] = set()

    @property
    def origin(self) -> str:
        """The log's name: its key's name, in every checkpoint, receipt and label."""
        return self._key.verify_key.name

    @property
    def key(self) -> SigningKey:
        """The log's signing key, for `publish`."""
        return self._key

    @property
    def epoch(self) -> int:
        """The epoch in force: the one that person labels must be made for."""
        return self.chain().epoch if self._edge is None else self._edge[2].epoch

    def append(self, drafts: Sequence[Draft]) -> Sequence[Receipt]:
        """Store all drafts at contiguous indexes in one durable transaction; each receipt is signed when asked for.

        Give many drafts at once to share one commit. Times never run backwards: where the clock is behind
        the last entry, the last entry's time is repeated.

        Raises:
            RefusedError: `ledger.epoch` where the labels were made for another epoch; a release under a law not yet
                ledgered, row keys out of order or not drawn, a pool or a recipient's label that stands there already,
                an outcome of no release, an opening with another number than the next, a person enrolled twice, a
                break in the chain of shards, a seal, which only `seal` makes; nothing is stored.
            UnavailableError: the store cannot make them durable.
        """
        if SealEntry in {type(draft.body) for draft in drafts}:
            raise RefusedError("the ledger makes its seals itself")
        return self._append(drafts)

    def seal(self, *, closing: bool) -> Receipt:
        """Append a seal over what follows the last one, or, closing, over the whole epoch, which it ends.

        Raises: VerificationError: an entry or a public table is missing. Otherwise as `append`.
        """
        chain, end = self.chain(), self.size
        first = chain.epoch_start if closing else chain.tail_start
        index = build_index(self, first=first, end=end)
        opened = self.named(OpenEntry.op)
        before = None if not opened else self.entry(opened[0]).body
        body = SealEntry(
            first=first,
            end=end,
            labels=index.size,
            root=index.root,
            closing=closing,
            origin=before.origin if isinstance(before, OpenEntry) else self.origin,
            turns=len(opened) + len(self.named(CloseEntry.op)) + len(self.named(RegistryEntry.op)),
        )
        return self._append([Draft(body=body)])[0]

    def seal_due(self, policy: SealPolicy) -> Due | None:
        """Give the seal that a policy asks for now, by the times of the last seals and the clock; None for none."""
        chain, size = self.chain(), self.size
        if chain.close is not None or size == chain.epoch_start:
            return None
        clock_ms, last_ms = self._now_ms(), self._store.last_at_ms()
        now_ms = max(clock_ms, last_ms)

        def age(start: int) -> float:
            return (now_ms - self.entry(max(start - 1, 0)).at_ms) / 1000

        return policy.due(
            Standing(
                entries=size - chain.tail_start,
                seconds=age(chain.tail_start),
                epoch_entries=size - chain.epoch_start,
                epoch_seconds=age(chain.epoch_start),
                behind_seconds=(now_ms - clock_ms) / 1000,
            )
        )

    def _read(self, start: int, *, end: int) -> Sequence[bytes]:
        """Read from the store, and refuse what is not as this run appended it: seals and tiles are made of this."""
        leaves = self._store.leaves(start, end=end)
        self._recent.require_same(leaves, first=start)
        return leaves

    def _now_ms(self) -> int:
        return int((self._clock.now() - _START).total_seconds() * 1000)

    def _append(self, drafts: Sequence[Draft]) -> Sequence[Receipt]:
        if not drafts:
            return ()
        edge, self._edge = self._edge or (self.size, self._store.last_at_ms(), self.chain()), None
        first, last_ms, chain = edge[0], edge[1], replace(edge[2])
        at_ms, epoch = max(self._now_ms(), last_ms), chain.epoch
        coming = _Coming()
        rows: list[Row] = []
        for index, draft in enumerate(drafts, start=first):
            body, sides, made_for = draft
            if made_for is not None and made_for != epoch:
                raise _of_another_epoch(made_for, index=index, epoch=epoch)
            # Nearly every entry is a release under a law that an entry before it has named: nothing else to ask of it.
            if type(body) is ReleaseEntry and body.law in coming.laws and chain.close is None:
                leaf = release_leaf(body, epoch=epoch, at_ms=at_ms) or encode_entry(body, epoch=epoch, at_ms=at_ms)
                rows.append(Row(leaf, at_ms, sides, None, None, body.keys))
                continue
            if chain.moves(body):
                _follow(chain, body=body, index=index)
            self._require_sound(body, index=index, drafts=drafts, first=first, coming=coming)
            rows.append(store_row(draft, index=index, epoch=epoch, at_ms=at_ms))
        self._store.append(first, rows=rows)
        self._edge = first + len(rows), at_ms, chain
        leaves = [row.leaf for row in rows]
        self._recent.take(leaves, first=first)
        self._note(drafts, first=first, laws=coming.laws)
        return Receipts(leaves, first=first, key=self._key)

    def _note(self, drafts: Sequence[Draft], *, first: int, laws: set[bytes]) -> None:
        """Remember what is in the ledger now, so that the next append need not look it up."""
        self._laws |= laws
        released = [at for at, draft in enumerate(drafts, start=first) if type(draft.body) in _RELEASES]
        if len(self._open) + len(released) > _OPEN_MOST:
            self._open.clear()  # Their outcomes are looked up instead.
        self._open.update(released)
        self._open.difference_update([draft.body.release for draft in drafts if type(draft.body) is OutcomeEntry])

    def _require_sound(self, body: Body, *, index: int, drafts: Sequence[Draft], first: int, coming: _Coming) -> None:
        """Refuse what `verify_log` would refuse; the store itself refuses row keys out of order."""
        match body:
            case LawEntry():
                coming.laws.add(body.law)
            case RecipientEntry():
                if body.label in coming.labels or self.find(body.op, key=body.label) is not None:
                    raise RefusedError(f"entry {index}: its recipient's label is in the ledger already")
                coming.labels.add(body.label)
            case KeysEntry():
                if body.root in coming.roots or self.find(body.op, key=body.root) is not None:
                    raise RefusedError(f"entry {index}: its pool of row keys is in the ledger already")
                coming.roots.add(body.root)
            case ReleaseEntry() | BatchEntry():
                known = body.law in self._laws or body.law in coming.laws
                if not known and self.find(LawEntry.op, key=body.law) is None:
                    raise RefusedError(f"entry {index}: its law is not in the ledger yet")
                coming.laws.add(body.law)
            case OutcomeEntry():
                self._require_outcome(body, index=index, drafts=drafts, first=first)
            case RegistryEntry():
                if body.vrf_key in coming.roots or self.find(body.op, key=body.vrf_key) is not None:
                    raise RefusedError(f"entry {index}: its registry is in the ledger already")
                coming.roots.add(body.vrf_key)
                coming.registry = True
            case EnrolEntry() | EnrolBatchEntry():
                if not coming.registry and self.latest(RegistryEntry.op) is None:
                    raise RefusedError(f"entry {index}: enrols before there is a registry")
            case OpenEntry():
                self._require_shard(body, index=index)
            case TraceOpenEntry():
                opened = self._openings() if coming.openings is None else coming.openings
                if body.number != opened + 1:
                    raise RefusedError(f"entry {index}: is opening number {body.number}, the next is {opened + 1}")
                coming.openings = body.number
            case _:
                pass

    def _require_outcome(self, body: OutcomeEntry, *, index: int, drafts: Sequence[Draft], first: int) -> None:
        if body.release in self._open:
            return
        if body.release >= index:
            raise RefusedError(f"entry {index}: an outcome of a later entry")
        released = drafts[body.release - first].body if body.release >= first else self.entry(body.release).body
        if not isinstance(released, ReleaseEntry | BatchEntry):
            raise RefusedError(f"entry {index}: an outcome of entry {body.release}, which is no release")

    def _require_shard(self, body: OpenEntry, *, index: int) -> None:
        """Require that a shard opens under the key that the one before it named, over exactly its entries."""
        close = self.chain().close
        if close is None:
            return
        mine = self._key.verify_key
        if (close.key, close.origin) != (mine.public, mine.name):
            raise RefusedError(f"entry {index}: the shard before it names another key")
        if body.root != tree_root(self.leaves(0, end=index)):
            raise RefusedError(f"entry {index}: opens a shard over another root than that of the entries before it")

    def _openings(self) -> int:
        """Give the number of the last `trace-open`, or 0."""
        last = self.latest(TraceOpenEntry.op)
        body = None if last is None else self.entry(last).body
        return body.number if isinstance(body, TraceOpenEntry) else 0


def _of_another_epoch(given: int, *, index: int, epoch: int) -> RefusedError:
    return RefusedError(
        f"entry {index}: its labels are of epoch {given}, the epoch in force is {epoch}",
        code="ledger.epoch",
        hint="prepare it anew: the epoch ended meanwhile",
    )


def _follow(chain: Chain, *, body: Body, index: int) -> None:
    try:
        chain.take(body, epoch=chain.epoch, index=index)
    except VerificationError as error:
        raise RefusedError(str(error)) from error
