"""What a store keeps beside the entries to find them again, derived anew from the entries and public tables alone."""

from dataclasses import replace

from suyuan.errors import VerificationError
from suyuan.ledger import batch
from suyuan.ledger.bodies import BatchEntry, EnrolBatchEntry, EraseEntry, KeysEntry, OpaqueEntry, ReleaseEntry
from suyuan.ledger.draft import enrolled_labels, latest_of, name_of
from suyuan.ledger.log import Log
from suyuan.ledger.ports import Derived, Pool
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
    registered: dict[bytes, tuple[LeafIndex, bool]] = {}
    for index, entry in log.entries():
        body = entry.body
        if isinstance(body, OpaqueEntry):
            continue
        name = name_of(body)
        if name is not None:
            named.setdefault(name, index)
            latest[name[0]] = index
        for op in latest_of(body):
            latest[op] = index
        if isinstance(body, KeysEntry):
            pools[index] = Pool(index=index, rows=body.rows, lanes=body.lanes)
        if isinstance(body, ReleaseEntry | BatchEntry):
            pool = pools.get(body.keys.pool)
            if pool is None:
                raise VerificationError(f"entry {index}: entry {body.keys.pool} is no earlier pool of row keys")
            pools[body.keys.pool] = replace(pool, next=body.keys.end)
        table = log.side(index, name=batch.SIDE) if isinstance(body, EnrolBatchEntry) else None
        for label in enrolled_labels(body, table=table):
            registered[label] = (index, True)
        if isinstance(body, EraseEntry) and body.label in registered:
            registered[body.label] = (registered[body.label][0], False)
    return Derived(named=named, latest=latest, pools=tuple(pools.values()), registered=registered)
