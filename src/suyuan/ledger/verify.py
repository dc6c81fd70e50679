"""Verification of a whole log from its bytes: every leaf, the order of events, the root, the public files."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from suyuan.crypto.frontier import TILE_WIDTH, Frontier, Tile
from suyuan.crypto.merkle import EMPTY_ROOT, HASH_BYTES, leaf_hashes
from suyuan.crypto.sign import VerifyKey
from suyuan.errors import VerificationError
from suyuan.ledger import batch, checkpoint
from suyuan.ledger.checkpoint import Checkpoint, open_checkpoint
from suyuan.ledger.entry import (
    BatchEntry,
    Body,
    Entry,
    KeysEntry,
    LawEntry,
    OpaqueEntry,
    OutcomeEntry,
    RecipientEntry,
    ReleaseEntry,
    TraceOpenEntry,
    parse_entry,
)
from suyuan.ledger.log import Log
from suyuan.ledger.ports import TileFiles
from suyuan.ledger.publish import batch_prefix
from suyuan.ledger.tiles import TileReader

_STEP: Final = TILE_WIDTH * 16


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedLog:
    """What a full replay found: the size and root of the store, entries by op, and the checkpoint that fits.

    `kept` are the checkpoints from elsewhere that the store was held against. `unpublished` entries lie after the checkpoint; they are durable and have receipts, and are in no tile yet.
    """

    size: int
    root: bytes
    counts: Mapping[str, int]
    checkpoint: Checkpoint | None
    kept: tuple[Checkpoint, ...] = ()

    @property
    def unpublished(self) -> int:
        """How many entries are not under the checkpoint yet."""
        return self.size - (0 if self.checkpoint is None else self.checkpoint.size)


def verify_log(
    log: Log, *, keys: Iterable[VerifyKey] = (), files: TileFiles | None = None, kept: Iterable[str | bytes] = ()
) -> VerifiedLog:
    """Replay a log from entry 0 and check everything that can be checked without a person's key.

    Every leaf reads strictly and times never run backwards; a law precedes its releases; a pool precedes
    its use, stands once, and its row keys are consumed in order without a gap; a recipient's label has one
    entry; an outcome names an earlier release; openings of dumps count 1, 2, 3 without a gap; a batch table gives
    the root in its leaf. With `files`, the signed checkpoint, every tile, every entry bundle and every batch tile
    on disk equal what the store gives.

    A store alone cannot show that its end was cut off, nor that all of it was written anew: whoever can do that
    can publish anew as well. Checkpoints that were kept elsewhere show both.

    Args:
        keys: the log's key, from somewhere that is trusted.
        kept: signed checkpoints of this log that were kept elsewhere.
    Raises: VerificationError: naming the entry, tile, file or checkpoint that does not hold.
    """
    known = tuple(keys)
    published = None if files is None else _checkpoint(files, keys=known)
    if published is not None and published.size > log.size:
        raise VerificationError(f"the store has {log.size} entries, its checkpoint {published.size}")
    past = _Past(kept=tuple(_open_kept(note, keys=known, size=log.size) for note in kept))
    order, frontier, counts = _Order(), Frontier(), Counter[str]()
    reader = None if files is None or published is None else TileReader(files, size=published.size)
    size, cut = log.size, 0 if published is None else published.size
    bounds = sorted({*range(0, size, _STEP), size, cut})
    for start, end in pairwise(bounds):
        leaves = list(log.leaves(start, end=end))
        if len(leaves) != end - start:
            raise VerificationError(f"entry {start + len(leaves)}: missing from the store")
        for index, leaf in enumerate(leaves, start=start):
            entry = _parse(leaf, index=index)
            counts[entry.body.op] += 1
            order.take(entry, index=index)
            if isinstance(entry.body, BatchEntry):
                _verify_table(log, index=index, entry=entry.body, files=files if index < cut else None)
        hashes = b"".join(leaf_hashes(leaves))
        past.take(hashes)
        tiles = frontier.extend(hashes)
        if reader is not None and end <= cut:
            _verify_tiles(tiles, reader=reader)
            _verify_bundles(leaves, first=start, reader=reader)
        if end == cut and published is not None and reader is not None:
            _verify_tiles(frontier.partials(), reader=reader)
            if frontier.root() != published.root:
                raise VerificationError(f"checkpoint of {cut}: the stored entries give another root")
    return VerifiedLog(size=size, root=frontier.root(), counts=dict(counts), checkpoint=published, kept=past.kept)


@dataclass(slots=True)
class _Order:
    """The state that the order of events is checked against, entry by entry."""

    at_ms: int = 0
    laws: set[bytes] = field(default_factory=set)
    pools: dict[int, tuple[int, int]] = field(default_factory=dict)
    roots: dict[bytes, int] = field(default_factory=dict)
    labels: dict[bytes, int] = field(default_factory=dict)
    releases: set[int] = field(default_factory=set)
    openings: int = 0

    def take(self, entry: Entry, *, index: int) -> None:
        if entry.at_ms < self.at_ms:
            raise VerificationError(f"entry {index}: its time lies before that of the entry before it")
        self.at_ms = entry.at_ms
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
            case _:
                pass

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


def _parse(leaf: bytes, *, index: int) -> Entry:
    try:
        return parse_entry(leaf)
    except VerificationError as error:
        raise VerificationError(f"entry {index}: {error}") from error


def _checkpoint(files: TileFiles, *, keys: Iterable[VerifyKey]) -> Checkpoint | None:
    note = files.read(checkpoint.PATH)
    return None if note is None else open_checkpoint(note, keys=keys)


def _open_kept(note: str | bytes, *, keys: tuple[VerifyKey, ...], size: int) -> Checkpoint:
    try:
        kept = open_checkpoint(note, keys=keys)
    except VerificationError as error:
        raise VerificationError(
            f"the checkpoint kept elsewhere: {error}",
            hint="It is of another log, or the key of this store was exchanged.",
        ) from error
    if kept.size > size:
        raise VerificationError(
            f"the store has {size} entries, the checkpoint kept elsewhere {kept.size}: its end was cut off",
            hint="Stop using this store; find out who changed it.",
        )
    if kept.size == 0 and kept.root != EMPTY_ROOT:
        raise VerificationError("the checkpoint kept elsewhere: not the root of an empty log")
    return kept


@dataclass(slots=True, kw_only=True)
class _Past:
    """Holds the entries against the roots of checkpoints kept elsewhere, at exactly their sizes."""

    kept: tuple[Checkpoint, ...]
    frontier: Frontier = field(default_factory=Frontier)

    def take(self, hashes: bytes) -> None:
        """Take the leaf hashes that follow."""
        if not self.kept:
            return
        start, end = self.frontier.size, self.frontier.size + len(hashes) // HASH_BYTES
        for size in sorted({one.size for one in self.kept if start < one.size <= end} | {end}):
            self.frontier.extend(hashes[(self.frontier.size - start) * HASH_BYTES : (size - start) * HASH_BYTES])
            if any(one.size == size and one.root != self.frontier.root() for one in self.kept):
                raise VerificationError(
                    f"the checkpoint of {size} entries kept elsewhere has another root: the log was rewritten",
                    hint="Stop using this store; find out who changed it.",
                )


def _verify_tiles(tiles: Iterable[Tile], *, reader: TileReader) -> None:
    for tile in tiles:
        if reader.tile(tile.level, index=tile.index) != tile.hashes:
            raise VerificationError(f"tile {tile.level}/{tile.index}: not what the stored entries give")
    reader.forget()


def _verify_bundles(leaves: list[bytes], *, first: int, reader: TileReader) -> None:
    for offset in range(0, len(leaves), TILE_WIDTH):
        held, index = leaves[offset : offset + TILE_WIDTH], (first + offset) // TILE_WIDTH
        if reader.bundle(index) != held:
            raise VerificationError(f"entry bundle {index}: not the stored entries")


def _verify_table(log: Log, *, index: int, entry: BatchEntry, files: TileFiles | None) -> None:
    body = log.side(index, name=batch.SIDE)
    if body is None:
        raise VerificationError(f"entry {index}: its batch table is missing")
    try:
        batch.read_table(body, entry=entry)
    except VerificationError as error:
        raise VerificationError(f"entry {index}: {error}") from error
    if files is None or entry.rows == 0:
        return
    rows = batch.split_rows(body)
    reader = TileReader(files, size=len(rows), prefix=batch_prefix(index))
    frontier = Frontier()
    tiles = frontier.extend(b"".join(leaf_hashes(rows)))
    try:
        _verify_tiles((*tiles, *frontier.partials()), reader=reader)
        _verify_bundles(rows, first=0, reader=reader)
    except VerificationError as error:
        raise VerificationError(f"entry {index}: its batch table: {error}") from error
