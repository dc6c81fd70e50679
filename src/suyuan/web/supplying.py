"""Rows of the platform's own, marked and ledgered for the account that is about to be shown them."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec
import polars as pl

from suyuan.release.bulk import export
from suyuan.release.request import SuppliedRequest
from suyuan.web.handing import frame_of, own_rows
from suyuan.web.shapes import Supplied
from suyuan.web.waiting import Opened


@dataclass(slots=True)
class JsonRows:
    """A sink of rows as JSON objects; what was handed over is their bytes."""

    rows: list[dict[str, str | None]] = field(default_factory=list)

    def write(self, frame: pl.DataFrame) -> None:
        """See `Sink.write`."""
        self.rows.extend(frame.cast(pl.String).to_dicts())

    def finish(self) -> bytes:
        """See `Sink.finish`."""
        return hashlib.sha256(msgspec.json.encode(self.rows)).digest()

    def abandon(self) -> None:
        """See `Sink.abandon`."""
        self.rows.clear()


def supply(opened: Opened, *, request: SuppliedRequest, rows: Sequence[dict[str, str | None]]) -> Supplied:
    """Mark and ledger rows; they are kept nowhere.

    Raises: RefusedError: as the door says; the refusal is in the ledger.
    """
    source, admission = own_rows(opened, request=request, frame=frame_of(rows))
    with opened.door.lock:
        opened.store.registrar.enrol_pending()
    sink = JsonRows()
    done = export(opened.door, request=request, source=source, sink=sink, admission=admission)
    return Supplied(entry=done.receipt.index, rows=sink.rows, withheld=dict(done.withheld))
