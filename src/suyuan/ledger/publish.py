"""Publication: derive tiles, entry bundles and a signed checkpoint from the leaves as stored."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from suyuan.crypto.frontier import TILE_WIDTH, Frontier, edge_widths, tree_root
from suyuan.crypto.merkle import leaf_hashes
from suyuan.crypto.sign import SigningKey, VerifyKey
from suyuan.errors import VerificationError
from suyuan.ledger import checkpoint
from suyuan.ledger.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from suyuan.ledger.derived import MARKS, derived_files
from suyuan.ledger.log import Log
from suyuan.ledger.ports import TileFiles
from suyuan.ledger.tiles import (
    TileReader,
    bundle_path,
    encode_bundle,
    partial_folder,
    tile_file,
)

_STEP: Final = TILE_WIDTH * 16
_CHANGED: Final = "the stored entries are not the ones that were published last"
_CHANGED_HINT: Final = "stop writing, keep the store and the public files, and restore the last backup"


def verify_head(log: Log, *, files: TileFiles, keys: Iterable[VerifyKey]) -> Checkpoint | None:
    """Check, before the first append of a run, that the store carries on from what was published last.

    Cheap at any size: the checkpoint's signature and size, the root from the tiles' right edge, and the entries of the
    last bundle. A store restored from an older copy, or one of another log, does not pass. `verify_log` checks the rest.

    Returns: the published checkpoint, or None where nothing was published yet.
    Raises: VerificationError: the store is behind the checkpoint, or is not the one that was published.
    """
    published = _published(files, keys=keys, size=log.size)
    if published is None:
        return None
    _resume(published, files=files)
    if published.size:
        last = (published.size - 1) // TILE_WIDTH
        stored = list(log.leaves(last * TILE_WIDTH, end=published.size))
        hashes = TileReader(files, size=published.size).tile(0, index=last)
        if b"".join(leaf_hashes(stored)) != hashes:
            raise VerificationError(_CHANGED, hint=_CHANGED_HINT)
    return published


def publish(
    log: Log, *, files: TileFiles, key: SigningKey, known: Iterable[VerifyKey] = (), rebuild: bool = False
) -> Checkpoint:
    """Bring the public files up to the log's size and give the new checkpoint.

    1. Read the published checkpoint and take up the tree's right edge from the tiles, checking its root.
    2. Read the leaves after it back from the store, hash those bytes, and write tiles and bundles.
    3. Make all of it durable, then sign the root and replace the checkpoint.
    4. Drop the partial tiles that full ones have superseded.

    Safe to run again after any interruption: the checkpoint is the last thing to change.

    Args:
        known: the keys of earlier shards: what was published last may be signed with one of them.
        rebuild: derive everything from entry 0, whatever lies there.
    Raises:
        VerificationError: the tiles do not give the published root, or the store is behind the checkpoint.
        UnavailableError: the files cannot be written; the log is safe.
    """
    size = log.size
    published = _published(files, keys=(key.verify_key, *known), size=size)
    frontier = Frontier() if rebuild or published is None else _resume(published, files=files)
    if published is not None and published.size == size and not rebuild:
        return published
    filled: list[str] = []
    # A rebuild stops at the published size first: its root must come out again before anything is signed anew.
    stops = {size} if published is None or not rebuild else {published.size, size}
    for stop in sorted(stops):
        files.write(_new_files(log, frontier=frontier, size=stop, filled=filled))
        if published is not None and stop == published.size and frontier.root() != published.root:
            raise VerificationError("the stored entries do not give the published root")
    root = frontier.root()
    signed = sign_checkpoint(size, root=root, keys=(key,))
    files.commit(checkpoint.PATH, data=signed.note.encode("utf-8"))
    files.drop(filled if published is not None else ())
    return signed


def rebuild_files(log: Log, *, files: TileFiles, published: Checkpoint) -> None:
    """Write every file under the published checkpoint anew, whatever lies there; sign nothing.

    Args:
        published: as `require_published` gave it.
    Raises: UnavailableError: the files cannot be written.
    """
    files.write(_new_files(log, frontier=Frontier(), size=published.size, filled=[]))
    files.commit(checkpoint.PATH, data=published.note.encode("utf-8"))


def require_published(log: Log, *, files: TileFiles, keys: Iterable[VerifyKey]) -> Checkpoint | None:
    """Check that the stored entries are those under the published checkpoint, by hashing all of them.

    Returns: the checkpoint, or None where nothing was published yet.
    Raises: VerificationError: they do not give its root, or it is not signed by the log.
    """
    published = _published(files, keys=keys, size=log.size)
    if published is None:
        return None
    if tree_root(log.leaves(0, end=published.size)) != published.root:
        raise VerificationError("the stored entries do not give the published root")
    return published


def _published(files: TileFiles, *, keys: Iterable[VerifyKey], size: int) -> Checkpoint | None:
    """Give the checkpoint that was published last, of which a log of `size` entries has all."""
    note = files.read(checkpoint.PATH)
    if note is None:
        return None
    published = open_checkpoint(note, keys=keys)
    if published.size > size:
        raise VerificationError(
            f"the ledger has {size} entries, its published checkpoint {published.size}: an older copy was restored",
            code="ledger.rolled_back",
            hint="find the newer store; only if it is lost for good, `suyuan ledger recover` lets this one go on",
        )
    return published


def _resume(published: Checkpoint, *, files: TileFiles) -> Frontier:
    reader = TileReader(files, size=published.size)
    edges = [
        reader.tile(level, index=(published.size >> (8 * level)) // TILE_WIDTH) if width else b""
        for level, width in enumerate(edge_widths(published.size))
    ]
    frontier = Frontier.resume(published.size, edges=edges)
    if frontier.root() != published.root:
        raise VerificationError(
            "the published tiles do not give the published root", hint="rebuild them from the store, then verify"
        )
    return frontier


def _new_files(log: Log, *, frontier: Frontier, size: int, filled: list[str]) -> Iterator[tuple[str, bytes]]:
    """Give the files that change between the frontier's size and `size`; note superseded partials in `filled`."""
    start = frontier.size
    first = start - start % TILE_WIDTH
    while first < size:
        end = min(first + _STEP, size)
        leaves = list(log.leaves(first, end=end))
        if len(leaves) != end - first:
            raise VerificationError(f"the store lacks entries between {first} and {end}")
        fresh = max(start - first, 0)
        if fresh:
            _require_kept(leaves[:fresh], frontier=frontier)
        for tile in frontier.extend(b"".join(leaf_hashes(leaves[fresh:]))):
            yield tile_file(tile)
            filled.append(partial_folder(tile.level, index=tile.index))
        for offset in range(0, len(leaves), TILE_WIDTH):
            held, index = leaves[offset : offset + TILE_WIDTH], (first + offset) // TILE_WIDTH
            bundle = encode_bundle(held)
            yield bundle_path(index, width=len(held)), bundle
            if len(held) == TILE_WIDTH:
                filled.append(partial_folder(None, index=index))
            if any(mark in bundle for mark in MARKS):
                yield from _derived(log, leaves=held, first=first + offset, start=start)
        first = end
    for tile in frontier.partials():
        yield tile_file(tile)


def _require_kept(leaves: Sequence[bytes], *, frontier: Frontier) -> None:
    """Require that entries which are written out again, in a bundle that grows, are those that were published."""
    if b"".join(leaf_hashes(leaves)) != frontier.partials()[0].hashes:
        raise VerificationError(_CHANGED, hint=_CHANGED_HINT)


def _derived(log: Log, *, leaves: Sequence[bytes], first: int, start: int) -> Iterator[tuple[str, bytes]]:
    """Give the files that entries from `start` on bring with them, of a bundle that has such entries."""
    for index, leaf in enumerate(leaves, start=first):
        if index >= start and any(mark in leaf for mark in MARKS):
            yield from derived_files(log, index=index, leaf=leaf)
