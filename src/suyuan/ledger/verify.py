"""Verification of a whole log from its bytes: every leaf, the order of events, the root, the public files."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from suyuan.crypto.frontier import TILE_WIDTH, Frontier, Tile, tree_root
from suyuan.crypto.merkle import EMPTY_ROOT, HASH_BYTES, leaf_hashes
from suyuan.crypto.sign import VerifyKey
from suyuan.errors import VerificationError
from suyuan.ledger import batch, checkpoint
from suyuan.ledger.bodies import BatchEntry, EnrolBatchEntry, OpenEntry, SealEntry
from suyuan.ledger.checkpoint import Checkpoint, open_checkpoint
from suyuan.ledger.derived import batch_prefix, index_leaves, seal_prefix
from suyuan.ledger.draft import enrolled_labels
from suyuan.ledger.entry import Entry, parse_entry
from suyuan.ledger.log import Log
from suyuan.ledger.order import Order
from suyuan.ledger.ports import TileFiles
from suyuan.ledger.shards import Shard, archive_path, line_of, open_shard_checkpoint
from suyuan.ledger.tiles import TileReader
from suyuan.ledger.witnessing import PATH as WITNESSED

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
    entry; an outcome names an earlier release; openings of dumps count 1, 2, 3 without a gap; a table of a batch or
    of enrolments gives the root in its leaf; seals follow one another without a gap, each over exactly the labels of
    its entries, and every entry is of the epoch they put in force; a registry label is live once at most, and is
    erased only while it is; a shard opens after one that closed, over its very entries, or names those that were lost.
    With `files`, the signed checkpoint, every tile and entry bundle, and those of every table and every sealed
    index on disk equal what the store gives.

    A store alone cannot show that its end was cut off, nor that all of it was written anew: whoever can do that
    can publish anew as well. Checkpoints that were kept elsewhere show both.

    Args:
        keys: the log's key, from somewhere that is trusted; that of an earlier shard will do.
        kept: signed checkpoints of this log that were kept elsewhere.
    Raises: VerificationError: naming the entry, tile, file or checkpoint that does not hold.
    """
    known = tuple(keys)
    line = line_of(log, keys=known)
    published = None if files is None else _checkpoint(files, line=line)
    if published is not None and published.size > log.size:
        raise VerificationError(
            f"the store has {log.size} entries, its checkpoint {published.size}: its end was cut off, or an older copy was "
            "restored",
            hint="stop using this store and find the newer one; only if that is lost for good, `suyuan ledger recover` helps",
        )
    past = _Past(
        kept=tuple(_open_kept(note, line=line, size=log.size) for note in kept),
        ended=()
        if files is None or published is None
        else (*_ended(files, line=line), *_witnessed(files, line=line, size=published.size)),
    )
    order, frontier, counts = Order(), Frontier(), Counter[str]()
    if published is not None and published.size == 0 and published.root != EMPTY_ROOT:
        raise VerificationError("checkpoint of 0: not the root of an empty log")
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
            _take(log, entry=entry, index=index, order=order, files=files if index < cut else None)
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
    if line and order.origin not in (None, line[0].key.name):
        raise VerificationError("the seals name another first origin than the log's")
    if tuple(order.opened) != log.named(OpenEntry.op):
        raise VerificationError(
            "the store finds other shards than its entries open", hint="run `suyuan ledger rebuild`, then verify again"
        )
    return VerifiedLog(size=size, root=frontier.root(), counts=dict(counts), checkpoint=published, kept=past.kept)


def _take(log: Log, *, entry: Entry, index: int, order: Order, files: TileFiles | None) -> None:
    """Check one entry: its place in the order, and what it says of tables, of other entries and of the tree."""
    body = entry.body
    table = log.side(index, name=batch.SIDE) if isinstance(body, BatchEntry | EnrolBatchEntry) else None
    try:
        enrols = enrolled_labels(body, table=table)
        if isinstance(body, BatchEntry):
            _require_table(table, entry=body)
    except VerificationError as error:
        raise VerificationError(f"entry {index}: {error}") from error
    order.take(entry, index=index, enrols=enrols)
    if table is not None and files is not None:
        _verify_static(
            batch.split_rows(table), files=files, prefix=batch_prefix(index), what=f"entry {index}: its table"
        )
    if isinstance(body, SealEntry):
        leaves = index_leaves(log, seal=body, index=index)
        if files is not None:
            _verify_static(leaves, files=files, prefix=seal_prefix(index), what=f"seal {index}: its index")
    # Where entries were lost, their root is nobody's to compute.
    if isinstance(body, OpenEntry) and body.size == index and body.root != tree_root(log.leaves(0, end=index)):
        raise VerificationError(f"entry {index}: opens a shard over another root than that of the entries before it")


