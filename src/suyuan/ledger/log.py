"""The log: reading it, and the one actor that appends to it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from suyuan.crypto.sign import SigningKey
from suyuan.errors import RefusedError
from suyuan.ledger.entry import (
    BatchEntry,
    Body,
    Entry,
    KeysEntry,
    LawEntry,
    OutcomeEntry,
    PolicyEntry,
    RecipientEntry,
    ReleaseEntry,
    TraceOpenEntry,
    encode_entry,
    parse_entry,
)
from suyuan.ledger.ports import LedgerStore, Pool, Row
from suyuan.ledger.receipt import Receipt, Receipts
from suyuan.terms import Clock, LeafIndex

EPOCH: Final = 0
"""Every entry is of epoch 0 until seals exist."""

_CHUNK: Final = 4096
_START = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An entry to append, with the private sides that become durable in the same transaction."""

    body: Body
    sides: Mapping[str, bytes] = field(default_factory=dict)


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
            yield from self._store.leaves(first, end=min(end, first + _CHUNK))

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
        """Give the last `law`, `policy`, `recipient`, `keys` or `trace-open` entry."""
        return self._store.latest(op)

    def pools(self) -> tuple[Pool, ...]:
        """Give all pools of row keys, oldest first, and how far each is used."""
        return self._store.pools()


@dataclass(slots=True)
class _Coming:
    """What the drafts of one append bring, before they are in the store: laws, recipients' labels, pool roots."""

    laws: set[bytes] = field(default_factory=set)
    labels: set[bytes] = field(default_factory=set)
    roots: set[bytes] = field(default_factory=set)
    openings: int | None = None
    """How many dumps were opened up to here; None while nobody asked."""


class Ledger(Log):
    """The one sequencer. What it has given a receipt for is durable; nothing it stored ever changes."""

    def __init__(self, store: LedgerStore, *, key: SigningKey, clock: Clock) -> None:
        super().__init__(store)
        self._key = key
        self._clock = clock
        # What the last append left, while no append has failed since: the size and the last entry's time.
        self._edge: tuple[int, int] | None = None
        self._laws: set[bytes] = set()
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

    def append(self, drafts: Sequence[Draft]) -> Sequence[Receipt]:
        """Store all drafts at contiguous indexes in one durable transaction; each receipt is signed when asked for.

        Give many drafts at once to share one commit. Times never run backwards: where the clock is behind
        the last entry, the last entry's time is repeated.

        Raises:
            RefusedError: a release under a law not yet ledgered, row keys out of order or not drawn, a pool or a
                recipient's label that stands there already, an outcome of no release, an opening with another
                number than the next; nothing is stored.
            UnavailableError: the store cannot make them durable.
        """
        if not drafts:
            return ()
        edge, self._edge = self._edge or (self.size, self._store.last_at_ms()), None
        first = edge[0]
        now_ms = int((self._clock.now() - _START).total_seconds() * 1000)
        at_ms = max(now_ms, edge[1])
        coming = _Coming()
        rows: list[Row] = []
        for index, draft in enumerate(drafts, start=first):
            self._require_sound(draft.body, index=index, earlier=drafts[: index - first], first=first, coming=coming)
            rows.append(_row(draft, index=index, at_ms=at_ms))
        self._store.append(first, rows=rows)
        self._edge = first + len(rows), at_ms
        self._note(drafts, first=first, laws=coming.laws)
        return Receipts([row.leaf for row in rows], first=first, key=self._key)

    def _note(self, drafts: Sequence[Draft], *, first: int, laws: set[bytes]) -> None:
        """Remember what is in the ledger now, so that the next append need not look it up."""
        self._laws |= laws
        for index, draft in enumerate(drafts, start=first):
            match draft.body:
                case ReleaseEntry() | BatchEntry():
                    self._open.add(index)
                case OutcomeEntry(release=released):
                    self._open.discard(released)
                case _:
                    pass

    def _require_sound(self, body: Body, *, index: int, earlier: Sequence[Draft], first: int, coming: _Coming) -> None:
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
                self._require_outcome(body, index=index, earlier=earlier, first=first)
            case TraceOpenEntry():
                opened = self._openings() if coming.openings is None else coming.openings
                if body.number != opened + 1:
                    raise RefusedError(f"entry {index}: is opening number {body.number}, the next is {opened + 1}")
                coming.openings = body.number
            case _:
                pass

    def _require_outcome(self, body: OutcomeEntry, *, index: int, earlier: Sequence[Draft], first: int) -> None:
        if body.release in self._open:
            return
        if body.release >= index:
            raise RefusedError(f"entry {index}: an outcome of a later entry")
        released = earlier[body.release - first].body if body.release >= first else self.entry(body.release).body
        if not isinstance(released, ReleaseEntry | BatchEntry):
            raise RefusedError(f"entry {index}: an outcome of entry {body.release}, which is no release")

    def _openings(self) -> int:
        """Give the number of the last `trace-open`, or 0."""
        last = self.latest(TraceOpenEntry.op)
        body = None if last is None else self.entry(last).body
        return body.number if isinstance(body, TraceOpenEntry) else 0


def _row(draft: Draft, *, index: int, at_ms: int) -> Row:
    """Give what the store keeps of a draft, and what it indexes of it."""
    body = draft.body
    name: tuple[str, bytes] | None = None
    opens: Pool | None = None
    match body:
        case LawEntry():
            name = (body.op, body.law)
        case PolicyEntry():
            name = (body.op, body.policy)
        case RecipientEntry():
            name = (body.op, body.label)
        case KeysEntry():
            name = (body.op, body.root)
            opens = Pool(index=LeafIndex(index), rows=body.rows, lanes=body.lanes)
        case TraceOpenEntry():
            name = (body.op, body.number.to_bytes(8, "big"))
        case _:
            pass
    draws = body.keys if isinstance(body, ReleaseEntry | BatchEntry) else None
    leaf = encode_entry(body, epoch=EPOCH, at_ms=at_ms)
    return Row(leaf=leaf, at_ms=at_ms, sides=draft.sides, name=name, opens=opens, draws=draws)
