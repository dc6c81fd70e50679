"""Row keys: drawn in pools ahead, their root ledgered durably before any release uses one."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

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

    def __init__(
        self,
        log: Log,
        *,
        broker: KeyBroker,
        append: Callable[[Draft], Receipt],
        rows_per_pool: int,
        lanes: int = LOOKUP_LANES,
    ) -> None:
        """Take where pools are ledgered: `append` makes one entry durable; and the lanes of the pools drawn here."""
        self._log = log
        self._broker = broker
        self._append = append
        self._rows_per_pool = rows_per_pool
        self._lanes = lanes
        # Pools drawn and not used up, and what is left of each; the first is used first.
        self._pools: list[KeySpan] = []
        self._pools_drawn = 0
        self._drawn: dict[LeafIndex, KeysEntry] = {}

    def draw(self, *, rows: int, lanes: int) -> LeafIndex:
        """Draw row keys ahead and ledger their root, durably; give the pool."""
        drawn = self._broker.draw_pool(rows=rows, lanes=lanes)
        return self._append(Draft(body=KeysEntry(rows=drawn.rows, root=drawn.root, lanes=drawn.lanes))).index

    def next(self, count: int) -> list[KeySpan]:
        """Give the next unused row keys for look-ups, drawing pools when none is left; they are not yet used up."""
        found: list[KeySpan] = []
        while count:
            taken = len(found)
            if taken == len(self._pools):
                rows = self._next_rows()
                self._pools.append(KeySpan(pool=self.draw(rows=rows, lanes=self._lanes), first=0, count=rows))
            left = self._pools[taken]
            found.append(KeySpan(pool=left.pool, first=left.first, count=min(count, left.count)))
            count -= found[-1].count
        return found

    @property
    def left(self) -> int:
        """How many row keys are drawn and not used up."""
        return sum(pool.count for pool in self._pools)

    def refill(self, lock: AbstractContextManager[object]) -> None:
        """Draw the next pool ahead, so that no look-up waits for it; may run in a thread of its own.

        Args:
            lock: the door's; held only where the ledger grows and the pools change, not while keys are computed.
        """
        with lock:
            rows = self._next_rows()
        drawn = self._broker.draw_pool(rows=rows, lanes=self._lanes)
        with lock:
            entry = self._append(Draft(body=KeysEntry(rows=drawn.rows, root=drawn.root, lanes=drawn.lanes))).index
            self._pools.append(KeySpan(pool=entry, first=0, count=rows))

    def _next_rows(self) -> int:
        rows: int = min(self._rows_per_pool, FIRST_POOL_ROWS * 4**self._pools_drawn)
        self._pools_drawn += 1
        return rows

    def together(self, count: int) -> KeySpan:
        """Give so many unused row keys of one pool, for a batch; what is left of a pool that has too few stays unused."""
        while self._pools and self._pools[0].count < count:
            self._pools.pop(0)
        if not self._pools:
            rows = max(count, self._next_rows())
            self._pools.append(KeySpan(pool=self.draw(rows=rows, lanes=self._lanes), first=0, count=rows))
        left = self._pools[0]
        return KeySpan(pool=left.pool, first=left.first, count=count)

    def use_up(self, spans: Sequence[KeySpan]) -> None:
        """Go on behind row keys that durable entries have consumed."""
        for span in spans:
            left = self._pools.pop(0)
            if span.count < left.count:
                self._pools.insert(0, KeySpan(pool=left.pool, first=span.end, count=left.count - span.count))

    def lanes_of(self, span: KeySpan) -> npt.NDArray[np.uint8]:
        """Give the lane keys of a run of rows, shape (rows, lanes, 32)."""
        if span.pool not in self._drawn:
            found = self._log.entry(span.pool).body
            if not isinstance(found, KeysEntry):
                raise UnavailableError(f"entry {span.pool} is no pool of row keys")
            self._drawn[span.pool] = found
        body = self._drawn[span.pool]
        return self._broker.lane_keys(root=body.root, first=span.first, count=span.count, lanes=body.lanes)