def _parse(leaf: bytes, *, index: int) -> Entry:
    try:
        return parse_entry(leaf)
    except VerificationError as error:
        raise VerificationError(f"entry {index}: {error}") from error


def _checkpoint(files: TileFiles, *, line: tuple[Shard, ...]) -> Checkpoint | None:
    note = files.read(checkpoint.PATH)
    return None if note is None else open_shard_checkpoint(note, line=line)


def _ended(files: TileFiles, *, line: tuple[Shard, ...]) -> tuple[Checkpoint, ...]:
    """Give the last checkpoints of the shards that were closed, as they are kept beside the log."""
    found: list[Checkpoint] = []
    for shard in line:
        if shard.end is None:
            continue
        place, path = archive_path(shard.number, name="log.vkey"), archive_path(shard.number, name=checkpoint.PATH)
        vkey, note = files.read(place), files.read(path)
        if note is None or vkey is None:
            raise VerificationError(f"{path if note is None else place}: missing; an ended shard keeps it")
        if vkey != f"{shard.key}\n".encode():
            raise VerificationError(f"{place}: not the key that the log names")
        last = open_checkpoint(note, keys=(shard.key,))
        if last.size != (shard.lost or shard.end):
            raise VerificationError(f"{path}: of {last.size} entries; its shard ended at {shard.lost or shard.end}")
        if shard.lost is None:
            found.append(last)
    return tuple(found)


def _witnessed(files: TileFiles, *, line: tuple[Shard, ...], size: int) -> tuple[Checkpoint, ...]:
    """Give the newest checkpoint that reached the quorum, as it lies beside the log; its root is held like a kept one."""
    note = files.read(WITNESSED)
    if note is None:
        return ()
    try:
        found = open_shard_checkpoint(note, line=line)
    except VerificationError as error:
        raise VerificationError(f"{WITNESSED}: {error}", hint=error.hint) from error
    if found.size > size:
        raise VerificationError(f"{WITNESSED}: of {found.size} entries; the checkpoint has {size}")
    return (found,)


def _open_kept(note: str | bytes, *, line: tuple[Shard, ...], size: int) -> Checkpoint:
    try:
        kept = open_shard_checkpoint(note, line=line)
    except VerificationError as error:
        raise VerificationError(
            f"the checkpoint kept elsewhere: {error}",
            hint=error.hint or "it is no checkpoint, or of another log, or the key of this store was exchanged",
        ) from error
    if kept.size > size:
        raise VerificationError(
            f"the store has {size} entries, the checkpoint kept elsewhere {kept.size}: its end was cut off, or an older "
            "copy was restored",
            hint="stop using this store; find out which, and find the newer one",
        )
    if kept.size == 0 and kept.root != EMPTY_ROOT:
        raise VerificationError("the checkpoint kept elsewhere: not the root of an empty log")
    return kept


@dataclass(slots=True, kw_only=True)
class _Past:
    """Holds the entries against the roots of checkpoints kept elsewhere, at exactly their sizes."""

    kept: tuple[Checkpoint, ...]
    ended: tuple[Checkpoint, ...] = ()
    frontier: Frontier = field(default_factory=Frontier)

    def take(self, hashes: bytes) -> None:
        """Take the leaf hashes that follow."""
        past = (*self.kept, *self.ended)
        if not past:
            return
        start, end = self.frontier.size, self.frontier.size + len(hashes) // HASH_BYTES
        for size in sorted({one.size for one in past if start < one.size <= end} | {end}):
            self.frontier.extend(hashes[(self.frontier.size - start) * HASH_BYTES : (size - start) * HASH_BYTES])
            if any(one.size == size and one.root != self.frontier.root() for one in past):
                raise VerificationError(
                    f"the checkpoint of {size} entries kept elsewhere has another root: the log was rewritten",
                    hint="stop using this store; find out who changed it",
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


def _require_table(table: bytes | None, *, entry: BatchEntry) -> None:
    if table is None:
        raise VerificationError("its batch table is missing")
    batch.read_table(table, entry=entry)


def _verify_static(leaves: list[bytes], *, files: TileFiles, prefix: str, what: str) -> None:
    """Check the published files of a tree that will not grow."""
    if not leaves:
        return
    reader = TileReader(files, size=len(leaves), prefix=prefix)
    frontier = Frontier()
    tiles = frontier.extend(b"".join(leaf_hashes(leaves)))
    try:
        _verify_tiles((*tiles, *frontier.partials()), reader=reader)
        _verify_bundles(leaves, first=0, reader=reader)
    except VerificationError as error:
        raise VerificationError(f"{what}: {error}") from error
