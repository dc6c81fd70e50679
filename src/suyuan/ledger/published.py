"""A log read from its published files alone: a directory or a web address, no store."""

from collections.abc import Mapping, Sequence
from typing import Final

from suyuan.crypto.frontier import TILE_WIDTH
from suyuan.errors import RefusedError, VerificationError
from suyuan.ledger import batch, checkpoint
from suyuan.ledger.bodies import BatchEntry, EnrolBatchEntry
from suyuan.ledger.checkpoint import Checkpoint, read_checkpoint
from suyuan.ledger.derived import batch_prefix
from suyuan.ledger.entry import parse_entry
from suyuan.ledger.ports import Derived, Pool, Row, TileFiles
from suyuan.ledger.rebuild import ReplayedLog
from suyuan.ledger.tiles import TileReader
from suyuan.terms import LeafIndex

_KEPT_BUNDLES: Final = 64


class PublishedLog:
    """Fulfils `LedgerStore` for reading, over the entry bundles up to the signed checkpoint.

    It authenticates nothing: `verify_log` over it checks the checkpoint's signature and holds every byte against its
    root. Private sides are not public, so only tables are there.
    """

    def __init__(self, files: TileFiles) -> None:
        """Read the checkpoint.

        Raises: VerificationError: there is none, or it is malformed.
        """
        note = files.read(checkpoint.PATH)
        if note is None:
            raise VerificationError(
                "there is no checkpoint", hint="name the folder or address of the ledger's public files"
            )
        self.checkpoint: Checkpoint = read_checkpoint(note)
        self._files = files
        self._tiles = TileReader(files, size=self.checkpoint.size)
        self._bundles: dict[int, list[bytes]] = {}
        self._replay: ReplayedLog | None = None

    def append(self, first: int, *, rows: Sequence[Row]) -> None:
        """See `LedgerStore.append`: nothing can be appended here."""
        raise RefusedError("published files are read only")

    def replace_derived(self, derived: Derived) -> None:
        """See `LedgerStore.replace_derived`: nothing is kept here."""
        raise RefusedError("published files are read only")

    def size(self) -> int:
        """See `LedgerStore.size`."""
        return self.checkpoint.size

    def leaves(self, start: int, *, end: int) -> Sequence[bytes]:
        """See `LedgerStore.leaves`."""
        stop = min(end, self.checkpoint.size)
        found: list[bytes] = []
        while start < stop:
            number, offset = divmod(start, TILE_WIDTH)
            found += self._bundle(number)[offset : offset + stop - start]
            start = (number + 1) * TILE_WIDTH
        return found

    def last_at_ms(self) -> int:
        """See `LedgerStore.last_at_ms`."""
        last = self.leaves(max(self.size() - 1, 0), end=self.size())
        return parse_entry(last[0]).at_ms if last else 0

    def side(self, index: int, *, name: str, start: int = 0, size: int | None = None) -> bytes | None:
        """See `LedgerStore.side`: the table of a batch or of enrolments."""
        leaves = self.leaves(index, end=index + 1) if name == batch.SIDE else ()
        body = parse_entry(leaves[0]).body if leaves else None
        if not isinstance(body, BatchEntry | EnrolBatchEntry):
            return None
        reader = TileReader(self._files, size=body.rows, prefix=batch_prefix(index))
        numbers = range((body.rows + TILE_WIDTH - 1) // TILE_WIDTH)
        table = b"".join(row for number in numbers for row in reader.bundle(number))
        return table[start : None if size is None else start + size]

    def side_names(self, index: int) -> tuple[str, ...]:
        """See `LedgerStore.side_names`."""
        return () if self.side(index, name=batch.SIDE, size=0) is None else (batch.SIDE,)

    def find(self, op: str, *, key: bytes) -> LeafIndex | None:
        """See `LedgerStore.find`; the first question of this sort reads the whole log."""
        return self._replayed().find(op, key=key)

    def latest(self, op: str) -> LeafIndex | None:
        """See `LedgerStore.latest`."""
        return self._replayed().latest(op)

    def named(self, op: str) -> tuple[LeafIndex, ...]:
        """See `LedgerStore.named`."""
        return self._replayed().named(op)

    def registered(self, labels: Sequence[bytes]) -> Mapping[bytes, LeafIndex]:
        """See `LedgerStore.registered`."""
        return self._replayed().registered(labels)

    def pools(self) -> tuple[Pool, ...]:
        """See `LedgerStore.pools`."""
        return self._replayed().pools()

    def derived(self) -> Derived:
        """See `LedgerStore.derived`."""
        return self._replayed().derived

    def _replayed(self) -> ReplayedLog:
        if self._replay is None:
            self._replay = ReplayedLog(self)
        return self._replay

    def _bundle(self, number: int) -> list[bytes]:
        found = self._bundles.get(number)
        if found is None:
            if len(self._bundles) >= _KEPT_BUNDLES:
                self._bundles.clear()
            found = self._bundles[number] = self._tiles.bundle(number)
        return found
