"""Files that are read row by row, kept in stretches of rows: SQL, JSON, spreadsheets, archives, UTF-16, markup and the like.

What is kept is found again by the SHA-256 of the whole file, which is reckoned before it is read. A trace that takes it up
unpacks and decodes the file up to where the last stretch ended, and reads on there (`rows.Text.stand`).
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from io import BytesIO
from itertools import count
from pathlib import Path
from typing import Final

import polars as pl

from suyuan.collect.field import STRONG_KINDS
from suyuan.crypto.canonical import Json
from suyuan.terms import Digest, FieldName, KindName
from suyuan.trace.dump import ROW
from suyuan.trace.engines.portion import READ, Noted, Portion, narrowed, packed
from suyuan.trace.engines.road import Gathered
from suyuan.trace.engines.splits import changed
from suyuan.trace.files.aside import Aside
from suyuan.trace.files.gathering import Counting, Gathering, State
from suyuan.trace.files.source import Source, unopened
from suyuan.trace.files.spool import Batches
from suyuan.trace.link import LINK_SCHEMA, LinkingRoad, standings_of_batches
from suyuan.trace.link import Gathered as Standing
from suyuan.trace.ports import PeopleIndex, TokenMaker
from suyuan.trace.resuming.portions import part_of, portion_of
from suyuan.trace.resuming.stretches import light, table_of
from suyuan.trace.resuming.unfinished import Part, Unfinished, Work

LEAST_BYTES: Final = 8 << 20
"""Of a smaller file nothing is kept: it is read anew in seconds."""

STRETCH_ROWS: Final = 400_000
STRETCH_BYTES: Final = 48 << 20
"""Rows, or bytes of their wanted cells, that an interruption costs at most."""


class Told(Aside):
    """Passes unreadable rows on, and notes those of the stretch under way."""

    __slots__ = ("_aside", "noted")

    def __init__(self, aside: Aside) -> None:
        super().__init__()
        self._aside = aside
        self.noted = Noted(keeps_text=aside.keeps_text)

    def put(self, row: int, *, reason: str, text: str) -> None:
        """Take a row."""
        self._aside.put(row, reason=reason, text=text)
        self.noted.put(row, reason=reason, text=text)


class KeptGathering(Gathering):
    """Gathers rows, links them and keeps both, a stretch at a time."""

    def __init__(
        self,
        work: Work,
        *,
        keeper: "RowKeeper",
        kinds: Mapping[FieldName, KindName],
        aside: Aside,
    ) -> None:
        super().__init__(aside)
        self._all = aside
        self._work = work
        self._keeper = keeper
        self._kinds = kinds
        self._counting: Counting | None = None
        self._portions: list[Portion] = []
        self._begin_stretch(0)

    def begin(self, counting: Counting | None = None) -> State | None:
        """See `Gathering`."""
        self._counting = counting
        state: State | None = None
        for number in count():
            part = self._work.part(number)
            if part is None:
                break
            portion, state = portion_of(part), part.header["state"]
            for body in part.bodies[2 : 2 + part.header["tables"]]:
                self.batches.add(pl.read_ipc(BytesIO(body)))
            for row, reason, text in portion.odd:
                self._all.put(self._first + row, reason=reason, text=text)
            if counting is not None:
                counting.take(part.header["counted"], part.bodies[2 + part.header["tables"] :])
            self._portions.append(light(portion))
            self._begin_stretch(self._first + portion.rows + portion.unreadable)
        if self._portions:
            self._keeper.tell(self._first)
        return state

    def add(self, table: pl.DataFrame, *, read: int, state: Callable[[], State]) -> None:
        """See `Gathering`."""
        self.batches.add(table)
        if table.height or not (self._tables or self._portions):
            self._tables.append(table)
            self._size += int(table.estimated_size())
        if read - self._first >= self._keeper.stretch_rows or self._size >= STRETCH_BYTES:
            self._put(read, state=state())

    def leave_out(self, lines: int, *, rounded: Mapping[str, int]) -> None:
        """See `Gathering`."""
        self._all.left_out = lines
        self._all.rounded = dict(rounded)

    def end(self, *, read: int, state: Callable[[], State]) -> None:
        """See `Gathering`."""
        if not self._portions:
            return
        if read > self._first:
            self._put(read, state=state())
        self._keeper.gathered(self.batches, Gathered(self._portions, table=lambda one: table_of(self._work, one)))

    def _begin_stretch(self, first: int) -> None:
        self._first = first
        self._tables: list[pl.DataFrame] = []
        self._size = 0
        self.aside = self._told = Told(self._all)

    def _put(self, read: int, *, state: State) -> None:
        """Link the stretch under way, keep it, and begin the next."""
        first = self._first
        tables = [table.with_columns(pl.col(ROW) - first) for table in self._tables]
        standings = standings_of_batches(
            tables, kinds=self._kinds, people=self._keeper.people, tokenizers=self._keeper.tokenizers
        )
        rows = sum(table.height for table in tables)
        portion = Portion(
            number=len(self._portions), verdict=READ, rows=rows, unreadable=read - first - rows,
            digest=self._keeper.digest, table=packed(narrowed(standings.table(LINK_SCHEMA))),
            standing=standings.standing(read - first).tobytes(),
            odd=tuple((row - first, reason, text) for row, reason, text in self._told.noted.rows),
        )  # fmt: skip
        counted, bodies = ({}, ()) if self._counting is None else self._counting.given()
        part = part_of(portion, state=dict(state), tables=len(tables), counted=dict(counted))
        is_kept = self._work.put(
            portion.number, replace(part, bodies=(*part.bodies, *map(packed, self._tables), *bodies))
        )
        self._portions.append(light(portion) if is_kept else portion)
        self._begin_stretch(read)


class RowKeeper:
    """Keeps what is read of one file under one set of options, and gives the links that were made meanwhile.

    The claim: rows, counts and links are those of a trace that was never interrupted.

    Test: tests/unit/trace/test_kept_rows.py, tests/faults/test_trace_crash.py.
    """

    def __init__(
        self,
        path: Path,
        *,
        unfinished: Unfinished,
        people: PeopleIndex,
        tokenizers: Mapping[KindName, TokenMaker],
        of: Mapping[str, Json],
        road: LinkingRoad | None = None,
        least_bytes: int = LEAST_BYTES,
        stretch_rows: int = STRETCH_ROWS,
    ) -> None:
        """Take the file and what its rows are looked up in.

        Args:
            of: the options of the trace.
            road: links what it reads itself.
        """
        self._path = path
        self._unfinished = unfinished
        self._of = of
        self._road = road
        self._least_bytes = least_bytes
        self._digest: Digest | None = None
        self._read: tuple[Batches, Standing] | None = None
        self._works: list[Work] = []
        self.people = people
        self.tokenizers = tokenizers
        self.stretch_rows = stretch_rows

    @property
    def digest(self) -> Digest:
        """The digest of the file, before it is read."""
        if self._digest is None:
            try:
                with self._path.open("rb") as file:
                    self._digest = Digest(hashlib.file_digest(file, "sha256").digest())
            except OSError as error:
                raise unopened(error) from None
        return self._digest

    def gathering(
        self, name: str, *, of: Mapping[str, Json], kinds: Mapping[FieldName, KindName], aside: Aside
    ) -> Gathering:
        """See `gathering.Keeper`."""
        if not self._is_large():
            return Gathering(aside)
        strong = {kind for kind in kinds.values() if kind in STRONG_KINDS and kind in self.tokenizers}
        index = self._unfinished.index(strong)
        work = self._work(name, of={**of, "keeps_text": aside.keeps_text, "index": index, "rows": self.stretch_rows})
        return KeptGathering(work, keeper=self, kinds=kinds, aside=aside)

    def found(self, name: str, *, of: Mapping[str, Json], make: Callable[[], Json]) -> Json:
        """See `source.Findings`."""
        if not self._is_large():
            return make()
        work = self._work(name, of=of)
        part = work.part(0)
        if part is None:
            part = Part(header={"found": make()})
            work.put(0, part)
        found: Json = part.header["found"]
        return found

    def require_same(self, source: Source) -> None:
        """See `gathering.Keeper`."""
        if self._digest is not None and source.sha256 != self._digest:
            raise changed()

    def gathered(self, rows: Batches, standing: Standing) -> None:
        """Take how the rows of a dump stand."""
        self._read = rows, standing

    def standings_of(self, rows: Batches) -> Standing | None:
        """See `link.LinkingRoad`."""
        if self._read is None or self._read[0] is not rows:
            return None if self._road is None else self._road.standings_of(rows)
        standing, self._read = self._read[1], None
        return standing

    def drop(self) -> None:
        """Remove what is kept: the whole of the reading is."""
        for work in self._works:
            work.drop()

    def tell(self, rows: int) -> None:
        """Tell how many rows were taken up."""
        self._unfinished.tell(f"{rows:,} rows were read and linked already")

    def _is_large(self) -> bool:
        try:
            return self._path.stat().st_size >= self._least_bytes
        except OSError as error:
            raise unopened(error) from None

    def _work(self, name: str, *, of: Mapping[str, Json]) -> Work:
        work = self._unfinished.work(f"rows {name}", of={**self._of, **of, "sha256": self.digest.hex()})
        self._works.append(work)
        return work
