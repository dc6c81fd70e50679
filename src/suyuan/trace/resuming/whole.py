"""A dump whose rows were read in one go, kept whole with its links once both are there: formats that cannot be entered in the middle."""

import hashlib
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from suyuan.collect.field import STRONG_KINDS
from suyuan.crypto.canonical import Json
from suyuan.terms import Digest, FieldName, KindName
from suyuan.trace.dump import Dump, DumpColumn, Missed
from suyuan.trace.engines.portion import packed
from suyuan.trace.files.aside import Aside
from suyuan.trace.files.dialect import Dialect, Given
from suyuan.trace.files.source import unopened
from suyuan.trace.files.spool import Batches
from suyuan.trace.ingest import Columns
from suyuan.trace.link import Links
from suyuan.trace.resuming.unfinished import Part, Unfinished

LEAST_ROWS: Final = 200_000
"""Fewer are read anew in seconds."""


class WholeReading:
    """The reading of one file under one set of options.

    Test: tests/unit/trace/test_whole_reading.py, tests/faults/test_trace_crash.py.
    """

    def __init__(
        self,
        path: Path,
        *,
        unfinished: Unfinished,
        fields: Mapping[FieldName, KindName],
        columns: Columns | None,
        given: Given | None,
        least_rows: int = LEAST_ROWS,
    ) -> None:
        """Take what `ingest` is given."""
        self._path = path
        self._unfinished = unfinished
        self._kinds = {kind for kind in fields.values() if kind in STRONG_KINDS}
        self._least_rows = least_rows
        self._work = unfinished.work("whole", of=options(fields, columns=columns, given=given))

    def taken(self, aside: Aside) -> tuple[Dump, Links] | None:
        """Give the dump and its links, if an interrupted trace kept them; None where it is not this very file and index."""
        head = None if aside.keeps_text else self._work.part(0)
        if head is None or not self._is_of_file(head.header) or head.header["index"] != self._index():
            return None
        batches = Batches()
        for number in range(1, 1 + head.header["batches"]):
            part = self._work.part(number)
            if part is None:
                return None
            batches.add(pl.read_ipc(BytesIO(part.bodies[0])))
        self._unfinished.tell(f"{batches.rows:,} rows were read and linked already")
        self._unfinished.meet(head.header["met"])
        aside.counts.update(head.header["reasons"])
        return dump_of(head.header, batches=batches), links_of(head)

    def keep(self, dump: Dump, links: Links, *, aside: Aside) -> bool:
        """Keep a dump and its links: the head last, so that it is there when all is. Say whether that was done."""
        # Rows of other kinds are cut anew from the file.
        if type(dump.batches) is not Batches or dump.rows < self._least_rows or aside.keeps_text:
            return False
        count = 0
        for count, batch in enumerate(dump.batches, start=1):
            if not self._work.put(count, Part(header={}, bodies=(packed(batch),))):
                return False
        header = {**document_of(dump), "batches": count, "index": self._index(), "read": links.read}
        header["met"] = self._unfinished.met
        return self._work.put(0, Part(header=header, bodies=(packed(links.table), links.standing.tobytes())))

    def _index(self) -> str:
        return self._unfinished.index(self._kinds)

    def _is_of_file(self, said: Mapping[str, Any]) -> bool:
        try:
            if self._path.stat().st_size != said["size"]:
                return False
            with self._path.open("rb") as file:
                return bool(hashlib.file_digest(file, "sha256").hexdigest() == said["sha256"])
        except OSError as error:
            raise unopened(error) from None


def options(fields: Mapping[FieldName, KindName], *, columns: Columns | None, given: Given | None) -> dict[str, Json]:
    """Give what the caller of `ingest` says of a dump, as plain values."""
    return {
        "fields": {str(name): kind.value for name, kind in fields.items()},
        "columns": [[str(type(at)), str(at), field, kind] for at, (field, kind) in (columns or {}).items()],
        "given": repr(given or Given()),
    }


def document_of(dump: Dump) -> dict[str, Any]:
    """Give what is known of a dump beside its rows, as plain values."""
    return {
        "sha256": dump.sha256.hex(), "size": dump.size_bytes, "dialect": dump.dialect.document(),
        "columns": [(c.index, c.name, c.field, c.kind, c.share) for c in dump.columns],
        "unreadable": dump.unreadable, "damaged_lines": dump.damaged_lines, "notes": dump.notes,
        "reasons": dict(dump.reasons), "missed": [one.document() for one in dump.missed],
    }  # fmt: skip


def dump_of(said: Mapping[str, Any], *, batches: Batches) -> Dump:
    """Give the dump that `document_of` described."""
    return Dump(
        sha256=Digest(bytes.fromhex(said["sha256"])),
        size_bytes=said["size"],
        dialect=Dialect.of_values(said["dialect"]),
        columns=tuple(
            DumpColumn(
                index=index, name=name, field=None if field is None else FieldName(field),
                kind=None if kind is None else KindName(kind), share=share,
            )
            for index, name, field, kind, share in said["columns"]
        ),
        batches=batches,
        unreadable=said["unreadable"],
        damaged_lines=said["damaged_lines"],
        notes=tuple(said["notes"]),
        missed=tuple(map(Missed.of, said["missed"])),
        reasons=said["reasons"],
    )  # fmt: skip


def links_of(head: Part) -> Links:
    """Give the links that stand in a dump's first part."""
    table, standing = head.bodies
    return Links(
        read=head.header["read"], unreadable=head.header["unreadable"], table=pl.read_ipc(BytesIO(table)),
        standing=np.frombuffer(standing, dtype=np.uint8).copy(),
    )  # fmt: skip
