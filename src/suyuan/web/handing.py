"""A file made for a partner: rows of the store or the platform's own, marked and ledgered, then handed over the wire."""

import hashlib
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Final

import numpy as np
import polars as pl

from suyuan.adapters.files import require_flat
from suyuan.errors import RefusedError
from suyuan.hold.ports import Numbers
from suyuan.kinds import KINDS
from suyuan.release.admission import Admission
from suyuan.release.bulk import export
from suyuan.release.ports import RowSource
from suyuan.release.released import ReleasedFile
from suyuan.release.request import AuthorityRequest, BulkRequest, ExportRequest
from suyuan.release.sources import StoredRows, SuppliedRows
from suyuan.web.waiting import Opened

CHUNK: Final = 1 << 16
COLUMNS_AT_MOST: Final = 256


class HandedFile:
    """A CSV file kept aside without a name until it is whole; then it can be read out."""

    def __init__(self) -> None:
        self._aside: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `chunks` or `abandon`
        self._hash = hashlib.sha256()
        self._started = False

    def write(self, frame: pl.DataFrame) -> None:
        """See `Sink.write`."""
        text = frame.write_csv(include_header=not self._started).encode()
        self._hash.update(text)
        self._aside.write(text)
        self._started = True

    def finish(self) -> bytes:
        """See `Sink.finish`."""
        self._aside.flush()
        self._aside.seek(0)
        return self._hash.digest()

    def abandon(self) -> None:
        """See `Sink.abandon`."""
        with suppress(OSError):
            self._aside.close()

    async def chunks(self) -> AsyncIterator[bytes]:
        """Read the file out once."""
        try:
            while chunk := self._aside.read(CHUNK):
                yield chunk
        finally:
            self.abandon()


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """A file that was released, and what it says of itself."""

    done: ReleasedFile
    file: HandedFile


def hand_over(
    opened: Opened,
    *,
    request: ExportRequest | AuthorityRequest,
    keys: Sequence[str] | None,
    drop: Sequence[str],
    rows: Sequence[dict[str, str | None]] | None = None,
) -> Handed:
    """Release a file for a partner or an authority.

    Args:
        keys: only these people of the store; None: everybody.
        rows: the platform's own rows instead of the store's.
        drop: columns to leave out.
    Raises: RefusedError: as the door says; a key that names nobody. UnavailableError: nothing was handed over.
    """
    if rows is None:
        source, admission = _stored(opened, request=request, keys=keys, drop=drop)
    else:
        source, admission = own_rows(opened, request=request, frame=frame_of(rows).drop(drop, strict=False))
    # Before the plan: whoever's data leave can be shown her account from now on.
    with opened.door.lock:
        opened.store.registrar.enrol_pending()
    file = HandedFile()
    done = export(opened.door, request=request, source=source, sink=file, admission=admission)
    return Handed(done=done, file=file)


def frame_of(rows: Sequence[dict[str, str | None]]) -> pl.DataFrame:
    """Give rows as a table of text; a row that lacks a member has an empty cell.

    Raises: RefusedError: `release.column`, more columns than a table may have; otherwise as `require_flat`.
    """
    names = list(dict.fromkeys(name for row in rows for name in row))
    if len(names) > COLUMNS_AT_MOST:
        raise RefusedError(f"rows have at most {COLUMNS_AT_MOST} members", code="release.column")
    frame = pl.DataFrame({name: pl.Series([row.get(name) for row in rows], dtype=pl.String) for name in names})
    require_flat(frame)
    return frame


def own_rows(opened: Opened, *, request: BulkRequest, frame: pl.DataFrame) -> tuple[RowSource, Admission]:
    """Give the platform's own rows as a source, once the checks allow them: a refused request leaves no token behind."""
    store = opened.store
    source = SuppliedRows(frame, fields=store.policy.fields, broker=store.broker)
    fields = tuple(field.name for field in source.fields.values())
    admission = opened.door.admit(request, fields=fields, rows=frame.height)
    with opened.door.lock:
        source.enrol(store.vault, people=store.people, clock=store.clock)
    return source, admission


def _stored(
    opened: Opened, *, request: BulkRequest, keys: Sequence[str] | None, drop: Sequence[str]
) -> tuple[RowSource, Admission]:
    store = opened.store
    purpose = store.policy.purpose(request.purpose)
    chosen = [store.policy.fields[name] for name in purpose.fields if name not in drop]
    everybody = store.people.all_persons() if keys is None else None
    rows = len(set(keys or ())) if everybody is None else len(everybody)
    admission = opened.door.admit(request, fields=tuple(field.name for field in chosen), rows=rows)
    # Only then: whoever may not have the file is not told which keys are somebody's.
    persons = listed(opened, request=request, keys=keys or ()) if everybody is None else everybody
    return StoredRows(persons, people=store.people, fields=chosen, broker=store.broker), admission


def listed(opened: Opened, *, request: BulkRequest, keys: Sequence[str]) -> Numbers:
    """Give the persons whom keys name; one that names nobody refuses the file, and the ledger has it."""
    store = opened.store
    key = store.policy.require_key_field()
    column = KINDS[key.kind].canonical_column(pl.Series(keys, dtype=pl.String))
    numbers = store.vault.known_by(key, values=column)
    unknown = np.flatnonzero(numbers < 0)
    if len(unknown):
        refusal = RefusedError(f"item {int(unknown[0]) + 1} of the keys names nobody", code="release.record")
        opened.door.refuse(request, refusal=refusal)
        raise refusal
    return np.unique(numbers)
