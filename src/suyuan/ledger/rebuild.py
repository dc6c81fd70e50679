"""What a store keeps beside the entries to find them again, derived anew from the entries and public tables alone."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from suyuan.errors import VerificationError
from suyuan.ledger import batch
from suyuan.ledger.bodies import (
    BatchEntry,
    EnrolBatchEntry,
    EraseEntry,
    KeysEntry,
    OpaqueEntry,
    OutcomeEntry,
    ReleaseEntry,
)
from suyuan.ledger.draft import enrolled_labels, latest_of, name_of
from suyuan.ledger.log import Log
from suyuan.ledger.ports import Derived, LedgerStore, Pool
from suyuan.terms import LeafIndex


def derive(log: Log) -> Derived:
    """Replay a log and give its derived tables, as a store that appended every entry would hold them.

    It checks what it needs; `verify_log` checks the rest.

    Raises: VerificationError: an entry does not read, a table is missing or is not the one in its entry, or row keys
        are taken from no pool.
    """
    named: dict[tuple[str, bytes], LeafIndex] = {}
    latest: dict[str, LeafIndex] = {}
    pools: dict[int, Pool] = {}
    drawn: dict[int, int] = {}
    registered: dict[bytes, tuple[LeafIndex, bool]] = {}
    for index, entry in log.entries():
        body = entry.body
        if isinstance(body, OpaqueEntry | OutcomeEntry):
            continue
        if isinstance(body, ReleaseEntry | BatchEntry):
            if body.keys.pool not in pools:
                raise VerificationError(f"entry {index}: entry {body.keys.pool} is no earlier pool of row keys")
            drawn[body.keys.pool] = body.keys.end
            continue
        name = name_of(body)
        if name is not None:
            named.setdefault(name, index)
            latest[name[0]] = index
        for op in latest_of(body):
            latest[op] = index
        if isinstance(body, KeysEntry):
            pools[index] = Pool(index=index, rows=body.rows, lanes=body.lanes)
        table = log.side(index, name=batch.SIDE) if isinstance(body, EnrolBatchEntry) else None
        for label in enrolled_labels(body, table=table):
            registered[label] = (index, True)
        if isinstance(body, EraseEntry) and body.label in registered:
            registered[body.label] = (registered[body.label][0], False)
    used = tuple(replace(pool, next=drawn.get(index, 0)) for index, pool in pools.items())
    return Derived(named=named, latest=latest, pools=used, registered=registered)


class ReplayedLog(Log):
    """A log that finds its entries by what was derived from them, not by what its store keeps."""

    def __init__(self, store: LedgerStore) -> None:
        """Replay the log once.

        Raises: VerificationError: as `derive`.
        """
        super().__init__(store)
        self.derived: Derived = derive(Log(store))

    def find(self, op: str, *, key: bytes) -> LeafIndex | None:
        """See `Log.find`."""
        return self.derived.named.get((op, key))

    def latest(self, op: str) -> LeafIndex | None:
        """See `Log.latest`."""
        return self.derived.latest.get(op)

    def named(self, op: str) -> tuple[LeafIndex, ...]:
        """See `Log.named`."""
        return tuple(sorted(index for (known, _), index in self.derived.named.items() if known == op))

    def registered(self, labels: Sequence[bytes]) -> Mapping[bytes, LeafIndex]:
        """See `Log.registered`."""
        known = self.derived.registered
        found = {label: known[label] for label in labels if label in known}
        return {label: index for label, (index, live) in found.items() if live}

    def pools(self) -> tuple[Pool, ...]:
        """See `Log.pools`."""
        return self.derived.pools
