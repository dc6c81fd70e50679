"""Row keys: drawn in pools ahead, their root ledgered durably before any release uses one."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from suyuan.errors import UnavailableError
from suyuan.hold.broker import KeyBroker
from suyuan.ledger.entry import KeysEntry, KeySpan
from suyuan.ledger.log import Draft, Log
from suyuan.ledger.receipt import Receipt
from suyuan.terms import LeafIndex

FIRST_POOL_ROWS = 16
"""Row keys in the first pool that a run draws for look-ups."""

LOOKUP_LANES = 8
"""Marked fields that a look-up's row key has lanes for."""


class RowKeys:
    """Draws pools of row keys, and gives look-ups the next one.

    A run never goes on with another run's pool: after a backup was restored, keys that are out in the
    world would serve a second time. The first pool of a run is small; each next one is four times as large.
    """

    def __init__(self, log: Log, *, broker: KeyBroker, append: Callable[[Draft], Receipt], rows_per_pool: int) -> None:
        """Take where pools are ledgered: `append` makes one entry durable."""
        self._log = log
        self._broker = broker
        self._append = append
        self._rows_per_pool = rows_per_pool
        self._pool: KeySpan | None = None
        self._pools_drawn = 0
        self._drawn: dict[LeafIndex, KeysEntry] = {}

    def draw(self, *, rows: int, lanes: int) -> LeafIndex:
        """Draw row keys ahead and ledger their root, durably; give the pool."""
        drawn = self._broker.draw_pool(rows=rows, lanes=lanes)
        return self._append(Draft(body=KeysEntry(rows=drawn.rows, root=drawn.root, lanes=drawn.lanes))).index

    def next(self) -> KeySpan:
        """Give the next unused row key for a look-up, drawing a pool when none is left; it is not yet used up."""
        if self._pool is None or self._pool.count == 0:
            rows = min(self._rows_per_pool, FIRST_POOL_ROWS * 4**self._pools_drawn)
            self._pools_drawn += 1
            self._pool = KeySpan(pool=self.draw(rows=rows, lanes=LOOKUP_LANES), first=0, count=rows)
        return KeySpan(pool=self._pool.pool, first=self._pool.first, count=1)

    def use_up(self, span: KeySpan) -> None:
        """Go on behind a row key that a durable entry has consumed."""
        if self._pool is not None:
            self._pool = KeySpan(pool=span.pool, first=span.end, count=self._pool.count - span.count)

    def lanes_of(self, span: KeySpan) -> npt.NDArray[np.uint8]:
        """Give the lane keys of a run of rows, shape (rows, lanes, 32)."""
        if span.pool not in self._drawn:
            found = self._log.entry(span.pool).body
            if not isinstance(found, KeysEntry):
                raise UnavailableError(f"entry {span.pool} is no pool of row keys")
            self._drawn[span.pool] = found
        body = self._drawn[span.pool]
        return self._broker.lane_keys(root=body.root, first=span.first, count=span.count, lanes=body.lanes)
