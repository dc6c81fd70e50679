"""Reading a dump file: its format, its columns and its rows, or one clear line why not."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from itertools import chain
from pathlib import Path

import polars as pl

from suyuan.crypto.canonical import Json
from suyuan.errors import RefusedError
from suyuan.terms import FieldName, KindName
from suyuan.trace.columns.columns import SampledColumn, assign_columns
from suyuan.trace.columns.layout import header_only
from suyuan.trace.doubts.beside import Beside
from suyuan.trace.doubts.beside_lines import counted_in, rows_of, stretches_of
from suyuan.trace.doubts.counted import Counted
from suyuan.trace.doubts.seconds import second_notes
from suyuan.trace.doubts.straying import Doubts, is_scattered, is_told_late
from suyuan.trace.doubts.unread import LOOKED_AT, unread_notes
from suyuan.trace.dump import Body, Dump, DumpColumn, fields_of, kinds_of
from suyuan.trace.files.aside import Aside
from suyuan.trace.files.containers import is_zip
from suyuan.trace.files.damage import is_damaged, is_lossy
from suyuan.trace.files.delimited import read_delimited
from suyuan.trace.files.dialect import Dialect, DumpFormat, Given
from suyuan.trace.files.encoding import CHINESE, LineCensus, big5_notes
from suyuan.trace.files.gathering import Gathering, Keeper, gathering_of
from suyuan.trace.files.source import OLD_OFFICE, PARQUET, Source
from suyuan.trace.formats.jsonl import read_jsonl
from suyuan.trace.formats.parquet import nested_columns, open_parquet, parquet_body, parquet_part, shown_column
from suyuan.trace.formats.rows import Part, Text
from suyuan.trace.formats.workbook import old_sheets
from suyuan.trace.intake.archive import Tar, archive_parts
from suyuan.trace.intake.choose import Chosen, choose
from suyuan.trace.intake.prepare import (
    SAMPLE_ROWS,
    Written,
    dialect_of,
    is_all_utf8,
    is_odd_table,
    line_part,
    odd_parts,
    structured_parts,
    survey,
    written,
)  # fmt: skip
from suyuan.trace.intake.roads import FastRoad, SplitReader
from suyuan.trace.intake.sampling import require_rows, sampled, sampled_rows
from suyuan.trace.intake.tabulate import first_rows

Columns = Mapping[int | str, tuple[FieldName, KindName]]


def ingest(
    path: Path,
    *,
    fields: Mapping[FieldName, KindName],
    columns: Columns | None = None,
    given: Given | None = None,
    progress: Callable[[int], None] | None = None,
    aside: Aside | None = None,
    road: FastRoad | None = None,
    splitter: SplitReader | None = None,
    keeper: Keeper | None = None,
) -> Dump:
    """Read a dump file.

    Args:
        path: a file of any format of `docs/reference/dump-formats.md`.
        fields: the store's fields and their kinds; several of one kind are told apart by header, else by order.
        columns: the caller's own word on columns, by 0-based index or header name.
        given: what the caller knows of the dialect.
        progress: called with the bytes read so far, after every block.
        aside: takes the rows that cannot be read.
        road: is offered plain separated text first; what it declines is read here.
        splitter: is offered any other text of lines; what it declines is read here.
        keeper: keeps what is read here, and has what an interrupted trace has read of the same file.
    Raises: RefusedError: `trace.*`, each of `docs/reference/dump-formats.md`; rows and columns named, never a value.
    Test: tests/unit/trace/test_ingest.py, tests/unit/trace/test_bad_dumps.py, tests/unit/trace/test_ugly.py,
        tests/properties/test_dump_cells.py.
    """
    source = Source(path, progress=progress, findings=keeper)
    reading = Reading(
        source,
        fields=fields,
        columns=dict(columns or {}),
        given=given or Given(),
        aside=aside or Aside(),
        road=road,
        splitter=splitter,
        keeper=keeper,
    )
    raw = source.raw_head()
    if is_zip(raw):
        return reading.archive()
    if raw.startswith(OLD_OFFICE):
        return reading.old_workbook()
    if source.is_tar():
        return reading.archive(tar=Tar.PACKED if source.packing is not None else Tar.PLAIN)
    head = source.head()
    if head.startswith(PARQUET):
        return reading.parquet()
    census = LineCensus() if road is not None and road.counts(source) else None
    how = written(source, head=head, given=reading.given, census=census)
    how = replace(how, probes=tuple(source.probes()))
    if census is not None and how.is_guess and how.codecs == CHINESE:
        counted = reading.counted(how, census=census)
        if counted is not None:
            return told_of(counted, how=how)
        how = replace(how, codecs=survey(source, head=head), is_guess=False)
    dump = reading.text(how)
    if how.is_guess and dump.damaged_lines and (better := survey(source, head=head)) != how.codecs:
        # Only the head was UTF-8: the whole file has now been looked at, and is read once more.
        how = replace(how, codecs=better, is_guess=False)
        dump = reading.text(how)
    return told_of(dump, how=how)


def told_of(dump: Dump, *, how: Written) -> Dump:
    """Give a dump that tells of lines in another encoding than those that it is read in."""
    return replace(dump, notes=(*dump.notes, *big5_notes(how.head, codecs=dump.dialect.codecs)))


class Reading:
    """One reading of one source, with what the caller said about it."""

    __slots__ = ("aside", "columns", "fields", "given", "keeper", "road", "source", "splitter")

    def __init__(
        self,
        source: Source,
        *,
        fields: Mapping[FieldName, KindName],
        columns: Columns,
        given: Given,
        aside: Aside,
        road: FastRoad | None = None,
        splitter: SplitReader | None = None,
        keeper: Keeper | None = None,
    ) -> None:
        self.source = source
        self.fields = fields
        self.columns = columns
        self.given = given
        self.aside = aside
        self.road = road
        self.splitter = splitter
        self.keeper = keeper

    def counted(self, how: Written, *, census: LineCensus) -> Dump | None:
        """Read separated text by the fast road under codecs told from its head; None where another road is needed first.

        What a pass over all lines would have said of the codecs is known when they have been read.
        """
        try:
            if structured_parts(self.source, how=how, given=self.given, fields=self.fields) is not None:
                return None
            dialect = dialect_of(how, given=self.given, fields=self.fields)
            is_delimited = dialect.format is DumpFormat.DELIMITED
            if not is_delimited or self.odd(how, dialect=dialect, is_damaged=is_lossy) is not None:
                return None
            return self.fast(how, dialect=dialect, census=census)
        except RefusedError:
            # Said of the file under these codecs; under others it may be readable.
            return None

    def text(self, how: Written) -> Dump:
        """Read a text under settled codecs."""
        self.aside.restart()
        parts = structured_parts(self.source, how=how, given=self.given, fields=self.fields)
        if parts is not None:
            return self.converted(parts, how=how)
        dialect = dialect_of(how, given=self.given, fields=self.fields)
        if dialect.format is DumpFormat.DELIMITED:
            if self.road is not None:
                parts = self.odd(how, dialect=dialect, is_damaged=is_lossy)
                if parts is None and (fast := self.fast(how, dialect=dialect)) is not None:
                    return fast
            # What is lossy is damaged too: what was found odd above would be found the same once more.
            if parts is None:
                parts = self.odd(how, dialect=dialect, is_damaged=is_damaged)
            if parts is not None:
                return self.converted(parts, how=how)
        return self.plain(how, dialect=dialect)

    def converted(self, parts: Sequence[Part], *, how: Written) -> Dump:
        """Read the tables of a text that is not plain, under the codecs of all its lines where only its head was seen."""
        if (
            how.is_guess
            and not (how.codecs == ("utf-8",) and is_all_utf8(self.source))
            and (better := survey(self.source, head=how.head)) != how.codecs
        ):
            return self.text(replace(how, codecs=better, is_guess=False))
        return self.parts(parts, how=how)

    def odd(self, how: Written, *, dialect: Dialect, is_damaged: Callable[[pl.Series], bool]) -> list[Part] | None:
        """Give separated text as parts where it is not plain (`prepare.odd_parts`)."""
        return odd_parts(
            self.source, how=how, dialect=dialect, given=self.given, fields=self.fields, is_damaged=is_damaged
        )

    def fast(self, how: Written, *, dialect: Dialect, census: LineCensus | None = None) -> Dump | None:
        """Read separated text by the fast road; None where that declines it."""
        names, rows = sampled_rows(how, dialect=dialect)
        if self.road is None or not any(rows):
            return None
        described = assign_columns(sampled(names, rows=rows), fields=self.fields, given=self.columns)
        body = self.road.read(self.source, dialect=dialect, columns=described, aside=self.aside, census=census)
        if body is None or self.source.is_cut:
            self.aside.restart()
            return None
        return self._lines(dialect=dialect, columns=described, body=body)

    def plain(self, how: Written, *, dialect: Dialect) -> Dump:
        """Read separated text or flat JSON Lines as they stand."""
        names, rows = sampled_rows(how, dialect=dialect)
        require_rows(rows, source=self.source, dialect=dialect, aside=self.aside)
        sample = sampled(names, rows=rows)
        is_lines = dialect.format is DumpFormat.JSONL
        if (
            is_lines
            and is_scattered([column.cells for column in sample])
            and (dump := self.carefully(how, dialect=dialect))
        ):
            return dump
        described = assign_columns(sample, fields=self.fields, given=self.columns)
        if self.splitter is not None:
            apart = self.splitter.read_lines(self.source, dialect=dialect, columns=described, aside=self.aside)
            if apart is not None:
                return self._lines(dialect=dialect, columns=described, body=apart, notes=apart.notes)
            self.aside.restart()
        body = self._as_it_stands(described, dialect=dialect)
        doubts = Doubts(kinds_of(described)).take(body.batches)
        is_late = is_told_late(body.late, columns=described)
        if doubts.is_doubted or body.is_loose or is_late or self.source.is_cut:
            if (dump := self.carefully(how, dialect=dialect)) is not None:
                return dump
            body = self._as_it_stands(described, dialect=dialect)
        return self._lines(dialect=dialect, columns=described, body=body, notes=doubts.notes(described))

    def _as_it_stands(self, columns: tuple[DumpColumn, ...], *, dialect: Dialect) -> Body:
        """Read the wanted columns of separated text or flat JSON Lines, each row by the place of its cells."""
        wanted = fields_of(columns)
        if dialect.format is DumpFormat.JSONL:
            keys = {columns[index].name: field for index, field in wanted.items()}
            known = tuple(column.name for column in columns)
            gathering = self._gathering("objects", dialect=dialect, columns=columns)
            body = read_jsonl(self.source, dialect=dialect, fields=keys, gathering=gathering, known=known)
        else:
            by_road = partial(self._gathering, dialect=dialect, columns=columns)
            body = read_delimited(self.source, dialect=dialect, fields=wanted, aside=self.aside, gathering=by_road)
        body.require_table()
        return body

    def _gathering(self, name: str, *, dialect: Dialect, columns: tuple[DumpColumn, ...]) -> Gathering:
        """Give what takes the rows of lines of cells."""
        of: dict[str, Json] = {"dialect": dialect.document(), "columns": repr([*map(asdict, columns)])}
        return gathering_of(self.keeper, name, of=of, kinds=kinds_of(columns), aside=self.aside)

    def _gathering_of(self, chosen: Chosen) -> Gathering:
        """Give what takes the rows of tables."""
        of: dict[str, Json] = {
            "parts": [part.name for part in chosen.parts],
            "layouts": repr([*map(asdict, chosen.layouts)]),
        }
        return gathering_of(self.keeper, "parts", of=of, kinds=chosen.kinds, aside=self.aside)

    def carefully(self, how: Written, *, dialect: Dialect) -> Dump | None:
        """Read lines of cells once more, each row by what it holds; None where they make no table so."""
        self.aside.restart()
        try:
            return self.parts([line_part(self.source, how=how, dialect=dialect)], how=how)
        except RefusedError:
            self.aside.restart()
            return None

    def parts(self, parts: Sequence[Part], *, how: Written | None = None, must_agree: bool = False) -> Dump:
        """Read the tables of a file that is not plain.

        Args:
            how: how its text is written; None where it has none of its own.
        """
        if how is not None:
            parts = [replace(part, source=self.source) for part in parts]
        chosen = choose(
            parts, fields=self.fields, columns=self.columns, wanted=self.given.part, header=self.given.header,
            must_agree=must_agree, are_sheets=how is None,
        )  # fmt: skip
        beside = Beside(self.fields)
        body = chosen.read(self._gathering_of(chosen), beside=beside)
        if body.unreadable > body.batches.rows:
            raise self.aside.refusal()
        layout = chosen.best
        codecs = () if how is None else how.codecs
        dialect = Dialect(format=DumpFormat.CONVERTED, codecs=codecs, width=layout.width)
        told = Doubts(chosen.kinds).take(body.batches).notes(chosen.columns)
        if how is not None and chosen.parts[0].pieces is None:
            text = Text(self.source, codecs=how.codecs, bom=how.bom)
            beside.text(text.blocks() if how.codecs[0].startswith("utf-16") else text.pieces())
        first = chosen.layouts[0]
        rows, values = first_rows(chosen.parts[0], layout=first, batches=body.batches, most=LOOKED_AT)
        taken = {*first.fields, *first.glued, *chain(*first.spare.values())}
        told += unread_notes(
            rows, values=values, names=first.names, taken=taken, fields=self.fields, is_named=bool(self.columns)
        )
        told += second_notes(rows, values=values, layout=first)
        for part in chosen.left_out:
            if beside.is_missing:
                beside.told(part.rows())
        notes = chosen.notes + told + beside.folded_notes(body.batches, kinds=chosen.kinds)
        return self._finished(dialect=dialect, columns=chosen.columns, body=body, notes=notes, counted=beside.counted())

    def old_workbook(self) -> Dump:
        """Read a spreadsheet of an old Office."""
        for _ in self.source.chunks():
            pass
        return self.parts(old_sheets(self.source.path))

    def archive(self, *, tar: Tar = Tar.NONE) -> Dump:
        """Read an archive or a spreadsheet."""
        for _ in self.source.chunks():
            pass
        parts, is_workbook = archive_parts(
            self.source.path, given=self.given, fields=self.fields, findings=self.keeper, tar=tar
        )
        return self.parts(parts, must_agree=not is_workbook)

    def parquet(self) -> Dump:
        """Read a Parquet file."""
        table = open_parquet(self.source)
        dialect = Dialect(format=DumpFormat.PARQUET, codecs=(), width=table.num_columns)
        if not table.num_rows:
            raise header_only()
        head = table.slice(0, SAMPLE_ROWS)
        shown = [shown_column(head, index=index) for index in range(table.num_columns)]
        if nested_columns(table) or is_odd_table(shown, header=table.column_names, fields=self.fields):
            return self.parts([parquet_part(table)])
        sample = tuple(
            SampledColumn(index=index, name=name, cells=shown[index]) for index, name in enumerate(table.column_names)
        )
        described = assign_columns(sample, fields=self.fields, given=self.columns)
        wanted = fields_of(described)
        return self._finished(dialect=dialect, columns=described, body=parquet_body(table, fields=wanted))

    def _lines(
        self, *, dialect: Dialect, columns: tuple[DumpColumn, ...], body: Body, notes: tuple[str, ...] = ()
    ) -> Dump:
        """Give a dump of lines that were read as they stand."""
        with self.source.unwatched():
            stretches = stretches_of(self.source, dialect=dialect)
            counted = counted_in(
                stretches, dialect=dialect, columns=columns, wanted=set(self.fields.values()), batches=body.batches,
                unreadable=body.unreadable,
            )  # fmt: skip
        names = [column.name for column in columns]
        looked = rows_of(stretches.texts, dialect=dialect, columns=columns, most=LOOKED_AT)
        rows = [row for row in looked if row != names]
        wanted = fields_of(columns)
        values = {name: pl.Series([row[at] for row in rows], dtype=pl.String) for at, name in wanted.items()}
        notes += unread_notes(
            rows, values=values, names=names, taken=wanted, fields=self.fields, is_named=bool(self.columns)
        )
        return self._finished(dialect=dialect, columns=columns, body=body, notes=notes, counted=counted)

    def _finished(
        self,
        *,
        dialect: Dialect,
        columns: tuple[DumpColumn, ...],
        body: Body,
        notes: tuple[str, ...] = (),
        counted: Counted | None = None,
    ) -> Dump:
        """Give the dump, with the digest of the bytes its rows came from.

        Raises: RefusedError: `trace.missed`, unless the caller named columns.
        """
        missed = () if counted is None else counted.missed
        if counted is not None and not self.columns:
            counted.require_found()
        if self.keeper is not None:
            self.keeper.require_same(self.source)
        is_plain = self.source.is_plain or dialect.format is DumpFormat.CONVERTED
        return Dump(
            sha256=self.source.sha256,
            size_bytes=self.source.size_bytes,
            dialect=dialect if is_plain else replace(dialect, format=DumpFormat.CONVERTED),
            columns=columns,
            batches=body.batches,
            unreadable=body.unreadable,
            damaged_lines=body.damaged_lines,
            notes=(*self.source.notes, *notes, *self.aside.notes(), *(one.text for one in missed)),
            missed=missed,
            reasons=dict(self.aside.counts),
        )
