"""A process that appends to a ledger in PostgreSQL until it cannot. Run by test_postgres_ledger.py.

`python postgres_appender.py URL SCHEMA ACKS`: appends releases by one, two, three ..., and writes to ACKS what it has receipts
for. It ends with exit code 5 when the store says that it is unavailable, and with 9 should the store take a further
append after that.
"""

import os
import sys
from itertools import count

from tests.ledger_world import POOL, outcome, release, started

from suyuan.adapters.postgres.address import parse_address
from suyuan.adapters.postgres.ledger_store import PostgresLedgerStore
from suyuan.crypto.canonical import to_base64
from suyuan.errors import UnavailableError


def main() -> int:
    """Append until the store fails, then see that it stays failed."""
    acks = os.open(sys.argv[3], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    with PostgresLedgerStore.open_writer(parse_address(sys.argv[1], schema=sys.argv[2]), wait_seconds=20) as store:
        ledger = started(store)
        first = next(pool.next for pool in ledger.pools() if pool.index == POOL)
        drafts = [release(first)]
        try:
            for turn in count(1):
                drafts = [release(first + i, manifest=b"m" * 3000) for i in range(turn % 4 + 1)]
                receipts = ledger.append([*drafts, outcome(ledger.size)])
                first += len(drafts)
                lines = (f"{receipt.index} {to_base64(receipt.leaf_hash)}\n" for receipt in receipts)
                os.write(acks, "".join(lines).encode("ascii"))
        except UnavailableError as told:
            print(told.code, flush=True)
        try:
            ledger.append(drafts)
        except UnavailableError:
            return 5
        return 9


if __name__ == "__main__":
    sys.exit(main())
