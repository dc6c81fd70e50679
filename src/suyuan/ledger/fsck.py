"""The check of a log from its published bytes alone, as anyone outside can make it."""

import re
from collections.abc import Iterable
from typing import Final

from suyuan.crypto.frontier import TILE_WIDTH
from suyuan.crypto.merkle import HASH_BYTES
from suyuan.crypto.sign import VerifyKey
from suyuan.errors import VerificationError
from suyuan.ledger.bodies import BatchEntry, EnrolBatchEntry, SealEntry
from suyuan.ledger.checkpoint import open_checkpoint
from suyuan.ledger.derived import batch_prefix, seal_prefix
from suyuan.ledger.entry import parse_entry
from suyuan.ledger.log import Log
from suyuan.ledger.ports import TileFiles
from suyuan.ledger.published import PublishedLog
from suyuan.ledger.tiles import TileReader, bundle_path, decode_bundle, encode_bundle, tile_path, width_at
from suyuan.ledger.verify import VerifiedLog, verify_log

_PATH: Final = re.compile(
    r"(?:(?P<kind>batch|seal)/(?P<entry>0|[1-9]\d*)/)?tile/(?P<level>entries|0|[1-9]\d*)/"
    r"(?P<index>(?:x\d{3}/)*\d{3})(?:\.p/(?P<width>[1-9]\d{0,2}))?"
)
_ROOMS: Final = ("tile/", "batch/", "seal/")
_UNFINISHED: Final = ".tmp"


def fsck(
    files: TileFiles,
    *,
    keys: Iterable[VerifyKey],
    paths: Iterable[str] | None = None,
    kept: Iterable[str | bytes] = (),
) -> VerifiedLog:
    """Check published files against each other and the log's key, without its store.

    1. The checkpoint is signed by the log.
    2. The entry bundles give every hash of every tile at every level, and the checkpoint's root.
    3. Entries, tables, seals, enrolments and shards keep every rule that `verify_log` knows.
    4. Every table's and every sealed index's own tiles and bundles are what the entries give.
    5. With `paths`, no other file lies in those folders, but older partial tiles that are beginnings of these.

    Args:
        keys: the log's keys, from somewhere that is trusted.
        paths: every path there, where they can be listed.
        kept: signed checkpoints of this log that were kept elsewhere.
    Raises: VerificationError: naming the entry, tile, file or checkpoint that does not hold.
    """
    known = tuple(keys)
    if not known:
        raise VerificationError("no key of the log was given", hint="give the log's public key")
    store = PublishedLog(files)
    # A key at hand that bears the checkpoint's name speaks before anything more is read; an earlier shard's key cannot.
    mine = [key for key in known if key.name == store.checkpoint.origin]
    if mine:
        open_checkpoint(store.checkpoint.note, keys=mine)
    log = Log(store)
    verified = verify_log(log, keys=known, files=files, kept=kept)
    for path in paths or ():
        if path.startswith(_ROOMS) and not path.endswith(_UNFINISHED):
            _require_beginning(path, log=log, files=files)
    return verified


def _require_beginning(path: str, *, log: Log, files: TileFiles) -> None:
    """Check a file that the walk over the tree did not ask for: a tile of an earlier size, or of the next one.

    A publication that was cut off leaves files beyond the checkpoint; the next one writes them again.
    """
    parts = _PATH.fullmatch(path)
    if parts is None:
        raise VerificationError(f"{path}: does not belong to a ledger")
    index = int("".join(re.findall(r"\d{3}", parts["index"])))
    prefix, size = _tree(parts["kind"], entry=parts["entry"], log=log, path=path)
    entries = parts["level"] == "entries"
    level = 0 if entries else int(parts["level"])
    given = int(parts["width"] or TILE_WIDTH)
    width = width_at(level, index=index, size=size)
    expected = bundle_path(index, width=given, prefix=prefix) if entries else tile_path(
        level, index=index, width=given, prefix=prefix
    )  # fmt: skip
    # The tree of a table or of an index does not grow: it has no tiles of other widths.
    if given > TILE_WIDTH or path != expected or (prefix and size and given != width):
        raise VerificationError(f"{path}: does not belong to a ledger")
    if width in (0, given):
        return
    held = files.read(path) or b""
    reader = TileReader(files, size=size, prefix=prefix)
    common = min(given, width)
    if entries:
        leaves = decode_bundle(held)
        true = len(leaves) == given and encode_bundle(leaves[:common]) == encode_bundle(reader.bundle(index)[:common])
    else:
        whole = reader.tile(level, index=index)[: common * HASH_BYTES]
        true = len(held) == given * HASH_BYTES and held.startswith(whole)
    if not true:
        raise VerificationError(f"{path}: not what the entries give")


def _tree(kind: str | None, *, entry: str | None, log: Log, path: str) -> tuple[str, int]:
    """Give prefix and size of the tree a path belongs to; size 0 for one that lies beyond the checkpoint."""
    if kind is None or entry is None:
        return "", log.size
    index = int(entry)
    if index >= log.size:
        return f"{kind}/{index}/", 0
    match kind, parse_entry(log.leaf(index)).body:
        case "batch", BatchEntry() | EnrolBatchEntry() as body:
            return batch_prefix(index), body.rows
        case "seal", SealEntry() as body:
            return seal_prefix(index), body.labels
        case _:
            raise VerificationError(f"{path}: entry {index} has no such files")
